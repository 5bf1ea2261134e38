/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/conf.h"
#include "base/arr.h"
#include "base/explain.h"
#include "base/fmt.h"
#include "base/limits.h"
#include "libocispec/netconf.h"
#include "net/ip.h"
#include "net/message.h"
#include "net/resolver.h"

#include <string.h>
#include <sys/socket.h>

/* The lists while they grow; there is room for all that the document can ask for. */
struct building {
	const struct net_conf_request *r;
	struct arena *a;
	struct net_pair *pairs;
	struct net_op *ops;
	uint32_t n_pairs, n_ops;
	const char *alias;
};

static int add_op(struct building *b, const struct net_op *op, struct err *e)
{
	if (!op->from || !op->device)
		return err_nomem(e);
	b->ops[b->n_ops++] = *op;
	return 0;
}

/* ---- whose a device is ---- */

static uint64_t hash(uint64_t h, const char *s)
{
	do
		h = (h ^ (unsigned char)*s) * UINT64_C(0x100000001b3);	/* FNV-1a, with the NUL as a full stop */
	while (*s++);
	return h;
}

#define HASH_BEGIN UINT64_C(0xcbf29ce484222325)

/* What `ip link` shows of it.  The kernel keeps 255 bytes; a longer path is cut, and a hash of all of it added. */
static const char *make_alias(const char *owner, struct arena *a)
{
	static const char mark[] = "cist:";
	const uint64_t h = hash(HASH_BEGIN, owner);

	if (strlen(mark) + strlen(owner) < NET_ALIAS_MAX)
		return arena_fmt(a, "%s%s", mark, owner);
	return arena_fmt(a, "%s%.*s#%08x%08x", mark, 200, owner, (unsigned int)(h >> 32), (unsigned int)h);
}

/*
 * The hardware address of the host's end.  It can be given to a device as it is made, which an alias cannot, so that one whose
 * maker was killed in between is known too.  A bridge takes the lowest address of its ports for its own: beginning with
 * fe, which is administered locally and no group's, this one never is.
 */
static void make_mac(const char *alias, const char *name, uint8_t mac[NET_MAC_BYTES])
{
	uint64_t h = hash(hash(HASH_BEGIN, alias), name);

	mac[0] = 0xfe;
	for (size_t i = 1; i < NET_MAC_BYTES; i++, h >>= 8)
		mac[i] = (uint8_t)h;
}

/* ---- an interface ---- */

static int check_name(const char *from, const char *member, const char *name, struct err *e)
{
	const char *wrong = net_name_wrong(name);

	return wrong ? err_set(e, -EINVAL, "%s.%s: \"%.*s\": %s", from, member, 32, name, wrong) : 0;
}

static int check_names(const struct building *b, const char *from, const struct oci_netconf_interface *o, struct err *e)
{
	if (check_name(from, "name", o->name, e) < 0 || check_name(from, "peer_name", o->peer_name, e) < 0)
		return e->code;
	if (strcmp(o->name, o->peer_name) == 0)
		return err_set(e, -EINVAL, "%s: name and peer_name are the same: %s", from, o->name);
	for (uint32_t i = 0; i < b->n_pairs; i++) {
		if (strcmp(b->pairs[i].name, o->name) == 0)
			return err_set(e, -EINVAL, "%s.name: netconf.interfaces[%u] is called %s as well", from, i, o->name);
		if (strcmp(b->pairs[i].peer, o->peer_name) == 0)
			return err_set(e, -EINVAL, "%s.peer_name: that of netconf.interfaces[%u] is %s as well", from, i,
				       o->peer_name);
	}
	return 0;
}

static int check_type(const char *from, const char *type, struct err *e)
{
	static const char *const others[] = { "bridge-port", "ipvlan", "loopback", "macvlan", "phys" };

	if (strcmp(type, "veth") == 0)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (strcmp(type, others[i]) == 0)
			return err_set(e, -EOPNOTSUPP, "%s.type: %s is not implemented: veth is", from, type);
	return err_set(e, -EINVAL, "%s.type: \"%.*s\" is unknown: there is veth", from, 32, type);
}

