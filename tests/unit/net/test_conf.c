/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* netconf.json becomes a list of operations, or a sentence; and what stands in the two files of /etc. */
#include "tests/check.h"
#include "base/explain.h"
#include "libocispec/netconf.h"
#include "net/conf.h"
#include "net/ip.h"

#include <errno.h>
#include <stdlib.h>

enum { BYTES = 4 << 20 };
static char *memory;

static int plan(const char *json, bool may, struct net_conf *ret, struct err *e)
{
	struct oci_err oe = { 0 };
	auto_oci_doc struct oci_doc *d = oci_netconf_parse(json, strlen(json), &oe);
	const struct net_conf_request r = { .conf = d ? d->root : NULL, .owner = "/run/cist/web", .may_administer = may };
	struct arena a = { .base = memory, .size = BYTES };

	memset(memory, 0, BYTES);
	*e = (struct err){ 0 };
	if (!CHECK(d != NULL)) {
		printf("  %s\n", oe.text);
		return -EPROTO;
	}
	return net_conf_plan(&r, &a, ret, e);
}

/* What explain prints of it. */
static char *explained(const struct net_conf *c)
{
	char *text = NULL;
	size_t n;
	struct explain x;

	explain_begin(&x, open_memstream(&text, &n), EXPLAIN_TEXT);
	explain_step(&x, "host", "make the network");
	net_conf_explain(c, &x);
	explain_end(&x);
	fclose(x.out);
	return text;
}

#define VETH "\"type\":\"veth\",\"name\":\"web0\",\"peer_name\":\"eth0\""
#define ONE(members) "{\"interfaces\":[{" VETH members "}]}"
#define BRIDGE "\"model\":{\"type\":\"bridge\",\"bridge_name\":\"br0\"}"

static void order(void)
{
	struct net_conf c;
	struct err e;
	char *text;

	CASE("the order of lithos");
	CHECK(plan("{" BRIDGE ",\"loopback_name\":\"lo\",\"interfaces\":[{" VETH ",\"ip\":\"0.0.0.0/0\",\"peer_ip\":\"10.0.0.2/24\","
		   "\"peer_ip6\":\"fd00::2/64\",\"routes\":[{\"subnet\":\"0.0.0.0/0\",\"gateway\":\"10.0.0.1\"},"
		   "{\"subnet\":\"fd01::/16\"}]}],\"after_setup\":[\"/sbin/arping\",\"-U\"]}", true, &c, &e) == 0);
	text = explained(&c);
	CHECK_STR(text,
		  " 1  host: make the network\n"
		  "      bring up lo of the container  [netconf.loopback_name]\n"
		  "      pair the devices web0 of the host and eth0 of the container  [netconf.interfaces[0]]\n"
		  "      put web0 into the bridge br0  [netconf.model.bridge_name]\n"
		  "      bring up web0 of the host  [netconf.interfaces[0]]\n"
		  "      give eth0 of the container the address 10.0.0.2/24  [netconf.interfaces[0].peer_ip]\n"
		  "      give eth0 of the container the address fd00::2/64  [netconf.interfaces[0].peer_ip6]\n"
		  "      bring up eth0 of the container  [netconf.interfaces[0]]\n"
		  "      route 0.0.0.0/0 by eth0 and 10.0.0.1  [netconf.interfaces[0].routes[0]]\n"
		  "      route fd01::/16 by eth0  [netconf.interfaces[0].routes[1]]\n"
		  "      run /sbin/arping in the container's network namespace  [netconf.after_setup]\n");
	free(text);
	CHECK_STR(c.after_setup[1], "-U");
	CHECK(c.after_setup[2] == NULL);
}

static void devices(void)
{
	struct net_conf c, d;
	struct err e;
	static char first[6];

	CASE("a device says whose it is");
	CHECK(plan(ONE(""), true, &c, &e) == 0 && c.n_pairs == 1);
	CHECK_STR(c.pairs[0].alias, "cist:/run/cist/web");
	CHECK(c.pairs[0].mac[0] == 0xfe && !c.pairs[0].has_peer_mac && c.pairs[0].mtu == 0);
	memcpy(first, c.pairs[0].mac, 6);
	CHECK(plan(ONE(""), true, &d, &e) == 0 && memcmp(first, d.pairs[0].mac, 6) == 0);
	CHECK(plan("{\"interfaces\":[{\"type\":\"veth\",\"name\":\"web1\",\"peer_name\":\"eth0\"}]}", true, &d, &e) == 0);
	CHECK(memcmp(first, d.pairs[0].mac, 6) != 0);

	CASE("MAC and MTU");
	CHECK(plan(ONE(",\"mac\":\"02:00:00:00:00:07\",\"mtu\":1400"), true, &c, &e) == 0);
	CHECK(c.pairs[0].has_peer_mac && memcmp(c.pairs[0].peer_mac, "\x02\0\0\0\0\x07", 6) == 0 && c.pairs[0].mtu == 1400);
	CHECK(net_conf_pair(&c, "web0") == &c.pairs[0] && !net_conf_pair(&c, "eth0"));
}

