/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows of the features document (features.md, features-linux.md). */
#include "libocispec/rows.h"

static const struct oci_row cgroup_rows[] = {
	OCI_FLAG(struct oci_features_cgroup, "v1",          v1,           OCI_ALWAYS),
	OCI_FLAG(struct oci_features_cgroup, "v2",          v2,           OCI_ALWAYS),
	OCI_FLAG(struct oci_features_cgroup, "systemd",     systemd,      OCI_ALWAYS),
	OCI_FLAG(struct oci_features_cgroup, "systemdUser", systemd_user, OCI_ALWAYS),
	OCI_FLAG(struct oci_features_cgroup, "rdma",        rdma,         OCI_ALWAYS),
};
static const struct oci_table cgroup = OCI_TABLE(struct oci_features_cgroup, cgroup_rows);

static const struct oci_row seccomp_rows[] = {
	OCI_FLAG(struct oci_features_seccomp, "enabled",        enabled,         OCI_ALWAYS),
	OCI_STRS(struct oci_features_seccomp, "actions",        actions,         0),
	OCI_STRS(struct oci_features_seccomp, "operators",      operators,       0),
	OCI_STRS(struct oci_features_seccomp, "archs",          archs,           0),
	OCI_STRS(struct oci_features_seccomp, "knownFlags",     known_flags,     0),
	OCI_STRS(struct oci_features_seccomp, "supportedFlags", supported_flags, 0),
};
static const struct oci_table seccomp = OCI_TABLE(struct oci_features_seccomp, seccomp_rows);

static const struct oci_row feature_rows[] = {
	OCI_FLAG(struct oci_feature, "enabled", enabled, OCI_ALWAYS),
};
static const struct oci_table feature = OCI_TABLE(struct oci_feature, feature_rows);

static const struct oci_row intel_rdt_rows[] = {
	OCI_FLAG(struct oci_features_intel_rdt, "enabled",    enabled,    OCI_ALWAYS),
	OCI_FLAG(struct oci_features_intel_rdt, "schemata",   schemata,   OCI_ALWAYS),
	OCI_FLAG(struct oci_features_intel_rdt, "monitoring", monitoring, OCI_ALWAYS),
};
static const struct oci_table intel_rdt = OCI_TABLE(struct oci_features_intel_rdt, intel_rdt_rows);

static const struct oci_row memory_policy_rows[] = {
	OCI_STRS(struct oci_features_memory_policy, "modes", modes, 0),
	OCI_STRS(struct oci_features_memory_policy, "flags", flags, 0),
};
static const struct oci_table memory_policy = OCI_TABLE(struct oci_features_memory_policy, memory_policy_rows);

static const struct oci_row mount_extensions_rows[] = {
	OCI_OBJ(struct oci_features_mount_extensions, "idmap", idmap, &feature, 0),
};
static const struct oci_table mount_extensions =
	OCI_TABLE(struct oci_features_mount_extensions, mount_extensions_rows);

static const struct oci_row linux_rows[] = {
	OCI_STRS(struct oci_features_linux, "namespaces",      namespaces,       0),
	OCI_STRS(struct oci_features_linux, "capabilities",    capabilities,     0),
	OCI_OBJ (struct oci_features_linux, "cgroup",          cgroup,           &cgroup, 0),
	OCI_OBJ (struct oci_features_linux, "seccomp",         seccomp,          &seccomp, 0),
	OCI_OBJ (struct oci_features_linux, "apparmor",        apparmor,         &feature, 0),
	OCI_OBJ (struct oci_features_linux, "selinux",         selinux,          &feature, 0),
	OCI_OBJ (struct oci_features_linux, "intelRdt",        intel_rdt,        &intel_rdt, 0),
	OCI_OBJ (struct oci_features_linux, "memoryPolicy",    memory_policy,    &memory_policy, 0),
	OCI_OBJ (struct oci_features_linux, "mountExtensions", mount_extensions, &mount_extensions, 0),
	OCI_OBJ (struct oci_features_linux, "netDevices",      net_devices,      &feature, 0),
};
static const struct oci_table linux_table = OCI_TABLE(struct oci_features_linux, linux_rows);

static const struct oci_row features_rows[] = {
	OCI_STR  (struct oci_features, "ociVersionMin", oci_version_min, OCI_REQUIRED),
	OCI_STR  (struct oci_features, "ociVersionMax", oci_version_max, OCI_REQUIRED),
	OCI_STRS (struct oci_features, "hooks",         hooks,           0),
	OCI_STRS (struct oci_features, "mountOptions",  mount_options,   0),
	OCI_OBJ  (struct oci_features, "linux",         linux,           &linux_table, 0),
	OCI_PAIRS(struct oci_features, "annotations",   annotations,     0),
	OCI_STRS (struct oci_features, "potentiallyUnsafeConfigAnnotations",
		  potentially_unsafe_config_annotations, 0),
};
const struct oci_table oci_features_table = OCI_TABLE(struct oci_features, features_rows);

struct oci_doc *oci_doc_parse_features(const char *json, size_t len, enum oci_mode mode, struct oci_err *e)
{
	struct oci_doc *d = oci_doc_parse_table(&oci_features_table, json, len, mode, e);

	if (d)
		d->features = d->root;
	return d;
}

char *oci_features_write(const struct oci_features *f, const char *indent)
{
	return oci_table_write(&oci_features_table, f, indent);
}
