/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows of config-linux.md itself: paths, propagation, labels, sysctl; and what the other files hold. */
#include "libocispec/rows.h"

static const struct oci_row personality_rows[] = {
	OCI_STR (struct oci_personality, "domain", domain, 0),
	OCI_STRS(struct oci_personality, "flags",  flags,  0),
};
static const struct oci_table personality = OCI_TABLE(struct oci_personality, personality_rows);

static const struct oci_row linux_rows[] = {
	OCI_OBJS (struct oci_linux, "namespaces",        namespaces,         &oci_namespace_table, 0),
	OCI_OBJS (struct oci_linux, "uidMappings",       uid_mappings,       &oci_id_mapping_table, 0),
	OCI_OBJS (struct oci_linux, "gidMappings",       gid_mappings,       &oci_id_mapping_table, 0),
	OCI_KEYED(struct oci_linux, "timeOffsets",       time_offsets,       &oci_time_offset_table, 0),
	OCI_OBJS (struct oci_linux, "devices",           devices,            &oci_device_table, 0),
	OCI_KEYED(struct oci_linux, "netDevices",        net_devices,        &oci_net_device_table, 0),
	OCI_STR  (struct oci_linux, "cgroupsPath",       cgroups_path,       0),
	OCI_OBJ  (struct oci_linux, "resources",         resources,          &oci_resources_table, 0),
	OCI_OBJ  (struct oci_linux, "intelRdt",          intel_rdt,          &oci_intel_rdt_table, 0),
	OCI_OBJ  (struct oci_linux, "memoryPolicy",      memory_policy,      &oci_memory_policy_table, 0),
	OCI_PAIRS(struct oci_linux, "sysctl",            sysctl,             0),
	OCI_OBJ  (struct oci_linux, "seccomp",           seccomp,            &oci_seccomp_table, 0),
	OCI_STR  (struct oci_linux, "rootfsPropagation", rootfs_propagation, 0),
	OCI_STRS (struct oci_linux, "maskedPaths",       masked_paths,       0),
	OCI_STRS (struct oci_linux, "readonlyPaths",     readonly_paths,     0),
	OCI_STR  (struct oci_linux, "mountLabel",        mount_label,        0),
	OCI_OBJ  (struct oci_linux, "personality",       personality,        &personality, 0),
};
const struct oci_table oci_linux_table = OCI_TABLE(struct oci_linux, linux_rows);
