/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From the annotation to the plan; needs no network. */
#include "listen/listen.h"
#include "libocispec/sockets.h"
#include "tests/check.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>

static _Alignas(16) char memory[1 << 16];
static struct listen_plan plan;
static struct err e;

static int make(const char *json, uint32_t handed_over, bool has_network)
{
	struct oci_pair annotation = { OCI_SOCKETS_ANNOTATION, json };
	struct oci_namespace network = { .type = "network" };
	struct oci_linux linux_part = { .namespaces = &network, .n_namespaces = has_network };
	const struct oci_config c = { .annotations = &annotation, .n_annotations = json != NULL, .linux = &linux_part };
	struct arena a = { memory, sizeof(memory), 0 };

	memset(memory, 0, sizeof(memory));
	e = (struct err){ 0 };
	return listen_plan(&c, handed_over, &a, &plan, &e);
}

static void address_is(const struct listen_socket *s, int family, uint16_t port, const char *name)
{
	struct sockaddr_storage a = { 0 };

	memcpy(&a, s->address, s->address_len);
	CHECK(a.ss_family == family);
	CHECK(ntohs(family == AF_INET ? ((struct sockaddr_in *)&a)->sin_port : ((struct sockaddr_in6 *)&a)->sin6_port) == port);
	CHECK_STR(s->name, name);
}

static void test_members(void)
{
	CASE("nothing asked for");
	CHECK(make(NULL, 5, false) == 0 && plan.n == 0);
	CHECK(make("[]", 0, false) == 0 && plan.n == 0);

	CASE("defaults");
	CHECK(make("[{\"fd\": 3, \"port\": 80}]", 0, false) == 0 && plan.n == 1);
	address_is(&plan.v[0], AF_INET, 80, "0.0.0.0:80");
	CHECK(plan.v[0].fd == 3 && plan.v[0].held < 0 && plan.v[0].backlog == 128 && plan.v[0].reuse_address);
	CHECK(!plan.v[0].reuse_port && !plan.v[0].non_block && !plan.v[0].inside);
	CHECK(listen_makes(&plan, false) && !listen_makes(&plan, true));

	CASE("every member");
	CHECK(make("[{\"fd\": 0, \"host\": \"fd00::1\", \"port\": 8080, \"backlog\": 7, \"reuseAddress\": false, "
		   "\"reusePort\": true, \"nonBlock\": true, \"inside\": true}]", 0, true) == 0);
	address_is(&plan.v[0], AF_INET6, 8080, "[fd00::1]:8080");
	CHECK(plan.v[0].fd == 0 && plan.v[0].backlog == 7 && !plan.v[0].reuse_address);
	CHECK(plan.v[0].reuse_port && plan.v[0].non_block && plan.v[0].inside);
	CHECK(!listen_makes(&plan, false) && listen_makes(&plan, true));
}

static void test_handed_over(void)
{
	static const char list[] = "[{\"fd\": 9, \"port\": 1}, {\"fd\": 4, \"port\": 2, \"inside\": true}, {\"fd\": 3, \"port\": 3}]";

	CASE("the caller's descriptors, in the order of the list");
	CHECK(make(list, 2, true) == 0);
	CHECK(plan.v[0].held == 3 && plan.v[1].held < 0 && plan.v[2].held == 4 && plan.n_handed_over == 2);
	CHECK(plan.first_free == 10 && !listen_makes(&plan, false));

	CASE("too few and too many");
	CHECK(make(list, 1, true) == -EINVAL);
	CHECK_STR(e.text, "annotations: org.cist.sockets: the caller hands over 1 descriptors, the sockets of the host's "
			  "network are 2");
	CHECK(make(list, 3, true) == -EINVAL);

	CASE("numbers above all others are free");
	CHECK(make("[{\"fd\": 0, \"port\": 1}]", 0, false) == 0 && plan.first_free == 3);
	CHECK(make("[{\"fd\": 0, \"port\": 1}]", 1, false) == 0 && plan.first_free == 4);
}

static void test_refused(void)
{
	static const struct {
		const char *json, *text;
	} v[] = {
		{ "", "org.cist.sockets: " },
		{ "{}", "expected" },
		{ "[{\"port\": 80}]", "fd" },
		{ "[{\"fd\": 3}]", "port" },
		{ "[{\"fd\": 3, \"port\": 65536}]", "65536" },
		{ "[{\"fd\": -1, \"port\": 80}]", "-1" },
		{ "[{\"fd\": 3, \"prot\": 80, \"port\": 80}]", "\"port\" perhaps?" },
		{ "[{\"fd\": 1, \"port\": 80}]", "[0]: fd: 1 is standard output or error" },
		{ "[{\"fd\": 2, \"port\": 80}]", "[0]: fd: 2 is standard output or error" },
		{ "[{\"fd\": 3, \"port\": 80}, {\"fd\": 3, \"port\": 81}]", "0.0.0.0:80 and 0.0.0.0:81 are both to be descriptor 3" },
		{ "[{\"fd\": 3, \"port\": 80, \"host\": \"localhost\"}]", "[0]: host: \"localhost\" is no address" },
		{ "[{\"fd\": 3, \"port\": 80, \"host\": \"\"}]", "[0]: host: \"\" is no address" },
		{ "[{\"fd\": 3, \"port\": 80, \"inside\": true}]", "[0]: inside: the container has no network namespace" },
	};

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		CASE(v[i].json);
		CHECK(make(v[i].json, 0, false) == -EINVAL);
		CHECK(strstr(e.text, v[i].text) != NULL && strstr(e.text, "annotations: org.cist.sockets: ") == e.text);
	}
}

static void test_many(void)
{
	char json[4096] = "[";
	size_t n = 1;

	CASE("more than there may be");
	for (int i = 0; i <= LISTEN_MAX; i++)
		n += (size_t)snprintf(json + n, sizeof(json) - n, "%s{\"fd\":%d,\"port\":80}", i ? "," : "", i + 3);
	snprintf(json + n, sizeof(json) - n, "]");
	CHECK(make(json, 0, false) == -EINVAL && strstr(e.text, "65 sockets, more than 64"));
}

static void test_written(void)
{
	static const char whole[] = "[{\"fd\":3,\"host\":\"::\",\"port\":80,\"backlog\":7,\"reuseAddress\":false,"
				    "\"reusePort\":true,\"nonBlock\":true,\"inside\":true}]";
	struct oci_err oe = { 0 };
	auto_oci_doc struct oci_doc *d = oci_sockets_parse(whole, strlen(whole), &oe);
	char *text;

	CASE("read and written");
	if (!CHECK(d != NULL))
		return;
	text = oci_table_write_list(&oci_socket_table, ((const struct oci_sockets *)d->root)->v, 1, NULL);
	CHECK_STR(text, whole);
	free(text);
}

int main(void)
{
	test_members();
	test_handed_over();
	test_refused();
	test_many();
	test_written();
	return check_summary();
}