static void nothing_to_do(void)
{
	struct net_conf c;
	struct err e;

	CASE("who asks for no device needs no right, and nothing is done");
	CHECK(plan("{}", false, &c, &e) == 0 && c.n_ops == 0 && !c.resolver && !c.hosts && !c.after_setup);
	CHECK(plan("{\"loopback_name\":\"lo\"}", false, &c, &e) == 0 && c.n_ops == 0);
	CHECK(plan("{\"loopback_name\":\"\"}", false, &c, &e) == 0 && c.n_ops == 0);
	CHECK(plan("{\"dns\":{\"nameservers\":[\"::1\"]}}", false, &c, &e) == 0 && c.n_ops == 0);
	CHECK_STR(c.resolver, "nameserver ::1\n");
	CHECK(plan("{\"dns\":{}}", false, &c, &e) == 0 && !c.resolver);
	CHECK(plan(ONE(""), false, &c, &e) == -EPERM && strstr(e.text, "netconf.interfaces: this takes CAP_NET_ADMIN"));
	CHECK(plan("{\"after_setup\":[\"/bin/true\"]}", false, &c, &e) == -EPERM && strstr(e.text, "netconf.after_setup"));
	CHECK(plan("{\"after_setup\":[\"/bin/true\"]}", true, &c, &e) == 0 && c.n_ops == 1);
}

