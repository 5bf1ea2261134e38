/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lithos/confine.h"
#include "tests/check.h"

#include "base/arr.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void opens(void)
{
	(void)syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY);
}

static void asks_who_it_is(void)
{
	(void)syscall(SYS_getuid);
}

static void executes(void)
{
	(void)syscall(SYS_execve, "/bin/true", NULL, NULL);
}

static void kills(void)
{
	(void)syscall(SYS_kill, 1, 0);
}

static void writes_elsewhere(void)
{
	(void)syscall(SYS_write, 1, "x", 1);
}

static void maps_code(void)
{
	(void)syscall(SYS_mmap, NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void maps_a_file(void)
{
	(void)syscall(SYS_mmap, NULL, 4096, PROT_READ, MAP_PRIVATE, 0, 0);
}

static void becomes_a_thread(void)
{
	(void)syscall(SYS_clone, CLONE_VM, 0, 0, 0, 0);
}

static void works(void)
{
	volatile char *p = malloc(1 << 20);

	if (!p)
		_exit(2);
	p[0] = p[(1 << 20) - 1] = 'x';
	free((void *)p);
	if (write(CONFINED_FD, "y", 1) != 1)
		_exit(3);
}

/* The wait status of a child that is confined and then does that; what it wrote is in *ret_written. */
static int status_of(void (*fn)(void), char *ret_written)
{
	int sock[2], status = -1;
	struct err e = { 0 };
	pid_t pid;

	*ret_written = '\0';
	if (!CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sock) == 0))
		return -1;
	pid = fork();
	if (pid == 0) {
		if (confine(sock[1], &e) < 0)
			_exit(1);
		fn();
		_exit(0);
	}
	close(sock[1]);
	CHECK(waitpid(pid, &status, 0) == pid);
	if (recv(sock[0], ret_written, 1, MSG_DONTWAIT) != 1)
		*ret_written = '\0';
	close(sock[0]);
	return status;
}

static void test_calls(void)
{
	static const struct { const char *what; void (*fn)(void); } refused[] = {
		{ "opening a file", opens },
		{ "asking who it is", asks_who_it_is },
		{ "executing", executes },
		{ "killing", kills },
		{ "writing elsewhere", writes_elsewhere },
		{ "mapping code", maps_code },
		{ "mapping a file", maps_a_file },
		{ "a thread", becomes_a_thread },
	};
	char written;
	int status;

	CASE("memory and the one descriptor");
	status = status_of(works, &written);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0 && written == 'y');
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		CASE(refused[i].what);
		status = status_of(refused[i].fn, &written);
		CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
	}
}

int main(void)
{
	test_calls();
	return check_summary();
}
