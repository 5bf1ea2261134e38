/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "runtime/interrupt.h"
#include "base/arr.h"
#include "sys/process.h"
#include "tests/check.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* A process that would sleep for long, and a handle of it. */
static int sleeper(pid_t *ret_pid)
{
	*ret_pid = fork();
	if (*ret_pid == 0) {
		signal(SIGTERM, SIG_DFL);
		alarm(30);
		for (;;)
			pause();
	}
	return sys_pidfd_open(*ret_pid);
}

static bool was_killed(pid_t pid)
{
	int status = 0;

	return waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

/* Each in a process of its own: what was caught is never forgotten. */
static void in_child(const char *says, void (*fn)(int sig), int sig)
{
	int status = -1;
	pid_t pid;

	CASE(says);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		check_passed = check_failed = 0;
		signal(sig, SIG_DFL);	/* whatever the test was started with: a shell's background has SIGINT ignored */
		fn(sig);
		fflush(stdout);
		_exit(check_failed > 0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void before_init(int sig)
{
	struct err e = { 0 };
	pid_t pid;
	int fd = sleeper(&pid);

	interrupt_catch();
	CHECK(interrupt_signal() == 0 && interrupt_check(&e) == 0);
	raise(sig);
	CHECK(interrupt_signal() == sig && interrupt_check(&e) == -EINTR);
	CHECK(strncmp(e.text, "interrupted by signal ", 22) == 0);
	/* The init comes after the signal: it is killed at once. */
	interrupt_kills(-1);
	interrupt_kills(fd);
	CHECK(was_killed(pid));
}

static void with_init(int sig)
{
	pid_t pid;
	int fd = sleeper(&pid);

	interrupt_catch();
	interrupt_kills(fd);
	raise(sig);
	CHECK(was_killed(pid) && interrupt_signal() == sig);
}

static void released(int sig)
{
	pid_t pid;
	int fd = sleeper(&pid), status;

	interrupt_catch();
	interrupt_kills(fd);
	interrupt_kills(-1);
	raise(sig);
	CHECK(waitpid(pid, &status, WNOHANG) == 0);
	kill(pid, SIGKILL);
	CHECK(was_killed(pid));
}

/* nohup(1) */
static void ignored(int sig)
{
	struct err e;

	signal(sig, SIG_IGN);
	interrupt_catch();
	raise(sig);
	CHECK(interrupt_signal() == 0 && interrupt_check(&e) == 0);
}

int main(void)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT };

	for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
		in_child("before there is an init", before_init, signals[i]);
		in_child("while there is one", with_init, signals[i]);
		in_child("after its release", released, signals[i]);
		in_child("a signal that the caller ignores", ignored, signals[i]);
	}
	return check_summary();
}
