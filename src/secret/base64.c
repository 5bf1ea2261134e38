/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "secret/base64.h"

#include <stdint.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t base64_write(const void *data, size_t n, char *to)
{
	const unsigned char *from = data;
	char *p = to;

	for (size_t i = 0; i < n; i += 3) {
		size_t left = n - i;
		uint32_t group = (uint32_t)from[i] << 16 | (uint32_t)(left > 1 ? from[i + 1] : 0) << 8 |
				 (uint32_t)(left > 2 ? from[i + 2] : 0);

		*p++ = digits[group >> 18];
		*p++ = digits[group >> 12 & 63];
		*p++ = left > 1 ? digits[group >> 6 & 63] : '=';
		*p++ = left > 2 ? digits[group & 63] : '=';
	}
	*p = '\0';
	return (size_t)(p - to);
}

/* By arithmetic, as the text may be a key: what is looked up in a table is seen in the cache. */
static int value_of(unsigned char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* len without the padding, if that is what it should be. */
static size_t without_padding(const char *text, size_t len)
{
	if (len == 0 || len % 4 != 0 || text[len - 1] != '=')
		return len;
	return text[len - 2] == '=' ? len - 2 : len - 1;
}

int base64_read(const char *text, size_t len, unsigned char *to, size_t *ret_n, struct err *e)
{
	size_t n = without_padding(text, len), out = 0;
	uint32_t bits = 0;
	unsigned int n_bits = 0;

	for (size_t i = 0; i < n; i++) {
		int value = value_of((unsigned char)text[i]);

		if (value < 0)
			return err_set(e, -EINVAL, "Invalid byte %d, offset %zu.", (unsigned char)text[i], i);
		bits = (bits << 6 | (uint32_t)value) & 0xffff;
		n_bits += 6;
		if (n_bits >= 8) {
			n_bits -= 8;
			to[out++] = (unsigned char)(bits >> n_bits);
		}
	}
	if (n_bits == 6)
		return err_set(e, -EINVAL, "Encoded text cannot have a 6-bit remainder.");
	if (bits & ((UINT32_C(1) << n_bits) - 1))
		return err_set(e, -EINVAL, "Invalid last symbol, offset %zu.", n - 1);
	*ret_n = out;
	return 0;
}
