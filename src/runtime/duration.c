/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "runtime/duration.h"
#include "base/arr.h"

#include <stdbool.h>
#include <string.h>

static const struct {
	const char *name;
	int64_t ns;
} units[] = {
	/* longer names before those that they begin with */
	{ "ns", 1 }, { "us", 1000 }, { "\xc2\xb5s", 1000 }, { "ms", 1000000 },
	{ "s", 1000000000 }, { "m", INT64_C(60000000000) }, { "h", INT64_C(3600000000000) },
};

static int64_t unit_at(const char **p)
{
	for (size_t i = 0; i < ARRAY_LEN(units); i++)
		if (strncmp(*p, units[i].name, strlen(units[i].name)) == 0) {
			*p += strlen(units[i].name);
			return units[i].ns;
		}
	return 0;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "1.5s": the whole part exactly, the fraction as far as nanoseconds show it. */
static int part(const char **p, int64_t *sum)
{
	int64_t whole = 0, fraction = 0, scale = 1, unit, ns;
	bool any = false;

	for (; is_digit(**p); ++*p, any = true)
		if (__builtin_mul_overflow(whole, 10, &whole) || __builtin_add_overflow(whole, **p - '0', &whole))
			return -EINVAL;
	if (**p == '.')
		for (++*p; is_digit(**p); ++*p, any = true)
			if (scale < 1000000) {
				fraction = fraction * 10 + (**p - '0');
				scale *= 10;
			}
	unit = any ? unit_at(p) : 0;
	if (unit == 0 || __builtin_mul_overflow(whole, unit, &ns))
		return -EINVAL;
	ns += (int64_t)((double)fraction * (double)unit / (double)scale);
	return ns < 0 || __builtin_add_overflow(*sum, ns, sum) ? -EINVAL : 0;
}

int duration_parse(const char *text, int64_t *ret_ns)
{
	const bool minus = *text == '-';
	const char *p = text + (*text == '-' || *text == '+');
	int64_t sum = 0;

	if (!*p)
		return -EINVAL;
	if (strcmp(p, "0") != 0)
		while (*p)
			if (part(&p, &sum) < 0)
				return -EINVAL;
	*ret_ns = minus ? -sum : sum;
	return 0;
}
