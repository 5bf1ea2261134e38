/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The init that starts its program again, as it is when all is done before: in a child of this test, without a container.
 * What only a pid namespace has is tested with the whole runtime (init.bats).
 */
#include "init/respawn.h"

#include "base/ending.h"
#include "sys/file.h"
#include "sys/process.h"
#include "tests/check.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PLAN_BYTES = 64 << 10, WAIT_MS = 20000 };

static int record;

/* ---- the init ---- */

/* As cist makes it: at the one address, and gone when it is not needed any more. */
static struct plan *map_plan(const char *const *argv, const char *const *envp, uint32_t pause_ms, uint32_t kill_ms)
{
	static const char *const title[] = { "a/test-init", NULL };
	struct plan_header *h = mmap((void *)PLAN_ADDRESS, PLAN_BYTES, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	struct plan *p;

	if (h == MAP_FAILED)
		_exit(3);
	p = (struct plan *)(h + 1);
	*h = (struct plan_header){ .magic = PLAN_MAGIC, .size = PLAN_BYTES, .plan = p };
	p->keeper = (struct keeper_plan){
		.wanted = true, .respawn_ms = pause_ms, .kills = kill_ms > 0, .kill_ms = kill_ms, .title = title,
	};
	p->program = (struct program){ .argv = argv, .envp = envp };
	return p;
}

static _Noreturn void become(const struct init *in)
{
	const struct program *p = &in->plan->program;

	execve(p->argv[0], (char *const *)(uintptr_t)p->argv, (char *const *)(uintptr_t)p->envp);
	*in->refused = -errno;
	_exit(127);
}

static _Noreturn void init_main(const char *const *argv, const char *const *envp, uint32_t pause_ms, uint32_t kill_ms, int said)
{
	static struct init in;
	struct err e = { 0 };
	const pid_t own = getpid();
	int rc;

	in.plan = map_plan(argv, envp, pause_ms, kill_ms);
	in.record_fd = record;
	in.report_fd = said;
	rc = respawn_split(&in, &e);
	if (rc < 0)
		fprintf(stderr, "%s\n", e.text);
	if (rc < 0 || getpid() == own)
		_exit(4);
	become(&in);
}

/* A shell with that script, or the program `path` if that is not NULL.  kill_ms: 0: without that timeout. */
static pid_t start_limited(const char *path, const char *script, uint32_t pause_ms, uint32_t kill_ms)
{
	const char *const argv[] = { path ? path : "/bin/sh", "-c", script, NULL };
	const char *const envp[] = { "A=b", "LISTEN_PID=2", "PATH=/usr/bin:/bin", NULL };
	int ends[2];
	pid_t pid;

	CHECK(ftruncate(record, 0) == 0 && pipe2(ends, O_CLOEXEC) == 0);
	pid = fork();
	if (pid == 0)
		init_main(argv, envp, pause_ms, kill_ms, ends[1]);
	close(ends[0]);
	close(ends[1]);
	return pid;
}

static pid_t start(const char *path, const char *script, uint32_t pause_ms)
{
	return start_limited(path, script, pause_ms, 0);
}

static int status_of(pid_t pid)
{
	int status = -1;

	CHECK(waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* ---- the record ---- */

static const char *written(void)
{
	static char text[128 << 10];
	const ssize_t n = pread(record, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static size_t n_lines(void)
{
	size_t n = 0;

	for (const char *s = written(); *s; s++)
		n += *s == '\n';
	return n;
}

static void wait_lines(size_t n)
{
	for (int64_t until = sys_now_ms() + WAIT_MS; n_lines() < n && sys_now_ms() < until;)
		usleep(2000);
	CHECK(n_lines() >= n);
}

/* Line `number` says so; *ret_ran. */
static bool line_is(size_t number, const char *how, uint64_t *ret_ran)
{
	const char *at = written();
	struct ending_line line;
	char text[ENDING_LINE_MAX];

	for (size_t i = 0; i <= number; i++) {
		const int len = ending_line_parse(at, strlen(at), &line);

		if (len < 0)
			return false;
		at += len;
	}
	snprintf(text, sizeof(text), "%s %d", line.end.by_signal ? "signal" : "exit", line.end.number);
	*ret_ran = line.ran_ms;
	return strcmp(text, how) == 0 && line.is_again && line.number == number + 1;
}

static void test_again(void)
{
	const int64_t began = sys_now_ms();
	uint64_t ran;
	pid_t pid;

	CASE("it is started again, not too soon");
	pid = start(NULL, "[ \"$A\" = b ] && [ \"$LISTEN_PID\" = $$ ] && exit 3; exit 4", 50);
	wait_lines(4);
	CHECK(sys_now_ms() - began >= 150);
	CHECK(line_is(0, "exit 3", &ran) && line_is(1, "exit 3", &ran) && line_is(3, "exit 3", &ran));
	CHECK(kill(pid, SIGTERM) == 0);
	status_of(pid);

	CASE("how long it ran");
	pid = start(NULL, "sleep 0.2; kill -9 $$", 10);
	wait_lines(1);
	CHECK(line_is(0, "signal 9", &ran) && ran >= 200);
	CHECK(kill(pid, SIGTERM) == 0);
	status_of(pid);
}

static void test_end(void)
{
	pid_t pid;

	CASE("told to end, it ends with its program, as that does");
	pid = start(NULL, "trap 'exit 5' TERM; while :; do sleep 0.01; done", 10);
	usleep(300 * 1000);
	CHECK(kill(pid, SIGTERM) == 0);
	CHECK(status_of(pid) == 5);
	CHECK_STR(written(), "exit 5\n");

	CASE("and in a pause at once");
	pid = start(NULL, "exit 0", 60000);
	wait_lines(1);
	CHECK(kill(pid, SIGHUP) == 0 && kill(pid, SIGINT) == 0);
	CHECK(status_of(pid) == 128 + SIGINT);
	CHECK(n_lines() == 2 && strstr(written(), "\nsignal 2\n"));
}

static void wait_file(const char *name)
{
	for (int64_t until = sys_now_ms() + WAIT_MS; access(name, F_OK) < 0 && sys_now_ms() < until;)
		usleep(2000);
	CHECK(access(name, F_OK) == 0 && unlink(name) == 0);
}

/* Outside of a pid namespace of its own the init has to kill the program itself. */
static void test_timeout(void)
{
	static const char deaf[] = "trap '' TERM HUP; touch ready; while :; do sleep 0.01; done";
	int64_t began;
	pid_t pid;

	CASE("what does not obey is killed, and is not started again");
	pid = start_limited(NULL, deaf, 10, 300);
	wait_file("ready");
	began = sys_now_ms();
	CHECK(kill(pid, SIGTERM) == 0);
	usleep(150 * 1000);
	CHECK(kill(pid, SIGTERM) == 0 && kill(pid, SIGHUP) == 0 && waitpid(pid, NULL, WNOHANG) == 0);
	CHECK(status_of(pid) == 128 + SIGKILL && sys_now_ms() - began >= 299);
	CHECK_STR(written(), "signal 9 deaf\n");

	CASE("what obeys in time ends as it likes");
	pid = start_limited(NULL, "trap 'exit 5' TERM; touch ready; while :; do sleep 0.01; done", 10, 60000);
	wait_file("ready");
	CHECK(kill(pid, SIGTERM) == 0 && status_of(pid) == 5);
	CHECK_STR(written(), "exit 5\n");

	CASE("after another signal there is no limit");
	pid = start_limited(NULL, "trap '' INT; touch ready; while :; do sleep 0.01; done", 10, 50);
	wait_file("ready");
	CHECK(kill(pid, SIGINT) == 0);
	usleep(200 * 1000);
	CHECK(waitpid(pid, NULL, WNOHANG) == 0);
	CHECK(kill(pid, SIGTERM) == 0 && status_of(pid) == 128 + SIGTERM);
	CHECK_STR(written(), "signal 15\n");
}

static void test_refused(void)
{
	uint64_t ran;
	pid_t pid;

	CASE("a first start that fails is the end");
	pid = start("/nonexistent/program", "", 10);
	CHECK(status_of(pid) == 127);
	CHECK_STR(written(), "exit 127\n");

	CASE("a later one is one of many");
	CHECK(sys_symlinkat("/bin/true", AT_FDCWD, "respawn-once") == 0);
	pid = start("./respawn-once", "", 20);
	wait_lines(1);
	CHECK(sys_unlinkat(AT_FDCWD, "respawn-once", 0) == 0);
	wait_lines(4);
	CHECK(line_is(0, "exit 0", &ran) && line_is(n_lines() - 1, "exit 127", &ran));
	CHECK(kill(pid, SIGTERM) == 0);
	status_of(pid);
}

int main(void)
{
	char dir[] = "/tmp/cist-respawn.XXXXXX";

	if (!mkdtemp(dir) || chdir(dir) < 0)
		return 1;
	record = sys_openat(AT_FDCWD, "exit", O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	CHECK(record >= 0);
	test_again();
	test_end();
	test_timeout();
	test_refused();
	(void)sys_unlinkat(AT_FDCWD, "exit", 0);
	CHECK(chdir("/") == 0 && rmdir(dir) == 0);
	return check_summary();
}
