/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Network devices of the host that a container gets (config-linux.md#network-devices).
 *
 * net_plan() decides; net_survey() looks at the devices and writes down what brings them back, before anything is
 * changed; net_move() moves them; net_return() brings them back, and may be called after any of it.  A network namespace
 * ends with its last process and takes virtual devices with it, so net_hold() keeps it until the container is deleted.
 */
#ifndef CIST_NET_NET_H
#define CIST_NET_NET_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct explain;
struct oci_linux;

#define NET_TEMPLATE "%d"	/* in a name: a number that is free */

struct net_device {
	const char *name;	/* on the host */
	const char *inside;	/* in the container; may have a NET_TEMPLATE */
	const char *from;	/* "linux.netDevices["eth0"]" */
};

struct net_plan {
	const struct net_device *v;
	uint32_t n;
};

/* Pure.  l may be NULL.  What libocispec/check.h judges is not judged again. */
must_use int net_plan(const struct oci_linux *l, struct arena *a, struct net_plan *ret_plan, struct err *e);
void net_explain(const struct net_plan *p, struct explain *x);

/* ---- what is kept of a device, in the container's record ---- */

struct net_address {
	const char *local;	/* "192.0.2.1", "2001:db8::1" */
	const char *peer;	/* of a point-to-point address; NULL: none */
	const char *broadcast;	/* IPv4 only; NULL: none */
	const char *label;	/* IPv4 only; NULL: none */
	uint32_t prefix;	/* bits */
	uint32_t flags;		/* IFA_F_… that a user can set */
	uint32_t metric;	/* 0: the kernel's choice */
};

struct net_moved {
	const char *name, *inside;
	const char *kind;	/* "veth", "dummy"; NULL: hardware, most often */
	const char *parent;	/* the bus's name of hardware: "0000:00:03.0"; NULL: none */
	uint32_t index;		/* on the host */
	bool was_up;
	struct net_address *addresses;
	size_t n_addresses;
};

/* The host's end of a pair that was made for the container (net/conf.h). */
struct net_made {
	const char *name;
	const char *alias;	/* what it calls itself, so that no other is taken for it */
	const char *address;	/* of its hardware: the same, while it has no alias yet */
};

struct net_record {
	uint64_t host_namespace;	/* inode number of the network namespace that the devices come from */
	struct net_moved *devices;
	size_t n_devices;
	struct net_made *links;
	size_t n_links;
};

/* ---- acting ---- */

/* netns_fd is the container's network namespace.  Nothing is changed.  What ret points to is in a. */
must_use int net_survey(const struct net_plan *p, int netns_fd, struct arena *a, struct net_record *ret, struct err *e);

/* Moves, renames, gives the addresses back, brings up.  After a failure net_return() undoes it. */
must_use int net_move(const struct net_record *r, int netns_fd, struct err *e);

/*
 * Brings back what is not here, with the old name, addresses and state; netns_fd is negative when the namespace is gone.
 * What cannot be brought back is a warning: a container must not be undeletable because its device is.
 */
void net_return(const struct net_record *r, int netns_fd, void (*warn)(const char *text));

/* Keeps the namespace alive by a mount in the state directory; opens what is kept, or -1; lets go, also of nothing. */
must_use int net_hold(int netns_fd, int state_dir, struct err *e);
int net_open_held(int state_dir);
must_use int net_let_go(int state_dir, struct err *e);

#endif
