/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A bridged network as netconf.json; the listening sockets that the program finds open. */
#include "translate/network.h"

#include "libocispec/netconf.h"
#include "libocispec/sockets.h"
#include "lithos/address.h"
#include "lithos/vars.h"

#include <arpa/inet.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* ---- names of the two ends ---- */

/* As a JSON text: what stands there was never meant to need it. */
static size_t quote(const char *text, char *buf, size_t size)
{
	size_t n = 0;

	for (; *text && n + 2 < size; text++) {
		if (*text == '"' || *text == '\\')
			buf[n++] = '\\';
		buf[n++] = *text;
	}
	buf[n] = '\0';
	return n;
}

void network_device(const char *bridge, const struct address *ip, char separator, char ret[NETWORK_DEVICE_LEN + 1])
{
	const uint8_t *last = ip->bytes + (ip->family == AF_INET ? 4 : 16) - 2;
	char quoted[128], text[INET6_ADDRSTRLEN], json[256], hex[7];
	unsigned char hash[crypto_generichash_BYTES_MAX];

	quote(bridge, quoted, sizeof quoted);
	inet_ntop(ip->family, ip->bytes, text, sizeof text);
	snprintf(json, sizeof json, "{\"bridge\":\"%s\",\"ip\":\"%s\"}", quoted, text);
	crypto_generichash(hash, sizeof hash, (const unsigned char *)json, strlen(json), NULL, 0);
	sodium_bin2hex(hex, sizeof hex, hash, 3);
	snprintf(ret, NETWORK_DEVICE_LEN + 1, "li%c%s%c%02x%02x", separator, hex, separator, last[0], last[1]);
}

/* ---- netconf.json ---- */

struct setup {
	struct draft *d;
	struct mark at;
	const char *address;
};

static const char *look_up(void *arg, const char *name, size_t len)
{
	const struct setup *s = arg;

	return len == strlen("container_ip") && memcmp(name, "container_ip", len) == 0 ? s->address : NULL;
}

static void unknown(void *arg, const char *name, size_t len)
{
	const struct setup *s = arg;

	finding_error(s->d->f, s->at, "unknown variable \"%.*s\"", (int)len, name);
	finding_hint(s->d->f, "after-setup-command knows @{container_ip}");
}

/* Item 0 is the program, as it is written. */
static int after_setup(struct draft *d, const struct lithos_network *n, const char *address, struct oci_netconf *conf)
{
	struct setup s = {
		.d = d, .address = address,
		.at = DRAFT_AT(d->in->sandbox->doc, "bridged_network", "after_setup_command", NULL),
	};
	const struct vars_set set = { .look_up = look_up, .unknown = unknown, .arg = &s, .max = LITHOS_ARG_MAX };

	for (size_t i = 0; i < n->n_after_setup_command; i++) {
		const char *text = n->after_setup_command[i];
		int rc = i == 0 ? 0 : vars_substitute(&set, text, d->a, &text);

		if (rc == -E2BIG)
			finding_error(d->f, s.at, "an argument is longer than %d bytes", LITHOS_ARG_MAX);
		else if (rc < 0)
			return err_nomem(d->e);
		if (draft_text(d, &conf->after_setup, &conf->n_after_setup, text) < 0)
			return d->e->code;
	}
	return 0;
}

/* The gateway is in the network: who read the sandbox has asked. */
static int route(struct draft *d, const struct lithos_network *n, int family, struct oci_netconf_interface *i)
{
	if (!n->default_gateway)
		return 0;
	i->routes = ARENA_NEW(d->a, struct oci_netconf_route);
	if (!i->routes)
		return err_nomem(d->e);
	i->n_routes = 1;
	i->routes[0] = (struct oci_netconf_route){
		.subnet = family == AF_INET ? "0.0.0.0/0" : "::/0", .gateway = n->default_gateway,
	};
	return 0;
}

static int interface(struct draft *d, const struct lithos_network *n, const struct address *ip, const struct address *network,
		     struct oci_netconf *conf)
{
	char outer[NETWORK_DEVICE_LEN + 1], inner[NETWORK_DEVICE_LEN + 1];
	struct oci_netconf_interface *i = ARENA_NEW(d->a, struct oci_netconf_interface);