static int plan_pair(struct building *b, const char *from, const struct oci_netconf_interface *o, struct err *e)
{
	struct net_pair *p = &b->pairs[b->n_pairs];

	if (check_type(from, o->type, e) < 0 || check_names(b, from, o, e) < 0)
		return e->code;
	*p = (struct net_pair){ .name = arena_str(b->a, o->name), .peer = arena_str(b->a, o->peer_name), .alias = b->alias,
				.has_peer_mac = o->mac != NULL, .mtu = o->has_mtu ? o->mtu : 0 };
	if (!p->name || !p->peer)
		return err_nomem(e);
	if (o->mac && !net_mac_parse(o->mac, p->peer_mac))
		return err_set(e, -EINVAL, "%s.mac: \"%.*s\" is not the hardware address of a device", from, 32, o->mac);
	make_mac(b->alias, o->name, p->mac);
	b->n_pairs++;
	return add_op(b, &(struct net_op){ .from = from, .kind = NET_OP_PAIR, .device = p->name, .text = p->peer },
		      e);
}

static int plan_bridge(struct building *b, const char *device, const char *bridge, struct err *e)
{
	const struct net_op op = { .from = "netconf.model.bridge_name", .kind = NET_OP_JOIN_BRIDGE, .device = device,
				   .text = arena_str(b->a, bridge) };

	return op.text ? add_op(b, &op, e) : err_nomem(e);
}

static int plan_up(struct building *b, const char *from, const char *device, bool inside, struct err *e)
{
	return add_op(b, &(struct net_op){ .from = from, .kind = NET_OP_UP, .device = device, .inside = inside }, e);
}

/* Nobody else here has it. */
static int check_unique(const struct building *b, const char *from, const struct net_ip *ip, const char *text, struct err *e)
{
	for (uint32_t i = 0; i < b->n_ops; i++)
		if (b->ops[i].kind == NET_OP_ADDRESS && net_ip_same(&b->ops[i].subnet.ip, ip))
			return err_set(e, -EINVAL, "%s: %s is what %s has as well", from, text, b->ops[i].from);
	return 0;
}

static int plan_address(struct building *b, const char *from, const char *member, const char *device, bool inside,
			const char *text, struct err *e)
{
	struct net_op op = { .from = arena_fmt(b->a, "%s.%s", from, member), .kind = NET_OP_ADDRESS, .inside = inside,
			     .device = device, .text = arena_str(b->a, text) };
	const char *wrong;

	if (!op.from || !op.text)
		return err_nomem(e);
	if (net_subnet_parse(text, &op.subnet, e) < 0)
		return err_ctx(e, "%s", op.from);
	wrong = net_subnet_not_a_host(&op.subnet);
	if (wrong)
		return err_set(e, -EINVAL, "%s: %s %s", op.from, text, wrong);
	if (strcmp(member, "peer_ip6") == 0 && op.subnet.ip.family != AF_INET6)
		return err_set(e, -EINVAL, "%s: %s is not an address of IPv6", op.from, text);
	return check_unique(b, op.from, &op.subnet.ip, text, e) < 0 ? e->code : add_op(b, &op, e);
}

/* ---- routes ---- */

/* The addresses and routes of the interface stand from `first` on. */
static bool is_on_link(const struct building *b, uint32_t first, const struct net_ip *ip)
{
	if (net_ip_is_link_local(ip))
		return true;
	for (uint32_t i = first; i < b->n_ops; i++) {
		const struct net_op *op = &b->ops[i];

		if (op->inside && (op->kind == NET_OP_ADDRESS || (op->kind == NET_OP_ROUTE && !op->has_gateway)) &&
		    net_subnet_has(&op->subnet, ip))
			return true;
	}
	return false;
}

static int plan_gateway(const struct building *b, uint32_t first, const char *text, struct net_op *op, struct err *e)
{
	struct net_subnet alone;
	const char *wrong;

	if (!net_ip_parse(text, &op->gateway))
		return err_set(e, -EINVAL, "%s.gateway: \"%.*s\" is not an address of IPv4 or IPv6", op->from, 60, text);
	alone = (struct net_subnet){ op->gateway, (uint8_t)net_ip_bits(&op->gateway) };
	wrong = net_subnet_not_a_host(&alone);
	if (wrong)
		return err_set(e, -EINVAL, "%s.gateway: %s %s", op->from, text, wrong);
	if (op->gateway.family != op->subnet.ip.family)
		return err_set(e, -EINVAL, "%s.gateway: %s is not of the family of %s", op->from, text, op->text);
	for (uint32_t i = first; i < b->n_ops; i++)
		if (b->ops[i].inside && b->ops[i].kind == NET_OP_ADDRESS && net_ip_same(&b->ops[i].subnet.ip, &op->gateway))
			return err_set(e, -EINVAL, "%s.gateway: %s is the container's own address", op->from, text);
	if (!is_on_link(b, first, &op->gateway))
		return err_set(e, -EINVAL, "%s.gateway: %s is in no subnet of %s: a route to it without a gateway has to "
			       "come first", op->from, text, op->device);
	op->has_gateway = true;
	op->gateway_text = arena_str(b->a, text);
	return op->gateway_text ? 0 : err_nomem(e);
}

