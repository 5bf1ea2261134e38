/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/net.h"
#include "net/channel.h"
#include "net/request.h"
#include "base/arr.h"
#include "base/fmt.h"
#include "sys/file.h"

#include <arpa/inet.h>
#include <linux/if_addr.h>
#include <net/if.h>
#include <string.h>

/* Of an address, what a user may ask for; the rest is what the kernel has found out. */
#define USER_FLAGS (IFA_F_NODAD | IFA_F_HOMEADDRESS | IFA_F_MANAGETEMPADDR | IFA_F_NOPREFIXROUTE | IFA_F_MCAUTOJOIN)

enum { DUMP_TRIES = 5, ADDRESSES_MAX = 256, NAMES_MAX = 4096 };

/* ---- survey ---- */

struct gathering {
	struct arena *a;
	struct net_moved *d;
};

static const char *text_of(struct arena *a, const struct net_raw_address *r, const uint8_t *bytes)
{
	char text[INET6_ADDRSTRLEN];

	return inet_ntop(r->family, bytes, text, sizeof(text)) ? arena_str(a, text) : NULL;
}

/* Addresses that somebody gave it, with global scope; the kernel makes those of the link anew. */
static int take_address(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct gathering *g = arg;
	struct net_raw_address r;
	struct net_address *to = &g->d->addresses[g->d->n_addresses];
	int rc = net_read_address(h, &r);

	if (rc < 0)
		return err_set(e, rc, "netlink: what it says of an address makes no sense");
	if (rc > 0 || r.index != g->d->index || r.scope != RT_SCOPE_UNIVERSE || !(r.flags & IFA_F_PERMANENT))
		return 0;
	if (g->d->n_addresses == ADDRESSES_MAX)
		return err_set(e, -E2BIG, "it has more than %d addresses", ADDRESSES_MAX);
	*to = (struct net_address){
		.local = text_of(g->a, &r, r.local),
		.peer = r.has_peer ? text_of(g->a, &r, r.peer) : NULL,
		.broadcast = r.has_broadcast ? text_of(g->a, &r, r.broadcast) : NULL,
		.label = *r.label ? arena_str(g->a, r.label) : NULL,
		.prefix = r.prefix, .flags = r.flags & USER_FLAGS, .metric = r.metric,
	};
	if (!to->local || (r.has_peer && !to->peer) || (r.has_broadcast && !to->broadcast) || (*r.label && !to->label))
		return err_nomem(e);
	g->d->n_addresses++;
	return 0;
}

static int survey_addresses(struct net_channel *host, struct arena *a, struct net_moved *d, struct err *e)
{
	const struct ifaddrmsg body = { .ifa_family = AF_UNSPEC, .ifa_index = d->index };
	struct gathering g = { a, d };
	struct net_message m;
	int rc = -EAGAIN;

	d->addresses = ARENA_ARRAY(a, ADDRESSES_MAX, struct net_address);
	if (!d->addresses)
		return err_nomem(e);
	for (int i = 0; rc == -EAGAIN && i < DUMP_TRIES; i++) {
		d->n_addresses = 0;
		*e = (struct err){ 0 };
		net_begin(&m, RTM_GETADDR, NLM_F_DUMP, &body, sizeof(body));
		rc = net_ask(host, &m, take_address, &g, e);
	}
	return rc;
}

/* What the devices get in the container: the plan's, and what was chosen for those before. */
struct names {
	struct net_channel *there;
	const struct net_plan *plan;
	const struct net_moved *before;
	uint32_t n_before;
};

static int is_taken(const struct names *n, const char *name, struct err *e)
{
	struct net_link other;

	for (uint32_t i = 0; i < n->plan->n; i++)
		if (strcmp(n->plan->v[i].inside, name) == 0)
			return NET_FOUND;
	for (uint32_t i = 0; i < n->n_before; i++)
		if (strcmp(n->before[i].inside, name) == 0)
			return NET_FOUND;
	return net_find(n->there, name, &other, e);
}

/*
 * config-linux.md#network-devices lets the kernel choose a number for "%d".  It is chosen here as the kernel does, the
 * lowest that is free, so that the record has the name before the device has.
 */
