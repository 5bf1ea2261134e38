/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/ending.h"

#include "base/auto.h"
#include "sys/file.h"
#include "sys/process.h"
#include "tests/check.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define ID "app+web.0"

static int dir;

static void write_line(const char *text)
{
	auto_close int fd = sys_openat(dir, ID "/exit", O_WRONLY | O_CREAT | O_TRUNC, 0600);

	CHECK(fd >= 0 && sys_write_all(fd, text, strlen(text)) == 0);
}

static void remove_line(void)
{
	(void)sys_unlinkat(dir, ID "/exit", 0);
}

/* A child that ends so; with a pidfd.  Waits until it has ended. */
static pid_t child(int status, int sig, int *ret_pidfd)
{
	const pid_t pid = fork();

	if (pid == 0) {
		if (sig)
			raise(sig);
		_exit(status);
	}
	*ret_pidfd = sys_pidfd_open(pid);
	CHECK(sys_pidfd_poll(*ret_pidfd, 5000) == 1);
	return pid;
}

static bool is(const struct proc_ending *x, enum ending_how how, int number)
{
	return x->how == how && x->number == number;
}

static void test_line(void)
{
	static const char *const none[] = { "", "exit", "exit x\n", "signal\n", "exit 256\n", "hello\n" };
	struct proc_ending x;

	CASE("the line that the init left");
	CHECK(!ending_line(dir, ID, &x) && !ending_line(dir, "app+none.0", &x));
	write_line("exit 3\n");
	CHECK(ending_line(dir, ID, &x) && is(&x, ENDING_EXIT, 3) && !x.core);
	write_line("signal 15\nsignal 9\n");
	CHECK(ending_line(dir, ID, &x) && is(&x, ENDING_SIGNAL, 15));
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++) {
		write_line(none[i]);
		if (!CHECK(!ending_line(dir, ID, &x)))
			printf("  \"%s\"\n", none[i]);
	}

	CASE("what is no file of its own is not looked at");
	remove_line();
	CHECK(sys_symlinkat("other", dir, ID "/exit") == 0 && !ending_line(dir, ID, &x));
	remove_line();
	CHECK(sys_mknodat(dir, ID "/exit", S_IFIFO | 0600, 0) == 0 && !ending_line(dir, ID, &x));
	remove_line();
	CHECK(!ending_line(dir, "..", &x) && !ending_line(dir, ID "/../" ID, &x));
}

static void test_child(void)
{
	struct proc_ending x = { 0 };
	pid_t pid;
	int pidfd;

	CASE("a child that runs");
	pid = fork();
	if (pid == 0) {
		pause();
		_exit(0);
	}
	pidfd = sys_pidfd_open(pid);
	CHECK(ending_learn(dir, ID, pidfd, &x) == ENDING_RUNS);
	kill(pid, SIGKILL);
	CHECK(sys_pidfd_poll(pidfd, 5000) == 1);
	CHECK(ending_learn(dir, ID, pidfd, &x) == ENDING_LEARNED && is(&x, ENDING_SIGNAL, SIGKILL));
	CHECK(waitpid(pid, NULL, WNOHANG) < 0);
	close(pidfd);

	CASE("a child that exited, and nothing else tells");
	pid = child(7, 0, &pidfd);
	CHECK(ending_learn(dir, ID, pidfd, &x) == ENDING_LEARNED && is(&x, ENDING_EXIT, 7));
	close(pidfd);

	CASE("the line is right about a program that exited as if by a signal; the child is reaped all the same");
	write_line("exit 143\n");
	pid = child(143, 0, &pidfd);
	CHECK(ending_learn(dir, ID, pidfd, &x) == ENDING_LEARNED && is(&x, ENDING_EXIT, 143));
	CHECK(waitpid(pid, NULL, WNOHANG) < 0);
	close(pidfd);
	write_line("signal 15\n");
	pid = child(143, 0, &pidfd);
	CHECK(ending_learn(dir, ID, pidfd, &x) == ENDING_LEARNED && is(&x, ENDING_SIGNAL, 15));
	close(pidfd);

	CASE("a line that is none yet: the init was killed");
	write_line("");
	pid = child(0, SIGKILL, &pidfd);
	CHECK(ending_learn(dir, ID, pidfd, &x) == ENDING_LEARNED && is(&x, ENDING_SIGNAL, SIGKILL));
	close(pidfd);
	remove_line();
}

static void test_stranger(void)
{
	struct proc_ending x = { .number = 1 };
	const int runs = sys_pidfd_open(getppid());
	int pidfd, status, rc;
	pid_t pid;

	CASE("somebody else's child that runs");
	CHECK(ending_learn(dir, ID, runs, &x) == ENDING_RUNS);
	close(runs);

	CASE("one that its parent has waited for: the kernel tells, or nobody does");
	pid = child(9, 0, &pidfd);
	CHECK(waitpid(pid, &status, 0) == pid);
	rc = sys_pidfd_exit_status(pidfd, 0, &status);
	CHECK(ending_learn(dir, ID, pidfd, &x) == ENDING_LEARNED);
	CHECK(rc == 0 ? is(&x, ENDING_EXIT, 9) : is(&x, ENDING_UNKNOWN, 0));

	CASE("and the line before that");
	write_line("exit 5\n");
	CHECK(ending_learn(dir, ID, pidfd, &x) == ENDING_LEARNED && is(&x, ENDING_EXIT, 5));

	CASE("which knows why");
	write_line("signal 9 deaf\n");
	CHECK(ending_learn(dir, ID, pidfd, &x) == ENDING_LEARNED && is(&x, ENDING_SIGNAL, SIGKILL) && x.deaf);
	write_line("exit 5\n");
	CHECK(ending_learn(dir, ID, pidfd, &x) == ENDING_LEARNED && !x.deaf);
	close(pidfd);

	CASE("no process any more");
	CHECK(ending_learn(dir, ID, -1, &x) == ENDING_LEARNED && is(&x, ENDING_EXIT, 5));
	remove_line();
	CHECK(ending_learn(dir, ID, -1, &x) == ENDING_LEARNED && is(&x, ENDING_UNKNOWN, 0));
}

static void test_status(void)
{
	struct proc_ending x = ending_of_status(0x0300);

	CASE("a status of wait(2)");
	CHECK(is(&x, ENDING_EXIT, 3) && !x.core);
	x = ending_of_status(11 | 0x80);
	CHECK(is(&x, ENDING_SIGNAL, 11) && x.core);
	x = ending_of_status(9);
	CHECK(is(&x, ENDING_SIGNAL, 9) && !x.core);
}

int main(void)
{
	char root[] = "/tmp/test_ending.XXXXXX";

	if (!mkdtemp(root))
		return 1;
	dir = sys_openat(AT_FDCWD, root, O_RDONLY | O_DIRECTORY, 0);
	CHECK(sys_mkdirat(dir, ID, 0700) == 0);
	test_line();
	test_child();
	test_stranger();
	test_status();
	CHECK(sys_unlinkat(dir, ID, AT_REMOVEDIR) == 0 && rmdir(root) == 0);
	return check_summary();
}
