/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "libocispec/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* True when one of eight bytes is zero, a backslash, or not ASCII: then they are looked at one by one. */
static bool needs_care(const unsigned char *p)
{
	uint64_t v, slash;

	memcpy(&v, p, sizeof(v));
	slash = v ^ EACH('\\');
	return (((v - EACH(0x01)) | v | ((slash - EACH(0x01)) & ~slash)) & EACH(0x80)) != 0;
}

/* Bytes of the UTF-8 sequence at p, or 0: no overlong forms, no surrogates, nothing above U+10FFFF (RFC 3629). */
static size_t sequence(const unsigned char *p, size_t left)
{
	size_t n = p[0] >= 0xc2 && p[0] <= 0xdf ? 2 : (p[0] & 0xf0) == 0xe0 ? 3 :
		   p[0] >= 0xf0 && p[0] <= 0xf4 ? 4 : 0;

	if (!n || n > left)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return n;
}

/* The value of \uXXXX at p, or -1: then it is something else, and the parser's business. */
static int32_t code_unit(const unsigned char *p, size_t left)
{
	int32_t v = 0;

	if (left < 6 || p[0] != '\\' || p[1] != 'u')
		return -1;
	for (size_t i = 2; i < 6; i++) {
		unsigned char c = p[i] | 0x20;

		if (p[i] >= '0' && p[i] <= '9')
			v = v * 16 + p[i] - '0';
		else if (c >= 'a' && c <= 'f')
			v = v * 16 + c - 'a' + 10;
		else
			return -1;
	}
	return v;
}

/* A backslash is an escape wherever it stands in valid JSON. Sets *ret_n to its bytes. */
static const char *escape_wrong(const unsigned char *p, size_t left, size_t *ret_n)
{
	int32_t unit = code_unit(p, left), low;

	*ret_n = left < 2 ? 1 : 2;
	if (unit == 0)
		return "a NUL character in a string";
	if (unit < 0xd800 || unit > 0xdfff)
		return NULL;
	low = unit < 0xdc00 ? code_unit(p + 6, left - 6) : -1;
	if (low < 0xdc00 || low > 0xdfff)
		return "half of a surrogate pair in a string";
	*ret_n = 12;
	return NULL;
}

const char *oci_text_wrong(const char *text, size_t len, size_t *ret_offset)
{
	const unsigned char *p = (const unsigned char *)text;
	const char *wrong = NULL;
	size_t i = 0, n;

	if (len >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
		wrong = "a byte order mark in front of the JSON text";
	while (i < len && !wrong) {
		if (len - i >= 8 && !needs_care(p + i)) {
			i += 8;
			continue;
		}
		n = 1;
		if (p[i] == 0)
			wrong = "a NUL byte in the JSON text";
		else if (p[i] == '\\')
			wrong = escape_wrong(p + i, len - i, &n);
		else if (p[i] >= 0x80 && (n = sequence(p + i, len - i)) == 0)
			wrong = "invalid UTF-8";
		if (!wrong)
			i += n;
	}
	*ret_offset = i;
	return wrong;
}
