/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The state document (runtime.md#state), with the members that runc adds and engines read: rootfs,
 * created, owner.  It is what `state` prints, one element of `list`, and what hooks read on their
 * standard input.  Members follow the rules of oci_config.h.
 */
#ifndef OCI_STATE_H
#define OCI_STATE_H

#include "libocispec/oci_config.h"

struct oci_state {
	const char *oci_version;
	const char *id;
	int32_t pid;			/* 0 = none; written always: clients of runc expect it */
	const char *status;		/* "creating", "created", "running", "paused", "stopped" */
	const char *bundle;		/* absolute */
	const char *rootfs;		/* absolute */
	const char *created;		/* RFC 3339, UTC, nanoseconds */
	struct oci_pair *annotations;
	size_t n_annotations;
	const char *owner;		/* written when not NULL, also when "" */
};

/* What goes to a seccomp agent with the listener (config-linux.md#containerprocessstate). */
struct oci_process_state {
	const char *oci_version;
	const char **fds;		/* names of the descriptors that come along, in their order */
	size_t n_fds;
	int32_t pid;			/* of the process, as the runtime sees it */
	const char *metadata;		/* NULL: none */
	struct oci_state state;
};

#endif
