/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sys/process.h"
#include "base/auto.h"
#include "tests/check.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

struct wanted {
	const char *const *argv;
	int status;
	volatile bool was_there;
};

static int end_with(void *arg)
{
	struct wanted *w = arg;

	w->was_there = true;
	return w->status;
}

static int execute(void *arg)
{
	const struct wanted *w = arg;

	execv(w->argv[0], (char *const *)w->argv);
	return 120;
}

static int kill_itself(void *arg)
{
	(void)arg;
	raise(SIGKILL);
	return 0;
}

static int status_of(int (*fn)(void *arg), struct wanted *w)
{
	auto_close int pidfd = -1;
	pid_t pid = sys_spawn(fn, w, &pidfd);

	if (!CHECK(pid > 0) || !CHECK(pidfd >= 0))
		return -1;
	CHECK((fcntl(pidfd, F_GETFD) & FD_CLOEXEC) != 0);
	return sys_pidfd_wait(pidfd);
}

int main(void)
{
	static const char *const shell[] = { "/bin/sh", "-c", "exit 7", NULL }, *const none[] = { "/nowhere", NULL };
	struct wanted w = { .status = 42 };

	CASE("it ends");
	CHECK(status_of(end_with, &w) == 42);
#if !defined(__SANITIZE_ADDRESS__)
	CASE("the caller has stood still, and its memory was used");
	CHECK(w.was_there);
#endif

	CASE("it executes a program");
	w.argv = shell;
	CHECK(status_of(execute, &w) == 7);

	CASE("it does not");
	w.argv = none;
	CHECK(status_of(execute, &w) == 120);

	CASE("it is killed");
	CHECK(status_of(kill_itself, &w) == 128 + SIGKILL);

	CASE("many, one after the other");
	for (int i = 0; i < 200; i++) {
		w.status = i;
		CHECK(status_of(end_with, &w) == i);
	}
	return check_summary();
}
