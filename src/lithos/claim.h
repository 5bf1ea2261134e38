/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What there is only one of on a host, and who has it: ports of the host's network and addresses of its bridges.  The
 * book is kept over a whole deployment, sandbox after sandbox; that is all that grows with it.
 */
#ifndef CIST_LITHOS_CLAIM_H
#define CIST_LITHOS_CLAIM_H

#include "base/auto.h"

#include <stdbool.h>
#include <stdint.h>

struct claims;

/* That a process listens there. */
struct port_claim {
	const char *sandbox, *process;
	const char *file;		/* which says so; NULL: nobody asks */
	const char *host;		/* an address, perhaps that for all of its family */
	uint16_t port;
	bool reuse_port;		/* each instance has a socket of its own */
	uint32_t uid;			/* whose sockets they are */
};

/* Who was first; as long as the book. */
struct claim_owner {
	const char *name;		/* "SANDBOX/PROCESS" */
	const char *file;
	bool same_sandbox;		/* then the addresses differ, and one is within the other; or only one has reuse_port */
};

struct claims *claims_new(void);	/* NULL: no memory */
void claims_free(struct claims *c);

/*
 * 1: somebody has said so of one that excludes this, and *ret_owner is who; 0: it is free, or a socket that the sandbox has
 * already, which its processes share; -ENOMEM.  By the kernel's rules for sockets as both supervisor and runtime make them:
 * those of IPv6 take no IPv4, and SO_REUSEADDR is of no help to two that listen.  Sockets with SO_REUSEPORT of one user do not
 * exclude each other, but another sandbox has no part in what one listens at.  What a process claims twice is answered with 0
 * the second time, so that its instances say it once.
 */
must_use int claims_port(struct claims *c, const struct port_claim *p, struct claim_owner *ret_owner);

/* The same for an address of a bridge, which another process of any sandbox may have. */
must_use int claims_address(struct claims *c, const char *sandbox, const char *process, const char *bridge, const char *address,
			    const char **ret_owner);

#endif
