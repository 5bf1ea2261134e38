/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lithos/claim.h"
#include "tests/check.h"

#include <stdlib.h>

static void test_ports(void)
{
	static const struct {
		const char *sandbox, *process, *host;
		uint16_t port;
		const char *owner;	/* NULL: free */
	} rows[] = {
		{ "a", "web", "0.0.0.0", 80, NULL },
		{ "a", "web", "0.0.0.0", 80, NULL },		/* its second instance */
		{ "a", "api", "0.0.0.0", 80, NULL },		/* a socket that a sandbox shares */
		{ "b", "web", "0.0.0.0", 80, "a/web" },
		{ "b", "web", "0.0.0.0", 80, NULL },		/* told already */
		{ "b", "web", "0.0.0.0", 81, NULL },
		{ "b", "in", "127.0.0.1", 80, "a/web" },	/* one of all */
		{ "b", "one", "127.0.0.1", 82, NULL },
		{ "c", "two", "127.0.0.2", 82, NULL },
		{ "d", "all", "0.0.0.0", 82, "b/one" },
		{ "e", "six", "::1", 83, NULL },
		{ "f", "four", "0.0.0.0", 83, NULL },		/* IPv4 alone */
		{ "g", "both", "::", 83, "e/six" },		/* IPv4 as well */
		{ "h", "four", "10.0.0.1", 83, "f/four" },
		{ "i", "six", "::1", 84, NULL },
		{ "j", "six", "0:0::1", 84, "i/six" },
		{ "k", "bad", "nonsense", 84, NULL },
		{ "ab", "c", "0.0.0.0", 85, NULL },
		{ "a", "b/c", "0.0.0.0", 85, "ab/c" },
	};
	struct claims *c = claims_new();

	for (size_t i = 0; c && i < sizeof(rows) / sizeof(rows[0]); i++) {
		char name[32];
		const char *owner = NULL;

		snprintf(name, sizeof(name), "port %zu", i);
		CASE(name);
		CHECK(claims_port(c, rows[i].sandbox, rows[i].process, rows[i].host, rows[i].port, &owner) == !!rows[i].owner);
		CHECK_STR(owner, rows[i].owner);
	}
	CHECK(c);
	claims_free(c);
}

static void test_addresses(void)
{
	struct claims *c = claims_new();
	const char *owner = NULL;

	CASE("addresses of bridges");
	CHECK(claims_address(c, "a", "p", "br0", "10.0.0.1", &owner) == 0);
	CHECK(claims_address(c, "a", "p", "br0", "10.0.0.1", &owner) == 0);
	CHECK(claims_address(c, "a", "p", "br0", "10.0.0.2", &owner) == 0);
	CHECK(claims_address(c, "b", "p", "br1", "10.0.0.1", &owner) == 0);
	CHECK(!owner);
	CHECK(claims_address(c, "a", "q", "br0", "10.0.0.1", &owner) == 1);
	CHECK_STR(owner, "a/p");
	CHECK(claims_address(c, "b", "q", "br0", "10.0.0.2", &owner) == 1);
	CHECK_STR(owner, "a/p");
	CHECK(claims_address(c, "b", "q", "br0", "fd00::1", &owner) == 0);
	CHECK(claims_address(c, "b", "r", "br0", "fd00:0::1", &owner) == 1);
	CHECK_STR(owner, "b/q");
	CASE("a port is no address");
	CHECK(claims_port(c, "z", "z", "10.0.0.1", 1, &owner) == 0);
	claims_free(c);
}

/* The book grows and moves; who is in it stays. */
static void test_many(void)
{
	struct claims *c = claims_new();
	const char *owner = NULL;
	char name[16];
	bool good = true;

	CASE("many");
	for (unsigned int i = 1; i < 5000; i++) {
		snprintf(name, sizeof(name), "s%u", i);
		good &= claims_port(c, name, "p", "0.0.0.0", (uint16_t)i, &owner) == 0;
	}
	CHECK(good && !owner);
	for (unsigned int i = 1; i < 5000; i++) {
		snprintf(name, sizeof(name), "s%u/p", i);
		good &= claims_port(c, "t", "p", "0.0.0.0", (uint16_t)i, &owner) == 1 && strcmp(owner, name) == 0;
	}
	CHECK(good);
	claims_free(c);
	claims_free(NULL);
}

int main(void)
{
	test_ports();
	test_addresses();
	test_many();
	return check_summary();
}
