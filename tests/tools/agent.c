/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A seccomp agent: takes listeners from a runtime and answers the system calls that they report.
 *
 *   agent SOCKET REPORT [NUMBER=ERRNO]...
 *
 * Each connection's JSON goes to REPORT.1, REPORT.2 …, complete when the file appears under its name, with a line
 * "fds N" behind it. A call with one of the numbers fails with that errno; every other one goes on. Runs until killed.
 */

#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MAX_LISTENERS 64

struct verdict {
	int number;
	int error;
};

static struct verdict verdicts[16];
static int n_verdicts;

static void die(const char *what)
{
	fprintf(stderr, "agent: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int listen_at(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || strlen(path) >= sizeof(sa.sun_path))
		die(path);
	memcpy(sa.sun_path, path, strlen(path));
	if (bind(fd, (const struct sockaddr *)&sa, sizeof(sa)) < 0 || listen(fd, 16) < 0)
		die(path);
	return fd;
}

/* All that comes until the end; the one descriptor, or -1, and how many there were. */
static int receive(int conn, char *buf, size_t size, int *ret_count)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int) * 8)];
	} control;
	size_t have = 0;
	int fd = -1;

	*ret_count = 0;
	for (;;) {
		struct iovec iov = { .iov_base = buf + have, .iov_len = size - 1 - have };
		struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.space,
				      .msg_controllen = sizeof(control.space) };
		ssize_t n = recvmsg(conn, &msg, MSG_CMSG_CLOEXEC);
		struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&msg) : NULL;

		if (n < 0)
			die("recvmsg");
		if (c && c->cmsg_type == SCM_RIGHTS) {
			*ret_count += (int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
			memcpy(&fd, CMSG_DATA(c), sizeof(int));
		}
		if (n == 0)
			break;
		have += (size_t)n;
	}
	buf[have] = '\0';
	return fd;
}

static int take(int sock, const char *report, int count)
{
	static char buf[256 << 10];
	char path[4096], tmp[4200];
	int conn = accept4(sock, NULL, NULL, SOCK_CLOEXEC), n, fd;
	FILE *f;

	if (conn < 0)
		die("accept");
	fd = receive(conn, buf, sizeof(buf), &n);
	close(conn);
	snprintf(path, sizeof(path), "%s.%d", report, count);
	snprintf(tmp, sizeof(tmp), "%s.tmp", path);
	f = fopen(tmp, "we");
	if (!f)
		die(tmp);
	fprintf(f, "%s\nfds %d\n", buf, n);
	if (fclose(f) != 0 || rename(tmp, path) < 0)
		die(path);
	return fd;
}

static void answer(int listener)
{
	struct seccomp_notif call = { 0 };
	struct seccomp_notif_resp resp = { 0 };

	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) < 0)
		return;	/* ENOENT: who called is gone */
	resp.id = call.id;
	resp.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	for (int i = 0; i < n_verdicts; i++)
		if (verdicts[i].number == call.data.nr) {
			resp.flags = 0;
			resp.error = -verdicts[i].error;
		}
	ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &resp);
}

int main(int argc, char **argv)
{
	struct pollfd p[1 + MAX_LISTENERS];
	int n = 1, count = 0;

	if (argc < 3 || argc - 3 > 16) {
		fprintf(stderr, "usage: agent SOCKET REPORT [NUMBER=ERRNO]...\n");
		return 2;
	}
	for (int i = 3; i < argc; i++, n_verdicts++)
		if (sscanf(argv[i], "%d=%d", &verdicts[n_verdicts].number, &verdicts[n_verdicts].error) != 2)
			return 2;
	p[0] = (struct pollfd){ .fd = listen_at(argv[1]), .events = POLLIN };
	for (;;) {
		if (poll(p, (nfds_t)n, -1) < 0)
			die("poll");
		for (int i = 1; i < n; i++) {
			if (p[i].revents & POLLIN)
				answer(p[i].fd);
			else if (p[i].revents) {	/* nobody is left under the filter */
				close(p[i].fd);
				p[i].fd = -1;
			}
		}
		if (p[0].revents && n <= MAX_LISTENERS) {
			int fd = take(p[0].fd, argv[2], ++count);

			p[n++] = (struct pollfd){ .fd = fd, .events = POLLIN };
		}
	}
}
