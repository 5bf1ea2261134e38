/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The value of the annotation org.cist.sockets: listening sockets that the program finds at numbers that it knows, as
 * a JSON list of objects.  Members follow the rules of oci_config.h; docs/man/cist.8 describes them.
 *
 * Read it with oci_sockets_parse(), which tolerates no unknown member; write it with
 * oci_table_write_list(&oci_socket_table, v, n, NULL).  What addresses may be is judged where they are used.
 */
#ifndef OCI_SOCKETS_H
#define OCI_SOCKETS_H

#include "libocispec/ocispec.h"
#include "libocispec/table.h"

#define OCI_SOCKETS_ANNOTATION "org.cist.sockets"

enum { OCI_SOCKET_FD_MAX = 65535 };

struct oci_socket {
	uint32_t fd;			/* its number in the program */
	const char *host;		/* an address; NULL: 0.0.0.0 */
	uint16_t port;			/* 0: one that is free */
	bool has_backlog;
	uint32_t backlog;		/* absent: 128 */
	bool has_reuse_address;
	bool reuse_address;		/* absent: true */
	bool reuse_port;
	bool non_block;
	bool inside;			/* bound in the container's network namespace, else in the caller's */
};

struct oci_sockets {
	struct oci_socket *v;
	size_t n_v;
};

extern const struct oci_table oci_socket_table;

/* The document's root is a struct oci_sockets. */
struct oci_doc *oci_sockets_parse(const char *json, size_t len, struct oci_err *e);

#endif
