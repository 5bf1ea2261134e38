/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/fmt.h"
#include "base/arr.h"
#include "tests/check.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>

/* What this formatter and printf(3) both know has to come out the same, and with the same length. */
#define SAME(...)                                                                   \
	do {                                                                        \
		char want_[256], got_[256];                                         \
		size_t n_ = (size_t)snprintf(want_, sizeof(want_), __VA_ARGS__);    \
		CHECK(fmt(got_, sizeof(got_), __VA_ARGS__) == n_);                  \
		CHECK_STR(got_, want_);                                             \
	} while (0)

static void test_like_printf(void)
{
	static const int ints[] = { 0, 1, -1, 7, -10, 4095, INT_MAX, INT_MIN };
	static const long longs[] = { 0, -1, 1234567890123, LONG_MAX, LONG_MIN };

	CASE("as printf does it");
	for (size_t i = 0; i < ARRAY_LEN(ints); i++) {
		SAME("%d", ints[i]);
		SAME("%i", ints[i]);
		SAME("%5d|%05d|%1d", ints[i], ints[i] / 100000000, ints[i]);
		SAME("%u", (unsigned int)ints[i]);
		SAME("%x %08x %o %04o", (unsigned int)ints[i], (unsigned int)ints[i], (unsigned int)ints[i],
		     (unsigned int)ints[i] & 07777u);
	}
	for (size_t i = 0; i < ARRAY_LEN(longs); i++) {
		SAME("%ld %lu %lx %lo", longs[i], (unsigned long)longs[i], (unsigned long)longs[i], (unsigned long)longs[i]);
		SAME("%lld %llu %llx %016llx", (long long)longs[i], (unsigned long long)longs[i],
		     (unsigned long long)longs[i], (unsigned long long)longs[i]);
		SAME("%zu %zd %zx", (size_t)longs[i], (ssize_t)longs[i], (size_t)longs[i]);
	}
	SAME("%09ld|%9ld", 5L, 5L);
	SAME("%s", "");
	SAME("%s and %s", "one", "two");
	SAME("%8s|%2s", "right", "right");
	SAME("%.*s|%.*s|%.*s|%.*s", 0, "abc", 2, "abc", 9, "abc", -1, "abc");
	SAME("%c%c%c", 'a', ' ', 'z');
	SAME("100%%");
	SAME("%llu", (unsigned long long)UINT64_MAX);
	SAME("%llo", (unsigned long long)UINT64_MAX);
}

/* The text that a precision bounds need not end. */
static void test_bounded_text(void)
{
	char *unterminated = malloc(3), got[8];

	CASE("a precision bounds what is read");
	if (!CHECK(unterminated != NULL))
		return;
	memcpy(unterminated, "xyz", 3);
	CHECK(fmt(got, sizeof(got), "%.*s", 3, unterminated) == 3);
	CHECK_STR(got, "xyz");
	free(unterminated);
}

/* Through a pointer, so that the compiler does not check what is wrong on purpose. */
static size_t wild(char *buf, size_t size, const char *f, ...)
{
	va_list ap;
	size_t n;

	va_start(ap, f);
	n = fmt_v(buf, size, f, ap);
	va_end(ap);
	return n;
}

static void test_strange(void)
{
	char got[64];

	CASE("what printf leaves open");
	CHECK(wild(got, sizeof(got), "[%s]", (char *)NULL) == 2);
	CHECK_STR(got, "[]");
	CHECK(wild(got, sizeof(got), "%q%n") == 4);
	CHECK_STR(got, "%q%n");
	CHECK(wild(got, sizeof(got), "end%") == 3);
	CHECK_STR(got, "end");
	CHECK(wild(got, sizeof(got), "end%08l") == 3);
	CHECK_STR(got, "end");
	CHECK(wild(got, sizeof(got), "") == 0);
	CHECK_STR(got, "");
}

static void test_truncation(void)
{
	char got[8];

	CASE("always terminated, and the length of the whole");
	for (size_t size = 1; size < sizeof(got); size++) {
		memset(got, '#', sizeof(got));
		CHECK(fmt(got, size, "%s%d", "abcdef", -12345) == 12);
		CHECK(strlen(got) == size - 1);
		CHECK(strncmp(got, "abcdef-12345", size - 1) == 0);
		CHECK(got[size] == '#');
	}
	CHECK(fmt(NULL, 0, "%s", "abc") == 3);
	CHECK(fmt(got, sizeof(got), "1234567") == 7);
	CHECK_STR(got, "1234567");
	CHECK(fmt(got, sizeof(got), "12345678") == 8);
	CHECK_STR(got, "1234567");
}

int main(void)
{
	test_like_printf();
	test_bounded_text();
	test_strange();
	test_truncation();
	return check_summary();
}
