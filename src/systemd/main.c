/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cist-systemd: a program of its own, since libsystemd costs every start of a program that is linked with it half a
 * millisecond.  It takes its requests from standard input (systemd/request.h) and ends with it.
 */
#include "systemd/bus.h"
#include "sys/file.h"
#include "sys/process.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

struct helper {
	struct manager m;
	bool is_open;
	bool is_users;
	pid_t keeper;
	int keeper_life;	/* closed: the keeper leaves */
	char *cgroup;
};

/* ---- the keeper ---- */

/* It holds nothing but the pipe, allocates nothing, and ends when nobody has the other end any more. */
static _Noreturn void keep(int pipe_end)
{
	char byte;

	if (dup2(pipe_end, 0) == 0 && sys_close_range(1, 0) == 0)
		while (read(0, &byte, 1) < 0 && errno == EINTR)
			;
	_exit(0);
}

static int make_keeper(struct helper *h, struct err *e)
{
	struct k_clone_args args = { .exit_signal = SIGCHLD };
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_sys(e, -errno, "make a pipe");
	h->keeper_life = ends[1];
	h->keeper = sys_clone3(&args);
	if (h->keeper == 0)
		keep(ends[0]);
	close(ends[0]);
	return h->keeper < 0 ? err_sys(e, h->keeper, "clone3") : 0;
}

static void release_keeper(struct helper *h)
{
	fd_close(&h->keeper_life);
	if (h->keeper > 0)
		waitpid(h->keeper, NULL, 0);
	h->keeper = 0;
}

/* ---- requests ---- */

static bool is_slice(const char *unit)
{
	const char *dot = strrchr(unit, '.');

	return dot && strcmp(dot, ".slice") == 0;
}

static int start(struct helper *h, const struct request *q, struct err *e)
{
	if (h->keeper > 0)
		return err_set(e, -EBUSY, "a unit is being made already");
	if (!is_slice(q->unit) && make_keeper(h, e) < 0)
		return e->code;
	if (manager_start(&h->m, q, h->keeper, &h->cgroup, e) < 0)
		release_keeper(h);
	return e->code;
}

static int carry_out(struct helper *h, const struct request *q, struct err *e)
{
	if (q->verb == REQUEST_RELEASE) {
		release_keeper(h);
		return 0;
	}
	if (h->is_open && h->is_users != q->is_users)
		return err_set(e, -EINVAL, "two buses in one session");
	if (!h->is_open && manager_open(&h->m, q->is_users, e) < 0)
		return e->code;
	h->is_open = true;
	h->is_users = q->is_users;
	free(h->cgroup);
	h->cgroup = NULL;
	switch (q->verb) {
	case REQUEST_FIND:   return manager_find(&h->m, &h->cgroup, e);
	case REQUEST_START:  return start(h, q, e);
	case REQUEST_SET:    return manager_set(&h->m, q, e);
	case REQUEST_ATTACH: return manager_attach(&h->m, q, e);
	case REQUEST_STOP:   return manager_stop(&h->m, q, e);
	case REQUEST_CLEAR:  return manager_clear(&h->m, q, e);
	case REQUEST_RELEASE:
	case REQUEST__VERBS:
		break;
	}
	return err_set(e, -EINVAL, "unknown request");
}

static int answer(const struct helper *h, const struct err *e)
{
	const char *text = e->code < 0 ? e->text : h->cgroup ? h->cgroup : "";
	const struct request_answer a = { e->code, h->keeper, (uint32_t)strlen(text) };
	int rc = sys_write_all(STDIN_FILENO, &a, sizeof(a));

	return rc < 0 ? rc : sys_write_all(STDIN_FILENO, text, a.length);
}

/* 1: there was one.  0: the end. */
static int serve_one(struct helper *h)
{
	struct err e = { 0 };
	struct request q = { 0 };
	uint32_t length;
	char *text;
	int rc;

	if (sys_read_all(STDIN_FILENO, &length, sizeof(length)) != sizeof(length) || length == 0 ||
	    length > REQUEST_BYTES_MAX)
		return 0;
	text = malloc(length);
	if (!text || sys_read_all(STDIN_FILENO, text, length) != (ssize_t)length) {
		free(text);
		return 0;
	}
	if (request_parse(text, length, &q, &e) == 0) {
		rc = carry_out(h, &q, &e);
		e.code = rc;
	}
	rc = answer(h, &e);
	request_free(&q);
	free(text);
	return rc == 0;
}

int main(void)
{
	struct helper h = { .keeper_life = -EBADF };

	/*
	 * When cist dies, what was begun is brought to its end first.  A keeper that went while systemd is at its unit would be
	 * taken for alive: as a zombie it can be put into a cgroup without being in it, and nobody hears that this is empty.
	 */
	while (serve_one(&h) > 0)
		;
	release_keeper(&h);
	free(h.cgroup);
	if (h.is_open)
		manager_close(&h.m);
	return 0;
}