static int fill_template(const struct names *n, const char *pattern, struct arena *a, const char **ret, struct err *e)
{
	const char *at = strstr(pattern, NET_TEMPLATE);
	char name[IFNAMSIZ];

	for (unsigned int i = 0; i < NAMES_MAX; i++) {
		int rc;

		if (fmt(name, sizeof(name), "%.*s%u%s", (int)(at - pattern), pattern, i,
			at + strlen(NET_TEMPLATE)) >= sizeof(name))
			break;
		rc = is_taken(n, name, e);
		if (rc < 0)
			return rc;
		if (rc == NET_FOUND)
			continue;
		*ret = arena_str(a, name);
		return *ret ? 0 : err_nomem(e);
	}
	return err_set(e, -ENFILE, "no name of the form %s is free in the container", pattern);
}

static int name_inside(const struct names *n, const struct net_device *d, struct arena *a, const char **ret, struct err *e)
{
	struct net_link other;
	int rc;

	if (strstr(d->inside, NET_TEMPLATE))
		return fill_template(n, d->inside, a, ret, e);
	rc = net_find(n->there, d->inside, &other, e);
	if (rc == NET_FOUND)
		return err_set(e, -EEXIST, "the container's network namespace has a device called %s already", d->inside);
	*ret = d->inside;
	return rc < 0 ? rc : 0;
}

static int survey_one(struct net_channel *host, const struct names *names, const struct net_device *d, struct arena *a,
		      struct net_moved *ret, struct err *e)
{
	const char *inside = NULL;
	struct net_link link;
	int rc = net_find(host, d->name, &link, e);

	if (rc == NET_ABSENT)
		return err_set(e, -ENODEV, "there is no such network device on the host");
	if (rc < 0 || (rc = name_inside(names, d, a, &inside, e)) < 0)
		return rc;
	*ret = (struct net_moved){
		.name = d->name, .inside = inside, .index = link.index, .was_up = link.flags & IFF_UP,
		.kind = *link.kind ? arena_str(a, link.kind) : NULL,
		.parent = *link.parent ? arena_str(a, link.parent) : NULL,
	};
	if ((*link.kind && !ret->kind) || (*link.parent && !ret->parent))
		return err_nomem(e);
	return survey_addresses(host, a, ret, e);
}

int net_survey(const struct net_plan *p, int netns_fd, struct arena *a, struct net_record *ret, struct err *e)
{
	auto_channel struct net_channel host = CHANNEL_INIT, there = CHANNEL_INIT;
	struct net_record r = { .devices = ARENA_ARRAY(a, p->n, struct net_moved), .n_devices = p->n };
	auto_close int own = -EBADF;
	struct stat st;
	int rc;

	if (!r.devices)
		return err_nomem(e);
	if (net_own_namespace(&r.host_namespace, &own, e) < 0)
		return e->code;
	rc = sys_fstat(netns_fd, &st);
	if (rc < 0)
		return err_sys(e, rc, "linux.netDevices: the container's network namespace");
	if (st.st_ino == r.host_namespace)
		return err_set(e, -EINVAL, "linux.netDevices: the container's network namespace is the runtime's own; devices "
			       "can only be moved to another");
	if (net_open(-1, &host, e) < 0 || net_open(netns_fd, &there, e) < 0)
		return err_ctx(e, "linux.netDevices");
	for (uint32_t i = 0; i < p->n; i++) {
		const struct names names = { &there, p, r.devices, i };

		if (survey_one(&host, &names, &p->v[i], a, &r.devices[i], e) < 0)
			return err_ctx(e, "%s", p->v[i].from);
	}
	*ret = r;
	return 0;
}

/* ---- to another namespace ---- */

