/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "console/console.h"
#include "base/arr.h"
#include "sys/file.h"

#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>

enum { POLL_STDIN, POLL_MASTER, POLL_STDOUT };

/* How long relay_finish() waits for a reader of our standard output that has stopped reading. */
enum { DRAIN_STEP_MS = 100 };

static int open_host(struct err *e)
{
	static const int order[] = { STDERR_FILENO, STDOUT_FILENO, STDIN_FILENO };
	int fd;

	for (size_t i = 0; i < ARRAY_LEN(order); i++) {
		if (!isatty(order[i]))
			continue;
		fd = fcntl(order[i], F_DUPFD_CLOEXEC, 3);
		return fd < 0 ? err_sys(e, -errno, "the terminal") : fd;
	}
	fd = sys_openat(AT_FDCWD, "/dev/tty", O_RDWR | O_NOCTTY, 0);
	return fd < 0 ? err_sys(e, fd, "open /dev/tty") : fd;
}

int relay_check(struct err *e)
{
	auto_close int host = open_host(e);

	return host < 0 ? host : 0;
}

/* The host's terminal adds the carriage returns; two of them would be one too many. */
static int prepare_master(int master)
{
	struct termios t;

	if (tcgetattr(master, &t) < 0)
		return -errno;
	t.c_oflag &= ~(tcflag_t)ONLCR;
	if (tcsetattr(master, TCSANOW, &t) < 0)
		return -errno;
	return fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK) < 0 ? -errno : 0;
}

static int make_raw(struct relay *r)
{
	struct termios t;

	if (tcgetattr(r->host_fd, &r->saved) < 0)
		return -errno;
	t = r->saved;
	cfmakeraw(&t);
	/* Output keeps its processing: it is what turns the container's newlines into carriage return and newline. */
	t.c_oflag = r->saved.c_oflag;
	if (tcsetattr(r->host_fd, TCSANOW, &t) < 0)
		return -errno;
	r->is_raw = true;
	return 0;
}

int relay_start(struct relay *r, int master, struct err *e)
{
	auto_close int host = open_host(e);
	int rc;

	if (host < 0)
		return host;
	memset(r, 0, sizeof(*r));
	r->host_fd = host;
	rc = prepare_master(master);
	if (rc == 0)
		rc = make_raw(r);
	if (rc < 0)
		return err_sys(e, rc, "the terminal");
	r->host_fd = take_fd(host);
	r->master_fd = master;
	r->in.from = STDIN_FILENO;
	r->in.to = r->out.from = master;
	r->out.to = STDOUT_FILENO;
	relay_resize(r);
	return 0;
}

void relay_resize(struct relay *r)
{
	struct winsize ws;

	if (ioctl(r->host_fd, TIOCGWINSZ, &ws) == 0)
		ioctl(r->master_fd, TIOCSWINSZ, &ws);
}

static bool may_read(const struct relay_lane *l)
{
	return !l->eof && l->begin == l->end;
}

static bool may_write(const struct relay_lane *l)
{
	return l->begin < l->end;
}

void relay_want(const struct relay *r, struct pollfd fds[RELAY_FDS])
{
	short master = (short)((may_read(&r->out) ? POLLIN : 0) | (may_write(&r->in) ? POLLOUT : 0));

	/* poll(2) skips negative descriptors; asked for nothing it would still report a hang-up, over and over. */
	fds[POLL_STDIN] = (struct pollfd){ .fd = may_read(&r->in) ? r->in.from : -1, .events = POLLIN };
	fds[POLL_MASTER] = (struct pollfd){ .fd = master ? r->master_fd : -1, .events = master };
	fds[POLL_STDOUT] = (struct pollfd){ .fd = may_write(&r->out) ? r->out.to : -1, .events = POLLOUT };
}

/* Reads once.  The end of a terminal is EIO, once nobody holds the other side. */
static int fill(struct relay_lane *l)
{
	ssize_t n = read(l->from, l->bytes, sizeof(l->bytes));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0) {
		l->eof = true;
		return n < 0 && errno != EIO ? -errno : 0;
	}
	l->begin = 0;
	l->end = (size_t)n;
	return 0;
}

/* Writes once.  Whoever has gone away takes the bytes with it. */
static int drain(struct relay_lane *l)
{
	ssize_t n = write(l->to, l->bytes + l->begin, l->end - l->begin);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n < 0) {
		l->begin = l->end;
		return errno == EIO || errno == EPIPE ? 0 : -errno;
	}
	l->begin += (size_t)n;
	return 0;
}

static int serve_lane(struct relay_lane *l, short from_events, short to_events, const char *what, struct err *e)
{
	int rc = 0;

	if (may_read(l) && (from_events & (POLLIN | POLLHUP | POLLERR)))
		rc = fill(l);
	if (rc == 0 && may_write(l) && (to_events & (POLLOUT | POLLHUP | POLLERR)))
		rc = drain(l);
	return rc < 0 ? err_sys(e, rc, "%s", what) : 0;
}

int relay_serve(struct relay *r, const struct pollfd fds[RELAY_FDS], struct err *e)
{
	int rc = serve_lane(&r->in, fds[POLL_STDIN].revents, fds[POLL_MASTER].revents, "copy to the terminal", e);

	if (rc == 0)
		rc = serve_lane(&r->out, fds[POLL_MASTER].revents, fds[POLL_STDOUT].revents, "copy from the terminal", e);
	if (rc < 0)
		return rc;
	return r->out.eof && !may_write(&r->out);
}

void relay_finish(struct relay *r)
{
	struct pollfd out = { .fd = r->out.to, .events = POLLOUT };

	/* The master does not block: without output left a read says so, and that is the end. */
	for (;;) {
		if (may_read(&r->out) && (fill(&r->out) < 0 || !may_write(&r->out)))
			break;
		if (!may_write(&r->out))
			break;
		if (poll(&out, 1, DRAIN_STEP_MS) <= 0 || drain(&r->out) < 0)
			break;
	}
	if (r->is_raw)
		tcsetattr(r->host_fd, TCSANOW, &r->saved);
	r->is_raw = false;
	fd_close(&r->host_fd);
	fd_close(&r->master_fd);
}
