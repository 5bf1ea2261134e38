/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/hold.h"

#include "base/fmt.h"
#include "sys/file.h"
#include "sys/process.h"
#include "sys/socket.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Until it answers a new one is not to be found. */
#define SOCKET_BESIDE HOLD_SOCKET ".new"

enum { FIRST_FREE_FD = HOLD_FIRST_FD + 1, EXIT_NOT_EXECUTED = 127 };

/* The connection is of no use any more. */
static int lose(struct hold *h, struct err *e, int rc)
{
	fd_close(&h->sock);
	/* The timeout of a socket is EAGAIN. */
	return err_sys(e, rc == -EAGAIN ? -ETIMEDOUT : rc, "ask " HOLD_PROGRAM);
}

/* ---- requests ---- */

static int take_done(const char *text, size_t n, int *ret_code)
{
	int32_t code;

	if (n != 1 + sizeof(code) || *text != HOLD_DONE)
		return -EPROTO;
	memcpy(&code, text + 1, sizeof(code));
	*ret_code = code;
	return 0;
}

static ssize_t take_message(const struct hold *h, char text[HOLD_MESSAGE_MAX], int *ret_fd)
{
	const ssize_t n = sys_recv(h->sock, text, HOLD_MESSAGE_MAX, ret_fd);

	return n == 0 ? -EPIPE : n;
}

static int send_request(const struct hold *h, char what, const char *name, int fd)
{
	char text[HOLD_MESSAGE_MAX] = { what };
	const size_t n = strnlen(name, HELD_NAME_MAX);

	memcpy(text + 1, name, n);
	return sys_send(h->sock, text, 1 + n, fd);
}

/* What the holder says to it: 0 or less; when it says nothing that is understood the connection is lost. */
static int ask(struct hold *h, char what, const char *name, int fd, struct err *e)
{
	char text[HOLD_MESSAGE_MAX];
	auto_close int strange = -EBADF;
	int rc, code = 0;
	ssize_t n;

	if (h->sock < 0)
		return err_set(e, -ENOTCONN, "there is no " HOLD_PROGRAM);
	rc = send_request(h, what, name, fd);
	n = rc < 0 ? rc : take_message(h, text, &strange);
	rc = n < 0 ? (int)n : take_done(text, (size_t)n, &code);
	if (rc < 0)
		return lose(h, e, rc);
	return code < 0 ? err_sys(e, code, HOLD_PROGRAM " cannot keep %s", name) : 0;
}

/* 1: one of them is in *theirs; 0: that was the last. */
static int take_listed(struct hold *h, struct held_set *theirs)
{
	char text[HOLD_MESSAGE_MAX + 1];
	auto_close int fd = -EBADF;
	const ssize_t n = take_message(h, text, &fd);
	int rc, code;

	if (n < 0)
		return (int)n;
	if (*text != HOLD_NAME) {
		rc = take_done(text, (size_t)n, &code);
		return rc < 0 ? rc : code;
	}
	text[n] = '\0';
	rc = fd >= 0 && held_is_name(text + 1, (size_t)n - 1) ? held_put(theirs, text + 1, fd) : -EPROTO;
	if (rc < 0)
		return rc;
	(void)take_fd(fd);
	return 1;
}

static int list(struct hold *h, struct held_set *theirs, struct err *e)
{
	int rc = send_request(h, HOLD_LIST, "", -1);

	if (rc < 0)
		return lose(h, e, rc);
	do
		rc = take_listed(h, theirs);
	while (rc > 0);
	return rc < 0 ? lose(h, e, rc) : 0;
}

/* ---- a holder ---- */

static int take_hello(const struct hold *h, struct err *e)
{
	char text[HOLD_MESSAGE_MAX + 1];
	auto_close int strange = -EBADF;
	const ssize_t n = take_message(h, text, &strange);

	if (n < 0)
		return err_sys(e, n == -EAGAIN ? -ETIMEDOUT : (int)n, "hear from " HOLD_PROGRAM);
	text[n] = '\0';
	if (*text == HOLD_FAILED)
		return err_set(e, -ECANCELED, "%s", text + 1);
	return n == 2 && *text == HOLD_HELLO ? 0 : err_set(e, -EPROTO, "at " HOLD_SOCKET " there is no " HOLD_PROGRAM);
}

