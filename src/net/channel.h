/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A socket of rtnetlink(7) in some network namespace, and requests over it.  Inside this folder only. */
#ifndef CIST_NET_CHANNEL_H
#define CIST_NET_CHANNEL_H

#include "net/message.h"

struct net_channel {
	int fd;
	uint32_t sequence;
};

/* In the namespace netns_fd, or in the caller's own when that is negative. */
must_use int net_open(int netns_fd, struct net_channel *ret, struct err *e);

static inline void net_close(struct net_channel *c)
{
	fd_close(&c->fd);
}
#define auto_channel __attribute__((cleanup(net_close)))
#define CHANNEL_INIT { .fd = -1 }

/*
 * Sends m and waits for its acknowledgement, or with NLM_F_DUMP for the end of the list; each message in between goes to
 * take (which may be NULL).  A refusal of the kernel is its negative errno; *e then holds what it says.
 */
must_use int net_ask(struct net_channel *c, struct net_message *m,
		     int (*take)(const struct nlmsghdr *h, void *arg, struct err *e), void *arg, struct err *e);

/* The namespace of this process: its inode number, and a handle. */
must_use int net_own_namespace(uint64_t *ret_inode, int *ret_fd, struct err *e);

enum net_answer { NET_FOUND = 0, NET_ABSENT = 1 };
/* A device by its name. */
must_use int net_find(struct net_channel *c, const char *name, struct net_link *ret, struct err *e);

#endif
