/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Kinds that are one JSON value: booleans, integers of five widths, strings. */
#include "libocispec/scalar.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

/* What a sentence quotes of a value. */
#define QUOTED 40

const char *oci_keep(struct oci_source *src, const char *s, size_t n)
{
	uintptr_t start = (uintptr_t)src->text, p = (uintptr_t)s;
	char *copy;

	if (p >= start && p - start < src->at.len && n < src->at.len - (p - start)) {
		copy = src->text + (p - start);
		copy[n] = '\0';
		return copy;
	}
	copy = oci_arena_copy(src->arena, s, n);
	if (!copy)
		oci_at_fail(&src->at, src->err, -ENOMEM, "out of memory");
	return copy;
}

/*
 * Digits to a magnitude.  The text is what JSON has: no sign but a minus, no leading zeros; but it may be
 * 1.5 or 1e3, which are not integers even where their value is one.  "-0" is refused with them: no writer
 * of integers makes it.
 */
static bool magnitude(const char *s, size_t n, uint64_t *ret_value)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned int digit = (unsigned int)(unsigned char)s[i] - '0';

		if (digit > 9 || v > (UINT64_MAX - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	*ret_value = v;
	return n > 0;
}

static bool is_integer(const char *s, size_t n)
{
	size_t minus = n > 0 && s[0] == '-';

	for (size_t i = minus; i < n; i++)
		if (s[i] < '0' || s[i] > '9')
			return false;
	return !(minus && s[1] == '0');
}

static int not_integer(struct oci_source *src, const char *s, size_t n)
{
	char got[QUOTED];

	return oci_at_fail(&src->at, src->err, -EINVAL, "expected an integer, got %s",
			   oci_quote(got, sizeof(got), s, n));
}

static int out_of_range(struct oci_source *src, const struct oci_row *row, const char *s, size_t n)
{
	char got[QUOTED];

	return oci_at_fail(&src->at, src->err, -EINVAL, "must be between %" PRId64 " and %" PRIu64 ", got %s",
			   row->min, row->max, oci_quote(got, sizeof(got), s, n));
}

static int read_signed(struct oci_source *src, const struct oci_row *row, const char *s, size_t n,
		       int64_t *ret_value)
{
	bool minus = n > 0 && s[0] == '-';
	uint64_t v;

	if (!is_integer(s, n))
		return not_integer(src, s, n);
	if (!magnitude(s + minus, n - minus, &v) || v > (uint64_t)INT64_MAX + minus)
		return out_of_range(src, row, s, n);
	*ret_value = minus ? -(int64_t)(v - 1) - 1 : (int64_t)v;
	if (*ret_value < row->min || (*ret_value > 0 && (uint64_t)*ret_value > row->max))
		return out_of_range(src, row, s, n);
	return 0;
}

static int read_unsigned(struct oci_source *src, const struct oci_row *row, const char *s, size_t n,
			 uint64_t *ret_value)
{
	if (!is_integer(s, n))
		return not_integer(src, s, n);
	if (!magnitude(s, n, ret_value) || *ret_value > row->max ||
	    (row->min > 0 && *ret_value < (uint64_t)row->min))
		return out_of_range(src, row, s, n);
	return 0;
}

/* Each width: a reader that never truncates, and a writer. */
#define WIDTH(name, type, wide, read, gen)                                                                   \
	static int number_##name(struct oci_source *src, const struct oci_row *row, char *to,               \
				 const char *s, size_t n)                                                    \
	{                                                                                                    \
		type *out = (type *)(void *)to;                                                              \
		wide v = 0;                                                                                  \
		int rc = read(src, row, s, n, &v);                                                           \
                                                                                                             \
		if (rc < 0)                                                                                  \
			return rc;                                                                           \
		if ((wide)(type)v != v)                                                                      \
			return out_of_range(src, row, s, n);                                                 \
		*out = (type)v;                                                                              \
		return 0;                                                                                    \
	}                                                                                                    \
	static bool present_##name(const struct oci_row *row, const char *base)                              \
	{                                                                                                    \
		return row->aux == OCI_NO_AUX || *(const bool *)(base + row->aux);                           \
	}                                                                                                    \
	static yajl_gen_status write_##name(yajl_gen g, const struct oci_row *row, const char *base)         \
	{                                                                                                    \
		char digits[24];                                                                             \
		type v = *(const type *)oci_member(row, base);                                               \
		int n = snprintf(digits, sizeof(digits), "%" gen, v);                                        \
                                                                                                             \
		return yajl_gen_number(g, digits, (size_t)n);                                                \
	}                                                                                                    \
	const struct oci_kind oci_kind_##name = {                                                            \
		.wants = "an integer", .number = number_##name,                                              \
		.present = present_##name, .write = write_##name,                                            \
	}

WIDTH(i32, int32_t, int64_t, read_signed, PRId32);
WIDTH(i64, int64_t, int64_t, read_signed, PRId64);
WIDTH(u16, uint16_t, uint64_t, read_unsigned, PRIu16);
WIDTH(u32, uint32_t, uint64_t, read_unsigned, PRIu32);
WIDTH(u64, uint64_t, uint64_t, read_unsigned, PRIu64);

static int boolean(struct oci_source *src, const struct oci_row *row, char *to, bool value)
{
	(void)src;
	(void)row;
	*(bool *)to = value;
	return 0;
}

static bool present_bool(const struct oci_row *row, const char *base)
{
	if (row->aux != OCI_NO_AUX)
		return *(const bool *)(base + row->aux);
	return (row->flags & (OCI_ALWAYS | OCI_REQUIRED)) || *(const bool *)oci_member(row, base);
}

static yajl_gen_status write_bool(yajl_gen g, const struct oci_row *row, const char *base)
{
	return yajl_gen_bool(g, *(const bool *)oci_member(row, base));
}

const struct oci_kind oci_kind_bool = {
	.wants = "true or false", .boolean = boolean, .present = present_bool, .write = write_bool,
};

static int string(struct oci_source *src, const struct oci_row *row, char *to, const char *s, size_t n)
{
	const char *kept = oci_keep(src, s, n);

	(void)row;
	if (!kept)
		return -ENOMEM;
	*(const char **)(void *)to = kept;
	return 0;
}

static bool present_string(const struct oci_row *row, const char *base)
{
	return (row->flags & OCI_ALWAYS) || oci_pointer(row, base);
}

static yajl_gen_status write_string(yajl_gen g, const struct oci_row *row, const char *base)
{
	const char *s = oci_pointer(row, base);

	return oci_gen_string(g, s ? s : "");
}

const struct oci_kind oci_kind_string = {
	.wants = "a string", .string = string, .present = present_string, .write = write_string,
};
