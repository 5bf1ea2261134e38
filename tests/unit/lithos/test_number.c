/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/arr.h"
#include "lithos/number.h"
#include "tests/check.h"

#include <errno.h>

#define DIGIT "number error: invalid digit"
#define LARGE "number error: number is too large or too small (for negative)"

static void test_numbers(void)
{
	static const struct { const char *text; int64_t n; const char *error; } cases[] = {
		{ "0", 0, NULL },
		{ "0766", 766, NULL },
		{ "1_000", 1000, NULL },
		{ "1__", 1, NULL },
		{ "+7", 7, NULL },
		{ "-5", -5, NULL },
		{ "-1k", -1000, NULL },
		{ "0x1F", 31, NULL },
		{ "0x1_f", 31, NULL },
		{ "0o755", 0755, NULL },
		{ "0b101", 5, NULL },
		{ "0x10 ki", 16384, NULL },
		{ "12 ki", 12288, NULL },
		{ "\t100Mi ", 104857600, NULL },
		{ "1G", 1000000000, NULL },
		{ "1Gi", 1073741824, NULL },
		{ "1M", 1000000, NULL },
		{ "9223372036854775807", INT64_MAX, NULL },
		{ "-9223372036854775808", INT64_MIN, NULL },
		{ "9223372036854775808", 0, LARGE },
		{ "-9223372036854775809", 0, LARGE },
		{ "9223372036854775807k", 0, LARGE },
		{ "10000000000000000000000000000000000000000", 0, LARGE },
		{ "", 0, DIGIT },
		{ " ", 0, DIGIT },
		{ "k", 0, DIGIT },
		{ "_1", 0, DIGIT },
		{ "+", 0, DIGIT },
		{ "--1", 0, DIGIT },
		{ "- 1", 0, DIGIT },
		{ "-0x10", 0, DIGIT },
		{ "0x", 0, DIGIT },
		{ "0x_1", 0, DIGIT },
		{ "0X10", 0, DIGIT },
		{ "0o8", 0, DIGIT },
		{ "0b2", 0, DIGIT },
		{ "100m", 0, DIGIT },
		{ "8Ki", 0, DIGIT },
		{ "1T", 0, DIGIT },
		{ "1.5G", 0, DIGIT },
		{ "100MB", 0, DIGIT },
		{ "1e30", 0, DIGIT },
		{ "0.5", 0, DIGIT },
		{ "1 k k", 0, DIGIT },
		{ "1 2", 0, DIGIT },
		{ "NaN", 0, DIGIT },
		{ "99999999999999999999x", 0, DIGIT },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err e = { 0 };
		int64_t n = 42;

		CASE(cases[i].text);
		if (cases[i].error) {
			CHECK(number_parse(cases[i].text, &n, &e) < 0 && n == 42);
			CHECK_STR(e.text, cases[i].error);
		} else {
			CHECK(number_parse(cases[i].text, &n, &e) == 0 && n == cases[i].n);
		}
	}
}

static void test_hints(void)
{
	CASE("what may have been meant");
	CHECK_STR(number_hint("100m"), "M is 1000000, Mi is 1048576");
	CHECK_STR(number_hint("8Ki"), "k is 1000, ki is 1024");
	CHECK_STR(number_hint("100 MB"), "M is 1000000, Mi is 1048576");
	CHECK_STR(number_hint("1T"), "G is the largest unit: 1000G, 1024Gi");
	CHECK_STR(number_hint("1.5G"), "numbers are whole");
	CHECK_STR(number_hint("5s"), "seconds have no unit");
	CHECK(!number_hint("x") && !number_hint("") && !number_hint("12") && !number_hint("1 apple") && !number_hint("1appletree"));
}

static void test_decimals(void)
{
	uint64_t n = 0;

	CASE("plain integers");
	CHECK(number_parse_decimal("0", 10, &n) == 0 && n == 0);
	CHECK(number_parse_decimal("+010", 10, &n) == 0 && n == 10);
	CHECK(number_parse_decimal("4294967295", UINT32_MAX, &n) == 0 && n == UINT32_MAX);
	CHECK(number_parse_decimal("4294967296", UINT32_MAX, &n) == -EINVAL);
	CHECK(number_parse_decimal("18446744073709551615", UINT64_MAX, &n) == 0 && n == UINT64_MAX);
	CHECK(number_parse_decimal("18446744073709551616", UINT64_MAX, &n) == -EINVAL);
	for (const char *const *p = (const char *const[]){ "", "+", "-1", "1k", " 1", "1_0", "0x1", "++1", NULL }; *p; p++)
		CHECK(number_parse_decimal(*p, 100, &n) == -EINVAL);
}

static void test_ranges(void)
{
	struct lithos_range r = { 0 };
	struct err e = { 0 };

	CASE("ranges");
	CHECK(number_parse_range("99", &r, &e) == 0 && r.first == 99 && r.last == 99);
	CHECK(number_parse_range("1000-2000", &r, &e) == 0 && r.first == 1000 && r.last == 2000);
	CHECK(number_parse_range("0-4294967295", &r, &e) == 0 && r.last == UINT32_MAX);
	CHECK(number_parse_range("5-1", &r, &e) == 0 && r.first == 5 && r.last == 1);
	for (const char *const *p = (const char *const[]){ "", "-", "1-", "-1", "1 - 5", "1k", "1--2", "1-2-3", "4294967296",
							   "+1", "1-+2", "000000000000000000000000000000001", NULL }; *p; p++) {
		CHECK(number_parse_range(*p, &r, &e) == -EINVAL);
		CHECK_STR(e.text, "Error parsing range");
	}
}

static void test_factors(void)
{
	struct err e = { 0 };
	uint32_t n = 0;

	CASE("factors");
	CHECK(number_parse_permille("1", &n, &e) == 0 && n == 1000);
	CHECK(number_parse_permille("1.5", &n, &e) == 0 && n == 1500);
	CHECK(number_parse_permille("2.05", &n, &e) == 0 && n == 2050);
	CHECK(number_parse_permille("0001.001", &n, &e) == 0 && n == 1001);
	CHECK(number_parse_permille("1000", &n, &e) == 0 && n == 1000000);
	for (const char *const *p = (const char *const[]){ "", ".", "0.999", "1.", ".5", "1.0001", "1000.001", "1001", "-2", "+2",
							   "2x", "1,5", "4294968", "99999999999999999999", "1e3", NULL }; *p; p++)
		if (!CHECK(number_parse_permille(*p, &n, &e) == -EINVAL))
			printf("  %s\n", *p);
}

int main(void)
{
	test_numbers();
	test_hints();
	test_decimals();
	test_ranges();
	test_factors();
	return check_summary();
}