static int plan_route(struct building *b, uint32_t first, const char *from, const char *device,
		      const struct oci_netconf_route *o, struct err *e)
{
	struct net_op op = { .from = from, .kind = NET_OP_ROUTE, .inside = true, .device = device,
			     .text = arena_str(b->a, o->subnet) };

	if (!op.from || !op.text)
		return err_nomem(e);
	if (net_subnet_parse(o->subnet, &op.subnet, e) < 0)
		return err_ctx(e, "%s.subnet", from);
	if (!net_subnet_is_whole(&op.subnet))
		return err_set(e, -EINVAL, "%s.subnet: %s is not a subnet: behind its prefix there are bits", from, o->subnet);
	for (uint32_t i = 0; i < b->n_ops; i++)
		if (b->ops[i].kind == NET_OP_ROUTE && b->ops[i].subnet.bits == op.subnet.bits &&
		    net_ip_same(&b->ops[i].subnet.ip, &op.subnet.ip))
			return err_set(e, -EINVAL, "%s.subnet: %s leads to %s as well", from, b->ops[i].from, o->subnet);
	if (o->gateway && plan_gateway(b, first, o->gateway, &op, e) < 0)
		return e->code;
	return add_op(b, &op, e);
}

static int plan_routes(struct building *b, uint32_t first, const char *from, const char *device,
		       const struct oci_netconf_interface *o, struct err *e)
{
	for (size_t i = 0; i < o->n_routes; i++)
		if (plan_route(b, first, arena_fmt(b->a, "%s.routes[%zu]", from, i), device, &o->routes[i], e) < 0)
			return e->code;
	return 0;
}

/* ---- all of it ---- */

static bool is_no_address(const char *text)
{
	return strcmp(text, "0.0.0.0/0") == 0;	/* of box, whose host's end cannot be without */
}

static int plan_interface(struct building *b, const char *from, const struct oci_netconf_interface *o, struct err *e)
{
	const struct oci_netconf_model *model = b->r->conf->model;
	const struct net_pair *p = &b->pairs[b->n_pairs];
	const uint32_t first = b->n_ops;

	if (!from)
		return err_nomem(e);
	if (plan_pair(b, from, o, e) < 0)
		return e->code;
	if (model && plan_bridge(b, p->name, model->bridge_name, e) < 0)
		return e->code;
	if ((o->ip && !is_no_address(o->ip) && plan_address(b, from, "ip", p->name, false, o->ip, e) < 0) ||
	    plan_up(b, from, p->name, false, e) < 0 ||
	    (o->peer_ip && plan_address(b, from, "peer_ip", p->peer, true, o->peer_ip, e) < 0) ||
	    (o->peer_ip6 && plan_address(b, from, "peer_ip6", p->peer, true, o->peer_ip6, e) < 0) ||
	    plan_up(b, from, p->peer, true, e) < 0)
		return e->code;
	return plan_routes(b, first, from, p->peer, o, e);
}

static int plan_model(const struct oci_netconf *c, struct err *e)
{
	const char *wrong;

	if (!c->model)
		return 0;
	if (strcmp(c->model->type, "bridge") != 0)
		return err_set(e, -EINVAL, "netconf.model.type: \"%.*s\" is unknown: there is bridge", 32, c->model->type);
	wrong = net_name_wrong(c->model->bridge_name);
	return wrong ? err_set(e, -EINVAL, "netconf.model.bridge_name: \"%.*s\": %s", 32, c->model->bridge_name, wrong) : 0;
}

static int make_room(struct building *b, struct err *e)
{
	const struct oci_netconf *c = b->r->conf;
	size_t routes = 0;

	if (c->n_interfaces > INTERFACES_MAX)
		return err_set(e, -E2BIG, "netconf.interfaces: %zu are more than %d", c->n_interfaces, INTERFACES_MAX);
	for (size_t i = 0; i < c->n_interfaces; i++)
		routes += c->interfaces[i].n_routes;
	if (routes > ROUTES_MAX)
		return err_set(e, -E2BIG, "netconf.interfaces: %zu routes are more than %d", routes, ROUTES_MAX);
	b->pairs = ARENA_ARRAY(b->a, c->n_interfaces, struct net_pair);
	b->ops = ARENA_ARRAY(b->a, 1 + 7 * c->n_interfaces + routes, struct net_op);
	b->alias = make_alias(b->r->owner, b->a);
	return b->pairs && b->ops && b->alias ? 0 : err_nomem(e);
}

