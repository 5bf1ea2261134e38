/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What `spec` writes is read back: it must be what the strict reader takes, and complete. */
#include "libocispec/ocispec.h"
#include "runtime/runtime.h"
#include "tests/check.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/cist-test-spec-XXXXXX";

static struct oci_doc *read_back(const char *file, char *text, size_t size)
{
	struct oci_err e = { 0 };
	char path[128];
	struct oci_doc *d;
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	f = fopen(path, "re");
	if (!CHECK(f))
		return NULL;
	n = fread(text, 1, size - 1, f);
	text[n] = '\0';
	fclose(f);
	d = oci_doc_parse(text, n, OCI_STRICT, &e);
	if (!CHECK(d))
		puts(e.text);
	return d;
}

static const struct oci_mount *mount_at(const struct oci_config *c, const char *where)
{
	for (size_t i = 0; i < c->n_mounts; i++)
		if (strcmp(c->mounts[i].destination, where) == 0)
			return &c->mounts[i];
	return NULL;
}

static bool has_option(const struct oci_mount *m, const char *option)
{
	for (size_t i = 0; m && i < m->n_options; i++)
		if (strcmp(m->options[i], option) == 0)
			return true;
	return false;
}

static bool has_namespace(const struct oci_config *c, const char *type)
{
	for (size_t i = 0; i < c->linux->n_namespaces; i++)
		if (strcmp(c->linux->namespaces[i].type, type) == 0)
			return true;
	return false;
}

static void with_root(void)
{
	char text[16384];
	struct err e = { 0 };
	auto_oci_doc struct oci_doc *d = NULL;
	struct stat st;

	CASE("spec");
	umask(077);
	CHECK(runtime_spec(dir, NULL, false, &e) == 0);
	d = read_back("config.json", text, sizeof(text));
	if (!d)
		return;
	CHECK(d->n_unknown == 0);
	CHECK(strncmp(text, "{\n\t\"ociVersion\": \"1.3.0\"", 24) == 0 && text[strlen(text) - 1] == '\n');
	CHECK_STR(d->config->process->args[0], "sh");
	CHECK(d->config->process->terminal && d->config->process->no_new_privileges);
	CHECK(d->config->process->capabilities->n_bounding == 3);
	CHECK(d->config->process->rlimits->soft == 1024);
	CHECK_STR(d->config->root->path, "rootfs");
	CHECK(d->config->root->readonly);
	CHECK_STR(d->config->hostname, "cist");
	CHECK(d->config->n_mounts == 7 && has_option(mount_at(d->config, "/dev/pts"), "gid=5"));
	CHECK(has_namespace(d->config, "network") && !has_namespace(d->config, "user"));
	CHECK(!d->config->linux->resources->devices->allow);
	snprintf(text, sizeof(text), "%s/config.json", dir);
	CHECK(stat(text, &st) == 0 && (st.st_mode & 07777) == 0644);

	CASE("spec again");
	CHECK(runtime_spec(dir, NULL, false, &e) == -EEXIST);
	CHECK_STR(e.text, "File config.json exists. Remove it first");
}

static void rootless(void)
{
	char text[16384];
	struct err e = { 0 };
	auto_oci_doc struct oci_doc *d = NULL;
	const struct oci_mount *sys;

	CASE("spec --rootless --file");
	CHECK(runtime_spec(dir, "other.json", true, &e) == 0);
	d = read_back("other.json", text, sizeof(text));
	if (!d)
		return;
	CHECK(!has_namespace(d->config, "network") && has_namespace(d->config, "user"));
	CHECK(d->config->linux->uid_mappings[0].host_id == geteuid() && d->config->linux->uid_mappings[0].size == 1);
	CHECK(d->config->linux->n_gid_mappings == 1);
	CHECK(!d->config->linux->resources);
	CHECK(!has_option(mount_at(d->config, "/dev/pts"), "gid=5"));
	sys = mount_at(d->config, "/sys");
	CHECK_STR(sys->source, "/sys");
	CHECK(has_option(sys, "rbind"));
}

int main(void)
{
	struct err e = { 0 };
	char path[128];

	if (!CHECK(mkdtemp(dir)))
		return 1;
	with_root();
	rootless();
	CASE("spec into nothing");
	CHECK(runtime_spec("/nonexistent/bundle", NULL, false, &e) == -ENOENT);
	CHECK_STR(e.text, "open bundle /nonexistent/bundle: no such file or directory");
	snprintf(path, sizeof(path), "%s/config.json", dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/other.json", dir);
	unlink(path);
	CHECK(rmdir(dir) == 0);
	return check_summary();
}
