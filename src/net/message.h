/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Messages of rtnetlink(7): put together, taken apart.  Pure.  What comes in is believed to be the kernel's, and is judged
 * all the same.  Inside this folder and its tests only.
 */
#ifndef CIST_NET_MESSAGE_H
#define CIST_NET_MESSAGE_H

#include "base/err.h"

#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	NET_MESSAGE_MAX = 1024, NET_NAME_MAX = 16, NET_KIND_MAX = 32, NET_PARENT_MAX = 64, NET_ALIAS_MAX = 256,
	NET_ADDRESS_MAX = 16
};

struct net_message {
	_Alignas(NLMSG_ALIGNTO) char bytes[NET_MESSAGE_MAX];
	size_t n;
	bool full;		/* something did not fit: it must not be sent */
};

/* body is the struct that comes with type (struct ifinfomsg, struct ifaddrmsg). */
void net_begin(struct net_message *m, uint16_t type, uint16_t flags, const void *body, size_t size);
void net_put(struct net_message *m, uint16_t type, const void *data, size_t n);
void net_put_u32(struct net_message *m, uint16_t type, uint32_t v);
void net_put_text(struct net_message *m, uint16_t type, const char *s);
/* Bytes as they are, aligned: the struct that a nest begins with. */
void net_put_struct(struct net_message *m, const void *data, size_t n);
/* An attribute of attributes: what is put between the two calls.  Opening returns what closing wants to know. */
size_t net_open_nest(struct net_message *m, uint16_t type);
void net_close_nest(struct net_message *m, size_t nest);
struct nlmsghdr *net_header(struct net_message *m);

/* One message of a datagram; *at begins at 0.  1 there is one, 0 there are no more, -EPROTO it is cut off. */
int net_next(const void *datagram, size_t n, size_t *at, const struct nlmsghdr **ret);

/* A device, from RTM_NEWLINK; kind, parent and alias are "" when there is none. */
struct net_link {
	uint32_t index;
	uint32_t flags;		/* IFF_… */
	char name[NET_NAME_MAX];
	char kind[NET_KIND_MAX];
	char parent[NET_PARENT_MAX];
	char alias[NET_ALIAS_MAX];
	bool has_mac;		/* its hardware address has six bytes */
	uint8_t mac[6];
};
must_use int net_read_link(const struct nlmsghdr *h, struct net_link *ret);

/* An address, from RTM_NEWADDR. */
struct net_raw_address {
	uint32_t index;		/* of the device */
	uint8_t family, prefix, scope;
	bool has_peer, has_broadcast;
	uint8_t local[NET_ADDRESS_MAX], peer[NET_ADDRESS_MAX], broadcast[NET_ADDRESS_MAX];
	char label[NET_NAME_MAX];
	uint32_t flags, metric;
};
/* 1: it is of a family that is neither IPv4 nor IPv6. */
must_use int net_read_address(const struct nlmsghdr *h, struct net_raw_address *ret);

/* NLMSG_ERROR: its code (0: done) and what the kernel says beside it, or "". */
must_use int net_read_error(const struct nlmsghdr *h, int *ret_code, char *text, size_t size);

#endif