/* The kernel moves first and renames then, so that a name that is taken is found out too late. */
static int send_away(struct net_channel *from, uint32_t index, int netns_fd, const char *name, struct err *e)
{
	const struct ifinfomsg body = { .ifi_family = AF_UNSPEC, .ifi_index = (int)index };
	struct net_message m;

	net_begin(&m, RTM_NEWLINK, NLM_F_ACK, &body, sizeof(body));
	net_put_u32(&m, IFLA_NET_NS_FD, (uint32_t)netns_fd);
	net_put_text(&m, IFLA_IFNAME, name);
	return net_ask(from, &m, NULL, NULL, e);
}

static int bring_up(struct net_channel *c, uint32_t index, struct err *e)
{
	struct net_message m;

	net_request_up(&m, index);
	return net_ask(c, &m, NULL, NULL, e) < 0 ? err_ctx(e, "bring it up") : 0;
}

static int put_address(struct net_message *m, uint16_t type, int family, const char *text)
{
	uint8_t bytes[NET_ADDRESS_MAX];

	if (!text)
		return 0;
	if (inet_pton(family, text, bytes) != 1)
		return -EINVAL;
	net_put(m, type, bytes, family == AF_INET ? 4 : 16);
	return 0;
}

/* A label begins with the name of the device, and is that mostly. */
static void put_label(struct net_message *m, const struct net_address *a, const struct net_moved *d, const char *name)
{
	const size_t n = strlen(d->name);
	char label[NET_NAME_MAX];

	if (a->label && strncmp(a->label, d->name, n) == 0 && (a->label[n] == ':' || a->label[n] == '\0') &&
	    fmt(label, sizeof(label), "%s%s", name, a->label + n) < sizeof(label))
		net_put_text(m, IFA_LABEL, label);
}

static int give_address(struct net_channel *c, uint32_t index, const struct net_address *a, const struct net_moved *d,
			const char *name, struct err *e)
{
	const int family = strchr(a->local, ':') ? AF_INET6 : AF_INET;
	const struct ifaddrmsg body = { .ifa_family = (uint8_t)family, .ifa_prefixlen = (uint8_t)a->prefix,
					.ifa_scope = RT_SCOPE_UNIVERSE, .ifa_index = index };
	struct net_message m;

	net_begin(&m, RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE, &body, sizeof(body));
	if (a->prefix > (family == AF_INET ? 32 : 128) || put_address(&m, IFA_LOCAL, family, a->local) < 0 ||
	    put_address(&m, IFA_ADDRESS, family, a->peer ? a->peer : a->local) < 0 ||
	    put_address(&m, IFA_BROADCAST, family, a->broadcast) < 0)
		return err_set(e, -EINVAL, "\"%s\" is not an address", a->local);
	if (a->flags)
		net_put_u32(&m, IFA_FLAGS, a->flags);
	if (a->metric)
		net_put_u32(&m, IFA_RT_PRIORITY, a->metric);
	if (family == AF_INET)
		put_label(&m, a, d, name);
	if (net_ask(c, &m, NULL, NULL, e) < 0)
		return err_ctx(e, "give it the address %s/%u", a->local, a->prefix);
	return 0;
}

/* What is the same on both sides: the device is there, called name. */
static int settle(struct net_channel *c, const struct net_moved *d, const char *name, bool up, struct err *e)
{
	struct net_link link;
	int rc = net_find(c, name, &link, e);

	if (rc == NET_ABSENT)
		return err_set(e, -ENODEV, "it is gone");
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < d->n_addresses; i++)
		if (give_address(c, link.index, &d->addresses[i], d, name, e) < 0)
			return e->code;
	return up ? bring_up(c, link.index, e) : 0;
}

static bool same(const char *recorded, const char *found)
{
	return strcmp(recorded ? recorded : "", found) == 0;
}

static bool is_device(const struct net_moved *d, const struct net_link *link)
{
	return same(d->kind, link->kind) && same(d->parent, link->parent);
}

/* The name was free a moment ago, in a namespace with other processes: the device arrived under its old one. */
static void take_back(struct net_channel *there, const struct net_moved *d, int own_fd)
{
	struct err ignored = { 0 };
	struct net_link link;

	if (net_find(there, d->name, &link, &ignored) == NET_FOUND && is_device(d, &link))
		(void)send_away(there, link.index, own_fd, d->name, &ignored);
}

