/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/conf.h"
#include "base/fmt.h"
#include "net/channel.h"
#include "net/ip.h"
#include "net/request.h"

#include <net/if.h>
#include <string.h>

struct making {
	const struct net_conf *c;
	struct net_channel host, there;
	int netns_fd;
	struct net_message m;
};

static int open_both(struct making *mk, int netns_fd, struct err *e)
{
	mk->netns_fd = netns_fd;
	return net_open(-1, &mk->host, e) < 0 || net_open(netns_fd, &mk->there, e) < 0 ? e->code : 0;
}

static void close_both(struct making *mk)
{
	net_close(&mk->host);
	net_close(&mk->there);
}
#define auto_making __attribute__((cleanup(close_both)))
#define MAKING_INIT(conf) { .c = (conf), .host = CHANNEL_INIT, .there = CHANNEL_INIT }

/* ---- whose a device is ---- */

/*
 * The alias is given right after the device is made: whoever was killed in between left one without, which is known by its
 * hardware address.
 */
static bool is_ours(const struct net_link *l, const char *alias, const uint8_t mac[NET_MAC_BYTES])
{
	if (strcmp(l->kind, "veth") != 0)
		return false;
	return *l->alias ? strcmp(l->alias, alias) == 0 : l->has_mac && memcmp(l->mac, mac, NET_MAC_BYTES) == 0;
}

static int delete_link(struct net_channel *host, uint32_t index, struct err *e)
{
	struct net_message m;
	int rc;

	net_request_delete(&m, index);
	rc = net_ask(host, &m, NULL, NULL, e);
	if (rc == -ENODEV) {	/* the namespace of its peer has come to an end meanwhile */
		*e = (struct err){ 0 };
		return 0;
	}
	return rc;
}

enum name_answer { NAME_FREE = 0, NAME_OURS = 1 };

static int look_for_name(struct net_channel *host, const struct net_pair *p, struct net_link *ret, struct err *e)
{
	int rc = net_find(host, p->name, ret, e);

	if (rc == NET_ABSENT)
		return NAME_FREE;
	if (rc < 0)
		return rc;
	if (is_ours(ret, p->alias, p->mac))
		return NAME_OURS;
	return err_set(e, -EEXIST, "the host has a network device called %s already%s%s", p->name,
		       *ret->alias ? ", which calls itself " : ", and it is not this container's", ret->alias);
}

/* ---- the operations ---- */

/* Of the same container, which has claimed its state directory anew: whatever made it is dead. */
static int remove_stale(struct making *mk, const struct net_pair *p, struct err *e)
{
	struct net_link old;
	int rc = look_for_name(&mk->host, p, &old, e);

	return rc == NAME_OURS ? delete_link(&mk->host, old.index, e) : rc;
}

static int find(struct making *mk, const char *name, bool inside, struct net_link *ret, struct err *e)
{
	int rc = net_find(inside ? &mk->there : &mk->host, name, ret, e);

	return rc == NET_ABSENT ? err_set(e, -ENODEV, "there is no network device called %s", name) : rc;
}

static int make_pair(struct making *mk, const struct net_op *op, struct err *e)
{
	const struct net_pair *p = net_conf_pair(mk->c, op->device);
	struct net_link made;

	if (remove_stale(mk, p, e) < 0)
		return e->code;
	net_request_pair(&mk->m, p, mk->netns_fd);
	if (net_ask(&mk->host, &mk->m, NULL, NULL, e) < 0 || find(mk, p->name, false, &made, e) < 0)
		return e->code;
	net_request_alias(&mk->m, made.index, p->alias);
	return net_ask(&mk->host, &mk->m, NULL, NULL, e);
}

static int find_bridge(struct making *mk, const char *name, struct net_link *ret, struct err *e)
{
	int rc = net_find(&mk->host, name, ret, e);

	if (rc < 0)
		return rc;
	if (rc == NET_ABSENT)
		return err_set(e, -ENODEV, "the host has no bridge called %s", name);
	if (strcmp(ret->kind, "bridge") != 0)
		return err_set(e, -EINVAL, "%s of the host is not a bridge", name);
	return ret->flags & IFF_UP ? 0 : err_set(e, -ENETDOWN, "the bridge %s is down", name);
}

static int join_bridge(struct making *mk, const struct net_op *op, struct err *e)
{
	struct net_link device, bridge;

	if (find_bridge(mk, op->text, &bridge, e) < 0 || find(mk, op->device, false, &device, e) < 0)
		return e->code;
	net_request_master(&mk->m, device.index, bridge.index);
	return net_ask(&mk->host, &mk->m, NULL, NULL, e);
}

static int give_address(struct making *mk, const struct net_op *op, struct err *e)
{
	struct net_link device;

	if (find(mk, op->device, op->inside, &device, e) < 0)
		return e->code;
	net_request_address(&mk->m, device.index, &op->subnet);
	return net_ask(op->inside ? &mk->there : &mk->host, &mk->m, NULL, NULL, e);
}

