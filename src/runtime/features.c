/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What this runtime can do (features.md), told by the tables that it works with, so that the two cannot differ.
 * "enabled" means compiled in; whether the kernel has it is another question, which the specification does not ask.
 */
#include "base/arr.h"
#include "libocispec/ocispec.h"
#include "mnt/mnt.h"
#include "ns/ns.h"
#include "priv/caps.h"
#include "priv/task.h"
#include "runtime/annotations.h"
#include "runtime/runtime.h"
#include "runtime/version.h"
#include "seccomp/seccomp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SECCOMP_TABLES = SECCOMP_FLAGS + 1, SECCOMP_NAMES_MAX = 64, CAPS_MAX = 64, POLICIES_MAX = 16, ANNOTATIONS_MAX = 32 };

static const char *hooks[] = {
	"prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop",
};

#ifdef HAVE_SYSTEMD
enum { WITH_SYSTEMD = true };
#else
enum { WITH_SYSTEMD = false };
#endif
static struct oci_features_cgroup cgroup = {
	.v1 = true, .v2 = true, .systemd = WITH_SYSTEMD, .systemd_user = WITH_SYSTEMD, .rdma = true,
};
static struct oci_feature on = { .enabled = true };
static struct oci_features_mount_extensions mount_extensions = { .idmap = &on };
static struct oci_features_intel_rdt intel_rdt = { .enabled = true, .schemata = true, .monitoring = true };

/* All lists of the document that are put together here. */
struct lists {
	const char *namespaces[NS__COUNT];
	const char *caps[CAPS_MAX];
	size_t n_caps;
	const char *seccomp[SECCOMP_TABLES][SECCOMP_NAMES_MAX];
	size_t n_seccomp[SECCOMP_TABLES];
	const char *policies[POLICIES_MAX];
	size_t n_policies;
	const char *policy_flags[POLICIES_MAX];
	size_t n_policy_flags;
	const char *annotations[ANNOTATIONS_MAX];
	size_t n_annotations;
	char libseccomp[32];
};

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void fill_lists(struct lists *l)
{
	uint32_t last = caps_last();

	for (size_t i = 0; i < NS__COUNT; i++)
		l->namespaces[i] = ns_kinds[i].oci;
	qsort(l->namespaces, NS__COUNT, sizeof(*l->namespaces), by_name);
	for (uint32_t i = 0; i <= last && i < CAPS_MAX; i++) {
		const char *name = caps_name(i);

		if (name)
			l->caps[l->n_caps++] = name;
	}
	for (size_t t = 0; t < SECCOMP_TABLES; t++) {
		const char *name;

		while (l->n_seccomp[t] < SECCOMP_NAMES_MAX &&
		       (name = seccomp_name((enum seccomp_table)t, l->n_seccomp[t])))
			l->seccomp[t][l->n_seccomp[t]++] = name;
	}
	for (const char *name; l->n_policies < POLICIES_MAX && (name = task_policy_name(l->n_policies)); )
		l->policies[l->n_policies++] = name;
	for (const char *name; l->n_policy_flags < POLICIES_MAX && (name = task_policy_flag_name(l->n_policy_flags)); )
		l->policy_flags[l->n_policy_flags++] = name;
	for (const char *name; l->n_annotations < ANNOTATIONS_MAX && (name = annotations_name(l->n_annotations)); )
		l->annotations[l->n_annotations++] = name;
	seccomp_library_version(l->libseccomp, sizeof(l->libseccomp));
}

static void fill_seccomp(struct oci_features_seccomp *s, struct lists *l)
{
	*s = (struct oci_features_seccomp){
		.enabled = true,
		.actions = l->seccomp[SECCOMP_ACTIONS], .n_actions = l->n_seccomp[SECCOMP_ACTIONS],
		.operators = l->seccomp[SECCOMP_OPERATORS], .n_operators = l->n_seccomp[SECCOMP_OPERATORS],
		.archs = l->seccomp[SECCOMP_ARCHES], .n_archs = l->n_seccomp[SECCOMP_ARCHES],
		.known_flags = l->seccomp[SECCOMP_FLAGS], .n_known_flags = l->n_seccomp[SECCOMP_FLAGS],
		.supported_flags = l->seccomp[SECCOMP_FLAGS], .n_supported_flags = l->n_seccomp[SECCOMP_FLAGS],
	};
}

static void fill_policies(struct oci_features_memory_policy *m, struct lists *l)
{
	*m = (struct oci_features_memory_policy){
		.modes = l->policies, .n_modes = l->n_policies,
		.flags = l->policy_flags, .n_flags = l->n_policy_flags,
	};
}

static int print_features(const struct oci_features *f, struct err *e)
{
	char *text = oci_features_write(f, "    ");

	if (!text)
		return err_nomem(e);
	puts(text);
	free(text);
	return 0;
}

int runtime_features(struct err *e)
{
	struct lists l = { 0 };
	struct oci_features_seccomp seccomp;
	struct oci_features_memory_policy memory_policy;
	struct oci_features_linux linux_part;
	struct oci_features f;
	size_t n_options;
	const char *const *options = mnt_option_names(&n_options);

	fill_lists(&l);
	fill_seccomp(&seccomp, &l);
	fill_policies(&memory_policy, &l);
	linux_part = (struct oci_features_linux){
		.namespaces = l.namespaces, .n_namespaces = NS__COUNT,
		.capabilities = l.caps, .n_capabilities = l.n_caps,
		.cgroup = &cgroup,
		.seccomp = &seccomp,
		.apparmor = &on,
		.selinux = &on,
		.memory_policy = &memory_policy,
		.intel_rdt = &intel_rdt,
		.mount_extensions = &mount_extensions,
		.net_devices = &on,
	};
	/* No commit of runc's: that would be a lie, while the version says whose behaviour to expect. */
	struct oci_pair annotations[] = {
		{ "io.github.seccomp.libseccomp.version", l.libseccomp },
		{ "org.opencontainers.runc.checkpoint.enabled", "false" },
		{ "org.opencontainers.runc.version", MODEL_RUNC_VERSION },
	};
	f = (struct oci_features){
		.oci_version_min = SPEC_VERSION_MIN,
		.oci_version_max = SPEC_VERSION,
		.hooks = hooks, .n_hooks = ARRAY_LEN(hooks),
		.mount_options = (const char **)(uintptr_t)options, .n_mount_options = n_options,
		.linux = &linux_part,
		.annotations = annotations, .n_annotations = ARRAY_LEN(annotations),
		.potentially_unsafe_config_annotations = l.annotations,
		.n_potentially_unsafe_config_annotations = l.n_annotations,
	};
	return print_features(&f, e);
}

int runtime_version(struct err *e)
{
	char libseccomp[32];

	(void)e;
	seccomp_library_version(libseccomp, sizeof(libseccomp));
	printf("cist version " PACKAGE_VERSION "\ncommit: " CIST_COMMIT "\nspec: " SPEC_VERSION "\nlibseccomp: %s\n",
	       libseccomp);
	return 0;
}
