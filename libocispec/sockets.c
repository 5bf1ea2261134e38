/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "libocispec/sockets.h"
#include "libocispec/suggest.h"

#include <errno.h>
#include <stdio.h>

static const struct oci_row socket_rows[] = {
	OCI_NUM0(struct oci_socket, "fd",           fd,            0, OCI_SOCKET_FD_MAX, OCI_REQUIRED | OCI_ALWAYS),
	OCI_STR (struct oci_socket, "host",         host,          0),
	OCI_INT0(struct oci_socket, "port",         port,          OCI_REQUIRED | OCI_ALWAYS),
	OCI_NUM (struct oci_socket, "backlog",      backlog,       0, INT32_MAX, 0),
	OCI_BOOL(struct oci_socket, "reuseAddress", reuse_address, 0),
	OCI_FLAG(struct oci_socket, "reusePort",    reuse_port,    0),
	OCI_FLAG(struct oci_socket, "nonBlock",     non_block,     0),
	OCI_FLAG(struct oci_socket, "inside",       inside,        0),
};
const struct oci_table oci_socket_table = OCI_TABLE(struct oci_socket, socket_rows);

struct oci_doc *oci_sockets_parse(const char *json, size_t len, struct oci_err *e)
{
	static const struct oci_row list = OCI_OBJS(struct oci_sockets, "", v, &oci_socket_table, 0);
	struct oci_doc *d = oci_doc_parse_row(&list, sizeof(struct oci_sockets), json, len, OCI_STRICT, e);

	const char *meant;

	if (!d || d->n_unknown == 0)
		return d;
	meant = oci_suggest(&(const struct oci_table){ &list, 1, sizeof(struct oci_sockets) }, d->unknown[0]);
	e->code = -EINVAL;
	snprintf(e->text, sizeof(e->text), "%s: there is no such member%s%s%s", d->unknown[0], meant ? "; \"" : "",
		 meant ? meant : "", meant ? "\" perhaps?" : "");
	return oci_doc_free(d);
}
