/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows of config.md#root, #mounts, #posix-platform-hooks. */
#include "libocispec/rows.h"

static const struct oci_row root_rows[] = {
	OCI_STR (struct oci_root, "path",     path,     OCI_REQUIRED),
	OCI_BOOL(struct oci_root, "readonly", readonly, 0),
};
const struct oci_table oci_root_table = OCI_TABLE(struct oci_root, root_rows);

static const struct oci_row mount_rows[] = {
	OCI_STR (struct oci_mount, "destination", destination,  OCI_REQUIRED),
	OCI_STR (struct oci_mount, "type",        type,         0),
	OCI_STR (struct oci_mount, "source",      source,       0),
	OCI_STRS(struct oci_mount, "options",     options,      0),
	OCI_OBJS(struct oci_mount, "uidMappings", uid_mappings, &oci_id_mapping_table, 0),
	OCI_OBJS(struct oci_mount, "gidMappings", gid_mappings, &oci_id_mapping_table, 0),
};
const struct oci_table oci_mount_table = OCI_TABLE(struct oci_mount, mount_rows);

static const struct oci_row hook_rows[] = {
	OCI_STR (struct oci_hook, "path",    path,    OCI_REQUIRED),
	OCI_STRS(struct oci_hook, "args",    args,    0),
	OCI_STRS(struct oci_hook, "env",     env,     0),
	OCI_INT (struct oci_hook, "timeout", timeout, 0),
};
static const struct oci_table hook = OCI_TABLE(struct oci_hook, hook_rows);

static const struct oci_row hooks_rows[] = {
	OCI_OBJS(struct oci_hooks, "prestart",        prestart,         &hook, 0),
	OCI_OBJS(struct oci_hooks, "createRuntime",   create_runtime,   &hook, 0),
	OCI_OBJS(struct oci_hooks, "createContainer", create_container, &hook, 0),
	OCI_OBJS(struct oci_hooks, "startContainer",  start_container,  &hook, 0),
	OCI_OBJS(struct oci_hooks, "poststart",       poststart,        &hook, 0),
	OCI_OBJS(struct oci_hooks, "poststop",        poststop,         &hook, 0),
};
const struct oci_table oci_hooks_table = OCI_TABLE(struct oci_hooks, hooks_rows);
