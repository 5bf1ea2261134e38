/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/arr.h"
#include "cgroup/cgroup.h"
#include "tests/check.h"

static char block[1 << 20];

static bool parse(const char *mountinfo, const char *self, const char *controllers, struct cg_host *h)
{
	static struct arena a;
	struct err e = { 0 };

	memset(block, 0, sizeof block);
	a = (struct arena){ block, sizeof block, 0 };
	return cg_host_parse(mountinfo, self, controllers, &a, h, &e) == 0;
}

static void test_v2(void)
{
	struct cg_host h;

	CASE("pure v2 below systemd");
	CHECK(parse("24 1 0:21 / /sys rw - sysfs sysfs rw\n"
		    "30 24 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n",
		    "0::/user.slice/user-0.slice/session-1.scope\n", "cpu memory pids future\n", &h));
	CHECK(h.layout == CG_LAYOUT_V2 && h.n == 1 && h.h[0].is_v2);
	CHECK_STR(h.h[0].mount_point, "/sys/fs/cgroup");
	CHECK_STR(h.h[0].own, "/user.slice/user-0.slice/session-1.scope");
	CHECK_STR(h.h[0].name, "");
	CHECK(h.h[0].controllers == (CG_BIT(CG_CPU) | CG_BIT(CG_MEMORY) | CG_BIT(CG_PIDS)));
}

static void test_v1(void)
{
	struct cg_host h;

	CASE("v1 with co-mounted controllers, twice mounted");
	CHECK(parse("50 40 0:33 / /var/lib/x/sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
		    "33 31 0:33 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
		    "34 31 0:34 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,release_agent=/x,name=systemd\n"
		    "51 40 0:33 / /srv/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n",
		    "3:cpu,cpuacct:/a\n1:name=systemd:/b\n", "", &h));
	CHECK(h.layout == CG_LAYOUT_V1 && h.n == 2);
	CHECK_STR(h.h[0].mount_point, "/sys/fs/cgroup/cpu,cpuacct");
	CHECK_STR(h.h[0].own, "/a");
	CHECK(h.h[0].n_links == 2);
	CHECK_STR(h.h[0].links[0], "cpu");
	CHECK_STR(h.h[0].links[1], "cpuacct");
	CHECK_STR(h.h[1].name, "systemd");
	CHECK_STR(h.h[1].own, "/b");
	CHECK(h.h[1].controllers == 0 && h.h[1].n_links == 0);
}

static void test_hybrid(void)
{
	struct cg_host h;

	CASE("hybrid: the v2 one goes last");
	CHECK(parse("1 1 0:9 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
		    "1 1 0:1 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
		    "1 1 0:2 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n",
		    "8:pids:/\n4:memory:/process\n0::/\n", "hugetlb\n", &h));
	CHECK(h.layout == CG_LAYOUT_HYBRID && h.n == 3);
	CHECK_STR(h.h[0].own, "/process");
	CHECK_STR(h.h[1].own, "/");
	CHECK(h.h[2].is_v2 && h.h[2].controllers == CG_BIT(CG_HUGETLB));
	CHECK_STR(h.h[2].name, "unified");
}

static void test_nested(void)
{
	static const struct {
		const char *name, *root, *own, *want;
	} rows[] = {
		{ "container without cgroup namespace", "/docker/x", "/docker/x", "/" },
		{ "below that", "/docker/x", "/docker/x/y", "/y" },
		{ "beside that", "/docker/x", "/docker/xy", "/" },
		{ "outside of the cgroup namespace", "/..", "/", "/" },
		{ "moved out of the cgroup namespace", "/", "/../z", "/" },
	};
	char mountinfo[256], self[64];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct cg_host h;

		CASE(rows[i].name);
		snprintf(mountinfo, sizeof mountinfo, "1 1 0:1 %s /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n",
			 rows[i].root);
		snprintf(self, sizeof self, "0::%s\n", rows[i].own);
		CHECK(parse(mountinfo, self, "", &h));
		CHECK_STR(h.h[0].own, rows[i].want);
	}
}

static void test_odd(void)
{
	struct cg_host h;

	CASE("nothing, and lines that are none");
	CHECK(parse("", "", "", &h) && h.layout == CG_LAYOUT_NONE && h.n == 0);
	CHECK(parse("rubbish\n - \n1 1 - cgroup\n\n", "::\n7\n", "", &h) && h.layout == CG_LAYOUT_NONE);
	CASE("escapes");
	CHECK(parse("1 1 0:1 / /a\\040b\\134c rw - cgroup2 none rw\n", "0::/\n", "", &h));
	CHECK_STR(h.h[0].mount_point, "/a b\\c");
	CASE("no line for the hierarchy");
	CHECK(parse("1 1 0:1 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n", "3:cpu:/a\n", "", &h));
	CHECK_STR(h.h[0].own, "/");
}

int main(void)
{
	test_v2();
	test_v1();
	test_hybrid();
	test_nested();
	test_odd();
	return check_summary();
}
