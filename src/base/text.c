/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/text.h"

size_t text_printable(const unsigned char *s)
{
	size_t n = *s < 0x80 ? 1 : *s >= 0xc2 && *s < 0xe0 ? 2 : (*s & 0xf0) == 0xe0 ? 3 :
		   *s >= 0xf0 && *s < 0xf5 ? 4 : 0;

	if (n == 1)
		return *s >= 0x20 && *s != 0x7f;
	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	/* C1 controls, which terminals obey; overlong forms; surrogates; beyond Unicode */
	if ((*s == 0xc2 && s[1] < 0xa0) || (*s == 0xe0 && s[1] < 0xa0) || (*s == 0xed && s[1] >= 0xa0) ||
	    (*s == 0xf0 && s[1] < 0x90) || (*s == 0xf4 && s[1] >= 0x90))
		return 0;
	return n;
}
