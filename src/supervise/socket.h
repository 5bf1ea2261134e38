/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Listening sockets in the host's network.  Making one and listening are two steps: in between it is given to lithos_hold, so
 * that whatever listens is held.
 *
 *	hold_name_port(name, p, id);
 *	if (hold_find(h, name) < 0)
 *		socket_make(p, &fd, e), hold_put(h, name, fd, e);
 *	socket_listen(hold_find(h, name), p, e);	at each launch: a predecessor may have died in between
 */
#ifndef CIST_SUPERVISE_SOCKET_H
#define CIST_SUPERVISE_SOCKET_H

#include "supervise/desired.h"

/*
 * A stream socket, close-on-exec, bound to the address, not listening.  It belongs to p->uid and p->gid, as if they had made
 * it (what SO_REUSEPORT, owner matches of netfilter and /proc/net look at); it is bound as who calls.  -EINVAL: p->host is no
 * address.  -EADDRINUSE and its like are for a later try.
 */
must_use int socket_make(const struct desired_port *p, int *ret_fd, struct err *e);

/* Nothing for one that listens: its options are those of the first that asked. */
must_use int socket_listen(int fd, const struct desired_port *p, struct err *e);

#endif
