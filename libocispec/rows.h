/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tables of the specification's objects that are used outside of the file that has their rows. */
#ifndef OCI_ROWS_H
#define OCI_ROWS_H

#include "libocispec/table.h"

/* 4294967295 is -1 to the kernel: "leave this id as it is" (setresuid(2), chown(2)). */
#define OCI_ID_MAX (UINT32_MAX - UINT64_C(1))

extern const struct oci_table oci_config_table;
extern const struct oci_table oci_state_table;
extern const struct oci_table oci_features_table;

extern const struct oci_table oci_process_table;	/* process.c */
extern const struct oci_table oci_root_table;		/* filesystem.c */
extern const struct oci_table oci_mount_table;
extern const struct oci_table oci_hooks_table;
extern const struct oci_table oci_id_mapping_table;	/* namespaces.c */
extern const struct oci_table oci_namespace_table;
extern const struct oci_table oci_time_offset_table;
extern const struct oci_table oci_device_table;
extern const struct oci_table oci_net_device_table;
extern const struct oci_table oci_resources_table;	/* resources.c */
extern const struct oci_table oci_intel_rdt_table;
extern const struct oci_table oci_memory_policy_table;
extern const struct oci_table oci_seccomp_table;	/* seccomp.c */
extern const struct oci_table oci_linux_table;		/* paths.c */

#endif
