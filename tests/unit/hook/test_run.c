/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hooks as /bin/sh runs them. */
#include "hook/hook.h"
#include "base/arr.h"
#include "base/limits.h"
#include "sys/process.h"
#include "tests/check.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/cist-test-hook.XXXXXX";
static struct err e;

static const struct hook_state small = { "{\"pid\":", ",\"id\":\"x\"}", 4711, true };
static const char *const path_only[] = { "PATH=/usr/bin:/bin", NULL };

static int run_with(const char *script, const struct hook_state *state, int64_t timeout_ms, const char *const *envp,
		    const char *cwd)
{
	const char *const argv[] = { "the-hook", "-c", script, "zero", "one two", NULL };
	const struct hook h = { .path = "/bin/sh", .argv = argv, .envp = envp, .timeout_ms = timeout_ms,
				.from = "hooks.prestart[7]" };
	const struct hook_setting s = { .state = state, .envp = path_only, .cwd = cwd };

	e = (struct err){ 0 };
	return hook_run(&h, &s, &e);
}

static int run(const char *script)
{
	return run_with(script, &small, 10000, NULL, dir);
}

/* What a hook has written to the file `out` of the directory. */
static const char *written(void)
{
	static char text[4096];
	char path[PATH_MAX];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/out", dir);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (fd >= 0)
		close(fd);
	unlink(path);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void test_input(void)
{
	static const struct hook_state no_pid = { "{\"id\":\"y\"}", "", 99, false };
	static const struct hook_state no_pid_at_all = { "{}", NULL, 0, false };

	CASE("the state around its pid");
	CHECK(run("cat >out") == 0);
	CHECK_STR(written(), "{\"pid\":4711,\"id\":\"x\"}");
	CASE("a state without a pid");
	CHECK(run_with("cat >out", &no_pid, -1, NULL, dir) == 0);
	CHECK_STR(written(), "{\"id\":\"y\"}");
	CHECK(run_with("cat >out", &no_pid_at_all, -1, NULL, dir) == 0);
	CHECK_STR(written(), "{}");
}

static void test_setting(void)
{
	static const char *const own[] = { "ONLY=this", "PATH=/bin:/usr/bin", NULL };
	char want[PATH_MAX];

	CASE("arguments");
	CHECK(run("printf '%s|' \"$0\" \"$@\" >out") == 0);
	CHECK_STR(written(), "zero|one two|");
	CASE("the environment that the caller gives");
	CHECK(run("env | grep -v -e ^PWD= -e ^_= -e ^SHLVL= -e ^OLDPWD= >out") == 0);
	CHECK_STR(written(), "PATH=/usr/bin:/bin\n");
	CASE("an environment of its own");
	CHECK(run_with("env | grep -v -e ^PWD= -e ^_= -e ^SHLVL= -e ^OLDPWD= | sort >out", &small, -1, own, dir) == 0);
	CHECK_STR(written(), "ONLY=this\nPATH=/bin:/usr/bin\n");
	CASE("the working directory");
	snprintf(want, sizeof(want), "%s\n", dir);
	CHECK(run("pwd >out") == 0);
	CHECK_STR(written(), want);
	CASE("a directory that is missing");
	CHECK(run_with("true", &small, -1, NULL, "/no/such/directory") == -ECANCELED);
	CHECK_STR(e.text, "error running hooks.prestart[7] /bin/sh: exit status 127: execute it: no such file or directory");
}

/* Nothing of this process but the three streams. */
static void test_inherited(void)
{
	int leak = open("/dev/null", O_RDONLY);
	struct sigaction ignored = { .sa_handler = SIG_IGN }, old;

	CASE("no descriptor, no ignored signal is inherited");
	sigaction(SIGUSR1, &ignored, &old);
	CHECK(leak >= 0);
	/* 3 is the directory that ls itself has open. */
	CHECK(run("ls /proc/self/fd >out; grep SigIgn /proc/self/status >>out") == 0);
	CHECK_STR(written(), "0\n1\n2\n3\nSigIgn:\t0000000000000000\n");
	sigaction(SIGUSR1, &old, NULL);
	close(leak);
}

static void test_failures(void)
{
	const char *const argv[] = { "x", NULL };
	const struct hook missing = { .path = "/no/such/hook", .argv = argv, .timeout_ms = -1, .from = "hooks.poststop[0]" };
	const struct hook_setting s = { .state = &small, .envp = path_only };
	char want[HOOK_OUTPUT_MAX + 200];

	CASE("an exit status, with what it printed");
	CHECK(run("echo to stdout; echo to stderr >&2; echo; exit 3") == -ECANCELED);
	CHECK_STR(e.text, "error running hooks.prestart[7] /bin/sh: exit status 3: to stdout\nto stderr");
	CASE("silent");
	CHECK(run("exit 1") == -ECANCELED);
	CHECK_STR(e.text, "error running hooks.prestart[7] /bin/sh: exit status 1");
	CASE("killed by a signal");
	CHECK(run("kill -TERM $$") == -ECANCELED);
	CHECK_STR(e.text, "error running hooks.prestart[7] /bin/sh: exit status 143");
	CASE("zero bytes in the output");
	CHECK(run("printf 'a\\0b'; exit 1") == -ECANCELED);
	CHECK_STR(e.text, "error running hooks.prestart[7] /bin/sh: exit status 1: a?b");
	CASE("the beginning of much output is quoted, and the hook is not stopped by it");
	CHECK(run("i=0; while [ $i -lt 3000 ]; do echo 0123456789012345678901234567890123456789; i=$((i+1)); done; "
		  "echo done >out; exit 9") == -ECANCELED);
	CHECK_STR(written(), "done\n");
	snprintf(want, sizeof(want), "error running hooks.prestart[7] /bin/sh: exit status 9: 01234567890");
	CHECK(strncmp(e.text, want, strlen(want)) == 0);
	CHECK(strlen(e.text) <= HOOK_OUTPUT_MAX + 100 && strlen(e.text) > HOOK_OUTPUT_MAX - 10);
	CASE("no such program");
	CHECK(hook_run(&missing, &s, &e) == -ECANCELED);
	CHECK_STR(e.text, "error running hooks.poststop[0] /no/such/hook: exit status 127: execute it: no such file or directory");
}

static bool is_alive(pid_t pid)
{
	char path[64], text[512] = "";
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	close(fd);
	return strstr(text, ") Z") == NULL && text[0];
}

static void test_timeout(void)
{
	int64_t began = sys_now_ms();
	pid_t grandchild;

	CASE("a hook that takes too long ends, and what it has started with it");
	CHECK(run_with("sleep 1000 & echo $! >out; wait", &small, 300, NULL, dir) == -ETIMEDOUT);
	CHECK(strstr(e.text, "error running hooks.prestart[7] /bin/sh: hook ran past specified timeout of ") == e.text);
	CHECK(sys_now_ms() - began >= 300 && sys_now_ms() - began < 5000);
	grandchild = atoi(written());
	CHECK(grandchild > 1);
	for (int i = 0; i < 100 && is_alive(grandchild); i++)
		usleep(20000);
	CHECK(!is_alive(grandchild));
	CASE("one that ignores signals and prints all the time");
	CHECK(run_with("trap '' TERM INT HUP; while :; do echo again; done", &small, 200, NULL, dir) == -ETIMEDOUT);
	CASE("one that is fast enough");
	CHECK(run_with("true", &small, 5000, NULL, dir) == 0);
}

static void test_unread_input(void)
{
	const size_t bytes = 1 << 20;
	char *big = malloc(bytes + 1), want[32];
	struct hook_state state = { .after_pid = "}", .pid = 1, .has_pid = true };

	if (!CHECK(big != NULL))
		return;
	memset(big, ' ', bytes);
	big[bytes] = '\0';
	state.before_pid = big;
	CASE("a hook that does not read a large state");
	CHECK(run_with("true", &state, 10000, NULL, dir) == 0);
	CHECK(run_with("exec <&-; sleep 0.1; exit 4", &state, 10000, NULL, dir) == -ECANCELED);
	CASE("one that reads all of it, slowly, and prints as much");
	CHECK(run_with("sleep 0.1; tee copy | cat; wc -c <copy >out; rm copy", &state, 10000, NULL, dir) == 0);
	snprintf(want, sizeof(want), "%zu\n", bytes + 2);
	CHECK_STR(written(), want);
	free(big);
}

static void test_grandchildren(void)
{
	int64_t began = sys_now_ms();
	pid_t pid;

	CASE("a grandchild that keeps the output open is not waited for");
	CHECK(run_with("sleep 1000 & echo $! >out", &small, -1, NULL, dir) == 0);
	CHECK(sys_now_ms() - began < 5000);
	pid = atoi(written());
	CHECK(pid > 1 && is_alive(pid) && kill(pid, SIGKILL) == 0);
	CASE("nor one that prints for ever");
	CHECK(run_with("while :; do echo x; done & echo $! >out; sleep 0.1; exit 5", &small, -1, NULL, dir) == -ECANCELED);
	CHECK(sys_now_ms() - began < 5000);
	pid = atoi(written());
	CHECK(pid > 1);
	if (pid > 1)
		kill(pid, SIGKILL);
}

static void test_list(void)
{
	const char *const one[] = { "sh", "-c", "echo one >>out", NULL }, *const bad[] = { "sh", "-c", "exit 2", NULL };
	const char *const two[] = { "sh", "-c", "echo two >>out", NULL };
	const struct hook v[] = {
		{ .path = "/bin/sh", .argv = one, .timeout_ms = -1, .from = "h[0]" },
		{ .path = "/bin/sh", .argv = two, .timeout_ms = -1, .from = "h[1]" },
		{ .path = "/bin/sh", .argv = bad, .timeout_ms = -1, .from = "h[2]" },
		{ .path = "/bin/sh", .argv = one, .timeout_ms = -1, .from = "h[3]" },
	};
	const struct hook_setting s = { .state = &small, .envp = path_only, .cwd = dir };

	CASE("one after the other, up to the first that fails");
	CHECK(hook_run_list(&(struct hook_list){ v, ARRAY_LEN(v) }, &s, &e) == -ECANCELED);
	CHECK_STR(e.text, "error running h[2] /bin/sh: exit status 2");
	CHECK_STR(written(), "one\ntwo\n");
	CHECK(hook_run_list(&(struct hook_list){ v, 2 }, &s, &e) == 0);
	CHECK_STR(written(), "one\ntwo\n");
	CHECK(hook_run_list(&(struct hook_list){ NULL, 0 }, &s, &e) == 0);
}

static void test_files(void)
{
	const char *const argv[] = { "sh", "-c", "echo to-out; echo to-err >&2; exit 3", NULL };
	const struct hook h = { .path = "/bin/sh", .argv = argv, .timeout_ms = -1, .from = "h" };
	char path[256];
	struct hook_plan p = { 0 };
	struct hook_setting s = { .state = &small, .envp = path_only, .cwd = dir, .files = p.files };
	struct hook_plan bad = { .files = { [HOOK_STDOUT] = { .path = "/nowhere/at/all", .from = "annotations.x" } } };

	snprintf(path, sizeof(path), "%s/out", dir);
	unlink(path);
	CASE("standard output in a file, standard error caught");
	p.files[HOOK_STDOUT] = (struct hook_file){ .path = path, .from = "annotations.x" };
	CHECK(hook_open_files(&p, &e) == 0 && p.files[HOOK_STDOUT].fd > 0 && p.files[HOOK_STDERR].fd == 0);
	CHECK(hook_run(&h, &s, &e) == -ECANCELED);
	CHECK_STR(e.text, "error running h /bin/sh: exit status 3: to-err");
	hook_close_files(&p);
	CASE("both in one file, which is appended to");
	p.files[HOOK_STDERR] = p.files[HOOK_STDOUT];
	CHECK(hook_open_files(&p, &e) == 0 && hook_run(&h, &s, &e) == -ECANCELED);
	CHECK_STR(e.text, "error running h /bin/sh: exit status 3");
	CHECK_STR(written(), "to-out\nto-out\nto-err\n");
	hook_close_files(&p);
	CHECK(p.files[HOOK_STDOUT].fd == 0 && p.files[HOOK_STDERR].fd == 0);
	CASE("a file that cannot be made, a FIFO that nobody reads");
	CHECK(hook_open_files(&bad, &e) == -ENOENT);
	CHECK_STR(e.text, "annotations.x: open /nowhere/at/all: no such file or directory");
	snprintf(path, sizeof(path), "%s/fifo", dir);
	CHECK(mkfifo(path, 0600) == 0 && hook_open_files(&p, &e) == -ENXIO);
	unlink(path);
}

int main(void)
{
	if (!mkdtemp(dir)) {
		printf("cannot make %s\n", dir);
		return 1;
	}
	/* As both programs do that run hooks. */
	signal(SIGPIPE, SIG_IGN);
	test_input();
	test_setting();
	test_inherited();
	test_failures();
	test_timeout();
	test_unread_input();
	test_grandchildren();
	test_list();
	test_files();
	CASE("nothing is left");
	CHECK(rmdir(dir) == 0);
	return check_summary();
}
