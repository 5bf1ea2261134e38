/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses, prefixes, hardware addresses and names: what is taken, and what is said of the rest. */
#include "tests/check.h"
#include "net/ip.h"

#include <errno.h>

static const struct {
	const char *text;
	int bits;		/* -1: refused */
	const char *says;	/* of a refusal */
	const char *not_a_host;	/* part of the reason; NULL: a host can have it */
} subnets[] = {
	{ "192.0.2.1/24",       24,  NULL, NULL },
	{ "192.0.2.0/24",       24,  NULL, "of a network" },
	{ "192.0.2.255/24",     24,  NULL, "broadcast" },
	{ "192.0.2.0/31",       31,  NULL, NULL },
	{ "192.0.2.255/32",     32,  NULL, NULL },
	{ "0.0.0.0/0",          0,   NULL, "nobody" },
	{ "127.0.0.1/8",        8,   NULL, "loopback" },
	{ "224.0.0.1/24",       24,  NULL, "group" },
	{ "240.0.0.1/24",       24,  NULL, "not for hosts" },
	{ "255.255.255.255/32", 32,  NULL, "not for hosts" },
	{ "2001:db8::1/64",     64,  NULL, NULL },
	{ "2001:db8::/64",      64,  NULL, "of a network" },
	{ "2001:db8::/127",     127, NULL, NULL },
	{ "2001:db8:0:0:ffff:ffff:ffff:ffff/64", 64, NULL, NULL },
	{ "::/0",               0,   NULL, "nobody" },
	{ "::1/128",            128, NULL, "loopback" },
	{ "ff02::1/16",         16,  NULL, "group" },
	{ "192.0.2.1",          -1,  "has no prefix: an address is written as 192.0.2.1/24", NULL },
	{ "2001:db8::1",        -1,  "has no prefix: an address is written as 2001:db8::1/64", NULL },
	{ "192.0.2.1/33",       -1,  "a number from 0 to 32", NULL },
	{ "2001:db8::1/129",    -1,  "a number from 0 to 128", NULL },
	{ "192.0.2.1/",         -1,  "a number", NULL },
	{ "192.0.2.1/-1",       -1,  "a number", NULL },
	{ "192.0.2.1/024",      -1,  "a number", NULL },
	{ "192.0.2.1/24 ",      -1,  "a number", NULL },
	{ "192.0.2.1/4294967320", -1, "a number", NULL },
	{ "",                   -1,  "not an address", NULL },
	{ "/24",                -1,  "not an address", NULL },
	{ "192.0.2/24",         -1,  "not an address", NULL },
	{ "192.0.2.256/24",     -1,  "not an address", NULL },
	{ "192.0.2.01/24",      -1,  "not an address", NULL },
	{ " 192.0.2.1/24",      -1,  "not an address", NULL },
	{ "0x7f.0.0.1/24",      -1,  "not an address", NULL },
	{ "fe80::1%eth0/64",    -1,  "not an address", NULL },
	{ "gateway/24",         -1,  "not an address", NULL },
	{ "1111:2222:3333:4444:5555:6666:7777:8888:9999:0000:aaaa:bbbb/64", -1, "not an address", NULL },
};

static void subnets_are_read(void)
{
	for (size_t i = 0; i < sizeof(subnets) / sizeof(subnets[0]); i++) {
		struct net_subnet s = { 0 };
		struct err e = { 0 };
		const char *wrong;
		const int rc = net_subnet_parse(subnets[i].text, &s, &e);

		CASE(subnets[i].text);
		if (subnets[i].bits < 0) {
			CHECK(rc == -EINVAL && strstr(e.text, subnets[i].says));
			continue;
		}
		CHECK(rc == 0 && s.bits == subnets[i].bits);
		wrong = net_subnet_not_a_host(&s);
		CHECK(!wrong == !subnets[i].not_a_host && (!wrong || strstr(wrong, subnets[i].not_a_host)));
	}
}

