/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Listening sockets that the program finds at numbers that it knows (annotation org.cist.sockets, libocispec/sockets.h).
 *
 * Those of the host's network are handed over by the caller, as --preserve-fds has them and in the order of the list, so
 * that a supervisor can keep a port open while containers come and go; where the caller hands over none, cist binds them
 * itself.  Those of the container's network are bound by its init, once that network is there.
 */
#ifndef CIST_LISTEN_LISTEN_H
#define CIST_LISTEN_LISTEN_H

#include "base/arena.h"
#include "base/err.h"
#include "base/explain.h"

#include <stdbool.h>
#include <stdint.h>

struct oci_config;

enum {
	LISTEN_MAX         = 64,	/* sockets of a container */
	LISTEN_ADDRESS_MAX = 28,	/* struct sockaddr_in6 */
	LISTEN_NAME_MAX    = 64,	/* "[ADDRESS]:PORT" */
};

struct listen_socket {
	int32_t fd;			/* its number in the program */
	int32_t held;			/* where it is until then; negative: not made yet */
	int32_t backlog;
	uint32_t address_len;
	uint8_t address[LISTEN_ADDRESS_MAX];	/* a struct sockaddr_in or sockaddr_in6 */
	bool reuse_address;
	bool reuse_port;
	bool non_block;
	bool inside;
	char name[LISTEN_NAME_MAX];	/* for messages */
};

struct listen_plan {
	struct listen_socket *v;
	uint32_t n;
	uint32_t n_handed_over;		/* from descriptor 3 on */
	uint32_t first_free;		/* above every number that is named here */
};

/*
 * What the configuration asks for, in a.  handed_over: how many descriptors the caller gives besides the standard ones; with
 * the annotation these are none, or as many as sockets of the host's network.  Errors: -EINVAL with a sentence, -ENOMEM.
 */
must_use int listen_plan(const struct oci_config *c, uint32_t handed_over, struct arena *a, struct listen_plan *ret,
			 struct err *e);

/* Whether it is to be made on that side, and whether any is. */
static inline bool listen_is_made(const struct listen_socket *s, bool inside)
{
	return s->inside == inside && s->held < 0;
}

static inline bool listen_makes(const struct listen_plan *p, bool inside)
{
	for (uint32_t i = 0; i < p->n; i++)
		if (listen_is_made(&p->v[i], inside))
			return true;
	return false;
}

void listen_explain(const struct listen_plan *p, bool inside, struct explain *x);
void listen_explain_place(const struct listen_plan *p, struct explain *x);

/* ---- acting: cist for the host's, cist-init for the container's network (no heap, no stdio) ---- */

/* A socket that listens, close-on-exec, as s says. */
must_use int listen_open(const struct listen_socket *s, int *ret_fd, struct err *e);

/* Moves *fd above every number that will be given away; close-on-exec. */
must_use int listen_out_of_the_way(const struct listen_plan *p, int *fd, struct err *e);

/*
 * Brings the sockets to their numbers: held has for each where it is.  Of all other descriptors above the standard ones
 * *stays alone remains, close-on-exec, at another number.
 */
must_use int listen_place(const struct listen_plan *p, const int32_t *held, int *stays, struct err *e);

#endif
