/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "libocispec/netconf.h"
#include "libocispec/suggest.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct oci_row route_rows[] = {
	OCI_STR(struct oci_netconf_route, "subnet",  subnet,  OCI_REQUIRED),
	OCI_STR(struct oci_netconf_route, "gateway", gateway, 0),
};
static const struct oci_table route = OCI_TABLE(struct oci_netconf_route, route_rows);

static const struct oci_row interface_rows[] = {
	OCI_STR (struct oci_netconf_interface, "type",      type,      OCI_REQUIRED),
	OCI_STR (struct oci_netconf_interface, "name",      name,      OCI_REQUIRED),
	OCI_STR (struct oci_netconf_interface, "peer_name", peer_name, OCI_REQUIRED),
	OCI_STR (struct oci_netconf_interface, "ip",        ip,        0),
	OCI_STR (struct oci_netconf_interface, "peer_ip",   peer_ip,   0),
	OCI_STR (struct oci_netconf_interface, "peer_ip6",  peer_ip6,  0),
	OCI_STR (struct oci_netconf_interface, "mac",       mac,       0),
	OCI_NUM (struct oci_netconf_interface, "mtu",       mtu,       OCI_MTU_MIN, OCI_MTU_MAX, 0),
	OCI_OBJS(struct oci_netconf_interface, "routes",    routes,    &route, 0),
};
static const struct oci_table interface = OCI_TABLE(struct oci_netconf_interface, interface_rows);

static const struct oci_row model_rows[] = {
	OCI_STR(struct oci_netconf_model, "type",        type,        OCI_REQUIRED),
	OCI_STR(struct oci_netconf_model, "bridge_name", bridge_name, OCI_REQUIRED),
};
static const struct oci_table model = OCI_TABLE(struct oci_netconf_model, model_rows);

static const struct oci_row dns_rows[] = {
	OCI_STR (struct oci_netconf_dns, "domain",      domain,      0),
	OCI_STRS(struct oci_netconf_dns, "search",      search,      0),
	OCI_STRS(struct oci_netconf_dns, "nameservers", nameservers, 0),
	OCI_STRS(struct oci_netconf_dns, "options",     options,     0),
};
static const struct oci_table dns = OCI_TABLE(struct oci_netconf_dns, dns_rows);

static const struct oci_row netconf_rows[] = {
	OCI_STR  (struct oci_netconf, "loopback_name", loopback_name, 0),
	OCI_OBJ  (struct oci_netconf, "model",         model,         &model, 0),
	OCI_OBJS (struct oci_netconf, "interfaces",    interfaces,    &interface, 0),
	OCI_OBJ  (struct oci_netconf, "dns",           dns,           &dns, 0),
	OCI_PAIRS(struct oci_netconf, "hosts",         hosts,         0),
	OCI_STRS (struct oci_netconf, "after_setup",   after_setup,   0),
};
const struct oci_table oci_netconf_table = OCI_TABLE(struct oci_netconf, netconf_rows);

/* Members of box's format that are not implemented; the path is without indices. */
static const struct {
	const char *path;
	const char *why;
} refused[] = {
	{ "model.create",              "a bridge is not made by cist: it has to exist" },
	{ "model.address",             "a bridge is not configured by cist: give it its address where it is made" },
	{ "model.masquerade",          "cist writes no rules of a packet filter" },
	{ "interfaces.gateway",        "write the default route into routes: {\"subnet\": \"0.0.0.0/0\", \"gateway\": …}" },
	{ "interfaces.gateway6",       "write the default route into routes: {\"subnet\": \"::/0\", \"gateway\": …}" },
	{ "interfaces.hairpin",        "how a port of a bridge behaves is not changed by cist" },
	{ "interfaces.txqueuelen",     "the length of a queue is not changed by cist" },
	{ "interfaces.routes.source",  "a route goes out with the address of its interface" },
	{ "interfaces.routes.dev",     "a route belongs to the interface that it stands in" },
	{ "interfaces.routes.metric",  "a route gets the kernel's metric" },
	{ "ports",                     "cist writes no rules of a packet filter, so it publishes no ports" },
};

/* place, "interfaces[2].hairpin (line 1, column 2)", is path. */
static bool is_at(const char *place, const char *path)
{
	for (; *path; path++, place++) {
		if (*place == '[')
			place += strcspn(place, "]") + (strchr(place, ']') != NULL);
		if (*place != *path)
			return false;
	}
	return *place == ' ';
}

static int refuse(const char *place, struct oci_err *e)
{
	const char *meant = oci_suggest(&oci_netconf_table, place);

	e->code = -EINVAL;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (is_at(place, refused[i].path)) {
			e->code = -EOPNOTSUPP;
			snprintf(e->text, sizeof(e->text), "%s: is not implemented: %s", place, refused[i].why);
			return e->code;
		}
	if (meant)
		snprintf(e->text, sizeof(e->text), "%s: there is no such member; \"%s\" perhaps?", place, meant);
	else
		snprintf(e->text, sizeof(e->text), "%s: there is no such member", place);
	return e->code;
}

struct oci_doc *oci_netconf_parse(const char *json, size_t len, struct oci_err *e)
{
	struct oci_doc *d = oci_doc_parse_table(&oci_netconf_table, json, len, OCI_STRICT, e);

	if (d && d->n_unknown > 0) {
		refuse(d->unknown[0], e);
		d = oci_doc_free(d);
	}
	return d;
}
