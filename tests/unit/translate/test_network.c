/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bridged networks as netconf.json, sockets as an annotation. */
#include "tests/unit/translate/fixture.h"

#include "base/arr.h"
#include "libocispec/netconf.h"
#include "libocispec/sockets.h"
#include "translate/network.h"

static void devices(void)
{
	/* Computed apart, with another implementation of the hash, and seen in logs of lithos. */
	static const struct {
		const char *ip, *name;
	} rows[] = {
		{ "10.64.0.10", "li_72f0a3_000a" },
		{ "10.39.0.5", "li_1683f8_0005" },
		{ "fd00::1", "li_818648_0001" },
		{ "fd00:0:0::0001", "li_818648_0001" },
		{ "10.0.0.1", "li_ca02f9_0001" },
	};
	char name[NETWORK_DEVICE_LEN + 1];
	struct address ip;
	struct err e = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CASE(rows[i].ip);
		if (!CHECK(address_parse(rows[i].ip, &ip, &e) == 0))
			continue;
		network_device("br0", &ip, '_', name);
		CHECK_STR(name, rows[i].name);
	}
	CASE("the container's end");
	network_device("br0", &ip, '-', name);
	CHECK_STR(name, "li-ca02f9-0001");
}

static struct oci_doc *netconf_of(struct fixture *x)
{
	struct oci_err e;

	fixture_begin_plan(x);
	x->sandbox.bridged_network = &x->network;
	CHECK(translate_network(&x->d) == 0);
	if (!CHECK(x->plan.n_files == 1))
		return NULL;
	CHECK_STR(x->plan.files[0].name, "netconf.json");
	CHECK(!x->plan.files[0].of_host);
	CHECK_STR(oci_annotation(&x->plan.config, "org.cist.netconf"), "netconf.json");
	return oci_netconf_parse(x->plan.files[0].text, x->plan.files[0].len, &e);
}

static void bridge(void)
{
	auto_fixture struct fixture x;
	auto_oci_doc struct oci_doc *doc = NULL;
	const struct oci_netconf *n;

	CASE("a container on a bridge");
	fixture_make(&x);
	x.in.ip_address = "10.64.0.10";
	doc = netconf_of(&x);
	if (!CHECK(doc != NULL))
		return;
	n = doc->root;
	CHECK_STR(n->loopback_name, "lo");
	CHECK_STR(n->model->type, "bridge");
	CHECK_STR(n->model->bridge_name, "br0");
	CHECK(n->n_interfaces == 1 && n->n_after_setup == 0 && !n->dns && n->n_hosts == 0);
	CHECK_STR(n->interfaces[0].type, "veth");
	CHECK_STR(n->interfaces[0].name, "li_72f0a3_000a");
	CHECK_STR(n->interfaces[0].peer_name, "li-72f0a3-000a");
	CHECK_STR(n->interfaces[0].peer_ip, "10.64.0.10/16");
	CHECK(n->interfaces[0].ip == NULL);
	CHECK(n->interfaces[0].n_routes == 1);
	CHECK_STR(n->interfaces[0].routes[0].subnet, "0.0.0.0/0");
	CHECK_STR(n->interfaces[0].routes[0].gateway, "10.64.0.1");
	CHECK(x.findings.n == 0);
}

