/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/hold_serve.h"
#include "supervise/hold.h"

#include "base/arr.h"
#include "sys/allow.h"
#include "sys/cred.h"
#include "sys/file.h"
#include "sys/process.h"
#include "sys/socket.h"

#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

enum {
	CLIENTS_MAX = 8,	/* the supervisor, one that was killed a moment ago, somebody who looks */
	BACKLOG = 8,
	SEND_MS = 2 * 1000,	/* for a client to take what it asked for */
	SPARE_FILES = 32,	/* of its descriptors are not for what it holds: clients, and what comes with a message */
};

struct server {
	struct pollfd p[1 + CLIENTS_MAX];	/* the listener, then the clients */
	size_t n;
	uid_t uid;
	size_t most;				/* that it holds; beyond that nobody could connect any more */
	struct held_set set;
};

/* A number that libc has no need of is not in the list of another machine. */
static const struct sys_allowed calls[] = {
#ifdef SYS_poll
	{ .nr = SYS_poll },
#endif
	{ .nr = SYS_ppoll },
	{ .nr = SYS_restart_syscall },
	{ .nr = SYS_accept4 },
	{ .nr = SYS_recvmsg },
	{ .nr = SYS_sendmsg },
	{ .nr = SYS_getsockopt },
	{ .nr = SYS_setsockopt },
	{ .nr = SYS_close },
	{ .nr = SYS_brk },
	{ .nr = SYS_mmap, .when = SYS_ALLOW_ANONYMOUS },
	{ .nr = SYS_munmap },
	{ .nr = SYS_mremap },
	{ .nr = SYS_getrandom },	/* the first malloc() asks for some */
	{ .nr = SYS_exit_group },
};

/* ---- a request ---- */

static int put(struct held_set *s, const char *name, int fd)
{
	int rc = fd < 0 ? -EINVAL : held_put(s, name, fd);

	if (rc < 0)
		fd_close(&fd);
	return rc;
}

int hold_request(struct held_set *s, const char *message, size_t n, int fd)
{
	char name[HELD_NAME_MAX] = "";
	const char what = n > 0 ? *message : '\0';
	const bool has_name = what == HOLD_PUT || what == HOLD_DROP;

	if (has_name && held_is_name(message + 1, n - 1))
		memcpy(name, message + 1, n - 1);
	if (what == HOLD_PUT && *name)
		return put(s, name, fd);
	fd_close(&fd);
	if (what == HOLD_DROP && *name) {
		(void)held_drop(s, name);
		return 0;
	}
	return n == 1 && (what == HOLD_LIST || what == HOLD_END) ? 0 : -EINVAL;
}

static int say_done(int sock, int code)
{
	char text[1 + sizeof(int32_t)] = { HOLD_DONE };
	const int32_t number = code;

	memcpy(text + 1, &number, sizeof(number));
	return sys_send(sock, text, sizeof(text), -1);
}

static int say_hello(int sock)
{
	const char text[] = { HOLD_HELLO, HOLD_VERSION };

	return sys_send(sock, text, sizeof(text), -1);
}

static int say_all(const struct held_set *s, int sock)
{
	char text[HOLD_MESSAGE_MAX] = { HOLD_NAME };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < s->n; i++) {
		const size_t n = strlen(s->v[i].name);

		memcpy(text + 1, s->v[i].name, n);
		rc = sys_send(sock, text, 1 + n, s->v[i].fd);
	}
	return rc;
}

enum served { GO_ON, HANG_UP, END };

/* One request of a client that has something to say, or is gone. */
static enum served serve_one(struct server *s, int sock)
{
	char message[HOLD_MESSAGE_MAX];
	int fd = -1, code, rc = 0;
	const ssize_t n = sys_recv(sock, message, sizeof(message), &fd);

	if (n == 0 || (n < 0 && n != -EMSGSIZE))
		return HANG_UP;
	if (n > 0 && *message == HOLD_PUT && s->set.n >= s->most) {
		fd_close(&fd);
		code = -EMFILE;
	} else {
		code = n < 0 ? (int)n : hold_request(&s->set, message, (size_t)n, fd);
	}
	if (n > 0 && code == 0 && *message == HOLD_LIST)
		rc = say_all(&s->set, sock);
	if (rc == 0)
		rc = say_done(sock, code);
	if (n > 0 && code == 0 && *message == HOLD_END)
		return END;
	return rc < 0 ? HANG_UP : GO_ON;
}

/* ---- clients ---- */

static void add_client(struct server *s, int sock)
{
	uid_t uid;

	if (s->n < ARRAY_LEN(s->p) && sys_peer_uid(sock, &uid) == 0 && uid == s->uid &&
	    sys_socket_timeout(sock, SEND_MS) == 0 && say_hello(sock) == 0)
		s->p[s->n++] = (struct pollfd){ .fd = sock, .events = POLLIN };
	else
		fd_close(&sock);
}

