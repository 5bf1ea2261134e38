/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Runs a program on a terminal of its own, as a person at a keyboard would.
 *
 *   ptyrun ROWS COLS CMD...             stdin is typed, what the terminal shows goes to stdout
 *   ptyrun -r ROWS COLS ROWS COLS CMD   SIGUSR1 changes the size to the first pair
 *
 * Exit status: the program's, or 128 and the signal.
 */

#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

static int master = -1;
static struct winsize resized;

static void on_resize(int sig)
{
	(void)sig;
	ioctl(master, TIOCSWINSZ, &resized);
}

static struct winsize size_of(const char *rows, const char *cols)
{
	return (struct winsize){
		.ws_row = (unsigned short)strtoul(rows, NULL, 10),
		.ws_col = (unsigned short)strtoul(cols, NULL, 10),
	};
}

static void write_all(int fd, const char *buf, ssize_t n)
{
	for (ssize_t done = 0; done < n; ) {
		ssize_t w = write(fd, buf + done, (size_t)(n - done));

		if (w < 0 && errno != EINTR)
			exit(1);
		done += w < 0 ? 0 : w;
	}
}

static void copy(void)
{
	struct pollfd p[2] = {
		{ .fd = master, .events = POLLIN },
		{ .fd = STDIN_FILENO, .events = POLLIN },
	};
	char buf[4096];
	ssize_t n;

	for (;;) {
		if (poll(p, 2, -1) < 0) {
			if (errno == EINTR)
				continue;
			return;
		}
		if (p[0].revents) {
			n = read(master, buf, sizeof(buf));
			if (n <= 0 && errno != EINTR)
				return;
			write_all(STDOUT_FILENO, buf, n);
		}
		if (p[1].revents) {
			n = read(STDIN_FILENO, buf, sizeof(buf));
			if (n <= 0)
				p[1].fd = -1;
			else
				write_all(master, buf, n);
		}
	}
}

int main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = on_resize };
	struct winsize ws;
	int status = 0;
	pid_t pid;

	if (argc > 6 && strcmp(argv[1], "-r") == 0) {
		resized = size_of(argv[2], argv[3]);
		argv += 3;
		argc -= 3;
	}
	if (argc < 4) {
		fprintf(stderr, "usage: ptyrun [-r ROWS COLS] ROWS COLS CMD...\n");
		return 2;
	}
	ws = size_of(argv[1], argv[2]);
	pid = forkpty(&master, NULL, NULL, &ws);
	if (pid < 0) {
		fprintf(stderr, "ptyrun: %s\n", strerror(errno));
		return 2;
	}
	if (pid == 0) {
		execvp(argv[3], argv + 3);
		fprintf(stderr, "ptyrun: %s: %s\n", argv[3], strerror(errno));
		_exit(127);
	}
	if (resized.ws_row)
		sigaction(SIGUSR1, &sa, NULL);
	copy();
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
