/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lithos/path.h"
#include "base/arr.h"
#include "tests/check.h"

static _Alignas(16) char memory[4096];

static void test_join(void)
{
	static const struct { const char *base, *path, *want; } rows[] = {
		{ "/run", "state", "/run/state" },	{ "/run/", "state", "/run/state" },	{ "/run", "/abs", "/abs" },
		{ "/", "x", "/x" },			{ "rel", "x", "rel/x" },		{ "/run", "./x", "/run/x" },
		{ "/run", ".//./x", "/run/x" },		{ "/run", "../x", "/run/../x" },	{ "/run", ".x", "/run/.x" },
	};
	static const struct { const char *file, *path, *want; } beside[] = {
		{ "/etc/lithos/master.yaml", "./sandboxes", "/etc/lithos/sandboxes" },
		{ "/etc/lithos/master.yaml", "../s", "/etc/lithos/../s" },
		{ "/master.yaml", "s", "/s" },	{ "master.yaml", "s", "s" },	{ "./master.yaml", "s", "./s" },
		{ "/etc/lithos/master.yaml", "/s", "/s" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena a = { .base = memory, .size = sizeof(memory) };

		CASE(rows[i].path);
		CHECK_STR(path_join(&a, rows[i].base, rows[i].path), rows[i].want);
	}
	for (size_t i = 0; i < ARRAY_LEN(beside); i++) {
		struct arena a = { .base = memory, .size = sizeof(memory) };

		CASE(beside[i].file);
		CHECK_STR(path_join_beside(&a, beside[i].file, beside[i].path), beside[i].want);
	}
	CASE("no memory");
	struct arena none = { .base = memory, .size = 0 };
	CHECK(!path_join(&none, "/a", "b") && !path_join_beside(&none, "/a/c", "b"));
}

static void test_parents(void)
{
	static const struct { const char *path; bool has, climbs; } rows[] = {
		{ "/a/b", false, false },	{ "/a/../b", true, false },	{ "/..", true, true },	{ "..", true, true },
		{ "/a/../../b", true, true },	{ "/a/b/../../..", true, true },	{ "/a/b/../..", true, false },
		{ "/./..", true, true },	{ "/a/./..", true, false },	{ "/..a/b../...", false, false },
		{ "", false, false },		{ "//a//..//..//", true, true },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CASE(rows[i].path);
		CHECK(path_has_parent(rows[i].path) == rows[i].has);
		CHECK(path_climbs_out(rows[i].path) == rows[i].climbs);
	}
}

static void test_checks(void)
{
	static const struct { const char *path, *host, *plain; } rows[] = {
		{ "/", "", "" },
		{ "/a", "", "" },
		{ "/a/../b", "", "path must not hold .." },
		{ "a", "path must be absolute", "path must be absolute" },
		{ "", "path must be absolute", "path must be absolute" },
		{ "/a\nb", "", "path holds a control character" },
		{ "/a\xff", "", "path holds a control character" },
		{ "/\xc3\xbc", "", "" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err host = { 0 }, plain = { 0 };

		CASE(rows[i].path);
		CHECK(path_check_host(rows[i].path, &host) == host.code && path_check_plain(rows[i].path, &plain) == plain.code);
		CHECK_STR(host.text, rows[i].host);
		CHECK_STR(plain.text, rows[i].plain);
	}
}

int main(void)
{
	test_join();
	test_parents();
	test_checks();
	return check_summary();
}
