/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* netconf.json: what is read, what is written, and what is said of members that are not there. */
#include "libocispec/netconf.h"
#include "libocispec/suggest.h"
#include "tests/check.h"

#include <errno.h>
#include <stdlib.h>

static const char whole[] =
	"{\"loopback_name\":\"lo\",\"model\":{\"type\":\"bridge\",\"bridge_name\":\"br0\"},"
	"\"interfaces\":[{\"type\":\"veth\",\"name\":\"web0\",\"peer_name\":\"eth0\",\"ip\":\"10.0.0.1/24\","
	"\"peer_ip\":\"10.0.0.2/24\",\"peer_ip6\":\"fd00::2/64\",\"mac\":\"02:00:00:00:00:01\",\"mtu\":1400,"
	"\"routes\":[{\"subnet\":\"0.0.0.0/0\",\"gateway\":\"10.0.0.1\"},{\"subnet\":\"10.1.0.0/16\"}]}],"
	"\"dns\":{\"domain\":\"example.org\",\"search\":[\"a\",\"b\"],\"nameservers\":[\"10.0.0.1\"],"
	"\"options\":[\"ndots:2\"]},\"hosts\":{\"db\":\"10.0.0.3\"},\"after_setup\":[\"/bin/true\",\"-v\"]}";

static void there_and_back(void)
{
	struct oci_err e = { 0 };
	auto_oci_doc struct oci_doc *d = oci_netconf_parse(whole, strlen(whole), &e);
	char *text;

	CASE("every member, read and written");
	if (!CHECK(d != NULL))
		return;
	const struct oci_netconf *c = d->root;
	CHECK(c->n_interfaces == 1 && c->interfaces[0].n_routes == 2 && c->interfaces[0].has_mtu);
	CHECK(c->interfaces[0].mtu == 1400 && !c->interfaces[0].routes[1].gateway);
	CHECK(c->dns->n_search == 2 && c->n_hosts == 1 && c->n_after_setup == 2);
	CHECK_STR(c->model->bridge_name, "br0");
	text = oci_table_write(&oci_netconf_table, c, NULL);
	CHECK_STR(text, whole);
	free(text);
}

static void nothing_is_a_document(void)
{
	struct oci_err e = { 0 };
	auto_oci_doc struct oci_doc *d = oci_netconf_parse("{}", 2, &e);
	char *text;

	CASE("nothing");
	if (!CHECK(d != NULL))
		return;
	text = oci_table_write(&oci_netconf_table, d->root, NULL);
	CHECK_STR(text, "{}");
	free(text);
}

#define VETH "\"type\":\"veth\",\"name\":\"a\",\"peer_name\":\"b\""

static const struct {
	const char *json;
	int code;
	const char *says;
} wrong[] = {
	{ "",                                               -EINVAL,     "JSON syntax" },
	{ "[]",                                             -EINVAL,     "expected an object, got a list" },
	{ "{\"model\":\"bridge\"}",                         -EINVAL,     "model: expected an object, got a string" },
	{ "{\"model\":{\"type\":\"bridge\"}}",              -EINVAL,     "model.bridge_name: is required" },
	{ "{\"interfaces\":{}}",                            -EINVAL,     "interfaces: expected a list of objects" },
	{ "{\"interfaces\":[{" VETH ",\"mtu\":67}]}",       -EINVAL,     "interfaces[0].mtu: must be between 68 and 65535" },
	{ "{\"interfaces\":[{" VETH ",\"mtu\":\"1\"}]}",    -EINVAL,     "interfaces[0].mtu: expected an integer" },
	{ "{\"interfaces\":[{" VETH ",\"name\":\"c\"}]}",   -EINVAL,     "interfaces[0].name: is given twice" },
	{ "{\"interfaces\":[{\"type\":\"veth\",\"name\":\"a\"}]}", -EINVAL, "interfaces[0].peer_name: is required" },
	{ "{\"interfaces\":[{" VETH ",\"routes\":[{\"gateway\":\"10.0.0.1\"}]}]}", -EINVAL,
	  "interfaces[0].routes[0].subnet: is required" },
	{ "{\"after_setup\":\"arping\"}",                   -EINVAL,     "after_setup: expected a list of strings" },
	{ "{\"interface\":[]}",                             -EINVAL,     "interface (line 1, column 2): there is no such member; \"interfaces\" perhaps?" },
	{ "{\"dns\":{\"nameserver\":[]}}",                  -EINVAL,     "there is no such member; \"nameservers\" perhaps?" },
	{ "{\"interfaces\":[{" VETH "},{" VETH ",\"peerip\":1}]}", -EINVAL,
	  "interfaces[1].peerip (line 1, column 101): there is no such member; \"peer_ip\" perhaps?" },
	{ "{\"interfaces\":[{" VETH ",\"routes\":[{\"subnet\":\"::/0\",\"gatway\":\"::1\"}]}]}", -EINVAL, "\"gateway\" perhaps?" },
	{ "{\"x.y [0]\":1}",                                -EINVAL,     "[\"x.y [0]\"] (line 1, column 2): there is no such member" },
	{ "{\"colour\":1}",                                 -EINVAL,     "colour (line 1, column 2): there is no such member" },
	{ "{\"ports\":[]}",                                 -EOPNOTSUPP, "ports (line 1, column 2): is not implemented" },
	{ "{\"model\":{\"type\":\"bridge\",\"bridge_name\":\"b\",\"masquerade\":true}}", -EOPNOTSUPP, "model.masquerade" },
	{ "{\"interfaces\":[{" VETH ",\"gateway\":\"10.0.0.1\"}]}", -EOPNOTSUPP, "interfaces[0].gateway" },
	{ "{\"interfaces\":[{" VETH ",\"routes\":[{\"subnet\":\"::/0\",\"metric\":1}]}]}", -EOPNOTSUPP,
	  "interfaces[0].routes[0].metric" },
};

static void what_is_wrong_is_said(void)
{
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct oci_err e = { 0 };
		struct oci_doc *d = oci_netconf_parse(wrong[i].json, strlen(wrong[i].json), &e);

		CASE(wrong[i].json);
		CHECK(!d);
		CHECK(e.code == wrong[i].code);
		if (!CHECK(strstr(e.text, wrong[i].says) != NULL))
			printf("  got: %s\n", e.text);
		oci_doc_free(d);
	}
}

static const struct {
	const char *place, *meant;
} words[] = {
	{ "modle (line 1, column 2)",               "model"       },
	{ "model.bridge-name (line 1, column 2)",   "bridge_name" },
	{ "dns.option (line 1, column 2)",          "options"     },
	{ "interfaces[10].ipp (line 1, column 2)",  "ip"          },
	{ "interfaces[10].xyz (line 1, column 2)",  NULL          },
	{ "after_setup.x (line 1, column 2)",       NULL          },
	{ "nowhere.model (line 1, column 2)",       NULL          },
	{ "[\"dns.\"] (line 1, column 2)",          NULL          },
	{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa (line 1, column 2)", NULL },
};

int main(void)
{
	there_and_back();
	nothing_is_a_document();
	what_is_wrong_is_said();
	CASE("suggestions");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		CHECK_STR(oci_suggest(&oci_netconf_table, words[i].place), words[i].meant);
	return check_summary();
}
