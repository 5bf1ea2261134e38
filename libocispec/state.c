/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows of the state document (runtime.md#state), in the order that runc writes. */
#include "libocispec/rows.h"

static const struct oci_row state_rows[] = {
	OCI_STR  (struct oci_state, "ociVersion",  oci_version, OCI_REQUIRED),
	OCI_STR  (struct oci_state, "id",          id,          OCI_REQUIRED),
	OCI_NUM0 (struct oci_state, "pid",         pid,         0, INT32_MAX, 0),
	OCI_STR  (struct oci_state, "status",      status,      OCI_REQUIRED),
	OCI_STR  (struct oci_state, "bundle",      bundle,      OCI_REQUIRED),
	OCI_STR  (struct oci_state, "rootfs",      rootfs,      0),
	OCI_STR  (struct oci_state, "created",     created,     0),
	OCI_PAIRS(struct oci_state, "annotations", annotations, 0),
	OCI_STR  (struct oci_state, "owner",       owner,       0),
};
const struct oci_table oci_state_table = OCI_TABLE(struct oci_state, state_rows);

static const struct oci_row process_state_rows[] = {
	OCI_STR (struct oci_process_state, "ociVersion", oci_version, OCI_REQUIRED),
	OCI_STRS(struct oci_process_state, "fds",        fds,         0),
	OCI_NUM0(struct oci_process_state, "pid",        pid,         0, INT32_MAX, OCI_REQUIRED),
	OCI_STR (struct oci_process_state, "metadata",   metadata,    0),
	OCI_IN  (struct oci_process_state, "state",      state,       &oci_state_table, OCI_REQUIRED),
};
static const struct oci_table process_state_table = OCI_TABLE(struct oci_process_state, process_state_rows);

struct oci_doc *oci_doc_parse_state(const char *json, size_t len, enum oci_mode mode, struct oci_err *e)
{
	struct oci_doc *d = oci_doc_parse_table(&oci_state_table, json, len, mode, e);

	if (d)
		d->state = d->root;
	return d;
}

char *oci_state_write(const struct oci_state *s, const char *indent)
{
	return oci_table_write(&oci_state_table, s, indent);
}

char *oci_process_state_write(const struct oci_process_state *s)
{
	return oci_table_write(&process_state_table, s, NULL);
}

char *oci_states_write(const struct oci_state *v, size_t n, const char *indent)
{
	return oci_table_write_list(&oci_state_table, v, n, indent);
}