static bool has(const char *subnet, const char *ip)
{
	struct net_subnet s;
	struct net_ip i;
	struct err e = { 0 };

	return CHECK(net_subnet_parse(subnet, &s, &e) == 0 && net_ip_parse(ip, &i)) && net_subnet_has(&s, &i);
}

static void what_is_in_them(void)
{
	struct net_subnet s;
	struct net_ip ip;
	struct err e = { 0 };

	CASE("in a subnet");
	CHECK(has("192.0.2.7/24", "192.0.2.255") && !has("192.0.2.7/24", "192.0.3.0"));
	CHECK(has("192.0.2.0/25", "192.0.2.127") && !has("192.0.2.0/25", "192.0.2.128"));
	CHECK(has("0.0.0.0/0", "8.8.8.8") && !has("0.0.0.0/0", "::1"));
	CHECK(has("2001:db8::/33", "2001:db8:7fff::1") && !has("2001:db8::/33", "2001:db8:8000::1"));
	CHECK(has("192.0.2.1/32", "192.0.2.1") && !has("192.0.2.1/32", "192.0.2.0"));
	CASE("whole");
	CHECK(net_subnet_parse("10.1.0.0/16", &s, &e) == 0 && net_subnet_is_whole(&s));
	CHECK(net_subnet_parse("10.1.0.1/16", &s, &e) == 0 && !net_subnet_is_whole(&s));
	CHECK(net_subnet_parse("10.1.0.1/32", &s, &e) == 0 && net_subnet_is_whole(&s));
	CASE("on the link");
	CHECK(net_ip_parse("fe80::1", &ip) && net_ip_is_link_local(&ip));
	CHECK(net_ip_parse("febf::1", &ip) && net_ip_is_link_local(&ip));
	CHECK(net_ip_parse("fec0::1", &ip) && !net_ip_is_link_local(&ip));
	CHECK(net_ip_parse("169.254.0.1", &ip) && !net_ip_is_link_local(&ip));
}

static const struct {
	const char *text;
	bool good;
} macs[] = {
	{ "02:00:5e:10:00:01", true }, { "02:AB:cd:10:00:01", true }, { "00:00:00:00:00:01", true },
	{ "00:00:00:00:00:00", false }, { "01:00:5e:10:00:01", false }, { "ff:ff:ff:ff:ff:ff", false },
	{ "02:00:5e:10:00", false }, { "02:00:5e:10:00:01:02", false }, { "02-00-5e-10-00-01", false },
	{ "2:0:5e:10:0:1", false }, { "02:00:5e:10:00:0g", false }, { "", false }, { "02:00:5e:10:00:0", false },
};

static const struct {
	const char *name;
	bool good;
} names[] = {
	{ "eth0", true }, { "li_ca02f9_0001", true }, { "li-ca02f9-0001", true }, { "-x", true }, { "123456789012345", true },
	{ "", false }, { "1234567890123456", false }, { "a/b", false }, { "a b", false }, { "a:b", false }, { "a%d", false },
	{ "a\n", false }, { "\x7f", false }, { "\xc3\xa4", false }, { ".", false }, { "..", false }, { "all", false },
	{ "default", false }, { "lo", false }, { "...", true },
};

int main(void)
{
	uint8_t mac[NET_MAC_BYTES];

	subnets_are_read();
	what_is_in_them();
	for (size_t i = 0; i < sizeof(macs) / sizeof(macs[0]); i++) {
		CASE(macs[i].text);
		CHECK(net_mac_parse(macs[i].text, mac) == macs[i].good);
	}
	CHECK(net_mac_parse("02:ab:CD:10:00:01", mac) && memcmp(mac, "\x02\xab\xcd\x10\x00\x01", 6) == 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		CASE(names[i].name);
		CHECK(!net_name_wrong(names[i].name) == names[i].good);
	}
	return check_summary();
}