static pid_t peer_of(int sock)
{
	struct ucred c = { 0 };
	socklen_t n = sizeof(c);

	return getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &c, &n) < 0 ? 0 : c.pid;
}

/*
 * One that was stopped, or has lost its way, is in the way of another: what listens is open in it.  As long as the connection
 * is not at its end the pid is the one that was asked for.
 */
static void kill_deaf(struct hold *h)
{
	auto_close int pidfd = h->pid > 0 ? sys_pidfd_open(h->pid) : -ESRCH;

	if (pidfd >= 0 && sys_poll_in(h->sock, 0) == 0 && sys_pidfd_send_signal(pidfd, SIGKILL) == 0)
		(void)sys_pidfd_poll(pidfd, HOLD_ANSWER_MS);
}

enum { CONNECTED = 0, ABSENT = 1 };

/* Whoever answers at the name; or there is nobody, or nobody any more. */
static int find_holder(struct hold *h, int dir, struct err *e)
{
	struct err ignored = { 0 };
	int rc;

	h->sock = sys_unix_connect(SOCK_SEQPACKET, dir, HOLD_SOCKET);
	if (h->sock == -ENOENT || h->sock == -ECONNREFUSED)
		return ABSENT;
	if (h->sock < 0)
		return err_sys(e, h->sock, "connect to " HOLD_SOCKET);
	h->pid = peer_of(h->sock);
	rc = sys_socket_timeout(h->sock, HOLD_ANSWER_MS);
	if (rc == 0)
		rc = take_hello(h, &ignored);
	if (rc == 0)
		return CONNECTED;
	if (rc == -ETIMEDOUT)
		kill_deaf(h);
	fd_close(&h->sock);
	return ABSENT;
}

/* What it serves stands on its command line for people; the descriptors are what it knows. */
static _Noreturn void become_holder(int program, int listener, int first, const char *where)
{
	static const char *const envp[] = { NULL };
	const char *const argv[] = { HOLD_PROGRAM, where, NULL };
	/* The numbers may be each other's. */
	const int a = fcntl(listener, F_DUPFD_CLOEXEC, FIRST_FREE_FD), b = fcntl(first, F_DUPFD_CLOEXEC, FIRST_FREE_FD);
	const int c = fcntl(program, F_DUPFD_CLOEXEC, FIRST_FREE_FD);

	if (a >= 0 && b >= 0 && c >= 0 && dup2(a, HOLD_LISTENER_FD) >= 0 && dup2(b, HOLD_FIRST_FD) >= 0 &&
	    sys_close_range(FIRST_FREE_FD, K_CLOSE_RANGE_CLOEXEC) == 0)
		(void)sys_execveat(c, argv, envp);
	_exit(EXIT_NOT_EXECUTED);
}

/* The socket beside its name, and a connection to whom it will be given. */
static int fork_holder(struct hold *h, int dir, int program, int listener, struct err *e)
{
	struct k_clone_args args = { .exit_signal = SIGCHLD };
	char link[32], where[PATH_MAX];
	int pair[2], rc = sys_socketpair(pair);

	if (rc < 0)
		return err_sys(e, rc, "a connection to " HOLD_PROGRAM);
	fmt(link, sizeof(link), "/proc/self/fd/%d", dir);
	if (sys_readlinkat(AT_FDCWD, link, where, sizeof(where)) < 0)
		*where = '\0';
	h->pid = sys_clone3(&args);
	if (h->pid == 0)
		become_holder(program, listener, pair[1], where);
	h->sock = pair[0];
	fd_close(&pair[1]);
	rc = h->pid < 0 ? h->pid : sys_socket_timeout(h->sock, HOLD_ANSWER_MS);
	return rc < 0 ? err_sys(e, rc, "start " HOLD_PROGRAM) : take_hello(h, e);
}

