/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows of config-linux.md#namespaces, #user-namespace-mappings, #offset-for-time-namespace, #devices, #network-devices. */
#include "libocispec/rows.h"

static const struct oci_row id_mapping_rows[] = {
	OCI_INT0(struct oci_id_mapping, "containerID", container_id, OCI_REQUIRED),
	OCI_INT0(struct oci_id_mapping, "hostID",      host_id,      OCI_REQUIRED),
	OCI_INT0(struct oci_id_mapping, "size",        size,         OCI_REQUIRED),
};
const struct oci_table oci_id_mapping_table = OCI_TABLE(struct oci_id_mapping, id_mapping_rows);

static const struct oci_row namespace_rows[] = {
	OCI_STR(struct oci_namespace, "type", type, OCI_REQUIRED),
	OCI_STR(struct oci_namespace, "path", path, 0),
};
const struct oci_table oci_namespace_table = OCI_TABLE(struct oci_namespace, namespace_rows);

static const struct oci_row time_offset_rows[] = {
	OCI_INT0(struct oci_time_offset, "secs",     secs,     0),
	OCI_INT0(struct oci_time_offset, "nanosecs", nanosecs, 0),
};
const struct oci_table oci_time_offset_table = OCI_TABLE(struct oci_time_offset, time_offset_rows);

static const struct oci_row device_rows[] = {
	OCI_STR(struct oci_device, "path",     path,      OCI_REQUIRED),
	OCI_STR(struct oci_device, "type",     type,      OCI_REQUIRED),
	OCI_INT(struct oci_device, "major",    major,     0),
	OCI_INT(struct oci_device, "minor",    minor,     0),
	OCI_INT(struct oci_device, "fileMode", file_mode, 0),
	OCI_NUM(struct oci_device, "uid",      uid,       0, OCI_ID_MAX, 0),
	OCI_NUM(struct oci_device, "gid",      gid,       0, OCI_ID_MAX, 0),
};
const struct oci_table oci_device_table = OCI_TABLE(struct oci_device, device_rows);

static const struct oci_row net_device_rows[] = {
	OCI_STR(struct oci_net_device, "name", name, 0),
};
const struct oci_table oci_net_device_table = OCI_TABLE(struct oci_net_device, net_device_rows);
