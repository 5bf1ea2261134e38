/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * netconf.json: what a container's network namespace is to have.  It stands beside config.json, is box's format with
 * members of ours, and docs/netconf.md describes each.  Members follow the rules of oci_config.h.
 *
 * Read it with oci_netconf_parse(), which tolerates no unknown member; write it with
 * oci_table_write(&oci_netconf_table, &conf, "\t").  What addresses and names may be is judged where they are used.
 */
#ifndef OCI_NETCONF_H
#define OCI_NETCONF_H

#include "libocispec/ocispec.h"
#include "libocispec/table.h"

enum {
	OCI_MTU_MIN = 68,	/* RFC 791 */
	OCI_MTU_MAX = 65535,
};

/* Inside the container, through the interface that it belongs to. */
struct oci_netconf_route {
	const char *subnet;		/* "0.0.0.0/0", "::/0": the default route */
	const char *gateway;		/* an address; NULL: whoever is in the subnet is on the link itself */
};

/* A pair of devices: one end stays on the host, the peer is the container's. */
struct oci_netconf_interface {
	const char *type;		/* "veth" */
	const char *name;		/* on the host */
	const char *peer_name;		/* in the container */
	const char *ip;			/* "192.0.2.1/24", of the host's end; NULL and "0.0.0.0/0": none */
	const char *peer_ip;		/* of the container's end, of either family; NULL: none */
	const char *peer_ip6;		/* one more, IPv6 */
	const char *mac;		/* "02:00:5e:10:00:01", of the container's end; NULL: random */
	bool has_mtu;
	uint32_t mtu;			/* of both ends */
	struct oci_netconf_route *routes;
	size_t n_routes;
};

/* What the host's ends are put into. */
struct oci_netconf_model {
	const char *type;		/* "bridge" */
	const char *bridge_name;	/* of one that is there */
};

/* /etc/resolv.conf. */
struct oci_netconf_dns {
	const char *domain;
	const char **search;
	size_t n_search;
	const char **nameservers;
	size_t n_nameservers;
	const char **options;
	size_t n_options;
};

struct oci_netconf {
	const char *loopback_name;	/* "lo", which is brought up in any case */
	struct oci_netconf_model *model;
	struct oci_netconf_interface *interfaces;
	size_t n_interfaces;
	struct oci_netconf_dns *dns;
	struct oci_pair *hosts;		/* names to addresses, in /etc/hosts */
	size_t n_hosts;
	/* One command with its arguments: run in the container's network namespace, with the host's file system. */
	const char **after_setup;
	size_t n_after_setup;
};

extern const struct oci_table oci_netconf_table;

/*
 * The document's root is a struct oci_netconf.  NULL with *e filled also for a member that nobody knows, with the name
 * that was meant, perhaps, and for one of box that is not implemented here.
 */
struct oci_doc *oci_netconf_parse(const char *json, size_t len, struct oci_err *e);

#endif
