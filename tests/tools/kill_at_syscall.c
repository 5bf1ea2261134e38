/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Ends a program with SIGKILL at a system call that is chosen by its number.
 *
 *   kill_at_syscall N CMD...        at the entry of its N-th system call, counted from 1; the call is not made
 *   kill_at_syscall -c FILE CMD...  lets it end, and writes how many calls it made to FILE
 *
 * Only CMD itself is traced, not what it starts.  Exit status: 0 it was killed (or counted), 10 it ended before,
 * 2 no tracing here.
 */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ENDED_BEFORE = 10, SYSCALL_STOP = SIGTRAP | 0x80 };

static void die(const char *what)
{
	fprintf(stderr, "kill_at_syscall: %s: %s\n", what, strerror(errno));
	exit(2);
}

static pid_t start(char **argv)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
			die("PTRACE_TRACEME");
		execvp(argv[0], argv);
		die(argv[0]);
	}
	if (waitpid(pid, &status, 0) < 0 || !WIFSTOPPED(status))
		die(argv[0]);
	if (ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) < 0)
		die("PTRACE_SETOPTIONS");
	return pid;
}

/* Lets the program go on until it is at the entry of its n-th system call: true.  False: it has ended. */
static int run_to(pid_t pid, unsigned long n, unsigned long *ret_seen)
{
	int status, sig = 0, inside = 0;

	for (*ret_seen = 0; ; ) {
		if (ptrace(PTRACE_SYSCALL, pid, NULL, (void *)(long)sig) < 0 && errno != ESRCH)
			die("PTRACE_SYSCALL");
		while (waitpid(pid, &status, 0) < 0)
			if (errno != EINTR)
				die("waitpid");
		if (!WIFSTOPPED(status))
			return 0;
		sig = WSTOPSIG(status) == SYSCALL_STOP ? 0 : WSTOPSIG(status);
		if (sig)
			continue;
		inside = !inside;
		if (inside && ++*ret_seen == n)
			return 1;
	}
}

static int count(const char *file, char **argv)
{
	FILE *out = fopen(file, "we");
	unsigned long seen;

	if (!out)
		die(file);
	run_to(start(argv), 0, &seen);
	fprintf(out, "%lu\n", seen);
	return fclose(out) == 0 ? 0 : 2;
}

int main(int argc, char **argv)
{
	unsigned long seen;
	pid_t pid;

	if (argc > 3 && strcmp(argv[1], "-c") == 0)
		return count(argv[2], argv + 3);
	if (argc < 3) {
		fprintf(stderr, "usage: kill_at_syscall {N | -c FILE} CMD...\n");
		return 2;
	}
	pid = start(argv + 2);
	if (!run_to(pid, strtoul(argv[1], NULL, 10), &seen))
		return ENDED_BEFORE;
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return 0;
}
