/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What there is only one of on a host, and who has it: ports of the host's network and addresses of its bridges.  The
 * book is kept over a whole deployment, sandbox after sandbox; that is all that grows with it.
 */
#ifndef CIST_LITHOS_CLAIM_H
#define CIST_LITHOS_CLAIM_H

#include "base/auto.h"

#include <stdint.h>

struct claims;

struct claims *claims_new(void);	/* NULL: no memory */
void claims_free(struct claims *c);

/*
 * Says that a process has a port, on host: an address, perhaps that for all addresses.  1: another sandbox has said so of
 * one that excludes this, and *ret_owner is its "SANDBOX/PROCESS", as long as the book; 0: it is free, or this sandbox'
 * own; -ENOMEM.  What a process claims twice is answered with 0 the second time, so that its instances say it once.
 */
must_use int claims_port(struct claims *c, const char *sandbox, const char *process, const char *host, uint16_t port,
			 const char **ret_owner);

/* The same for an address of a bridge, which another process of any sandbox may have. */
must_use int claims_address(struct claims *c, const char *sandbox, const char *process, const char *bridge, const char *address,
			    const char **ret_owner);

#endif
