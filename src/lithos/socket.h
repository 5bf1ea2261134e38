/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The listening sockets of an instance: those of `tcp-ports`, and those that activated variables ask for. */
#ifndef CIST_LITHOS_SOCKET_H
#define CIST_LITHOS_SOCKET_H

#include "lithos/instance.h"
#include "lithos/vars.h"

/* What LISTEN_FDS and LISTEN_FDNAMES say. */
struct activation {
	size_t n;		/* 0: no socket activation */
	const char *names;	/* "a:b", in the order of the descriptors, which begin at 3 */
};

/*
 * Fills in->ports, ascending by descriptor.  Everything wrong with them is a finding of v->f.  An ad-hoc command has no
 * sockets in the host's network: the daemon beside it would not get them.  0, or -ENOMEM: v->a is full.
 */
must_use int socket_fill(const struct instance_request *how, const struct vars *v, struct instance *in, struct activation *ret);

#endif
