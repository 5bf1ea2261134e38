/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What netconf.json asks for (docs/netconf.md), made in and for a container's network namespace.
 *
 * net_conf_plan() decides: a list of operations in their order, which `explain` prints.  net_conf_survey() looks whether
 * they can be done, before anything is changed; what it writes into the record is what net_conf_remove() later goes by.
 * net_conf_make() carries the list out.  A pair of devices dies with the namespace that its inner end is in.
 */
#ifndef CIST_NET_CONF_H
#define CIST_NET_CONF_H

#include "net/net.h"

struct oci_netconf;

/* The name of a file beside config.json. */
#define NET_CONF_ANNOTATION "org.cist.netconf"

struct net_ip {
	uint8_t family;			/* AF_INET, AF_INET6 */
	uint8_t n;			/* bytes: 4, 16 */
	uint8_t bytes[16];
};

struct net_subnet {
	struct net_ip ip;
	uint8_t bits;
};

/* Two devices, of which one is to be the container's. */
struct net_pair {
	const char *name, *peer;	/* on the host, in the container */
	const char *alias;		/* of the first: whose it is */
	uint8_t mac[6], peer_mac[6];
	bool has_peer_mac;		/* else the kernel chooses one */
	uint32_t mtu;			/* 0: the kernel's choice */
};

enum net_op_kind { NET_OP_PAIR, NET_OP_JOIN_BRIDGE, NET_OP_ADDRESS, NET_OP_UP, NET_OP_ROUTE, NET_OP__COUNT };

struct net_op {
	const char *from;		/* "netconf.interfaces[0].peer_ip" */
	uint8_t kind;			/* enum net_op_kind */
	bool inside;			/* the container's network namespace; else the host's */
	bool has_gateway;
	const char *device;
	const char *text;		/* of an address or subnet, as written; of a bridge its name; of a pair the inner one */
	const char *gateway_text;
	struct net_subnet subnet;	/* the address with its prefix; where a route leads to */
	struct net_ip gateway;
};

struct net_conf {
	const struct net_pair *pairs;
	uint32_t n_pairs;
	const struct net_op *ops;
	uint32_t n_ops;
	const char *resolver;		/* all of /etc/resolv.conf; NULL: the image's stays */
	const char *hosts;		/* likewise /etc/hosts */
	const char *const *after_setup;	/* NULL-terminated; NULL: nothing is run */
};

struct net_conf_request {
	const struct oci_netconf *conf;
	const char *owner;		/* absolute path of the container's state directory: nobody else has that one */
	bool may_administer;		/* CAP_NET_ADMIN */
};

/* Pure. */
must_use int net_conf_plan(const struct net_conf_request *r, struct arena *a, struct net_conf *ret, struct err *e);
void net_conf_explain(const struct net_conf *c, struct explain *x);

/* The pair whose host's end is called name. */
const struct net_pair *net_conf_pair(const struct net_conf *c, const char *name);

/* "bring up eth0 of the container": what explain and errors call it.  Returns buf. */
enum { NET_OP_TEXT = 256 };
const char *net_op_says(const struct net_op *op, char *buf, size_t size);

/* ---- acting; netns_fd is the container's network namespace ---- */

/* ret->links and ret->host_namespace.  Nothing is changed. */
must_use int net_conf_survey(const struct net_conf *c, int netns_fd, struct arena *a, struct net_record *ret, struct err *e);

/* After a failure net_conf_remove() undoes it. */
must_use int net_conf_make(const struct net_conf *c, int netns_fd, struct err *e);

/*
 * Deletes what the record names and is still there, and ours; what cannot be deleted is a warning, as it will be gone
 * with the container's network namespace.
 */
void net_conf_remove(const struct net_record *r, void (*warn)(const char *text));

#endif
