/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Races, hostile trees and refusals on this host's cgroups. */
#include "tests/unit/cgroup/live.h"

#include <sys/resource.h>

static bool plan_again(struct fixture *f, struct cg_plan *p)
{
	struct err e = { 0 };

	return ok(cg_plan(&f->config, "x", &f->host, CG_DRIVER_CGROUPFS, &f->a, p, &e), &e);
}

/* A second set of limits above the first: on v1 memory has to wait for memory-and-swap. */
static void test_raise(struct fixture *f)
{
	struct err e = { 0 };
	auto_cg struct cg cg = CG_INIT;
	struct cg_plan p;

	CASE("limits that grow, and shrink again");
	CHECK(ok(cg_create(&f->plan, &cg, &e), &e) && ok(cg_apply(&cg, &f->plan, NULL, &e), &e));
	f->memory.limit = f->memory.swap = 128 << 20;
	CHECK(plan_again(f, &p) && ok(cg_apply(&cg, &p, NULL, &e), &e));
	f->memory.limit = f->memory.swap = 64 << 20;
	CHECK(plan_again(f, &p) && ok(cg_apply(&cg, &p, NULL, &e), &e));
	CHECK(ok(cg_remove(&cg, 1000, &e), &e));
	CHECK(!exists(&f->host, live_parent));
}

/* What a container with a writable cgroup mount can leave behind; few descriptors must do to clear it. */
static void test_deep(struct fixture *f)
{
	struct rlimit was, low = { 64, 64 };
	struct err e = { 0 };
	auto_cg struct cg cg = CG_INIT;

	CASE("a deep tree");
	CHECK(ok(cg_create(&f->plan, &cg, &e), &e));
	for (size_t i = 0; i < cg.n; i++) {
		int at = fcntl(cg.v[i].fd, F_DUPFD_CLOEXEC, 3);

		for (int depth = 0; depth < 100 && at >= 0; depth++) {
			CHECK(sys_mkdirat(at, "again", 0755) == 0 && sys_mkdirat(at, "beside", 0755) == 0);
			int next = sys_openat(at, "again", O_PATH | O_DIRECTORY, 0);

			close(at);
			at = next;
		}
		fd_close(&at);
	}
	getrlimit(RLIMIT_NOFILE, &was);
	low.rlim_max = was.rlim_max;
	setrlimit(RLIMIT_NOFILE, &low);
	CHECK(ok(cg_remove(&cg, 1000, &e), &e));
	setrlimit(RLIMIT_NOFILE, &was);
	CHECK(!exists(&f->host, live_parent));
}

static _Noreturn void fork_for_ever(void)
{
	signal(SIGCHLD, SIG_IGN);
	raise(SIGSTOP);
	for (;;)
		if (fork() < 0)
			usleep(100);
}

/* Processes that come and go all the time; pids.max bounds them, where there is such a thing. */
static void test_fork_bomb(struct fixture *f)
{
	struct k_clone_args args = { .exit_signal = SIGCHLD };
	struct err e = { 0 };
	auto_cg struct cg cg = CG_INIT;

	CASE("kill a fork bomb");
	if (!f->resources.pids)
		return;
	CHECK(ok(cg_create(&f->plan, &cg, &e), &e) && ok(cg_apply(&cg, &f->plan, NULL, &e), &e));
	pid_t pid = sys_clone3(&args);

	if (pid == 0)
		fork_for_ever();
	waitpid(pid, NULL, WUNTRACED);
	CHECK(ok(cg_enter_all(&cg, pid, &e), &e));
	kill(pid, SIGCONT);
	CHECK(await_count(&cg, 32));
	CHECK(ok(cg_kill(&cg, &e), &e));
	CHECK(waitpid(pid, NULL, 0) == pid);
	CHECK(cg_wait_empty(&cg, 5000, &e) == 0);
	CHECK(ok(cg_remove(&cg, 5000, &e), &e));
	CHECK(!exists(&f->host, live_parent));
}

/* The last one below a common parent removes it while another is about to use it. */
static int create_and_remove(struct fixture *f, int k)
{
	char path[128];
	struct cg_plan p;

	snprintf(path, sizeof path, "%s/common/%d", live_parent, k);
	f->linux.cgroups_path = path;
	if (!plan_again(f, &p))
		return 1;
	for (int i = 0; i < 15; i++) {
		auto_cg struct cg cg = CG_INIT;
		struct err e = { 0 };

		if (!ok(cg_create(&p, &cg, &e), &e) || !ok(cg_remove(&cg, 1000, &e), &e))
			return 2;
	}
	return 0;
}

