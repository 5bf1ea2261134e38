/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/arena.h"
#include "tests/check.h"

#include <stdint.h>

static _Alignas(16) char memory[256];

static struct arena fresh(size_t size)
{
	memset(memory, 0, sizeof(memory));
	return (struct arena){ .base = memory, .size = size };
}

static void test_alloc(void)
{
	struct arena a = fresh(64);
	char *p = arena_alloc(&a, 1), *q = arena_alloc(&a, 17);

	CASE("aligned, in order, within the region");
	CHECK(p == memory && q == memory + 16 && a.used == 48);
	CHECK(arena_alloc(&a, 17) == NULL && a.used == 48);
	CHECK(arena_alloc(&a, 16) == memory + 48 && a.used == 64);
	CHECK(arena_alloc(&a, 1) == NULL);
	CHECK(arena_alloc(&a, 0) != NULL && a.used == 64);
}

static void test_overflow(void)
{
	struct arena a = fresh(sizeof(memory));

	CASE("sizes that wrap around");
	CHECK(arena_alloc(&a, SIZE_MAX) == NULL);
	CHECK(arena_alloc(&a, SIZE_MAX - 14) == NULL);
	CHECK(arena_alloc(&a, SIZE_MAX - 15) == NULL);
	CHECK(arena_array(&a, SIZE_MAX / 2, 3) == NULL);
	CHECK(arena_array(&a, SIZE_MAX / 16 + 2, 16) == NULL);
	CHECK(arena_array(&a, sizeof(memory), 1) != NULL && a.used == sizeof(memory));
}

static void test_texts(void)
{
	const char *const words[] = { "one", "", "three" };
	struct arena a = fresh(sizeof(memory));
	const char **v;

	CASE("copies of texts");
	CHECK(arena_str(&a, NULL) == NULL && a.used == 0);
	CHECK_STR(arena_str(&a, ""), "");
	CHECK_STR(arena_str(&a, "abc"), "abc");
	CHECK_STR(arena_fmt(&a, "mounts[%zu].%s", (size_t)3, "options"), "mounts[3].options");
	v = arena_strv(&a, words, 3);
	CHECK(v && v[3] == NULL);
	CHECK(v && v[0] != words[0] && strcmp(v[0], "one") == 0 && !*v[1] && strcmp(v[2], "three") == 0);
	v = arena_strv(&a, NULL, 0);
	CHECK(v && v[0] == NULL);

	CASE("a region of any size too small");
	for (size_t size = 0; size < 80; size += 16) {
		a = fresh(size);
		CHECK(arena_strv(&a, words, 3) == NULL);
	}
	a = fresh(80);
	CHECK(arena_strv(&a, words, 3) != NULL);
	a = fresh(16);
	CHECK(arena_str(&a, "0123456789abcdef") == NULL);
	CHECK(arena_fmt(&a, "%s", "0123456789abcdef") == NULL);
	CHECK_STR(arena_fmt(&a, "%s", "0123456789abcde"), "0123456789abcde");
}

int main(void)
{
	test_alloc();
	test_overflow();
	test_texts();
	return check_summary();
}
