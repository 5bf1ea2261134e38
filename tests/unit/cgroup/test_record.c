/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Records that were not written by us, or are damaged: refused, and nothing is touched. */
#include "base/arr.h"
#include "cgroup/cgroup.h"
#include "tests/check.h"

static void test_bad(void)
{
	static const struct {
		struct cg_record_place p;
		const char *want;
	} rows[] = {
		{ { "/proc", "/x", "", true, 0 }, "/proc is not a cgroup v2 file system" },
		{ { "/proc", "/x", "memory", false, 0 }, "/proc is not a cgroup v1 file system" },
		{ { "/proc", "/", "", true, 0 }, "the recorded cgroup path '/' is not one that was made here" },
		{ { "/proc", "", "", true, 0 }, "the recorded cgroup path '' is not one that was made here" },
		{ { "/proc", NULL, "", true, 0 }, "the recorded cgroup path '' is not one that was made here" },
		{ { "/proc", "/a/../..", "", true, 0 },
		  "the recorded cgroup path '/a/../..' is not one that was made here" },
		{ { "proc", "/x", "", true, 0 }, "the recorded cgroup mount is no absolute path" },
		{ { NULL, "/x", "", true, 0 }, "the recorded cgroup mount is no absolute path" },
		{ { "/nonexistent", "/x", NULL, true, 0 }, "open /nonexistent: no such file or directory" },
	};

	CASE("bad records");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct cg_record_place place = rows[i].p;
		struct cg_record r = { .driver = "cgroupfs", .places = &place, .n_places = 1 };
		auto_cg struct cg cg = CG_INIT;
		struct err e = { 0 };

		CHECK(cg_open(&r, &cg, &e) < 0);
		CHECK_STR(e.text, rows[i].want);
	}
}

static void test_too_many(void)
{
	static struct cg_record_place places[CG_PLACES_MAX + 1];
	struct cg_record r = { .driver = "cgroupfs", .places = places, .n_places = ARRAY_LEN(places) };
	struct cg cg = CG_INIT;
	struct err e = { 0 };

	CASE("too many places");
	CHECK(cg_open(&r, &cg, &e) == -EINVAL);
}

/* Without a record, and with --cgroup-manager=disabled, every act succeeds and does nothing. */
static void test_nothing(void)
{
	struct cg_record r = { 0 };
	struct cg cg = CG_INIT;
	struct err e = { 0 };
	pid_t *v = NULL;
	size_t n = 7;

	CASE("a handle that does nothing");
	CHECK(cg_open(&r, &cg, &e) == 0 && cg.n == 0);
	CHECK(cg_v2_fd(&cg) < 0);
	CHECK(cg_enter_all(&cg, 1, &e) == 0);
	CHECK(cg_kill(&cg, &e) == 0 && cg_wait_empty(&cg, 0, &e) == 0 && cg_remove(&cg, 0, &e) == 0);
	CHECK(cg_pids(&cg, &v, &n, &e) == 0 && n == 0);
	CHECK(cg_is_frozen(&cg, &e) == 0);
	CHECK(e.code == 0);
	CHECK(cg_freeze(&cg, &e) == -ENOTSUP);
	CHECK_STR(e.text, "the container has no cgroup of its own and cannot be paused");
	cg_close(&cg);
}

int main(void)
{
	test_bad();
	test_too_many();
	test_nothing();
	return check_summary();
}