/* Each removes what it made; levels that another still used when their maker went stay, as with other runtimes. */
static void remove_common(const struct fixture *f)
{
	for (size_t i = 0; i < f->host.n; i++) {
		char path[512];

		snprintf(path, sizeof path, "%s%s/common", f->host.h[i].mount_point, live_parent);
		CHECK(rmdir(path) == 0 || errno == ENOENT);
		snprintf(path, sizeof path, "%s%s", f->host.h[i].mount_point, live_parent);
		CHECK(rmdir(path) == 0 || errno == ENOENT);
	}
}

static void test_parallel(struct fixture *f)
{
	pid_t v[4];

	CASE("creates and removals side by side");
	fflush(stdout);
	for (int k = 0; k < 4; k++) {
		v[k] = fork();
		if (v[k] == 0) {
			int rc = create_and_remove(f, k);

			fflush(stdout);
			_exit(rc);
		}
	}
	for (int k = 0; k < 4; k++) {
		int status = -1;

		waitpid(v[k], &status, 0);
		CHECK(status == 0);
	}
	remove_common(f);
}

static void test_occupied_parent(struct fixture *f)
{
	struct oci_hugepage_limit limit = { "2MB", 4 << 20 };
	const struct cg_hierarchy *v2 = f->host.n ? &f->host.h[f->host.n - 1] : NULL;
	struct err e = { 0 };
	auto_cg struct cg parent = CG_INIT, leaf = CG_INIT;
	struct cg_plan p;

	CASE("a parent with processes cannot pass controllers on");
	if (!v2 || !v2->is_v2 || !(v2->controllers & CG_BIT(CG_HUGETLB)))
		return;
	f->linux.cgroups_path = live_parent;
	CHECK(plan_again(f, &p) && ok(cg_create(&p, &parent, &e), &e));
	pid_t pid = spawn_into(&parent);

	waitpid(pid, NULL, WUNTRACED);
	f->linux.cgroups_path = live_leaf;
	f->resources.hugepage_limits = &limit;
	f->resources.n_hugepage_limits = 1;
	CHECK(plan_again(f, &p));
	CHECK(cg_create(&p, &leaf, &e) == -EBUSY);
	CHECK(strstr(e.text, "enable cgroup controller ") && strstr(e.text, "(no internal process rule)"));
	CHECK(!exists(&f->host, live_leaf));
	f->resources.n_hugepage_limits = 0;
	e = (struct err){ 0 };
	CHECK(ok(cg_kill(&parent, &e), &e) && waitpid(pid, NULL, 0) == pid);
	CHECK(ok(cg_remove(&parent, 1000, &e), &e));
}

/* Nobody is in it, but whoever came would stop. */
static void test_frozen(struct fixture *f)
{
	struct err e = { 0 };
	auto_cg struct cg parent = CG_INIT, leaf = CG_INIT;
	struct cg_plan p;

	CASE("frozen, and below a frozen one");
	f->linux.cgroups_path = live_parent;
	CHECK(plan_again(f, &p) && ok(cg_create(&p, &parent, &e), &e) && ok(cg_freeze(&parent, &e), &e));
	CHECK(cg_create(&p, &leaf, &e) == -EBUSY);
	CHECK_STR(e.text, "container's cgroup unexpectedly frozen");
	f->linux.cgroups_path = live_leaf;
	CHECK(plan_again(f, &p) && cg_create(&p, &leaf, &e) == -EBUSY);
	CHECK_STR(e.text, "container's cgroup unexpectedly frozen");
	CHECK(!exists(&f->host, live_leaf));
	e = (struct err){ 0 };
	CHECK(ok(cg_thaw(&parent, &e), &e) && ok(cg_remove(&parent, 1000, &e), &e));
	CHECK(!exists(&f->host, live_parent));
}

/* A forged record that names the caller's own cgroup must not be its end. */
static void test_own(struct fixture *f)
{
	struct err e = { 0 };
	auto_cg struct cg cg = CG_INIT;
	int status = -1;

	CASE("never kills itself");
	f->linux.cgroups_path = live_leaf;
	CHECK(ok(cg_create(&f->plan, &cg, &e), &e));
	fflush(stdout);
	pid_t pid = fork();

	if (pid == 0) {
		if (cg_enter_all(&cg, getpid(), &e) < 0)
			_exit(1);
		_exit(cg_kill(&cg, &e) == -EINVAL && strstr(e.text, "contains this process itself") ? 0 : 2);
	}
	waitpid(pid, &status, 0);
	CHECK(status == 0);
	CHECK(ok(cg_remove(&cg, 1000, &e), &e));
}

int main(void)
{
	static struct fixture f;
	int begun = live_begin(&f);

	if (begun != 0)
		return begun;
	test_raise(&f);
	test_deep(&f);
	test_fork_bomb(&f);
	test_parallel(&f);
	test_occupied_parent(&f);
	test_frozen(&f);
	test_own(&f);
	return check_summary();
}