static const struct {
	const char *json, *says;
	int code;
} wrong[] = {
	{ "{\"loopback_name\":\"lo0\"}", "netconf.loopback_name", -EINVAL },
	{ "{\"model\":{\"type\":\"ovs\",\"bridge_name\":\"br0\"}}", "netconf.model.type: \"ovs\" is unknown", -EINVAL },
	{ "{\"model\":{\"type\":\"bridge\",\"bridge_name\":\"a/b\"}}", "netconf.model.bridge_name: \"a/b\"", -EINVAL },
	{ "{\"interfaces\":[{\"type\":\"ipvlan\",\"name\":\"a\",\"peer_name\":\"b\"}]}", "interfaces[0].type: ipvlan is not implemented",
	  -EOPNOTSUPP },
	{ "{\"interfaces\":[{\"type\":\"vethh\",\"name\":\"a\",\"peer_name\":\"b\"}]}", "interfaces[0].type: \"vethh\" is unknown", -EINVAL },
	{ "{\"interfaces\":[{\"type\":\"veth\",\"name\":\"\",\"peer_name\":\"b\"}]}", "interfaces[0].name: \"\": the name is empty", -EINVAL },
	{ "{\"interfaces\":[{\"type\":\"veth\",\"name\":\"a\",\"peer_name\":\"1234567890123456\"}]}", "interfaces[0].peer_name", -EINVAL },
	{ "{\"interfaces\":[{\"type\":\"veth\",\"name\":\"a\",\"peer_name\":\"a\"}]}", "are the same: a", -EINVAL },
	{ "{\"interfaces\":[{" VETH "},{\"type\":\"veth\",\"name\":\"web0\",\"peer_name\":\"b\"}]}", "interfaces[1].name: netconf.interfaces[0]",
	  -EINVAL },
	{ "{\"interfaces\":[{" VETH "},{\"type\":\"veth\",\"name\":\"a\",\"peer_name\":\"eth0\"}]}", "interfaces[1].peer_name: that of", -EINVAL },
	{ ONE(",\"mac\":\"01:00:00:00:00:00\""), "interfaces[0].mac", -EINVAL },
	{ ONE(",\"ip\":\"10.0.0.1\""), "interfaces[0].ip: \"10.0.0.1\" has no prefix", -EINVAL },
	{ ONE(",\"peer_ip\":\"0.0.0.0/0\""), "interfaces[0].peer_ip: 0.0.0.0/0 is the address of nobody", -EINVAL },
	{ ONE(",\"peer_ip6\":\"10.0.0.2/24\""), "interfaces[0].peer_ip6: 10.0.0.2/24 is not an address of IPv6", -EINVAL },
	{ ONE(",\"ip\":\"10.0.0.2/24\",\"peer_ip\":\"10.0.0.2/16\""), "interfaces[0].peer_ip: 10.0.0.2/16 is what netconf.interfaces[0].ip has",
	  -EINVAL },
	{ ONE(",\"routes\":[{\"subnet\":\"10.0.0.0\"}]"), "routes[0].subnet: \"10.0.0.0\" has no prefix", -EINVAL },
	{ ONE(",\"routes\":[{\"subnet\":\"10.0.0.1/24\"}]"), "routes[0].subnet: 10.0.0.1/24 is not a subnet", -EINVAL },
	{ ONE(",\"routes\":[{\"subnet\":\"10.0.0.0/8\"},{\"subnet\":\"10.0.0.0/8\"}]"), "routes[1].subnet: netconf.interfaces[0].routes[0] leads",
	  -EINVAL },
	{ ONE(",\"peer_ip\":\"10.0.0.2/24\",\"routes\":[{\"subnet\":\"0.0.0.0/0\",\"gateway\":\"10.0.1.1\"}]"), "is in no subnet of eth0", -EINVAL },
	{ ONE(",\"peer_ip\":\"10.0.0.2/24\",\"routes\":[{\"subnet\":\"0.0.0.0/0\",\"gateway\":\"10.0.0.2\"}]"), "is the container's own", -EINVAL },
	{ ONE(",\"peer_ip\":\"10.0.0.2/24\",\"routes\":[{\"subnet\":\"::/0\",\"gateway\":\"10.0.0.1\"}]"), "is not of the family of ::/0", -EINVAL },
	{ ONE(",\"peer_ip\":\"10.0.0.2/24\",\"routes\":[{\"subnet\":\"0.0.0.0/0\",\"gateway\":\"10.0.0.1/24\"}]"), "is not an address", -EINVAL },
	{ ONE(",\"peer_ip\":\"10.0.0.2/24\",\"routes\":[{\"subnet\":\"0.0.0.0/0\",\"gateway\":\"0.0.0.0\"}]"), "is the address of nobody", -EINVAL },
	/* An address of the host's end does not make a gateway reachable. */
	{ ONE(",\"ip\":\"10.0.0.1/24\",\"routes\":[{\"subnet\":\"0.0.0.0/0\",\"gateway\":\"10.0.0.9\"}]"), "is in no subnet of eth0", -EINVAL },
	{ "{\"after_setup\":[\"true\"]}", "netconf.after_setup[0]: \"true\" is not an absolute path", -EINVAL },
	{ "{\"after_setup\":[\"\"]}", "is not an absolute path", -EINVAL },
	{ "{\"dns\":{\"domain\":\"a b\"}}", "netconf.dns.domain", -EINVAL },
	{ "{\"dns\":{\"domain\":\"-a\"}}", "netconf.dns.domain", -EINVAL },
	{ "{\"dns\":{\"search\":[\"a\",\"b..c\"]}}", "netconf.dns.search[1]: \"b..c\"", -EINVAL },
	{ "{\"dns\":{\"search\":[\"a\\nnameserver 1.2.3.4\"]}}", "netconf.dns.search[0]", -EINVAL },
	{ "{\"dns\":{\"search\":[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\"]}}", "netconf.dns.search: 7 are more than the 6", -E2BIG },
	{ "{\"dns\":{\"nameservers\":[\"%s\"]}}", "netconf.dns.nameservers[0]: \"%s\" is not an address", -EINVAL },
	{ "{\"dns\":{\"nameservers\":[\"fe80::1%eth0\"]}}", "is not an address", -EINVAL },
	{ "{\"dns\":{\"nameservers\":[\"::1\",\"::2\",\"::3\",\"::4\"]}}", "netconf.dns.nameservers: 4 are more than the 3", -E2BIG },
	{ "{\"dns\":{\"options\":[\"ndots:2 #\"]}}", "netconf.dns.options[0]", -EINVAL },
	{ "{\"hosts\":{\"a b\":\"10.0.0.1\"}}", "netconf.hosts: \"a b\"", -EINVAL },
	{ "{\"hosts\":{\"db\":\"10.0.0.1 x\"}}", "netconf.hosts[\"db\"]", -EINVAL },
};

static void what_is_wrong_is_said(void)
{
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct net_conf c;
		struct err e;

		CASE(wrong[i].json);
		CHECK(plan(wrong[i].json, true, &c, &e) == wrong[i].code);
		if (!CHECK(strstr(e.text, wrong[i].says) != NULL))
			printf("  %s\n", e.text);
	}
}

static void gateways(void)
{
	struct net_conf c;
	struct err e;

	CASE("gateways that are on the link");
	CHECK(plan(ONE(",\"peer_ip6\":\"fd00::2/64\",\"routes\":[{\"subnet\":\"::/0\",\"gateway\":\"fe80::1\"}]"), true, &c, &e) == 0);
	CHECK(plan(ONE(",\"peer_ip\":\"10.0.0.2/32\",\"routes\":[{\"subnet\":\"10.9.0.1/32\"},"
		       "{\"subnet\":\"0.0.0.0/0\",\"gateway\":\"10.9.0.1\"}]"), true, &c, &e) == 0);
}

