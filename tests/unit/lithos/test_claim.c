/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lithos/claim.h"
#include "tests/check.h"

#include <stdlib.h>
#include <string.h>

static int claim_of(struct claims *c, const char *sandbox, const char *process, const char *host, uint16_t port,
		    const char **ret_owner)
{
	const struct port_claim p = { .sandbox = sandbox, .process = process, .host = host, .port = port };
	struct claim_owner owner = { 0 };
	int rc = claims_port(c, &p, &owner);

	if (rc > 0)
		*ret_owner = owner.name;
	return rc;
}

/* Within one sandbox. */
static void test_overlaps(void)
{
	static const struct {
		struct port_claim p;
		const char *owner;
		bool same_sandbox;
	} rows[] = {
		{ { "a", "all", "all.yaml", "0.0.0.0", 80, false, 1 }, NULL, false },
		{ { "a", "same", "same.yaml", "0.0.0.0", 80, false, 2 }, NULL, false },	/* one socket */
		{ { "a", "one", "one.yaml", "127.0.0.1", 80, false, 1 }, "a/all", true },
		{ { "a", "six", "six.yaml", "::1", 80, false, 1 }, NULL, false },
		{ { "a", "six6", "six.yaml", "::", 80, false, 1 }, "a/six", true },
		{ { "a", "many", "many.yaml", "0.0.0.0", 81, true, 1 }, NULL, false },
		{ { "a", "more", "more.yaml", "127.0.0.1", 81, true, 1 }, NULL, false },
		{ { "a", "other", "other.yaml", "127.0.0.2", 81, true, 2 }, "a/many", true },	/* of another user */
		{ { "a", "plain", "plain.yaml", "0.0.0.0", 81, false, 1 }, "a/many", true },
		{ { "b", "many", "many.yaml", "0.0.0.0", 81, true, 1 }, "a/many", false },
	};
	struct claims *c = claims_new();

	for (size_t i = 0; c && i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct claim_owner owner = { 0 };

		CASE(rows[i].p.process);
		CHECK(claims_port(c, &rows[i].p, &owner) == !!rows[i].owner);
		CHECK_STR(owner.name, rows[i].owner);
		CHECK(owner.same_sandbox == rows[i].same_sandbox);
		CHECK(!owner.name || (owner.file && strstr(owner.file, ".yaml")));
	}
	CHECK(c);
	claims_free(c);
}

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
		{ "g", "both", "::", 83, "e/six" },		/* IPv6 alone */
		{ "g", "some", "::", 87, NULL },
		{ "h", "most", "0.0.0.0", 87, NULL },
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
		CHECK(claim_of(c, rows[i].sandbox, rows[i].process, rows[i].host, rows[i].port, &owner) == !!rows[i].owner);
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
	CHECK(claim_of(c, "z", "z", "10.0.0.1", 1, &owner) == 0);
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
		good &= claim_of(c, name, "p", "0.0.0.0", (uint16_t)i, &owner) == 0;
	}
	CHECK(good && !owner);
	for (unsigned int i = 1; i < 5000; i++) {
		snprintf(name, sizeof(name), "s%u/p", i);
		good &= claim_of(c, "t", "p", "0.0.0.0", (uint16_t)i, &owner) == 1 && strcmp(owner, name) == 0;
	}
	CHECK(good);
	claims_free(c);
	claims_free(NULL);
}

int main(void)
{
	test_ports();
	test_overlaps();
	test_addresses();
	test_many();
	return check_summary();
}
