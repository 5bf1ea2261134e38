/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/ip.h"
#include "net/message.h"

#include <arpa/inet.h>
#include <string.h>

bool net_ip_parse(const char *text, struct net_ip *ret)
{
	const bool six = strchr(text, ':') != NULL;
	struct net_ip ip = { .family = (uint8_t)(six ? AF_INET6 : AF_INET), .n = six ? 16 : 4 };

	if (inet_pton(ip.family, text, ip.bytes) != 1)
		return false;
	*ret = ip;
	return true;
}

/* Decimal without a sign, blanks or zeros in front. */
static bool read_bits(const char *text, unsigned int most, uint8_t *ret)
{
	const size_t n = strspn(text, "0123456789");
	unsigned int v = 0;

	if (n == 0 || n > 3 || text[n] || (n > 1 && *text == '0'))
		return false;
	for (size_t i = 0; i < n; i++)
		v = 10 * v + (unsigned int)(text[i] - '0');
	*ret = (uint8_t)v;
	return v <= most;
}

int net_subnet_parse(const char *text, struct net_subnet *ret, struct err *e)
{
	const char *slash = strchr(text, '/');
	char address[INET6_ADDRSTRLEN];
	struct net_subnet s = { 0 };
	const size_t n = slash ? (size_t)(slash - text) : strlen(text);

	if (n < sizeof(address)) {
		memcpy(address, text, n);
		address[n] = '\0';
	}
	if (n >= sizeof(address) || !net_ip_parse(address, &s.ip))
		return err_set(e, -EINVAL, "\"%.*s\" is not an address of IPv4 or IPv6", 60, text);
	if (!slash)
		return err_set(e, -EINVAL, "\"%s\" has no prefix: an address is written as %s/%u", text, text,
			       net_ip_bits(&s.ip) == 32 ? 24U : 64U);
	if (!read_bits(slash + 1, net_ip_bits(&s.ip), &s.bits))
		return err_set(e, -EINVAL, "\"%.*s\": the prefix has to be a number from 0 to %u", 60, text,
			       net_ip_bits(&s.ip));
	*ret = s;
	return 0;
}

bool net_ip_same(const struct net_ip *a, const struct net_ip *b)
{
	return a->family == b->family && memcmp(a->bytes, b->bytes, a->n) == 0;
}

static bool bit(const struct net_ip *ip, unsigned int i)
{
	return ip->bytes[i / 8] >> (7 - i % 8) & 1;
}

bool net_subnet_has(const struct net_subnet *s, const struct net_ip *ip)
{
	if (s->ip.family != ip->family)
		return false;
	for (unsigned int i = 0; i < s->bits; i++)
		if (bit(&s->ip, i) != bit(ip, i))
			return false;
	return true;
}

static bool all_behind(const struct net_subnet *s, bool value)
{
	for (unsigned int i = s->bits; i < net_ip_bits(&s->ip); i++)
		if (bit(&s->ip, i) != value)
			return false;
	return true;
}

bool net_subnet_is_whole(const struct net_subnet *s)
{
	return all_behind(s, false);
}

bool net_ip_is_link_local(const struct net_ip *ip)
{
	return ip->family == AF_INET6 && ip->bytes[0] == 0xfe && (ip->bytes[1] & 0xc0) == 0x80;
}

static bool is_multicast(const struct net_ip *ip)
{
	return ip->family == AF_INET6 ? ip->bytes[0] == 0xff : ip->bytes[0] >> 4 == 14;
}

static bool is_loopback(const struct net_ip *ip)
{
	static const struct net_subnet four = { { AF_INET, 4, { 127 } }, 8 };
	static const struct net_subnet six = { { AF_INET6, 16, { [15] = 1 } }, 128 };

	return net_subnet_has(&four, ip) || net_subnet_has(&six, ip);
}

const char *net_subnet_not_a_host(const struct net_subnet *s)
{
	static const uint8_t none[NET_ADDRESS_MAX];
	/* RFC 3021, RFC 6164: of two addresses both are hosts. */
	const bool is_net = s->bits + 1U < net_ip_bits(&s->ip);

	if (memcmp(s->ip.bytes, none, s->ip.n) == 0)
		return "is the address of nobody";
	if (is_multicast(&s->ip))
		return "is the address of a group";
	if (is_loopback(&s->ip))
		return "is a loopback address";
	if (s->ip.family == AF_INET && s->ip.bytes[0] >= 240)
		return "is in a range that is not for hosts";
	if (is_net && all_behind(s, false))
		return "is the address of a network: no host can have it";
	if (is_net && s->ip.family == AF_INET && all_behind(s, true))
		return "is the broadcast address of its network: no host can have it";
	return NULL;
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool net_mac_parse(const char *text, uint8_t ret[NET_MAC_BYTES])
{
	uint8_t mac[NET_MAC_BYTES], any = 0;

	for (size_t i = 0; i < sizeof(mac); i++, text += 3) {
		const int high = hex_digit(text[0]), low = high < 0 ? -1 : hex_digit(text[1]);

		if (low < 0 || text[2] != (i + 1 < sizeof(mac) ? ':' : '\0'))
			return false;
		mac[i] = (uint8_t)(high << 4 | low);
		any |= mac[i];
	}
	/* The lowest bit of the first byte: a group. */
	if (any == 0 || mac[0] & 1)
		return false;
	memcpy(ret, mac, sizeof(mac));
	return true;
}

/* dev_valid_name() of the kernel, and what programs make of names in paths, sysctls and command lines. */
const char *net_name_wrong(const char *name)
{
	const size_t n = strlen(name);

	if (n == 0)
		return "the name is empty";
	if (n >= NET_NAME_MAX)
		return "the name has more than 15 bytes";
	for (size_t i = 0; i < n; i++)
		if (name[i] <= ' ' || name[i] > '~' || strchr("/:%", name[i]))
			return "the name has a character that no network device's has (/, :, %, blanks, what is not ASCII)";
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strcmp(name, "all") == 0 || strcmp(name, "default") == 0)
		return "no network device can be called that";
	if (strcmp(name, "lo") == 0)
		return "that is the loopback device";
	return NULL;
}