static int plan_devices(struct building *b, struct err *e)
{
	const struct oci_netconf *c = b->r->conf;

	if (c->loopback_name && *c->loopback_name && strcmp(c->loopback_name, "lo") != 0)
		return err_set(e, -EINVAL, "netconf.loopback_name: the loopback device is called lo, not \"%.*s\"", 32,
			       c->loopback_name);
	/* The init brings it up in any case; here that is done before anybody can look. */
	if (plan_up(b, c->loopback_name ? "netconf.loopback_name" : "netconf", "lo", true, e) < 0)
		return e->code;
	for (size_t i = 0; i < c->n_interfaces; i++)
		if (plan_interface(b, arena_fmt(b->a, "netconf.interfaces[%zu]", i), &c->interfaces[i], e) < 0)
			return e->code;
	return 0;
}

static int plan_command(const struct oci_netconf *c, struct arena *a, const char *const **ret, struct err *e)
{
	*ret = NULL;
	if (c->n_after_setup == 0)
		return 0;
	if (c->after_setup[0][0] != '/')
		return err_set(e, -EINVAL, "netconf.after_setup[0]: \"%.*s\" is not an absolute path", 64, c->after_setup[0]);
	*ret = arena_strv(a, c->after_setup, c->n_after_setup);
	return *ret ? 0 : err_nomem(e);
}

int net_conf_plan(const struct net_conf_request *r, struct arena *a, struct net_conf *ret, struct err *e)
{
	const struct oci_netconf *c = r->conf;
	struct building b = { .r = r, .a = a };
	const bool acts = c->n_interfaces > 0 || c->n_after_setup > 0;
	struct net_conf conf = { 0 };

	if (plan_model(c, e) < 0 || make_room(&b, e) < 0 || plan_devices(&b, e) < 0 ||
	    net_resolver_text(c, a, &conf.resolver, e) < 0 || net_hosts_text(c, a, &conf.hosts, e) < 0 ||
	    plan_command(c, a, &conf.after_setup, e) < 0)
		return e->code;
	if (acts && !r->may_administer)
		return err_set(e, -EPERM, "netconf.%s: this takes CAP_NET_ADMIN and CAP_SYS_ADMIN, which the caller does not "
			       "have", c->n_interfaces > 0 ? "interfaces" : "after_setup");
	conf.pairs = b.pairs;
	conf.n_pairs = b.n_pairs;
	conf.ops = b.ops;
	conf.n_ops = acts ? b.n_ops : 0;
	*ret = conf;
	return 0;
}

const struct net_pair *net_conf_pair(const struct net_conf *c, const char *name)
{
	for (uint32_t i = 0; i < c->n_pairs; i++)
		if (strcmp(c->pairs[i].name, name) == 0)
			return &c->pairs[i];
	return NULL;
}

const char *net_op_says(const struct net_op *op, char *buf, size_t size)
{
	const char *where = op->inside ? "of the container" : "of the host";

	switch ((enum net_op_kind)op->kind) {
	case NET_OP_PAIR:
		fmt(buf, size, "pair the devices %s of the host and %s of the container", op->device, op->text);
		break;
	case NET_OP_JOIN_BRIDGE:
		fmt(buf, size, "put %s into the bridge %s", op->device, op->text);
		break;
	case NET_OP_ADDRESS:
		fmt(buf, size, "give %s %s the address %s", op->device, where, op->text);
		break;
	case NET_OP_UP:
		fmt(buf, size, "bring up %s %s", op->device, where);
		break;
	case NET_OP_ROUTE:
		fmt(buf, size, "route %s by %s%s%s", op->text, op->device, op->has_gateway ? " and " : "",
		    op->has_gateway ? op->gateway_text : "");
		break;
	case NET_OP__COUNT:
		break;
	}
	return buf;
}

void net_conf_explain(const struct net_conf *c, struct explain *x)
{
	char text[NET_OP_TEXT];

	for (uint32_t i = 0; i < c->n_ops; i++)
		explain_act(x, c->ops[i].from, "%s", net_op_says(&c->ops[i], text, sizeof(text)));
	if (c->after_setup)
		explain_act(x, "netconf.after_setup", "run %s in the container's network namespace", c->after_setup[0]);
}
