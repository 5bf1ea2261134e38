/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The acting half on this host's cgroups: only as root, in cgroups that the test makes and removes. */
#include "tests/unit/cgroup/live.h"

#include <sys/sysmacros.h>

static void warn(const char *text)
{
	printf("warning: %s\n", text);
}

static const struct cg_dir *dir_with(const struct cg *cg, enum cg_controller c)
{
	for (size_t i = 0; i < cg->n; i++)
		if (cg->v[i].controllers & CG_BIT(c))
			return &cg->v[i];
	return NULL;
}

/* The file of a controller starts with `want`, or the controller is not here. */
static bool holds(const struct cg *cg, enum cg_controller c, const char *v1_file, const char *v2_file, const char *want)
{
	const struct cg_dir *d = dir_with(cg, c);
	char text[4096];

	if (!d)
		return true;
	if (sys_read_at(d->fd, d->is_v2 ? v2_file : v1_file, text, sizeof text) < 0)
		return false;
	if (strncmp(text, want, strlen(want)) == 0)
		return true;
	printf("  %s: %s", d->is_v2 ? v2_file : v1_file, text);
	return false;
}

static void test_limits(const struct cg *cg)
{
	CASE("limits");
	CHECK(holds(cg, CG_MEMORY, "memory.limit_in_bytes", "memory.max", "67108864\n"));
	CHECK(holds(cg, CG_MEMORY, "memory.soft_limit_in_bytes", "memory.low", "33554432\n"));
	CHECK(holds(cg, CG_PIDS, "pids.max", "pids.max", "32\n"));
	const struct cg_dir *cpu = dir_with(cg, CG_CPU);

	CHECK(!cpu || holds(cg, CG_CPU, "cpu.shares", "cpu.weight", cpu->is_v2 ? "59\n" : "512\n"));
	CHECK(!cpu || holds(cg, CG_CPU, "cpu.cfs_quota_us", "cpu.max", cpu->is_v2 ? "50000 100000\n" : "50000\n"));
}

/* In the cgroup: nodes can be made, null can be opened, mem (1:1) cannot. */
static int try_devices(const char *dir)
{
	char null[128], mem[128];

	snprintf(null, sizeof null, "%s/null", dir);
	snprintf(mem, sizeof mem, "%s/mem", dir);
	raise(SIGSTOP);
	if (mknod(null, S_IFCHR | 0666, makedev(1, 3)) < 0 || mknod(mem, S_IFCHR | 0600, makedev(1, 1)) < 0)
		return 1;
	if (open(null, O_RDWR | O_CLOEXEC) < 0)
		return errno == EACCES ? 0 : 2;		/* a nodev file system says nothing */
	if (open(mem, O_RDONLY | O_CLOEXEC) >= 0)
		return 3;
	return errno == EPERM ? 0 : 4;
}

static void test_devices(const struct cg *cg)
{
	struct k_clone_args args = { .exit_signal = SIGCHLD };
	char dir[] = "/tmp/cist-unit-XXXXXX", file[64];
	struct err e = { 0 };
	int status = -1;

	CASE("device rules");
	CHECK(mkdtemp(dir) != NULL);
	pid_t pid = sys_clone3(&args);

	if (pid == 0)
		_exit(try_devices(dir));
	waitpid(pid, &status, WUNTRACED);
	CHECK(ok(cg_enter_all(cg, pid, &e), &e));
	kill(pid, SIGCONT);
	waitpid(pid, &status, 0);
	if (!CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0))
		printf("  status %x\n", (unsigned int)status);
	snprintf(file, sizeof file, "%s/null", dir);
	unlink(file);
	snprintf(file, sizeof file, "%s/mem", dir);
	unlink(file);
	rmdir(dir);
}

static void test_freeze(const struct cg *cg)
{
	struct err e = { 0 };

	CASE("freeze");
	CHECK(cg_is_frozen(cg, &e) == 0);
	CHECK(ok(cg_freeze(cg, &e), &e));
	CHECK(cg_is_frozen(cg, &e) == 1);
	CHECK(ok(cg_thaw(cg, &e), &e));
	CHECK(cg_is_frozen(cg, &e) == 0);
}

static void test_second(const struct fixture *f, const char *want)
{
	struct err e = { 0 };
	auto_cg struct cg again = CG_INIT;

	CHECK(cg_create(&f->plan, &again, &e) == -EBUSY);
	CHECK_STR(e.text, want);
}

/* On v1 a new cpuset can hold nobody until it has CPUs and memory nodes. */
static void fill_cpuset(const struct cg *cg, const char *sub)
{
	static const char *const files[] = { "cpuset.cpus", "cpuset.mems" };
	const struct cg_dir *d = dir_with(cg, CG_CPUSET);
	char text[256], path[64];

	for (size_t i = 0; d && !d->is_v2 && i < 2; i++) {
		snprintf(path, sizeof path, "%s/%s", sub, files[i]);
		CHECK(sys_read_at(d->fd, files[i], text, sizeof text) > 0 && sys_write_at(d->fd, path, text) == 0);
	}
}

