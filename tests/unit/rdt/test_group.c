/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The acting half on a tree of ordinary files.  Where the kernel fills a new directory and empties one that goes, the test
 * does it: mkdir and rmdir come through here (--wrap of the linker).
 */
#include "rdt/rdt.h"
#include "sys/file.h"
#include "tests/check.h"

#include <stdlib.h>
#include <unistd.h>

int __real_sys_mkdirat(int dirfd, const char *path, unsigned int mode);
int __real_sys_unlinkat(int dirfd, const char *path, int flags);
int __wrap_sys_mkdirat(int dirfd, const char *path, unsigned int mode);
int __wrap_sys_unlinkat(int dirfd, const char *path, int flags);

static bool no_monitoring;
static int mkdir_answer;

static void put(int dirfd, const char *path, const char *text)
{
	auto_close int fd = sys_openat(dirfd, path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	CHECK(fd >= 0 && sys_write_all(fd, text, strlen(text)) == 0);
}

/* Ordinary files keep what a shorter write leaves of a longer text, so what is compared is the beginning. */
static bool holds(int dirfd, const char *path, const char *want)
{
	char text[256];
	ssize_t n = sys_read_at(dirfd, path, text, sizeof text);

	if (n >= 0 && strncmp(text, want, strlen(want)) == 0)
		return true;
	printf("  %s: %s\n", path, n < 0 ? "cannot be read" : text);
	return false;
}

int __wrap_sys_mkdirat(int dirfd, const char *path, unsigned int mode)
{
	int rc = mkdir_answer ? mkdir_answer : __real_sys_mkdirat(dirfd, path, mode);
	auto_close int fd = rc < 0 ? -EBADF : sys_openat(dirfd, path, O_PATH | O_DIRECTORY, 0);

	if (rc < 0)
		return rc;
	put(fd, "tasks", "");
	put(fd, "schemata", "L3:0=7ff;1=7ff\n");
	if (!no_monitoring)
		__real_sys_mkdirat(fd, "mon_groups", 0755);
	return 0;
}

int __wrap_sys_unlinkat(int dirfd, const char *path, int flags)
{
	static const char *const own[] = { "tasks", "schemata" };
	auto_close int fd = sys_openat(dirfd, path, O_PATH | O_DIRECTORY, 0);

	for (size_t i = 0; fd >= 0 && i < 2; i++)
		__real_sys_unlinkat(fd, own[i], 0);
	if (fd >= 0)
		__real_sys_unlinkat(fd, "mon_groups", AT_REMOVEDIR);
	return __real_sys_unlinkat(dirfd, path, flags);
}

static bool there(int root, const char *path)
{
	struct stat st;

	return sys_fstatat(root, path, 0, &st) == 0;
}

static bool ok(int rc, const struct err *e)
{
	if (rc < 0)
		printf("  error: %s\n", e->text);
	return rc >= 0;
}

static int birth(int root, const struct rdt_plan *p, struct rdt_record *r, struct err *e)
{
	*e = (struct err){ 0 };
	*r = (struct rdt_record){ .root = "/fake" };
	return rdt_find(root, p, r, e) < 0 ? e->code : rdt_make(root, p, r, e);
}

static void test_own_group(int root)
{
	const struct rdt_plan p = { .wanted = true, .group = "web1", .from = "linux.intelRdt", .is_own = true,
				    .schema = "L3:0=f\n", .schemata = "L3:0=3\n", .monitor = "web1" };
	struct rdt_record r;
	struct err e;
	char *old = NULL;

	CASE("a group of the container's own");
	CHECK(ok(birth(root, &p, &r, &e), &e));
	CHECK(r.made_group && r.made_monitor);
	CHECK(holds(root, "web1/schemata", "L3:0=3\n"));
	CHECK(ok(rdt_enter(root, &r, 4711, &e), &e));
	CHECK(holds(root, "web1/tasks", "4711"));
	CHECK(holds(root, "web1/mon_groups/web1/tasks", "4711"));
	CASE("update, and back");
	CHECK(ok(rdt_update(root, &r, "L3:0=1\n", &old, &e), &e));
	CHECK(holds(root, "web1/schemata", "L3:0=1\n"));
	CHECK(old && strncmp(old, "L3:0=3\n", 7) == 0);
	err_set(&e, -EIO, "why");
	CHECK(rdt_write_back(root, &r, old, &e) == -EIO);
	CHECK_STR(e.text, "the old schemata of resctrl group web1 stay in force: why");
	CHECK(holds(root, "web1/schemata", "L3:0=3\n"));
	free(old);
	CASE("it must be new");
	CHECK(birth(root, &p, &r, &e) == -EEXIST);
	r = (struct rdt_record){ .group = "web1", .monitor = "web1", .made_group = true, .made_monitor = true };
	CASE("somebody is in it");
	CHECK(ok(rdt_remove(root, &r, &e), &e));
	CHECK(there(root, "web1") && !there(root, "web1/mon_groups/web1"));
	CASE("removed");
	put(root, "web1/tasks", "");
	CHECK(ok(rdt_remove(root, &r, &e), &e));
	CHECK(!there(root, "web1"));
	CHECK(ok(rdt_remove(root, &r, &e), &e));
}

static void test_named_group(int root)
{
	struct rdt_plan p = { .wanted = true, .group = "gold", .from = "linux.intelRdt.closID", .must_exist = true };
	struct rdt_record r, other;
	struct err e;

	CASE("a name alone must exist");
	CHECK(birth(root, &p, &r, &e) == -ENOENT);
	CHECK_STR(e.text, "linux.intelRdt.closID: resctrl group gold does not exist; make it, or set a schema");
	CHECK(!there(root, "gold"));
	CHECK(__wrap_sys_mkdirat(root, "gold", 0755) == 0);
	CHECK(ok(birth(root, &p, &r, &e), &e) && !r.made_group);
	CHECK(ok(rdt_remove(root, &r, &e), &e) && there(root, "gold"));
	CASE("what is there has to agree");
	p.must_exist = false;
	p.schema = "L3:1=7ff\n";
	CHECK(ok(birth(root, &p, &r, &e), &e));
	p.schema = "L3:1=7fe\n";
	CHECK(birth(root, &p, &r, &e) == -EINVAL);
	CHECK_STR(e.text, "linux.intelRdt.closID: resctrl group gold exists and does not have L3:1=7fe in its schemata");
	CHECK(holds(root, "gold/schemata", "L3:0=7ff;1=7ff\n"));
	CASE("schemata are written into a group that is there");
	p.schema = NULL;
	p.schemata = "L3:1=1\n";
	CHECK(ok(birth(root, &p, &r, &e), &e) && holds(root, "gold/schemata", "L3:1=1\n"));
	CASE("a monitoring group in somebody's group");
	p.schemata = NULL;
	p.monitor = "web1";
	CHECK(ok(birth(root, &p, &r, &e), &e) && there(root, "gold/mon_groups/web1"));
	CASE("a monitoring group of somebody else stays");
	CHECK(birth(root, &p, &other, &e) == -EEXIST && !other.made_monitor);
	other = (struct rdt_record){ .root = "/fake", .group = "gold", .monitor = "web1", .made_monitor = true };
	CHECK(rdt_make(root, &p, &other, &e) == -EEXIST && !other.made_monitor);
	CHECK(ok(rdt_remove(root, &other, &e), &e) && there(root, "gold/mon_groups/web1"));
	CHECK(ok(rdt_remove(root, &r, &e), &e));
	CHECK(there(root, "gold") && !there(root, "gold/mon_groups/web1"));
	CASE("two make a group at once: the slower one finds it, and leaves it there");
	p.monitor = NULL;
	p.schema = "L3:1=1\n";
	other = (struct rdt_record){ .root = "/fake", .group = "gold", .made_group = true };
	CHECK(ok(rdt_make(root, &p, &other, &e), &e) && !other.made_group);
	p.schema = "L3:1=2\n";
	other.made_group = true;
	CHECK(rdt_make(root, &p, &other, &e) == -EINVAL && !other.made_group);
	CHECK(ok(rdt_remove(root, &other, &e), &e) && there(root, "gold"));
	CASE("the root group");
	put(root, "tasks", "");
	p = (struct rdt_plan){ .wanted = true, .group = "", .from = "linux.intelRdt.closID", .must_exist = true };
	CHECK(ok(birth(root, &p, &r, &e), &e) && ok(rdt_enter(root, &r, 12, &e), &e) && holds(root, "tasks", "12"));
	CHECK(ok(rdt_remove(root, &r, &e), &e) && there(root, "tasks"));
}

static void test_refusals(int root)
{
	struct rdt_plan p = { .wanted = true, .group = "web2", .from = "linux.intelRdt", .is_own = true };
	struct rdt_record r;
	struct err e;

	CASE("the kernel says why");
	CHECK(__real_sys_mkdirat(root, "info", 0755) == 0);
	put(root, "info/last_cmd_status", "Out of CLOSIDs\n");
	mkdir_answer = -ENOSPC;
	CHECK(birth(root, &p, &r, &e) == -ENOSPC);
	CHECK_STR(e.text, "linux.intelRdt: mkdir of resctrl group web2: no space left on device: Out of CLOSIDs");
	mkdir_answer = 0;
	put(root, "info/last_cmd_status", "ok\n");
	CASE("no monitoring");
	no_monitoring = true;
	p.monitor = "web2";
	CHECK(birth(root, &p, &r, &e) == -ENOTSUP);
	CHECK_STR(e.text, "linux.intelRdt.enableMonitoring: this machine has no monitoring groups");
	CHECK(ok(rdt_remove(root, &r, &e), &e) && !there(root, "web2"));
	no_monitoring = false;
	p.monitor = NULL;
	CASE("counters of older specifications");
	p.needs_cmt = true;
	CHECK(birth(root, &p, &r, &e) == -ENOTSUP && strstr(e.text, "linux.intelRdt.enableCMT"));
	CHECK(__real_sys_mkdirat(root, "info/L3_MON", 0755) == 0);
	put(root, "info/L3_MON/mon_features", "llc_occupancy\n");
	CHECK(ok(birth(root, &p, &r, &e), &e));
	CHECK(ok(rdt_remove(root, &r, &e), &e));
	p.needs_mbm = true;
	CHECK(birth(root, &p, &r, &e) == -ENOTSUP && strstr(e.text, "linux.intelRdt.enableMBM"));
	CHECK(!there(root, "web2"));
}

static void test_links(int root)
{
	struct rdt_record r = { .root = "/fake", .group = "out", .made_group = true };
	struct err e = { 0 };
	int fd = -1;

	CASE("a link leads nowhere");
	CHECK(sys_symlinkat("/tmp", root, "out") == 0);
	CHECK(rdt_enter(root, &r, 1, &e) < 0);
	CHECK(rdt_remove(root, &r, &e) < 0);
	CHECK(__real_sys_unlinkat(root, "out", 0) == 0);
	CASE("records that were not written here");
	static const struct rdt_record bad[] = {
		{ .root = "fake", .group = "a" }, { .root = "/fake" }, { .root = "/fake", .group = "../a" },
		{ .root = "/fake", .group = ".." }, { .root = "/fake", .group = "a", .monitor = "b/c" },
		{ .root = "/fake", .group = "a", .monitor = "" },
	};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		CHECK(rdt_open_recorded(&bad[i], &fd, &e) == -EINVAL);
	CASE("what is no resctrl (any more)");
	CHECK(rdt_open_recorded(&(struct rdt_record){ .root = "/tmp", .group = "a" }, &fd, &e) == 1);
	CHECK(rdt_open_recorded(&(struct rdt_record){ .root = "/no/such", .group = "a" }, &fd, &e) == 1);
}

static void clean_up(int root)
{
	static const char *const files[] = {
		"tasks", "info/last_cmd_status", "info/L3_MON/mon_features", "info/L3_MON", "info", "gold",
	};

	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
		if (__real_sys_unlinkat(root, files[i], 0) < 0)
			CHECK(__wrap_sys_unlinkat(root, files[i], AT_REMOVEDIR) == 0);
}

int main(void)
{
	char dir[] = "/tmp/cist-unit-XXXXXX";
	int root = mkdtemp(dir) ? sys_openat(AT_FDCWD, dir, O_PATH | O_DIRECTORY, 0) : -1;

	if (!CHECK(root >= 0))
		return check_summary();
	test_own_group(root);
	test_named_group(root);
	test_refusals(root);
	test_links(root);
	CASE("");
	clean_up(root);
	close(root);
	CHECK(rmdir(dir) == 0);
	return check_summary();
}
