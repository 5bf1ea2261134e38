/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lithos/number.h"

#include "base/arr.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define BLANKS " \t\r\n"

static const struct { const char *name; int64_t times; } units[] = {
	{ "", 1 },
	{ "k", 1000 },
	{ "M", 1000 * 1000 },
	{ "G", 1000 * 1000 * 1000 },
	{ "ki", 1 << 10 },
	{ "Mi", 1 << 20 },
	{ "Gi", 1 << 30 },
};

static const struct { const char *prefix; int base; } prefixes[] = { { "0x", 16 }, { "0o", 8 }, { "0b", 2 } };

static int digit_of(char c, int base)
{
	const int d = c >= '0' && c <= '9' ? c - '0' :
		      c >= 'a' && c <= 'f' ? c - 'a' + 10 :
		      c >= 'A' && c <= 'F' ? c - 'A' + 10 : base;

	return d < base ? d : -1;
}

static int bad_digit(struct err *e)
{
	return err_set(e, -EINVAL, "number error: invalid digit");
}

static int too_large(struct err *e)
{
	return err_set(e, -ERANGE, "number error: number is too large or too small (for negative)");
}

/* From the sign or prefix to the last digit; *text is moved behind it. */
static int take_digits(const char **text, int64_t *ret, struct err *e)
{
	const bool minus = **text == '-';
	const char *p = *text + (minus || **text == '+');
	bool fits = true;
	int64_t n = 0;
	int base = 10;

	for (size_t i = 0; p == *text && i < ARRAY_LEN(prefixes); i++)
		if (strncmp(p, prefixes[i].prefix, 2) == 0)
			base = prefixes[i].base;
	if (base != 10)
		p += 2;
	if (digit_of(*p, base) < 0)
		return bad_digit(e);
	for (; *p == '_' || digit_of(*p, base) >= 0; p++) {
		const int d = digit_of(*p, base);

		if (*p != '_')
			fits = fits && !__builtin_mul_overflow(n, base, &n) && !__builtin_add_overflow(n, minus ? -d : d, &n);
	}
	*text = p;
	*ret = n;
	return fits ? 0 : 1;
}

/* The length of what stands between the blanks around it. */
static size_t trim(const char **text)
{
	size_t n;

	*text += strspn(*text, BLANKS);
	n = strlen(*text);
	while (n > 0 && strchr(BLANKS, (*text)[n - 1]))
		n--;
	return n;
}

int number_parse(const char *text, int64_t *ret, struct err *e)
{
	int64_t n = 0;
	size_t len;
	int rc;

	(void)trim(&text);
	rc = take_digits(&text, &n, e);
	if (rc < 0)
		return rc;
	len = trim(&text);
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (strlen(units[i].name) != len || memcmp(units[i].name, text, len) != 0)
			continue;
		if (rc > 0 || __builtin_mul_overflow(n, units[i].times, &n))
			return too_large(e);
		*ret = n;
		return 0;
	}
	return bad_digit(e);
}

const char *number_hint(const char *text)
{
	static const struct { const char *units, *hint; } meant[] = {
		{ " K Ki KB KiB kB kb kib kiB KI ", "k is 1000, ki is 1024" },
		{ " m mi MB MiB mb mib Mb Mib MI ", "M is 1000000, Mi is 1048576" },
		{ " g gi GB GiB gb gib Gb Gib GI ", "G is 1000000000, Gi is 1073741824" },
		{ " T Ti t ti TB TiB ", "G is the largest unit: 1000G, 1024Gi" },
		{ " s sec ", "seconds have no unit" },
	};
	char word[8] = " ";
	const char *unit = text + strspn(text, "+-_0123456789" BLANKS);
	size_t len = trim(&unit);

	if (unit == text)
		return NULL;
	if (*unit == '.' || *unit == ',')
		return "numbers are whole";
	if (len == 0 || len > sizeof(word) - 3)
		return NULL;
	memcpy(word + 1, unit, len);
	word[len + 1] = ' ';
	for (size_t i = 0; i < ARRAY_LEN(meant); i++)
		if (strstr(meant[i].units, word))
			return meant[i].hint;
	return NULL;
}

int number_parse_decimal(const char *text, uint64_t max, uint64_t *ret)
{
	const char *p = text + (*text == '+');
	uint64_t n = 0;

	if (!*p)
		return -EINVAL;
	for (; *p; p++) {
		const int d = digit_of(*p, 10);

		if (d < 0 || __builtin_mul_overflow(n, UINT64_C(10), &n) ||
		    __builtin_add_overflow(n, (uint64_t)d, &n) || n > max)
			return -EINVAL;
	}
	*ret = n;
	return 0;
}

int number_parse_range(const char *text, struct lithos_range *ret, struct err *e)
{
	const char *dash = strchr(text, '-');
	const size_t n = dash ? (size_t)(dash - text) : strlen(text);
	char first[24];
	uint64_t a, b;

	if (n >= sizeof(first) || strchr(text, '+'))
		return err_set(e, -EINVAL, "Error parsing range");
	memcpy(first, text, n);
	first[n] = '\0';
	if (number_parse_decimal(first, UINT32_MAX, &a) < 0 ||
	    number_parse_decimal(dash ? dash + 1 : first, UINT32_MAX, &b) < 0)
		return err_set(e, -EINVAL, "Error parsing range");
	*ret = (struct lithos_range){ (uint32_t)a, (uint32_t)b };
	return 0;
}

int number_parse_permille(const char *text, uint32_t *ret, struct err *e)
{
	uint32_t n = 0, digits = 0;
	const char *p = text;

	for (; digit_of(*p, 10) >= 0 && n <= 1000; p++, digits++)
		n = n * 10 + (uint32_t)digit_of(*p, 10);
	n *= 1000;
	if (digits > 0 && p[0] == '.' && digit_of(p[1], 10) >= 0) {
		p++;
		for (uint32_t unit = 100; unit > 0 && digit_of(*p, 10) >= 0; p++, unit /= 10)
			n += unit * (uint32_t)digit_of(*p, 10);
	}
	if (digits == 0 || *p || n < 1000 || n > 1000 * 1000)
		return err_set(e, -EINVAL, "a factor is a number of 1 to 1000 such as 2 or 1.5");
	*ret = n;
	return 0;
}
