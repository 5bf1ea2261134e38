/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "priv/numlist.h"

#include <string.h>

static const char *skip_blanks(const char *p)
{
	return p + strspn(p, " \t");
}

/* The digits at *p, moved behind; a number that is too large for anything stays at max. */
static int take_number(const char **p, uint32_t max, uint32_t *ret_n)
{
	uint32_t n = 0;

	if (**p < '0' || **p > '9')
		return -EINVAL;
	for (; **p >= '0' && **p <= '9'; (*p)++)
		n = n < max ? n * 10 + (uint32_t)(**p - '0') : max;
	*ret_n = n;
	return 0;
}

/* "7" or "0-3", with blanks. */
static int take_range(const char **p, uint32_t max, uint32_t *ret_first, uint32_t *ret_last)
{
	*p = skip_blanks(*p);
	if (take_number(p, max, ret_first) < 0)
		return -EINVAL;
	*ret_last = *ret_first;
	*p = skip_blanks(*p);
	if (**p != '-')
		return 0;
	*p = skip_blanks(*p + 1);
	if (take_number(p, max, ret_last) < 0)
		return -EINVAL;
	*p = skip_blanks(*p);
	return *ret_first <= *ret_last ? 0 : -EINVAL;
}

int numlist_parse(const char *text, const char *from, uint64_t *mask, uint32_t max, struct err *e)
{
	const char *p = text;

	memset(mask, 0, (max + 63) / 64 * sizeof(*mask));
	for (;; p++) {
		uint32_t first, last;

		if (take_range(&p, max, &first, &last) < 0 || (*p && *p != ','))
			return err_set(e, -EINVAL, "%s: \"%.*s\" is not a list as in 0-3,7", from, 200, text);
		if (last >= max)
			return err_set(e, -EINVAL, "%s: \"%.*s\": the kernel counts up to %u", from, 200, text, max - 1);
		for (uint32_t i = first; i <= last; i++)
			mask[i / 64] |= UINT64_C(1) << (i % 64);
		if (!*p)
			return 0;
	}
}