	conf->model = ARENA_NEW(d->a, struct oci_netconf_model);
	if (!i || !conf->model)
		return err_nomem(d->e);
	*conf->model = (struct oci_netconf_model){ .type = "bridge", .bridge_name = n->bridge };
	conf->interfaces = i;
	conf->n_interfaces = 1;
	network_device(n->bridge, ip, '_', outer);
	network_device(n->bridge, ip, '-', inner);
	i->type = "veth";
	i->name = arena_str(d->a, outer);
	i->peer_name = arena_str(d->a, inner);
	i->peer_ip = arena_fmt(d->a, "%s/%u", d->in->ip_address, network->prefix);
	if (!i->name || !i->peer_name || !i->peer_ip)
		return err_nomem(d->e);
	return route(d, n, network->family, i);
}

/* Without an address, which a command may be, there is the loopback device alone. */
static int fill(struct draft *d, const struct lithos_network *n, struct oci_netconf *conf)
{
	struct address ip, network;
	struct err e = { 0 };

	if (!d->in->ip_address)
		return 0;
	if (address_parse(d->in->ip_address, &ip, &e) < 0 || address_parse_network(n->network, &network, &e) < 0) {
		finding_err(d->f, DRAFT_AT(d->in->sandbox->doc, "bridged_network", NULL), &e);
		return 0;
	}
	if (interface(d, n, &ip, &network, conf) < 0)
		return d->e->code;
	return after_setup(d, n, d->in->ip_address, conf);
}

static int bridged(struct draft *d, const struct lithos_network *n)
{
	struct oci_netconf conf = { .loopback_name = "lo" };
	const char *text;
	char *json;

	if (fill(d, n, &conf) < 0)
		return d->e->code;
	json = oci_table_write(&oci_netconf_table, &conf, "\t");
	text = json ? arena_fmt(d->a, "%s\n", json) : NULL;
	free(json);
	if (!text || draft_file(d, &(struct bundle_file){
		.name = "netconf.json", .text = text, .len = strlen(text), .mode = 0644 }) < 0)
		return err_nomem(d->e);
	return draft_annotation(d, "org.cist.netconf", "netconf.json");
}

/* ---- sockets ---- */

static void check_port(struct draft *d, const struct instance_port *p)
{
	if (p->fd > OCI_SOCKET_FD_MAX)
		finding_error(d->f, DRAFT_AT(d->in->container->doc, "tcp_ports", NULL), "descriptor %u of port %u is above %d",
			      p->fd, p->port, OCI_SOCKET_FD_MAX);
}

/* In the order of their descriptors: those bound on the host are handed over in that order. */
static int sockets(struct draft *d)
{
	const struct instance *in = d->in;
	struct oci_socket *v;
	const char *text;
	char *json;

	if (in->n_ports == 0)
		return 0;
	v = ARENA_ARRAY(d->a, in->n_ports, struct oci_socket);
	if (!v)
		return err_nomem(d->e);
	for (size_t i = 0; i < in->n_ports; i++) {
		const struct instance_port *p = &in->ports[i];

		check_port(d, p);
		v[i] = (struct oci_socket){
			.fd = p->fd, .host = p->host, .port = p->port, .has_backlog = true, .backlog = p->backlog,
			.has_reuse_address = true, .reuse_address = p->reuse_addr, .reuse_port = p->reuse_port,
			.non_block = p->non_block, .inside = !p->on_host,
		};
	}
	json = oci_table_write_list(&oci_socket_table, v, in->n_ports, NULL);
	text = json ? arena_str(d->a, json) : NULL;
	free(json);
	return draft_annotation(d, OCI_SOCKETS_ANNOTATION, text);
}

int translate_network(struct draft *d)
{
	const struct lithos_network *n = d->in->sandbox->bridged_network;

	if (n && bridged(d, n) < 0)
		return d->e->code;
	return sockets(d);
}