static void remove_client(struct server *s, size_t i)
{
	fd_close(&s->p[i].fd);
	s->p[i] = s->p[--s->n];
}

/* One turn; false: it is over. */
static bool turn(struct server *s)
{
	/* With all places taken nobody is let in. */
	const size_t first = s->n < ARRAY_LEN(s->p) ? 0 : 1;

	s->p[0].revents = 0;
	if (poll(s->p + first, s->n - first, -1) < 0)
		return errno == EINTR;
	for (size_t i = s->n; i-- > 1;)
		if (s->p[i].revents)
			switch (serve_one(s, s->p[i].fd)) {
			case END:
				return false;
			case HANG_UP:
				remove_client(s, i);
				break;
			case GO_ON:
				break;
			}
	if (s->p[0].revents) {
		const int sock = sys_accept(s->p[0].fd);

		if (sock >= 0)
			add_client(s, sock);
	}
	/* Who started it died before it had a name; or dropped all, and went without a word.  Nothing is lost. */
	return s->n > 1 || s->set.n > 0;
}

/* ---- becoming it ---- */

/* Nothing stays open that a terminal, a pipe or a file system would be held by. */
static int leave_descriptors(void)
{
	auto_close int null = sys_openat(AT_FDCWD, "/dev/null", O_RDWR | O_NOCTTY, 0);
	int rc = null < 0 ? null : sys_chdir("/");

	for (int fd = STDIN_FILENO; rc == 0 && fd <= STDERR_FILENO; fd++)
		rc = dup2(null, fd) < 0 ? -errno : 0;
	fd_close(&null);
	return rc < 0 ? rc : sys_close_range(HOLD_FIRST_FD + 1, 0);
}

static int raise_files(size_t *ret_most)
{
	uint64_t soft, hard;
	int rc = sys_getrlimit(RLIMIT_NOFILE, &soft, &hard);

	if (rc == 0)
		rc = sys_setrlimit(RLIMIT_NOFILE, hard, hard);
	*ret_most = hard > SPARE_FILES ? hard - SPARE_FILES : 0;
	return rc;
}

static int leave_privileges(void)
{
	int rc = sys_prctl(K_PR_CAP_AMBIENT, K_PR_CAP_AMBIENT_CLEAR_ALL, 0);

	if (rc == 0)
		rc = sys_setrlimit(RLIMIT_CORE, 0, 0);
	if (rc == 0)
		rc = sys_capset(0, 0, 0);
	if (rc == 0)
		rc = sys_prctl(K_PR_SET_DUMPABLE, 0, 0);
	return rc < 0 ? rc : sys_prctl(K_PR_SET_NO_NEW_PRIVS, 1, 0);
}

/* A terminal's signals are not for it, and none is to be: it sees the end of no process, and ends when it is told to. */
static int settle(size_t *ret_most)
{
	int rc = sys_hold_signals();

	if (rc == 0)
		(void)setsid();		/* it may be the leader of a session already */
	if (rc == 0)
		rc = sys_prctl(K_PR_SET_NAME, (unsigned long)HOLD_PROGRAM, 0);
	if (rc == 0)
		rc = leave_descriptors();
	if (rc == 0)
		rc = raise_files(ret_most);
	if (rc == 0)
		rc = leave_privileges();
	/* Here, and not where it was bound: who listens is who SO_PEERCRED names to those who connect. */
	if (rc == 0)
		rc = listen(HOLD_LISTENER_FD, BACKLOG) < 0 ? -errno : 0;
	return rc < 0 ? rc : sys_allow_only(calls, ARRAY_LEN(calls));
}

static void say_failed(const struct err *e)
{
	char text[HOLD_MESSAGE_MAX] = { HOLD_FAILED };
	const size_t n = strnlen(e->text, sizeof(text) - 1);

	memcpy(text + 1, e->text, n);
	(void)sys_send(HOLD_FIRST_FD, text, 1 + n, -1);
}

/* It takes two sockets to begin with; whoever executes this by hand has none. */
static int check_sockets(struct err *e)
{
	for (int fd = HOLD_LISTENER_FD; fd <= HOLD_FIRST_FD; fd++) {
		struct stat st;

		if (sys_fstat(fd, &st) < 0 || !S_ISSOCK(st.st_mode))
			return err_set(e, -EINVAL, HOLD_PROGRAM " is started by lithos_tree");
	}
	return 0;
}

int hold_serve(struct err *e)
{
	struct server s = { .p = { { .fd = HOLD_LISTENER_FD, .events = POLLIN } }, .n = 1, .uid = geteuid() };
	int rc = check_sockets(e);

	if (rc < 0)
		return rc;
	rc = settle(&s.most);
	if (rc < 0) {
		(void)err_sys(e, rc, "become " HOLD_PROGRAM);
		say_failed(e);
		return rc;
	}
	add_client(&s, HOLD_FIRST_FD);
	while (turn(&s))
		;
	_exit(0);	/* what a library does at an exit() is not in the filter */
}
