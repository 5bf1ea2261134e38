/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "init/sync.h"
#include "sys/socket.h"

#include <stddef.h>
#include <string.h>

enum sync_carries { CARRIES_NOTHING, CARRIES_ONE_FD, CARRIES_A_PID, CARRIES_AN_ERROR };

static const struct sync_rule {
	const char *name;
	enum sync_side from;
	enum sync_carries carries;
} rules[SYNC__COUNT] = {
#define X(name, from, carries, meaning) [SYNC_##name] = { #name, FROM_##from, CARRIES_##carries },
	SYNC_MESSAGES(X)
#undef X
};

struct message {
	uint32_t name;
	int32_t pid;		/* or a number; only with BORN and LISTENS; messages that carry nothing end before it */
	struct err err;		/* only with FAILED; shorter messages end before it */
};

int sync_send(int sock, enum sync_name name, int fd, struct err *e)
{
	const uint32_t word = name;
	int rc = sys_send(sock, &word, sizeof(word), fd);

	return rc < 0 ? err_sys(e, rc, "say %s", rules[name].name) : 0;
}

static int send_number(int sock, enum sync_name name, int32_t number, struct err *e)
{
	const struct message m = { .name = name, .pid = number };
	int rc = sys_send(sock, &m, offsetof(struct message, err), -1);

	return rc < 0 ? err_sys(e, rc, "say %s", rules[name].name) : 0;
}

int sync_send_born(int sock, pid_t pid, struct err *e)
{
	return send_number(sock, SYNC_BORN, pid, e);
}

int sync_send_listens(int sock, int fd, struct err *e)
{
	return send_number(sock, SYNC_LISTENS, fd, e);
}

void sync_send_failed(int sock, const struct err *e)
{
	struct message m = { .name = SYNC_FAILED, .err = *e };

	(void)sys_send(sock, &m, offsetof(struct message, err.text) + strlen(e->text) + 1, -1);
}

/* Positive: the message's name plus one.  0: the peer closed.  FAILED never comes out: it becomes the error. */
static int receive(int sock, int *ret_fd, pid_t *ret_pid, struct err *e)
{
	struct message m = { .name = SYNC__COUNT, .pid = -1 };
	auto_close int fd = -EBADF;
	ssize_t n = sys_recv(sock, &m, sizeof(m), &fd);

	*ret_fd = -EBADF;
	if (n == 0 || n == -ECONNRESET)	/* reset: it died with a message of ours unread */
		return 0;
	if (n < 0)
		return err_sys(e, (int)n, "wait for a message");
	if ((size_t)n < sizeof(m.name) || m.name >= SYNC__COUNT)
		return err_set(e, -EPROTO, "a message of %zd bytes makes no sense", n);
	if (m.name == SYNC_FAILED) {
		m.err.text[sizeof(m.err.text) - 1] = '\0';
		return err_set(e, m.err.code < 0 ? m.err.code : -EPROTO, "%s",
			       m.err.text[0] ? m.err.text : "the container's init failed without a reason");
	}
	if ((rules[m.name].carries == CARRIES_ONE_FD) != (fd >= 0))
		return err_set(e, -EPROTO, "%s came %s a descriptor", rules[m.name].name, fd >= 0 ? "with" : "without");
	*ret_fd = take_fd(fd);
	*ret_pid = m.pid;
	return (int)m.name + 1;
}

static int expect(int sock, enum sync_name want, int *ret_fd, pid_t *ret_pid, struct err *e)
{
	auto_close int fd = -EBADF;
	int got = receive(sock, &fd, ret_pid, e);

	if (got < 0)
		return got;
	if (got == 0)
		return err_set(e, -EPIPE, "the %s died before it said %s",
			       rules[want].from == FROM_INIT ? "container's init" : "runtime", rules[want].name);
	if (got - 1 != (int)want)
		return err_set(e, -EPROTO, "expected %s, got %s", rules[want].name, rules[got - 1].name);
	if (ret_fd)
		*ret_fd = take_fd(fd);
	return 0;
}

int sync_expect(int sock, enum sync_name want, int *ret_fd, struct err *e)
{
	pid_t ignored;

	return expect(sock, want, ret_fd, &ignored, e);
}

int sync_expect_born(int sock, pid_t *ret_pid, struct err *e)
{
	pid_t pid;

	if (expect(sock, SYNC_BORN, NULL, &pid, e) < 0)
		return e->code;
	if (pid <= 1)
		return err_set(e, -EPROTO, "%d is not the pid of an init", pid);
	*ret_pid = pid;
	return 0;
}

int sync_expect_listens(int sock, int *ret_number, struct err *e)
{
	pid_t number;

	if (expect(sock, SYNC_LISTENS, NULL, &number, e) < 0)
		return e->code;
	if (number < 0)
		return err_set(e, -EPROTO, "%d is not the number of a listener", number);
	*ret_number = number;
	return 0;
}

int sync_until_closed(int sock, struct err *e)
{
	auto_close int fd = -EBADF;
	pid_t ignored;
	int got = receive(sock, &fd, &ignored, e);

	if (got < 0)
		return got;
	return got == 0 ? SYNC_CLOSED : err_set(e, -EPROTO, "unexpected %s", rules[got - 1].name);
}

void sync_last_words(int sock, struct err *e)
{
	struct err said = { 0 };
	auto_close int fd = -EBADF;
	pid_t pid;
	int got = 1;

	while (sock >= 0 && got > 0 && sys_poll_in(sock, 0) > 0) {
		fd_close(&fd);
		got = receive(sock, &fd, &pid, &said);
	}
	if (got < 0)
		*e = said;
}
