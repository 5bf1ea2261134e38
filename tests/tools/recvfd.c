/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A client that receives descriptors or datagrams on a UNIX socket, and writes down what it saw.
 *
 *   recvfd SOCKET REPORT            accept one connection, report, hold what came until killed
 *   recvfd --relay SOCKET REPORT    the same, and copy the terminal to stdout and stdin to it
 *   recvfd --dgram SOCKET REPORT    one report line per datagram, until killed
 *
 * The report appears under its name only when it is complete, so a test may wait for the file.
 * Receivers in the field demand one message with one descriptor and then end-of-file; hence the
 * report says how many messages came, and whether the end did.
 */

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MAX_FDS 16

static void die(const char *what)
{
	fprintf(stderr, "recvfd: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int listen_at(const char *path, int type)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("socket");
	if (strlen(path) >= sizeof(sa.sun_path)) {
		errno = ENAMETOOLONG;
		die(path);
	}
	memcpy(sa.sun_path, path, strlen(path));
	if (bind(fd, (const struct sockaddr *)&sa, sizeof(sa)) < 0)
		die(path);
	if (type == SOCK_STREAM && listen(fd, 4) < 0)
		die("listen");
	return fd;
}

/* Receives one message; descriptors are appended to fds. Returns the bytes, 0 at the end. */
static size_t receive(int sock, char *buf, size_t size, int *fds, size_t *nfds)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int) * MAX_FDS)];
	} control;
	struct iovec iov = { .iov_base = buf, .iov_len = size };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof(control.space),
	};
	ssize_t n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);

	if (n < 0)
		die("recvmsg");
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
		size_t count;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < count && *nfds < MAX_FDS; i++)
			memcpy(&fds[(*nfds)++], CMSG_DATA(c) + i * sizeof(int), sizeof(int));
	}
	return (size_t)n;
}

/* The "Pid:" line of a pidfd's fdinfo, or 0 for any other descriptor. */
static int pid_of(int fd)
{
	char path[64];
	char line[128];
	int pid = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	f = fopen(path, "re");
	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "Pid: %d", &pid) == 1)
			break;
	fclose(f);
	return pid;
}

static void describe(FILE *report, int fd)
{
	char link[64];
	char target[256];
	struct winsize ws;
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, target, sizeof(target) - 1);
	target[n < 0 ? 0 : n] = '\0';
	fprintf(report, "link %s\n", target);
	if (isatty(fd)) {
		fprintf(report, "tty yes\n");
		if (ioctl(fd, TIOCGWINSZ, &ws) == 0)
			fprintf(report, "size %u %u\n", ws.ws_row, ws.ws_col);
	}
	if (pid_of(fd) > 0)
		fprintf(report, "pidfd %d\n", pid_of(fd));
}

static FILE *report_open(const char *path, char *tmp, size_t size)
{
	FILE *f;

	snprintf(tmp, size, "%s.tmp", path);
	f = fopen(tmp, "we");
	if (!f)
		die(tmp);
	return f;
}

static void write_out(int fd, const char *buf, ssize_t n)
{
	for (ssize_t done = 0; done < n; ) {
		ssize_t w = write(fd, buf + done, (size_t)(n - done));

		if (w < 0)
			exit(1);
		done += w;
	}
}

/* Copies both ways until the terminal's other side is closed. */
static void relay(int tty)
{
	struct pollfd p[2] = {
		{ .fd = tty, .events = POLLIN },
		{ .fd = STDIN_FILENO, .events = POLLIN },
	};
	char buf[4096];
	ssize_t n;

	for (;;) {
		if (poll(p, 2, -1) < 0)
			die("poll");
		if (p[0].revents) {
			n = read(tty, buf, sizeof(buf));
			if (n <= 0)
				return;
			write_out(STDOUT_FILENO, buf, n);
		}
		if (p[1].revents) {
			n = read(STDIN_FILENO, buf, sizeof(buf));
			if (n <= 0)
				p[1].fd = -1;
			else
				write_out(tty, buf, n);
		}
	}
}

static int stream(const char *path, const char *report_path, bool relayed)
{
	int sock = listen_at(path, SOCK_STREAM);
	int conn = accept(sock, NULL, NULL);
	char buf[4096], more[64], tmp[4200];
	int fds[MAX_FDS];
	size_t nfds = 0, n;
	unsigned int messages = 0;
	FILE *report;

	if (conn < 0)
		die("accept");
	report = report_open(report_path, tmp, sizeof(tmp));
	n = receive(conn, buf, sizeof(buf) - 1, fds, &nfds);
	buf[n] = '\0';
	fprintf(report, "bytes %zu\ntext %s\n", n, buf);
	for (messages = n > 0; n > 0; messages += n > 0)
		n = receive(conn, more, sizeof(more), fds, &nfds);
	fprintf(report, "messages %u\nend yes\nfds %zu\n", messages, nfds);
	for (size_t i = 0; i < nfds; i++)
		describe(report, fds[i]);
	fclose(report);
	close(conn);
	if (rename(tmp, report_path) < 0)
		die(report_path);
	if (relayed && nfds > 0) {
		relay(fds[0]);
		return 0;
	}
	pause();
	return 0;
}

static _Noreturn void datagrams(const char *path, const char *report_path)
{
	int sock = listen_at(path, SOCK_DGRAM);
	FILE *report = fopen(report_path, "we");

	if (!report)
		die(report_path);
	for (;;) {
		char buf[4096];
		int fds[MAX_FDS];
		size_t nfds = 0;
		size_t n = receive(sock, buf, sizeof(buf) - 1, fds, &nfds);

		buf[n] = '\0';
		/* BARRIER=1 carries a pipe whose close is the answer */
		for (size_t i = 0; i < nfds; i++)
			close(fds[i]);
		fprintf(report, "%s%s", buf, n > 0 && buf[n - 1] == '\n' ? "" : "\n");
		fflush(report);
	}
}

int main(int argc, char **argv)
{
	const char *mode = argc == 4 ? argv[1] : "";

	if (argc != 3 && argc != 4) {
		fprintf(stderr, "usage: recvfd [--relay|--dgram] SOCKET REPORT\n");
		return 2;
	}
	if (strcmp(mode, "--dgram") == 0)
		datagrams(argv[2], argv[3]);
	return stream(argv[argc - 2], argv[argc - 1], strcmp(mode, "--relay") == 0);
}