static void after_setup(void)
{
	auto_fixture struct fixture x;
	auto_oci_doc struct oci_doc *doc = NULL;
	const char *argv[] = { "/bin/@{container_ip}", "-s", "@{ container_ip }", "a@b" };
	const struct oci_netconf *n;

	CASE("after-setup-command");
	fixture_make(&x);
	x.in.ip_address = "10.64.0.10";
	x.network.after_setup_command = argv;
	x.network.n_after_setup_command = ARRAY_LEN(argv);
	x.network.default_gateway = NULL;
	doc = netconf_of(&x);
	if (!CHECK(doc != NULL))
		return;
	n = doc->root;
	CHECK(n->n_after_setup == 4 && n->interfaces[0].n_routes == 0);
	CHECK_STR(n->after_setup[0], "/bin/@{container_ip}");
	CHECK_STR(n->after_setup[2], "10.64.0.10");
	CHECK_STR(n->after_setup[3], "a@b");
	CHECK(x.findings.n == 0);
	doc = oci_doc_free(doc);

	CASE("a variable that it does not have");
	argv[1] = "@{container_mac}";
	doc = netconf_of(&x);
	CHECK(x.findings.n == 1);
	CHECK(fixture_said(&x, FINDING_ERROR, "unknown variable \"container_mac\""));
	doc = oci_doc_free(doc);

	CASE("no address, as a command may have: the loopback device alone");
	x.in.ip_address = NULL;
	argv[1] = "-s";
	x.findings.n_errors = 0;
	doc = netconf_of(&x);
	if (!CHECK(doc != NULL))
		return;
	n = doc->root;
	CHECK(n->n_interfaces == 0 && n->n_after_setup == 0 && !n->model);
	CHECK(x.findings.n_errors == 0);
}

static void other_family(void)
{
	auto_fixture struct fixture x;
	auto_oci_doc struct oci_doc *doc = NULL;
	const struct oci_netconf *n;

	fixture_make(&x);
	CASE("IPv6");
	x.network.network = "fd00::/64";
	x.network.default_gateway = "fd00::1";
	x.in.ip_address = "fd00::2";
	doc = netconf_of(&x);
	if (!CHECK(doc != NULL))
		return;
	n = doc->root;
	CHECK_STR(n->interfaces[0].peer_ip, "fd00::2/64");
	CHECK_STR(n->interfaces[0].routes[0].subnet, "::/0");
	CHECK(x.findings.n == 0);
}

static void sockets(void)
{
	auto_fixture struct fixture x;
	auto_oci_doc struct oci_doc *doc = NULL;
	struct instance_port ports[] = {
		{ .port = 77, .fd = 0, .host = "127.0.0.1", .backlog = 5, .reuse_port = true, .non_block = true },
		{ .port = 80, .fd = 3, .host = "0.0.0.0", .backlog = 128, .reuse_addr = true, .on_host = true },
	};
	const struct oci_sockets *s;
	const char *text;
	struct oci_err e;

	CASE("none");
	fixture_make(&x);
	CHECK(translate_network(&x.d) == 0);
	CHECK(oci_annotation(&x.plan.config, OCI_SOCKETS_ANNOTATION) == NULL && x.plan.n_files == 0);

	CASE("two");
	x.in.ports = ports;
	x.in.n_ports = 2;
	fixture_begin_plan(&x);
	CHECK(translate_network(&x.d) == 0);
	text = oci_annotation(&x.plan.config, OCI_SOCKETS_ANNOTATION);
	doc = text ? oci_sockets_parse(text, strlen(text), &e) : NULL;
	if (!CHECK(doc != NULL))
		return;
	s = doc->root;
	CHECK(s->n_v == 2);
	CHECK(s->v[0].fd == 0 && s->v[0].port == 77 && s->v[0].backlog == 5 && s->v[0].inside);
	CHECK(s->v[0].has_reuse_address && !s->v[0].reuse_address && s->v[0].reuse_port && s->v[0].non_block);
	CHECK_STR(s->v[0].host, "127.0.0.1");
	CHECK(s->v[1].fd == 3 && s->v[1].port == 80 && !s->v[1].inside && s->v[1].reuse_address && !s->v[1].non_block);
	CHECK(x.findings.n == 0);

	CASE("a number that no runtime takes");
	ports[1].fd = 65536;
	fixture_begin_plan(&x);
	CHECK(translate_network(&x.d) == 0);
	CHECK(fixture_said(&x, FINDING_ERROR, "descriptor 65536 of port 80 is above 65535"));
}

int main(void)
{
	devices();
	bridge();
	after_setup();
	other_family();
	sockets();
	return check_summary();
}
