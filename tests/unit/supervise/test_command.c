/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Children that do one thing: what becomes of their words when there is no room for anything, and of their time. */
#include "supervise/command.h"

#include "tests/tree.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const no_env[] = { NULL };

/* What work returns in a child that has no descriptor free but, later, the one of its standard input. */
static int without_descriptors(int (*work)(void))
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		struct rlimit none = { 0, 0 };
		int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

		for (int i = 0; i <= STDERR_FILENO; i++)
			dup2(fd, i);
		close(fd);
		while ((fd = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0 && fd < 64)
			none.rlim_cur = none.rlim_max = (rlim_t)fd + 1;
		setrlimit(RLIMIT_NOFILE, &none);
		_exit(work());
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static const char *text_of(const char *name)
{
	static char text[1024];
	int fd = open(tree_path(name), O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : 0;

	text[n > 0 ? n : 0] = '\0';
	if (fd >= 0)
		close(fd);
	return text;
}

static int fail(void)
{
	struct err e = { 0 };

	err_set(&e, -EMFILE, "hand over descriptors");
	return command_fail(tree_path("words"), &e);
}

static int wire(void)
{
	const int std[3] = { 0, 1, 2 };

	return command_wire(std, NULL, 0) == -EMFILE ? 0 : 1;
}

static int call(void)
{
	const char *const argv[] = { "/bin/true", NULL };

	return command_call(argv, no_env) == -EMFILE ? 0 : 1;
}

static void test_no_room(void)
{
	CASE("no descriptor is free: that is said, and the sentence is written down");
	CHECK(without_descriptors(wire) == 0);
	CHECK(without_descriptors(call) == 0);
	CHECK(without_descriptors(fail) == COMMAND_FAILED);
	CHECK_STR(text_of("words"), "hand over descriptors\n");
}

static void test_call(void)
{
	const char *const missing[] = { "/nowhere/cist", NULL }, *const shell[] = { "/bin/sh", "-c", "exit 7", NULL },
		   *const killed[] = { "/bin/sh", "-c", "kill -KILL $$", NULL };

	CASE("how an execution within a command has ended");
	CHECK(command_call(missing, no_env) == -ENOENT);
	CHECK(command_call(shell, no_env) == 7);
	CHECK(command_call(killed, no_env) == 128 + SIGKILL);
}

/* ---- a life in the loop ---- */

static struct loop l;
static int ended = -1;

static void on_done(struct command *c, int status)
{
	(void)c;
	ended = status;
}

static int hang(void *arg)
{
	(void)arg;
	pause();
	return 0;
}

static int five(void *arg)
{
	(void)arg;
	return 5;
}

/* The status it ends with. */
static int live(int (*work)(void *arg), int64_t limit_ms, struct command *c)
{
	struct err e = { 0 };

	ended = -1;
	CHECK(command_start(c, &l, work, NULL, limit_ms, on_done, &e) == 0);
	for (int i = 0; i < 100 && ended < 0; i++)
		CHECK(loop_turn(&l, 1000, &e) == 0);
	return ended;
}

static void test_limit(void)
{
	struct command c;
	struct err e = { 0 };

	CASE("its end, or that of its time");
	CHECK(loop_open(&l, &e) == 0);
	CHECK(live(five, 60000, &c) == 5 && !c.late && c.pid == 0);
	CHECK(live(hang, 50, &c) == 128 + SIGKILL && c.late && c.pid == 0);

	CASE("left alone: it is gone at once");
	CHECK(command_start(&c, &l, hang, NULL, 60000, on_done, &e) == 0);
	command_abandon(&c);
	CHECK(c.pid == 0 && waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
	loop_close(&l);
}

int main(void)
{
	if (!tree_make())
		return 1;
	test_no_room();
	test_call();
	test_limit();
	tree_remove();
	return check_summary();
}
