/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cgroupsPath to a unit of systemd, its cgroup, and the manager that has it. */
#include "base/arr.h"
#include "cgroup/cgroup.h"
#include "tests/check.h"

static char block[1 << 18];

static int make(const char *path, const char *id, const struct cg_manager *m, struct cg_unit *ret, struct err *e)
{
	static struct arena a;

	memset(block, 0, sizeof block);
	a = (struct arena){ block, sizeof block, 0 };
	*e = (struct err){ 0 };
	*ret = (struct cg_unit){ 0 };
	return cg_unit_make(path, id, m, &a, ret, e);
}

static void test_names(void)
{
	static const struct cg_manager root = { "", false }, user = { "/user.slice/user-7.slice/user@7.service", true };
	static const struct {
		const char *path, *id, *name, *slice, *cgroup;
	} rows[] = {
		{ "system.slice:x:c", "i", "x-c.scope", "system.slice", "/system.slice/x-c.scope" },
		{ ":docker:c", "i", "docker-c.scope", "system.slice", "/system.slice/docker-c.scope" },
		{ NULL, "i", "cist-i.scope", "system.slice", "/system.slice/cist-i.scope" },
		{ "", "a+b", "cist-a\\x2bb.scope", "system.slice", "/system.slice/cist-a\\x2bb.scope" },
		{ NULL, "x.slice", "cist-x.slice.scope", "system.slice", "/system.slice/cist-x.slice.scope" },
		{ "a-b-c.slice:cri:i", "i", "cri-i.scope", "a-b-c.slice",
		  "/a.slice/a-b.slice/a-b-c.slice/cri-i.scope" },
		{ "-.slice:p:n", "i", "p-n.scope", "-.slice", "/p-n.scope" },
		{ "system.slice:x:pod-a.slice", "i", "pod-a.slice", "", "/pod.slice/pod-a.slice" },
		{ "m.slice::n", "i", "-n.scope", "m.slice", "/m.slice/-n.scope" },
		{ "m.slice:_p:n", "i", "_p-n.scope", "m.slice", "/m.slice/__p-n.scope" },
		{ "m.slice:memory.x:n", "i", "memory.x-n.scope", "m.slice", "/m.slice/_memory.x-n.scope" },
	};

	CASE("names");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct cg_unit u;
		struct err e;

		CHECK(make(rows[i].path, rows[i].id, &root, &u, &e) == 0);
		CHECK_STR(e.text, "");
		CHECK_STR(u.name, rows[i].name);
		CHECK_STR(u.slice, rows[i].slice);
		CHECK_STR(u.path, rows[i].cgroup);
		CHECK(u.is_slice == !*rows[i].slice && !u.is_users);
	}
	CASE("a user's");
	struct cg_unit u;
	struct err e;

	CHECK(make(NULL, "i", &user, &u, &e) == 0 && u.is_users);
	CHECK_STR(u.path, "/user.slice/user-7.slice/user@7.service/user.slice/cist-i.scope");
	CHECK(make("app.slice:p:n", "i", &user, &u, &e) == 0);
	CHECK_STR(u.path, "/user.slice/user-7.slice/user@7.service/app.slice/p-n.scope");
}

static void test_refused(void)
{
	static const struct cg_manager root = { "", false };
	static char long_id[300];
	static const struct {
		const char *path, *word;
	} rows[] = {
		{ "/docker/x", "slice:prefix:name" }, { "a:b", "slice:prefix:name" }, { "a.slice:b:c:d", "slice:prefix:name" },
		{ "a.slice:b:", "slice:prefix:name" }, { "../a.slice:b:c", "slice:prefix:name" },
		{ "a:b:c", "ends in .slice" }, { ".slice:b:c", "ends in .slice" }, { "a--b.slice:b:c", "between its dashes" },
		{ "-a.slice:b:c", "between its dashes" }, { "a-.slice:b:c", "between its dashes" },
		{ "a.slice:b:c d", "character ' '" }, { "a%.slice:b:c", "character '%'" }, { "a.slice:b:\n", "character '?'" },
		{ "a.slice:b:-.slice", "root of the hierarchy" }, { NULL, "255" },
	};

	CASE("refused");
	memset(long_id, 'x', sizeof long_id - 1);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct cg_unit u;
		struct err e;

		CHECK(make(rows[i].path, long_id, &root, &u, &e) < 0);
		if (!CHECK(strstr(e.text, "linux.cgroupsPath") && strstr(e.text, rows[i].word)))
			printf("  row %zu: %s\n", i, e.text);
	}
}

static void manager(const char *mounts, const char *own, bool is_users, const char *want)
{
	struct arena a = { block, sizeof block, 0 };
	struct cg_host h;
	struct err e = { 0 };

	memset(block, 0, sizeof block);
	CHECK(cg_host_parse(mounts, own, "cpu", &a, &h, &e) == 0);
	CHECK(cg_manager_parse(&h, own, is_users, 7, &a, &e) == 0);
	CHECK_STR(h.manager.root, want);
	CHECK(h.manager.is_users == is_users);
}

static void test_manager(void)
{
	static const char v2[] = "1 1 0:1 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
	static const char hybrid[] = "1 1 0:1 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd\n"
				     "2 1 0:2 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";

	CASE("the manager");
	manager(v2, "0::/init.scope\n", false, "");
	manager(v2, "0::/\n", false, "");
	manager(v2, "0::/lxc/c/init.scope\n", false, "/lxc/c");
	manager(hybrid, "1:name=systemd:/box/init.scope\n0::/init.scope\n", false, "/box");
	manager(v2, "0::/user.slice/user-7.slice/session-1.scope\n", true, "/user.slice/user-7.slice/user@7.service");
	manager(v2, "0::/box/user.slice/user-7.slice/user@7.service/app.slice/x.service\n", true,
		"/box/user.slice/user-7.slice/user@7.service");
	manager(v2, "0::/user@7.servic\n", true, "/user.slice/user-7.slice/user@7.service");

	struct arena a = { block, sizeof block, 0 };
	struct cg_host none = { .layout = CG_LAYOUT_NONE };
	struct err e = { 0 };

	CHECK(cg_manager_parse(&none, "", false, 0, &a, &e) < 0 && strstr(e.text, "systemd"));
}

int main(void)
{
	test_names();
	test_refused();
	test_manager();
	return check_summary();
}