static int move_one(struct net_channel *host, struct net_channel *there, const struct net_moved *d, int netns_fd, int own_fd,
		    struct err *e)
{
	struct net_link link;
	int rc = net_find(host, d->name, &link, e);

	if (rc < 0)
		return rc;
	if (rc == NET_ABSENT || link.index != d->index)
		return err_set(e, -ENODEV, "the network device has changed meanwhile");
	if (send_away(host, d->index, netns_fd, d->inside, e) < 0) {
		if (strcmp(d->name, d->inside) != 0)
			take_back(there, d, own_fd);
		return err_ctx(e, "move it to the container's network namespace");
	}
	return settle(there, d, d->inside, true, e);
}

int net_move(const struct net_record *r, int netns_fd, struct err *e)
{
	auto_channel struct net_channel host = CHANNEL_INIT, there = CHANNEL_INIT;
	auto_close int own = -EBADF;
	uint64_t inode;

	if (net_own_namespace(&inode, &own, e) < 0 || net_open(-1, &host, e) < 0 || net_open(netns_fd, &there, e) < 0)
		return err_ctx(e, "linux.netDevices");
	for (size_t i = 0; i < r->n_devices; i++)
		if (move_one(&host, &there, &r->devices[i], netns_fd, own, e) < 0)
			return err_ctx(e, "linux.netDevices[\"%s\"]", r->devices[i].name);
	return 0;
}

/* ---- and back ---- */

enum at_home { AT_HOME = 0, AWAY = 1, NAME_TAKEN = 2 };

static int where_is(struct net_channel *host, const struct net_moved *d, struct err *e)
{
	struct net_link link;
	int rc = net_find(host, d->name, &link, e);

	return rc < 0 ? rc : rc == NET_ABSENT ? AWAY : link.index == d->index && is_device(d, &link) ? AT_HOME : NAME_TAKEN;
}

static int return_one(struct net_channel *host, struct net_channel *there, const struct net_moved *d, int own_fd,
		      struct err *e)
{
	const int where = where_is(host, d, e);
	struct net_link link;
	int rc;

	if (where <= AT_HOME)
		return where;
	if (there->fd < 0)
		return err_set(e, -ENOENT, "the network namespace that it was moved to is gone");
	rc = net_find(there, d->inside, &link, e);
	if (rc < 0)
		return rc;
	/* Whoever owns the namespace may have made another of that name; the host is not to get that one. */
	if (rc == NET_ABSENT || !is_device(d, &link))
		return err_set(e, -ENODEV, "the container has renamed, replaced or deleted it");
	if (send_away(there, link.index, own_fd, where == NAME_TAKEN ? "dev%d" : d->name, e) < 0)
		return err_ctx(e, "move it back");
	if (where == NAME_TAKEN)
		return err_set(e, -EEXIST, "another device has its name: it is called dev… now and has no addresses");
	return settle(host, d, d->name, d->was_up, e);
}

static void complain(const struct net_moved *d, struct err *e, void (*warn)(const char *text))
{
	err_ctx(e, "network device %s: not brought back as it was", d->name);
	warn(e->text);
}

void net_return(const struct net_record *r, int netns_fd, void (*warn)(const char *text))
{
	auto_channel struct net_channel host = CHANNEL_INIT, there = CHANNEL_INIT;
	auto_close int own = -EBADF;
	struct err e = { 0 };
	uint64_t inode = 0;

	if (r->n_devices == 0)
		return;
	if (net_own_namespace(&inode, &own, &e) < 0 || net_open(-1, &host, &e) < 0 ||
	    (netns_fd >= 0 && net_open(netns_fd, &there, &e) < 0)) {
		complain(&r->devices[0], &e, warn);
		return;
	}
	for (size_t i = r->n_devices; i-- > 0;) {
		e = (struct err){ 0 };
		if (inode != r->host_namespace)
			err_set(&e, -EXDEV, "it came from a network namespace that is not this one");
		else
			(void)return_one(&host, &there, &r->devices[i], own, &e);
		if (e.code < 0)
			complain(&r->devices[i], &e, warn);
	}
}