static void test_sub(const struct cg *cg, pid_t pid)
{
	static const char *const bad[] = { "../x" }, *const missing[] = { "/nope" }, *const sub[] = { "/sub" };
	auto_cg struct cg s = CG_INIT;
	struct err e = { 0 };

	CASE("sub-cgroups");
	CHECK(cg_open_sub(cg, bad, 1, &s, &e) == -EINVAL);
	CHECK_STR(e.text, "bad sub cgroup path: ../x");
	CHECK(cg_open_sub(cg, missing, 1, &s, &e) == -ENOENT);
	CHECK(strstr(e.text, "no such file"));
	for (size_t i = 0; i < cg->n; i++)
		CHECK(sys_mkdirat(cg->v[i].fd, "sub", 0755) == 0 && sys_mkdirat(cg->v[i].fd, "sub/deeper", 0755) == 0);
	CHECK(ok(cg_open_sub(cg, sub, 1, &s, &e), &e));
	CHECK(s.n == cg->n);

	CASE("where a process of the container is");
	fill_cpuset(cg, "sub");
	auto_cg struct cg of = CG_INIT, moved = CG_INIT;

	if (CHECK(ok(cg_open_of(cg, pid, &of, &e), &e)))
		CHECK_STR(of.v[of.n - 1].path, cg->v[cg->n - 1].path);
	if (CHECK(ok(cg_enter_all(&s, pid, &e), &e) && ok(cg_open_of(cg, pid, &moved, &e), &e)))
		for (size_t i = 0; i < moved.n; i++)
			CHECK_STR(moved.v[i].path, s.v[i].path);
}

static void test_end(struct fixture *f, struct cg *cg, pid_t pid)
{
	struct err e = { 0 };
	auto_cg struct cg gone = CG_INIT;
	struct cg_record r;

	CASE("kill while frozen");
	CHECK(ok(cg_freeze(cg, &e), &e));
	test_second(f, "container's cgroup is not empty: 2 process(es) found");
	CHECK(ok(cg_kill(cg, &e), &e));
	CHECK(waitpid(pid, NULL, 0) == pid);
	CHECK(cg_wait_empty(cg, 5000, &e) == 0);
	CHECK(count(cg) == 0);
	CHECK(cg_is_frozen(cg, &e) == 0);

	CASE("remove");
	CHECK(ok(cg_record_make(&f->plan, cg, &f->a, &r, &e), &e));
	cg_close(cg);
	CHECK(ok(cg_open(&r, cg, &e), &e));
	CHECK(ok(cg_remove(cg, 5000, &e), &e));
	CHECK(!exists(&f->host, live_leaf));
	CHECK(!exists(&f->host, live_parent));
	CHECK(ok(cg_remove(cg, 0, &e), &e));
	CHECK(ok(cg_open(&r, &gone, &e), &e));
	CHECK(ok(cg_kill(&gone, &e), &e) && ok(cg_remove(&gone, 0, &e), &e));
}

/* The failing write is named, and what was made is gone. */
static void test_refused_value(struct fixture *f)
{
	struct err e = { 0 };
	auto_cg struct cg cg = CG_INIT;
	struct cg_plan plan;

	CASE("a value that the kernel refuses");
	if (!f->resources.cpu)
		return;
	f->cpu.quota = 1;
	CHECK(ok(cg_plan(&f->config, "x", &f->host, CG_DRIVER_CGROUPFS, &f->a, &plan, &e), &e));
	CHECK(ok(cg_create(&plan, &cg, &e), &e));
	CHECK(cg_apply(&cg, &plan, warn, &e) == -EINVAL);
	CHECK(strstr(e.text, "linux.resources.cpu.quota") && strstr(e.text, "write 1"));
	e = (struct err){ 0 };
	CHECK(ok(cg_remove(&cg, 1000, &e), &e));
	CHECK(!exists(&f->host, live_parent));
}

int main(void)
{
	static struct fixture f;
	struct cg cg = CG_INIT;
	struct err e = { 0 };
	int status, begun = live_begin(&f);

	if (begun != 0)
		return begun;
	CASE("create");
	if (!CHECK(ok(cg_create(&f.plan, &cg, &e), &e)))
		return check_summary();
	pid_t pid = spawn_into(&cg);

	waitpid(pid, &status, WUNTRACED);
	CHECK(ok(cg_apply_first(&cg, &f.plan, &e), &e));
	CHECK(ok(cg_enter(&cg, pid, &e), &e));
	CHECK(ok(cg_apply(&cg, &f.plan, warn, &e), &e));
	kill(pid, SIGCONT);
	CHECK(await_count(&cg, 2));
	test_limits(&cg);
	test_devices(&cg);
	test_freeze(&cg);
	test_sub(&cg, pid);
	test_end(&f, &cg, pid);
	cg_close(&cg);
	test_refused_value(&f);
	return check_summary();
}