/* count times text, with a number at the place of its %zu, between two texts; for free(). */
static char *many(const char *before, const char *each, size_t count, const char *after)
{
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	fputs(before, f);
	for (size_t i = 0; i < count; i++) {
		const char *at = strchr(each, '#');

		fprintf(f, "%s%.*s%zu%s", i ? "," : "", (int)(at - each), each, i, at + 1);
	}
	fputs(after, f);
	fclose(f);
	return text;
}

static void limits(void)
{
	static const struct {
		const char *before, *each, *after;
		size_t most;
	} lists[] = {
		{ "{\"interfaces\":[", "{\"type\":\"veth\",\"name\":\"h#\",\"peer_name\":\"c#\"}", "]}", 32 },
		{ "{\"interfaces\":[{" VETH ",\"routes\":[", "{\"subnet\":\"fd00:#::/32\"}", "]}]}", 256 },
		{ "{\"hosts\":{", "\"h#\":\"::1\"", "}}", 256 },
	};

	CASE("as many as there may be, and one more");
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		for (size_t more = 0; more < 2; more++) {
			/* The name of a pair stands twice in the text. */
			const char *each = i == 0 ? "{\"type\":\"veth\",\"peer_name\":\"c\",\"name\":\"h#\"}" : lists[i].each;
			char *json = many(lists[i].before, each, lists[i].most + more, lists[i].after);
			struct net_conf c;
			struct err e;
			const int rc = plan(json, true, &c, &e);

			/* All peers are called c here, which is found only after they were counted. */
			CHECK(rc == (more ? -E2BIG : i == 0 ? -EINVAL : 0));
			free(json);
		}
}

static void files(void)
{
	struct net_conf c;
	struct err e;

	CASE("resolv.conf and hosts, to the byte");
	CHECK(plan("{\"dns\":{\"options\":[\"ndots:2\",\"edns0\"],\"nameservers\":[\"10.0.0.1\",\"fd00::1\"],\"search\":[\"a.org\",\"b\"],"
		   "\"domain\":\"example.org.\"},\"hosts\":{\"db\":\"10.0.0.3\",\"_x-1.y\":\"fd00::3\"}}", true, &c, &e) == 0);
	CHECK_STR(c.resolver, "domain example.org.\nsearch a.org b\nnameserver 10.0.0.1\nnameserver fd00::1\noptions ndots:2 edns0\n");
	CHECK_STR(c.hosts, "127.0.0.1 localhost localhost.example.org.\n::1 localhost localhost.example.org.\n10.0.0.3 db\n"
			   "fd00::3 _x-1.y\n");
	CHECK(plan("{\"hosts\":{\"db\":\"10.0.0.3\"}}", true, &c, &e) == 0 && !c.resolver);
	CHECK_STR(c.hosts, "127.0.0.1 localhost\n::1 localhost\n10.0.0.3 db\n");
}

static void long_owners(void)
{
	static char owner[2][1200];
	const struct oci_netconf_interface veth = { .type = "veth", .name = "a", .peer_name = "b" };
	const struct oci_netconf doc = { .interfaces = (struct oci_netconf_interface *)(uintptr_t)&veth, .n_interfaces = 1 };
	struct net_conf c[2];

	CASE("a path that an alias has no room for");
	for (int i = 0; i < 2; i++) {
		const struct net_conf_request r = { .conf = &doc, .owner = owner[i], .may_administer = true };
		struct arena a = { .base = calloc(1, 65536), .size = 65536 };
		struct err e = { 0 };

		memset(owner[i], 'x', sizeof(owner[i]) - 2);
		owner[i][sizeof(owner[i]) - 2] = (char)('a' + i);
		CHECK(net_conf_plan(&r, &a, &c[i], &e) == 0 && strlen(c[i].pairs[0].alias) < 256);
	}
	CHECK(strcmp(c[0].pairs[0].alias, c[1].pairs[0].alias) != 0);
	for (int i = 0; i < 2; i++)	/* the first piece of the arena */
		free((void *)(uintptr_t)c[i].pairs);
}

int main(void)
{
	memory = malloc(BYTES);
	if (!CHECK(memory != NULL))
		return check_summary();
	order();
	devices();
	nothing_to_do();
	what_is_wrong_is_said();
	gateways();
	limits();
	files();
	long_owners();
	free(memory);
	return check_summary();
}
