/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lithos/address.h"
#include "base/arr.h"
#include "tests/check.h"

#include <errno.h>
#include <sys/socket.h>

static void test_addresses(void)
{
	static const struct { const char *text; int family; } rows[] = {
		{ "0.0.0.0", AF_INET }, { "10.1.2.3", AF_INET }, { "255.255.255.255", AF_INET },
		{ "::", AF_INET6 }, { "fd00::1", AF_INET6 }, { "::ffff:10.0.0.1", AF_INET6 },
		{ "", 0 }, { "localhost", 0 }, { "10.0.0", 0 }, { "10.0.0.256", 0 }, { "10.0.0.1/8", 0 }, { " 10.0.0.1", 0 },
		{ "10.0.0.1\n", 0 }, { "fd00::1%eth0", 0 }, { ":", 0 }, { "1::2::3", 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct address a = { 0 };
		struct err e = { 0 };

		CASE(rows[i].text);
		CHECK(address_parse(rows[i].text, &a, &e) == (rows[i].family ? 0 : -EINVAL));
		CHECK(a.family == rows[i].family);
		CHECK_STR(e.text, rows[i].family ? "" : "invalid IP address syntax");
	}
}

static void test_networks(void)
{
	static const struct { const char *text; int prefix; } rows[] = {
		{ "10.0.0.0/24", 24 }, { "10.0.0.0", 32 }, { "0.0.0.0/0", 0 }, { "10.0.0.1/32", 32 }, { "fd00::/64", 64 },
		{ "fd00::", 128 }, { "::/0", 0 }, { "fd00::/128", 128 }, { "10.0.0.0/08", 8 },
		{ "10.0.0.0/33", -1 }, { "fd00::/129", -1 }, { "10.0.0.0/", -1 }, { "10.0.0.0/-1", -1 }, { "10.0.0.0/+8", -1 },
		{ "10.0.0.0/255.255.255.0", -1 }, { "/8", -1 }, { "", -1 }, { "10.0.0.0/8/8", -1 }, { "10.0.0.0/0008", -1 },
		{ "10.0.0.0/4294967304", -1 }, { "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000/8", -1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct address a = { 0 };
		struct err e = { 0 };

		CASE(rows[i].text);
		CHECK(address_parse_network(rows[i].text, &a, &e) == (rows[i].prefix < 0 ? -EINVAL : 0));
		if (rows[i].prefix >= 0)
			CHECK(a.prefix == rows[i].prefix);
		else
			CHECK(strncmp(e.text, "invalid address: ", 17) == 0);
	}
}

static void test_in(void)
{
	static const struct { const char *address, *network; bool in; } rows[] = {
		{ "10.0.0.1", "10.0.0.0/24", true },	{ "10.0.0.255", "10.0.0.0/24", true },	{ "10.0.1.0", "10.0.0.0/24", false },
		{ "10.0.0.1", "10.0.0.77/24", true },	{ "10.0.0.1", "10.0.0.1", true },	{ "10.0.0.2", "10.0.0.1", false },
		{ "10.127.0.1", "10.0.0.0/9", true },	{ "10.128.0.1", "10.0.0.0/9", false },	{ "1.2.3.4", "0.0.0.0/0", true },
		{ "10.0.0.1", "10.0.0.0/31", true },	{ "10.0.0.2", "10.0.0.0/31", false },
		{ "fd00::1", "fd00::/64", true },	{ "fd00:0:0:1::1", "fd00::/64", false },	{ "fd00::8000:0:0:0", "fd00::/65", false },
		{ "10.0.0.1", "fd00::/8", false },	{ "::1", "0.0.0.0/0", false },	{ "::10.0.0.1", "10.0.0.0/8", false },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct address a, n;
		struct err e = { 0 };

		CASE(rows[i].address);
		CHECK(address_parse(rows[i].address, &a, &e) == 0 && address_parse_network(rows[i].network, &n, &e) == 0);
		CHECK(address_in(&a, &n) == rows[i].in);
	}
}

static void test_equal(void)
{
	struct address a, b, c;
	struct err e = { 0 };

	CASE("two spellings of one address");
	CHECK(address_parse("fd00::1", &a, &e) == 0 && address_parse("fd00:0::0:1", &b, &e) == 0);
	CHECK(address_equal(&a, &b));
	CHECK(address_parse("fd00::2", &c, &e) == 0 && !address_equal(&a, &c));
	CASE("the families differ although the bytes do not");
	CHECK(address_parse("0.0.0.0", &a, &e) == 0 && address_parse("::", &b, &e) == 0);
	CHECK(!address_equal(&a, &b));
}

int main(void)
{
	test_addresses();
	test_networks();
	test_in();
	test_equal();
	return check_summary();
}
