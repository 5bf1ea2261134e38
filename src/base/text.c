/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/text.h"

/* Bytes of the UTF-8 sequence at s, of which left bytes may be looked at, or 0: RFC 3629. */
static size_t sequence(const unsigned char *s, size_t left)
{
	size_t n = *s < 0x80 ? 1 : *s >= 0xc2 && *s < 0xe0 ? 2 : (*s & 0xf0) == 0xe0 ? 3 :
		   *s >= 0xf0 && *s < 0xf5 ? 4 : 0;

	if (n > left)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	/* overlong forms; surrogates; beyond Unicode */
	if ((*s == 0xe0 && s[1] < 0xa0) || (*s == 0xed && s[1] >= 0xa0) ||
	    (*s == 0xf0 && s[1] < 0x90) || (*s == 0xf4 && s[1] >= 0x90))
		return 0;
	return n;
}

size_t text_printable(const unsigned char *s)
{
	/* The NUL behind it ends every sequence. */
	size_t n = sequence(s, 4);

	/* C0 and C1 controls, which terminals obey */
	return *s < 0x20 || *s == 0x7f || (*s == 0xc2 && n && s[1] < 0xa0) ? 0 : n;
}

bool text_is_utf8(const void *text, size_t len)
{
	const unsigned char *s = text;

	for (size_t n; len > 0; s += n, len -= n) {
		n = sequence(s, len);
		if (!n)
			return false;
	}
	return true;
}
