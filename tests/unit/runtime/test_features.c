/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The features document is read back strictly and held against what clients look for in it. */
#include "libocispec/ocispec.h"
#include "runtime/runtime.h"
#include "tests/check.h"

#include <stdio.h>
#include <unistd.h>

static char text[65536];

/* What print writes to standard output; this process' own output goes on there afterwards. */
static void capture(int (*print)(struct err *e))
{
	struct err e = { 0 };
	FILE *to = tmpfile();
	int saved = dup(STDOUT_FILENO);
	size_t n;

	text[0] = '\0';
	if (!CHECK(to && saved >= 0))
		return;
	fflush(stdout);
	dup2(fileno(to), STDOUT_FILENO);
	CHECK(print(&e) == 0);
	fflush(stdout);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	rewind(to);
	n = fread(text, 1, sizeof(text) - 1, to);
	text[n] = '\0';
	fclose(to);
}

static bool has(const char **v, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(v[i], name) == 0)
			return true;
	return false;
}

static bool sorted(const char **v, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (strcmp(v[i - 1], v[i]) >= 0)
			return false;
	return n > 0;
}

static void linux_part(const struct oci_features_linux *l)
{
	CHECK(l->n_namespaces == 8 && sorted(l->namespaces, l->n_namespaces));
	CHECK(has(l->namespaces, l->n_namespaces, "user") && has(l->namespaces, l->n_namespaces, "network"));
	CHECK_STR(l->capabilities[0], "CAP_CHOWN");
	CHECK(has(l->capabilities, l->n_capabilities, "CAP_SYS_ADMIN"));
	CHECK(l->cgroup->v1 && l->cgroup->v2 && l->cgroup->systemd == l->cgroup->systemd_user);
	CHECK(l->seccomp->enabled);
	CHECK(sorted(l->seccomp->actions, l->seccomp->n_actions));
	CHECK(sorted(l->seccomp->operators, l->seccomp->n_operators));
	CHECK(sorted(l->seccomp->archs, l->seccomp->n_archs));
	CHECK(sorted(l->seccomp->known_flags, l->seccomp->n_known_flags));
	CHECK(has(l->seccomp->actions, l->seccomp->n_actions, "SCMP_ACT_ERRNO"));
	CHECK(has(l->seccomp->archs, l->seccomp->n_archs, "SCMP_ARCH_X86_64"));
}

static void document(void)
{
	struct oci_err e = { 0 };
	auto_oci_doc struct oci_doc *d = NULL;
	const struct oci_features *f;

	CASE("features");
	capture(runtime_features);
	CHECK(strlen(text) > 2 && strcmp(text + strlen(text) - 2, "}\n") == 0);
	d = oci_doc_parse_features(text, strlen(text), OCI_STRICT, &e);
	if (!CHECK(d)) {
		puts(e.text);
		return;
	}
	CHECK(d->n_unknown == 0);
	f = d->features;
	CHECK_STR(f->oci_version_min, "1.0.0");
	CHECK_STR(f->oci_version_max, "1.3.0");
	CHECK(f->n_hooks == 6 && has(f->hooks, f->n_hooks, "createContainer"));
	CHECK(sorted(f->mount_options, f->n_mount_options));
	CHECK(has(f->mount_options, f->n_mount_options, "rro") && has(f->mount_options, f->n_mount_options, "bind"));
	CHECK(has(f->mount_options, f->n_mount_options, "tmpcopyup"));
	CHECK(sorted(f->potentially_unsafe_config_annotations, f->n_potentially_unsafe_config_annotations));
	linux_part(f->linux);
}

static void version(void)
{
	const char *second;

	CASE("--version");
	capture(runtime_version);
	CHECK(strncmp(text, "cist version ", 13) == 0);
	second = strchr(text, '\n');
	/* Docker takes the last line with this word. */
	CHECK(second && !strstr(second, "version"));
	CHECK(strstr(text, "\ncommit: ") && strstr(text, "\nspec: 1.3.0\n") && strstr(text, "\nlibseccomp: 2."));
}

int main(void)
{
	document();
	version();
	return check_summary();
}
