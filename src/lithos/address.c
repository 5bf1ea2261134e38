/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lithos/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

static size_t bytes_of(int family)
{
	return family == AF_INET ? 4 : 16;
}

/* 0 or -1. */
static int parse(const char *text, struct address *ret)
{
	struct address a = { .family = strchr(text, ':') ? AF_INET6 : AF_INET };

	if (inet_pton(a.family, text, a.bytes) != 1)
		return -1;
	a.prefix = (uint8_t)(8 * bytes_of(a.family));
	*ret = a;
	return 0;
}

int address_parse(const char *text, struct address *ret, struct err *e)
{
	return parse(text, ret) < 0 ? err_set(e, -EINVAL, "invalid IP address syntax") : 0;
}

/* One to three digits, not above max. */
static int parse_prefix(const char *text, unsigned int max, uint8_t *ret)
{
	const size_t len = strlen(text);
	unsigned int n = 0;

	if (len < 1 || len > 3 || strspn(text, "0123456789") != len)
		return -1;
	for (; *text; text++)
		n = n * 10 + (unsigned int)(*text - '0');
	if (n > max)
		return -1;
	*ret = (uint8_t)n;
	return 0;
}

int address_parse_network(const char *text, struct address *ret, struct err *e)
{
	const char *slash = strchr(text, '/');
	const size_t len = slash ? (size_t)(slash - text) : strlen(text);
	char head[INET6_ADDRSTRLEN];
	struct address a;

	if (len >= sizeof(head))
		return err_set(e, -EINVAL, "invalid address: %s", text);
	memcpy(head, text, len);
	head[len] = '\0';
	if (parse(head, &a) < 0 || (slash && parse_prefix(slash + 1, a.prefix, &a.prefix) < 0))
		return err_set(e, -EINVAL, "invalid address: %s", text);
	*ret = a;
	return 0;
}

bool address_equal(const struct address *a, const struct address *b)
{
	return a->family == b->family && memcmp(a->bytes, b->bytes, bytes_of(a->family)) == 0;
}

bool address_in(const struct address *a, const struct address *network)
{
	const unsigned int whole = network->prefix / 8, rest = network->prefix % 8;

	if (a->family != network->family || memcmp(a->bytes, network->bytes, whole) != 0)
		return false;
	return rest == 0 || ((a->bytes[whole] ^ network->bytes[whole]) >> (8 - rest)) == 0;
}
