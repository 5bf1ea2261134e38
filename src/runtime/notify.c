/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "runtime/notify.h"
#include "base/fmt.h"
#include "runtime/interrupt.h"
#include "state/store.h"
#include "sys/file.h"
#include "sys/socket.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#define SOCKET_NAME STORE_NOTIFY "/notify.sock"

int notify_listen(const struct container *c, int *ret_sock, struct err *e)
{
	int rc;

	*ret_sock = -1;
	if (!c->record->notify_socket)
		return 0;
	sys_unlinkat(c->dir, SOCKET_NAME, 0);
	auto_close int sock = sys_unix_bind(SOCK_DGRAM, c->dir, SOCKET_NAME);
	if (sock < 0)
		return err_sys(e, sock, "listen on the notify socket");
	/* The container's user, whoever that is, may send. */
	rc = sys_fchmodat(c->dir, SOCKET_NAME, 0777);
	if (rc < 0)
		return err_sys(e, rc, "open the notify socket to the container");
	*ret_sock = take_fd(sock);
	return 0;
}

/* BARRIER=1 carries a pipe that systemd closes when it has read what came before (sd_notify_barrier(3)). */
static void wait_for_barrier(int host)
{
	int fds[2];
	struct pollfd p = { .events = 0 };

	if (pipe2(fds, O_CLOEXEC) < 0)
		return;
	if (sys_send(host, "BARRIER=1", 9, fds[1]) == 0) {
		close(fds[1]);
		fds[1] = -1;
		p.fd = fds[0];
		(void)poll(&p, 1, 30 * 1000);
	}
	fd_close(&fds[0]);
	fd_close(&fds[1]);
}

static int tell_host(const struct container *c, const char *ready, size_t n, struct err *e)
{
	char text[128];
	auto_close int host = sys_notify_connect(c->record->notify_socket);
	int rc = host < 0 ? host : 0;

	/* One message with both, so that systemd never sees READY of a process it does not know. */
	if (rc == 0)
		rc = sys_send(host, text, fmt(text, sizeof(text), "%.*s\nMAINPID=%d\n", (int)n, ready, c->record->pid), -1);
	if (rc < 0)
		return err_sys(e, rc, "tell %s that the container is ready", c->record->notify_socket);
	wait_for_barrier(host);
	return 0;
}

int notify_take(const struct container *c, int sock, struct err *e)
{
	char text[4096];
	auto_close int fd = -EBADF;
	ssize_t n = sys_recv(sock, text, sizeof(text) - 1, &fd);

	if (n == -EMSGSIZE)
		return 0;
	if (n < 0)
		return err_sys(e, (int)n, "read from the notify socket");
	text[n] = '\0';
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, "READY=", 6) == 0)
			return tell_host(c, line, strcspn(line, "\n") < 64 ? strcspn(line, "\n") : 64, e) < 0 ? e->code : 1;
	}
	return 0;
}

int notify_wait(const struct container *c, int sock, struct err *e)
{
	struct pollfd p[2] = { { .fd = sock, .events = POLLIN }, { .fd = c->pidfd, .events = POLLIN } };
	int rc = 0;

	while (sock >= 0 && rc == 0) {
		if (poll(p, 2, -1) < 0) {
			if (errno != EINTR)
				return err_sys(e, -errno, "wait for READY");
			if (interrupt_check(e) < 0)
				return e->code;
			continue;
		}
		if (p[0].revents)
			rc = notify_take(c, sock, e);
		else if (p[1].revents)
			return 0;
	}
	return rc < 0 ? rc : 0;
}