static int bring_up(struct making *mk, const struct net_op *op, struct err *e)
{
	struct net_link device;

	if (find(mk, op->device, op->inside, &device, e) < 0)
		return e->code;
	net_request_up(&mk->m, device.index);
	return net_ask(op->inside ? &mk->there : &mk->host, &mk->m, NULL, NULL, e);
}

static int add_route(struct making *mk, const struct net_op *op, struct err *e)
{
	struct net_link device;

	if (find(mk, op->device, true, &device, e) < 0)
		return e->code;
	net_request_route(&mk->m, device.index, op);
	return net_ask(&mk->there, &mk->m, NULL, NULL, e);
}

int net_conf_make(const struct net_conf *c, int netns_fd, struct err *e)
{
	static int (*const make[NET_OP__COUNT])(struct making *mk, const struct net_op *op, struct err *e) = {
		[NET_OP_PAIR] = make_pair, [NET_OP_JOIN_BRIDGE] = join_bridge, [NET_OP_ADDRESS] = give_address,
		[NET_OP_UP] = bring_up, [NET_OP_ROUTE] = add_route,
	};
	auto_making struct making mk = MAKING_INIT(c);
	char text[NET_OP_TEXT];

	if (open_both(&mk, netns_fd, e) < 0)
		return err_ctx(e, "netconf");
	for (uint32_t i = 0; i < c->n_ops; i++)
		if (make[c->ops[i].kind](&mk, &c->ops[i], e) < 0)
			return err_ctx(e, "%s: %s", c->ops[i].from, net_op_says(&c->ops[i], text, sizeof(text)));
	return 0;
}

/* ---- before it ---- */

static int survey_pair(struct making *mk, const struct net_pair *p, struct err *e)
{
	struct net_link link;
	int rc;

	if (look_for_name(&mk->host, p, &link, e) < 0)
		return e->code;
	rc = net_find(&mk->there, p->peer, &link, e);
	if (rc == NET_FOUND)
		return err_set(e, -EEXIST, "the container's network namespace has a device called %s already", p->peer);
	return rc < 0 ? rc : 0;
}

static int survey_op(struct making *mk, const struct net_op *op, struct err *e)
{
	struct net_link bridge;

	if (op->kind == NET_OP_PAIR)
		return survey_pair(mk, net_conf_pair(mk->c, op->device), e);
	return op->kind == NET_OP_JOIN_BRIDGE ? find_bridge(mk, op->text, &bridge, e) : 0;
}

static int write_down(const struct net_conf *c, struct arena *a, struct net_record *ret, struct err *e)
{
	struct net_made *v = ARENA_ARRAY(a, c->n_pairs, struct net_made);

	if (!v)
		return err_nomem(e);
	for (uint32_t i = 0; i < c->n_pairs; i++) {
		const struct net_pair *p = &c->pairs[i];

		v[i] = (struct net_made){ .name = p->name, .alias = p->alias,
			.address = arena_fmt(a, "%02x:%02x:%02x:%02x:%02x:%02x", p->mac[0], p->mac[1], p->mac[2], p->mac[3],
					     p->mac[4], p->mac[5]) };
		if (!v[i].address)
			return err_nomem(e);
	}
	ret->links = v;
	ret->n_links = c->n_pairs;
	return 0;
}

int net_conf_survey(const struct net_conf *c, int netns_fd, struct arena *a, struct net_record *ret, struct err *e)
{
	auto_making struct making mk = MAKING_INIT(c);
	auto_close int own = -EBADF;

	if (net_own_namespace(&ret->host_namespace, &own, e) < 0 || open_both(&mk, netns_fd, e) < 0)
		return err_ctx(e, "netconf");
	for (uint32_t i = 0; i < c->n_ops; i++)
		if (survey_op(&mk, &c->ops[i], e) < 0)
			return err_ctx(e, "%s", c->ops[i].from);
	return write_down(c, a, ret, e);
}

/* ---- and after it ---- */

static int remove_link(struct net_channel *host, const struct net_made *l, struct err *e)
{
	uint8_t mac[NET_MAC_BYTES];
	struct net_link found;
	int rc = net_find(host, l->name, &found, e);

	if (rc < 0)
		return rc;
	if (rc == NET_ABSENT || !net_mac_parse(l->address, mac) || !is_ours(&found, l->alias, mac))
		return 0;
	return delete_link(host, found.index, e);
}

void net_conf_remove(const struct net_record *r, void (*warn)(const char *text))
{
	auto_channel struct net_channel host = CHANNEL_INIT;
	auto_close int own = -EBADF;
	struct err e = { 0 };
	uint64_t inode;

	if (r->n_links == 0)
		return;
	if (net_own_namespace(&inode, &own, &e) < 0 || net_open(-1, &host, &e) < 0) {
		warn(e.text);
		return;
	}
	/* In another namespace these are not the names that were given. */
	for (size_t i = r->n_links; inode == r->host_namespace && i-- > 0;) {
		e = (struct err){ 0 };
		if (remove_link(&host, &r->links[i], &e) < 0) {
			err_ctx(&e, "network device %s: not deleted", r->links[i].name);
			warn(e.text);
		}
	}
}
