/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/arr.h"
#include "cgroup/planner.h"
#include "tests/check.h"

#include <limits.h>

static char block[1 << 16];

static int make(const char *path, const char *own, bool is_v2, const char **ret, struct err *e)
{
	const struct cg_hierarchy h = { .mount_point = "/m", .own = own, .is_v2 = is_v2 };
	static struct arena a;

	memset(block, 0, sizeof block);
	a = (struct arena){ block, sizeof block, 0 };
	*e = (struct err){ 0 };
	*ret = NULL;
	return cg_path_make(path, "ID", &h, &a, ret, e);
}

static void test_good(void)
{
	static const struct {
		const char *path, *own, *v1, *v2;
	} rows[] = {
		{ "/docker/x",		"/",		"/docker/x",	"/docker/x" },
		{ "/docker/x",		"/own",		"/docker/x",	"/docker/x" },
		{ "//a/./b//c/",	"/own",		"/a/b/c",	"/a/b/c" },
		{ NULL,			"/",		"/ID",		"/ID" },
		{ "",			"/",		"/ID",		"/ID" },
		{ NULL,			"/a/own",	"/a/own/ID",	"/a/ID" },
		{ "x/y",		"/own",		"/own/x/y",	"/x/y" },
		{ "/..a/b..",		"/",		"/..a/b..",	"/..a/b.." },
		{ "/s:p:n",		"/",		"/s:p:n",	"/s:p:n" },
		{ "a:b",		"/",		"/a:b",		"/a:b" },
	};

	CASE("good paths");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *got;
		struct err e;

		CHECK(make(rows[i].path, rows[i].own, false, &got, &e) == 0);
		CHECK_STR(got, rows[i].v1);
		CHECK(cg_path_is_normal(got));
		CHECK(make(rows[i].path, rows[i].own, true, &got, &e) == 0);
		CHECK_STR(got, rows[i].v2);
	}
}

static void test_bad(void)
{
	static char too_long[5000], long_name[400];
	const struct {
		const char *path, *want;
	} rows[] = {
		{ "/a/../../b", "linux.cgroupsPath: /a/../../b leaves the cgroup root: '..' is not allowed" },
		{ "..", "linux.cgroupsPath: .. leaves the cgroup root: '..' is not allowed" },
		{ "/", "linux.cgroupsPath: / is the root of the hierarchy" },
		{ "/./", "linux.cgroupsPath: /./ is the root of the hierarchy" },
		{ "system.slice:docker:x", "linux.cgroupsPath: system.slice:docker:x is meant for the systemd cgroup manager, "
					   "which is not in use" },
		{ "a\nb", "linux.cgroupsPath: a cgroup's name cannot contain a newline" },
		{ too_long, "linux.cgroupsPath is longer than 4095 bytes" },
		{ long_name, "linux.cgroupsPath: a name in it has more than 255 bytes" },
	};

	CASE("bad paths");
	memset(too_long, 'a', sizeof too_long - 1);
	memset(long_name, 'a', sizeof long_name - 1);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *got;
		struct err e;

		CHECK(make(rows[i].path, "/", false, &got, &e) < 0);
		CHECK_STR(e.text, rows[i].want);
	}
}

/* What may be in a damaged or forged state file. */
static void test_recorded(void)
{
	static const char *const bad[] = { NULL, "", "/", "a", "/a/../b", "/..", "//a", "/a/", "/a//b", "/./a", "/a\n" };

	CASE("recorded paths");
	CHECK(cg_path_is_normal("/a/b"));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CHECK(!cg_path_is_normal(bad[i]));
}

int main(void)
{
	test_good();
	test_bad();
	test_recorded();
	return check_summary();
}
