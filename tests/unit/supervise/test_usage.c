/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/usage.h"

#include "tests/check.h"

#include <stdlib.h>
#include <unistd.h>

static const char *place(const char *cgroup, const char *mountinfo)
{
	static char text[USAGE_PLACE_MAX];
	struct err e = { 0 };

	return usage_place(cgroup, mountinfo, text, &e) < 0 ? "an error" : text;
}

#define V2 "30 24 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"
#define MEMORY "31 24 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
#define CPU "32 24 0:28 / /sys/fs/cgroup/cpu,cpuacct rw shared:1 master:2 - cgroup none rw,cpu,cpuacct\n"
#define UNIFIED "33 24 0:29 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
#define OTHER "20 1 8:1 / / rw - ext4 /dev/sda1 rw\n21 20 0:5 / /proc rw - proc proc rw,memory\n"

static void test_places(void)
{
	CASE("v2: one directory");
	CHECK_STR(place("0::/lithos/app\n", OTHER V2), "/sys/fs/cgroup/lithos/app\n/sys/fs/cgroup/lithos/app");

	CASE("v1: one for each controller, whatever stands beside it");
	CHECK_STR(place("5:memory:/a/b\n4:cpu,cpuacct:/c\n3:name=systemd:/x\n", OTHER MEMORY CPU),
		  "/sys/fs/cgroup/memory/a/b\n/sys/fs/cgroup/cpu,cpuacct/c");

	CASE("hybrid: a controller is where it is attached");
	CHECK_STR(place("5:memory:/a\n0::/a\n", OTHER MEMORY UNIFIED), "/sys/fs/cgroup/memory/a\n/sys/fs/cgroup/unified/a");

	CASE("a part of a hierarchy is mounted");
	CHECK_STR(place("0::/box/app\n", "30 24 0:26 /box /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"),
		  "/sys/fs/cgroup/app\n/sys/fs/cgroup/app");
	CHECK_STR(place("0::/boxes/app\n", "30 24 0:26 /box /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"), "\n");

	CASE("what is all there is is not of one life");
	CHECK_STR(place("0::/\n", V2), "\n");
	CHECK_STR(place("0::/box\n", "30 24 0:26 /box /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"), "\n");

	CASE("a name with a colon is part of the path");
	CHECK_STR(place("0::/a:b:c\n", V2), "/sys/fs/cgroup/a:b:c\n/sys/fs/cgroup/a:b:c");

	CASE("nothing is known");
	CHECK_STR(place("", V2), "\n");
	CHECK_STR(place("0::/a\n", OTHER), "\n");
	CHECK_STR(place("0::/a\n", "1 2 3 4 5 6\n1 2\n\n - cgroup2\n"), "\n");
	CHECK_STR(place("memory:/a\n5:memory\n5\n:\n", MEMORY), "\n");
}

static void test_too_long(void)
{
	char cgroup[2 * USAGE_PLACE_MAX];
	char text[USAGE_PLACE_MAX];
	struct err e = { 0 };

	CASE("a path that does not fit");
	for (size_t n = 1900; n < sizeof(cgroup) - 2; n += 7) {
		memset(cgroup, 'a', n);
		memcpy(cgroup, "0::/", 4);
		cgroup[n] = '\0';
		if (usage_place(cgroup, V2, text, &e) == 0)
			CHECK(strlen(text) == 2 * (strlen("/sys/fs/cgroup") + n - 3) + 1);
		else
			CHECK(e.code == -ENAMETOOLONG && 2 * (strlen("/sys/fs/cgroup") + n - 3) + 1 >= sizeof(text));
	}
}

/* This process' own, whatever this host has. */
static void test_here(void)
{
	char text[USAGE_PLACE_MAX];
	struct usage u;
	struct err e = { 0 };

	CASE("a process that there is, one that there is not");
	CHECK(usage_where(getpid(), text, &e) == 0 && strchr(text, '\n'));
	usage_read(text, &u);
	CHECK(usage_where(1 << 30, text, &e) == -ESRCH && strstr(e.text, "cgroups of process"));

	CASE("what is no cgroup, or not there, has used nothing");
	usage_read(NULL, &u);
	CHECK(u.cpu_us == 0 && u.memory_peak == 0 && u.oom_kills == 0);
	usage_read("", &u);
	usage_read("/tmp", &u);
	usage_read("/tmp\n/nowhere", &u);
	CHECK(u.cpu_us == 0 && u.memory_peak == 0 && u.oom_kills == 0);
}

int main(void)
{
	test_places();
	test_too_long();
	test_here();
	return check_summary();
}