static int start_holder(struct hold *h, int dir, const char *program, struct err *e)
{
	auto_close int file = sys_openat(AT_FDCWD, program, O_PATH, 0);
	int rc = file < 0 ? file : sys_unlinkat(dir, SOCKET_BESIDE, 0);

	if (rc < 0 && rc != -ENOENT)
		return err_sys(e, rc, "start " HOLD_PROGRAM " (%s)", program);
	if (file < 0)
		return err_sys(e, file, "open %s", program);
	const mode_t mask = umask(0177);
	auto_close int listener = sys_unix_bind(SOCK_SEQPACKET, dir, SOCKET_BESIDE);
	umask(mask);
	if (listener < 0)
		return err_sys(e, listener, "make " HOLD_SOCKET);
	rc = fork_holder(h, dir, file, listener, e);
	if (rc == 0) {
		rc = sys_renameat(dir, SOCKET_BESIDE, HOLD_SOCKET);
		if (rc < 0)
			(void)err_sys(e, rc, "make " HOLD_SOCKET);
	}
	if (rc < 0)
		fd_close(&h->sock);	/* at which it ends, since it holds nothing */
	return rc;
}

/* ---- the same on both sides ---- */

static int give_all(struct hold *h, struct err *e)
{
	for (size_t i = 0; i < h->set.n; i++) {
		struct err refused = { 0 };

		if (ask(h, HOLD_PUT, h->set.v[i].name, h->set.v[i].fd, &refused) < 0 && h->sock < 0) {
			*e = refused;
			return e->code;
		}
	}
	return 0;
}

static int adopt(struct hold *h, struct held_set *theirs, struct err *e)
{
	for (size_t i = 0; i < theirs->n; i++) {
		int rc = held_find(&h->set, theirs->v[i].name) >= 0 ? 0 : held_put(&h->set, theirs->v[i].name, theirs->v[i].fd);

		if (rc < 0)
			return err_sys(e, rc, "remember %s", theirs->v[i].name);
		if (held_find(&h->set, theirs->v[i].name) == theirs->v[i].fd)
			theirs->v[i].fd = -EBADF;
	}
	return 0;
}

static int drop_strange(struct hold *h, const struct held_set *theirs, struct err *e)
{
	for (size_t i = 0; i < theirs->n; i++)
		if (held_find(&h->set, theirs->v[i].name) < 0 && ask(h, HOLD_DROP, theirs->v[i].name, -1, e) < 0)
			return e->code;
	return 0;
}

static int agree(struct hold *h, struct err *e)
{
	auto_held struct held_set theirs = { 0 };

	if (list(h, &theirs, e) < 0 || give_all(h, e) < 0)
		return e->code;
	return h->is_ours ? drop_strange(h, &theirs, e) : adopt(h, &theirs, e);
}

int hold_open(struct hold *h, int dir, const char *program, struct err *e)
{
	int rc;

	fd_close(&h->sock);
	rc = find_holder(h, dir, e);
	h->started = rc == ABSENT;
	if (rc == ABSENT)
		rc = start_holder(h, dir, program, e);
	if (rc == 0)
		rc = agree(h, e);
	if (rc < 0)
		fd_close(&h->sock);
	else
		h->is_ours = true;
	return rc;
}

void hold_close(struct hold *h)
{
	fd_close(&h->sock);
	held_done(&h->set);
	*h = (struct hold)HOLD_INIT;
}

int hold_put(struct hold *h, const char *name, int fd, struct err *e)
{
	int rc = held_put(&h->set, name, fd);

	if (rc < 0) {
		fd_close(&fd);
		return err_sys(e, rc, "remember %.*s", 64, name);
	}
	return ask(h, HOLD_PUT, name, fd, e);
}

int hold_find(const struct hold *h, const char *name)
{
	return held_find(&h->set, name);
}

int hold_drop(struct hold *h, const char *name, struct err *e)
{
	return held_drop(&h->set, name) ? ask(h, HOLD_DROP, name, -1, e) : 0;
}

int hold_end(struct hold *h, struct err *e)
{
	int rc = h->sock < 0 ? 0 : ask(h, HOLD_END, "", -1, e);

	hold_close(h);
	return rc;
}
