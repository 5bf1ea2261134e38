/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/journal.h"

#include "base/arr.h"
#include "sys/file.h"

#include <arpa/inet.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { SYSLOG_TCP_PORT = 601, SYSLOG_UDP_PORT = 514 };

/* ---- syslog ---- */

/*
 * Of TCP: what is on this machine answers within the call, though that says EINPROGRESS; what is not there yet is not waited
 * for.
 */
static bool is_connected(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	int error = 0;
	socklen_t n = sizeof(error);

	return errno == EINPROGRESS && poll(&p, 1, 0) == 1 && getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n) == 0 &&
	       error == 0;
}

static int try_syslog(const void *address, socklen_t size, sa_family_t family, int type)
{
	auto_close int fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	return fd >= 0 && (connect(fd, address, size) == 0 || is_connected(fd)) ? take_fd(fd) : -1;
}

static int try_local(uint16_t port, int type)
{
	const struct sockaddr_in local = {
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};

	return try_syslog(&local, sizeof(local), AF_INET, type);
}

/* In this order; to the last one anybody can send, whether or not somebody listens. */
static void connect_syslog(struct journal *j)
{
	static const struct sockaddr_un sockets[] = {
		{ AF_UNIX, "/dev/log" }, { AF_UNIX, "/var/run/syslog" },
	};

	j->in_stream = false;
	for (size_t i = 0; i < ARRAY_LEN(sockets) && j->syslog < 0; i++)
		j->syslog = try_syslog(&sockets[i], sizeof(sockets[i]), AF_UNIX, SOCK_DGRAM);
	if (j->syslog < 0) {
		j->syslog = try_local(SYSLOG_TCP_PORT, SOCK_STREAM);
		j->in_stream = j->syslog >= 0;
	}
	if (j->syslog < 0)
		j->syslog = try_local(SYSLOG_UDP_PORT, SOCK_DGRAM);
}

/* In a stream a newline ends a record (RFC 6587, 3.4.2), in the place of the NUL: there is none within. */
static bool send_line(const struct journal *j, char *line, size_t len)
{
	line[len] = '\n';
	len += j->in_stream;
	return send(j->syslog, line, len, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)len;
}

/*
 * Of a stream a daemon that has gone is noticed by the line after the one that was lost, unless it is asked before: nothing is
 * ever said there but that it ends.
 */
static bool has_ended(const struct journal *j)
{
	struct pollfd p = { .fd = j->syslog, .events = POLLIN | POLLRDHUP };

	return j->in_stream && poll(&p, 1, 0) == 1;
}

/* A daemon that was started again has another socket: once more, then the line is lost.  One that was sent in part is. */
static void send_syslog(struct journal *j, enum line_level level, int64_t now, const char *text)
{
	char line[LINE_MAX_BYTES];
	size_t len = line_syslog(line, j->facility, level, now, j->app, (int)getpid(), text);

	if (j->syslog >= 0 && has_ended(j))
		fd_close(&j->syslog);
	for (int tries = 0; tries < 2; tries++) {
		if (j->syslog < 0)
			connect_syslog(j);
		errno = ENOTCONN;
		if (j->syslog >= 0 && send_line(j, line, len))
			return;
		if (!j->in_stream && (errno == EAGAIN || errno == ENOBUFS))
			break;
		fd_close(&j->syslog);
	}
	j->file.dropped_ever++;
}

/* ---- the log ---- */

int journal_open(struct journal *j, const struct journal_words *w, struct err *e)
{
	int facility = w->facility ? line_facility(w->facility) : -1;
	enum line_level level;

	if (facility < 0) {
		auto_close int dir = sys_openat(AT_FDCWD, w->dir, O_PATH | O_DIRECTORY, 0);

		if (dir < 0)
			return err_sys(e, dir, "open the directory of logs %s", w->dir);
		if (line_open(dir, w->file, &j->file, e) < 0)
			return e->code;
	} else {
		line_close(&j->file);
	}
	fd_close(&j->syslog);
	j->facility = facility;
	j->level = w->level && line_level_find(w->level, &level) ? level : LINE_WARN;
	j->to_stderr = w->to_stderr && facility < 0;
	snprintf(j->app, sizeof(j->app), "%s", w->app ? w->app : "lithos");
	return 0;
}

void journal_close(struct journal *j)
{
	line_close(&j->file);
	fd_close(&j->syslog);
}

/*
 * A standard error that nobody reads is no reason to wait.  Where poll(2) says that there is room, PIPE_BUF bytes have it; the
 * descriptor is not ours alone, so it is not made non-blocking.
 */
static bool tell_stderr(const char *line, size_t len)
{
	while (len > 0) {
		struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };
		ssize_t n = -1;

		if (poll(&p, 1, 0) == 1 && (p.revents & POLLOUT))
			n = write(STDERR_FILENO, line, len < PIPE_BUF ? len : PIPE_BUF);
		if (n <= 0)
			return false;
		line += n;
		len -= (size_t)n;
	}
	return true;
}

void journal_say(struct journal *j, enum line_level level, const char *format, ...)
{
	char text[LINE_MAX_BYTES], line[LINE_MAX_BYTES];
	int64_t now = (int64_t)time(NULL);
	size_t len;
	va_list ap;

	if (level > j->level)
		return;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (j->facility >= 0) {
		send_syslog(j, level, now, text);
		return;
	}
	len = line_log(line, level, now, text);
	line_write(&j->file, line, len, now);
	if (j->to_stderr && !tell_stderr(line, len))
		j->file.dropped_ever++;
}
