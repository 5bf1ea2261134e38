/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SIGKILL to a whole cgroup, waiting for its end, and removing it. */
#include "cgroup/dir.h"

#include "sys/file.h"
#include "sys/process.h"

#include <limits.h>
#include <signal.h>
#include <string.h>

enum { PIDFDS_AT_ONCE = 128, KILL_ROUNDS = 64 };

/* ---- by pid, where the kernel has no cgroup.kill ---- */

/*
 * A pid read from cgroup.procs may belong to somebody else by the time of kill(2).  So: pidfds first, then the list
 * again; who is still in it is who the pidfd means, and the signal goes through the pidfd.
 */
static int kill_some(const struct cg *cg, const pid_t *v, size_t n, struct err *e)
{
	auto_pids struct cg_pid_list again = { 0 };
	int fds[PIDFDS_AT_ONCE], rc;

	for (size_t i = 0; i < n; i++)
		fds[i] = sys_pidfd_open(v[i]);
	rc = cg_all_pids(cg, &again, e);
	for (size_t i = 0; i < n; i++) {
		if (rc == 0 && fds[i] >= 0 && cg_pid_list_has(&again, v[i])) {
			int sent = sys_pidfd_send_signal(fds[i], SIGKILL);

			if (sent < 0 && sent != -ESRCH)
				rc = err_sys(e, sent, "kill process %d", (int)v[i]);
		}
		fd_close(&fds[i]);
	}
	return rc;
}

static int kill_listed(const struct cg *cg, const struct cg_pid_list *l, struct err *e)
{
	for (size_t at = 0; at < l->n; at += PIDFDS_AT_ONCE) {
		size_t n = l->n - at < PIDFDS_AT_ONCE ? l->n - at : PIDFDS_AT_ONCE;

		if (kill_some(cg, l->v + at, n, e) < 0)
			return e->code;
	}
	return 0;
}

/* Frozen, nobody can fork while the list is worked through.  Best effort: without a freezer there are rounds. */
static void thaw_all(void *arg)
{
	struct err ignored = { 0 };

	if (cg_thaw(arg, &ignored) < 0)
		return;
}

static bool is_same_list(const struct cg_pid_list *a, const struct cg_pid_list *b)
{
	return a->n == b->n && (a->n == 0 || memcmp(a->v, b->v, a->n * sizeof *a->v) == 0);
}

static int kill_rounds(const struct cg *cg, struct err *e)
{
	auto_pids struct cg_pid_list before = { 0 };

	/* Until a list brings nobody new: who was signalled may take its time, but cannot fork any more. */
	for (int i = 0; i < KILL_ROUNDS; i++) {
		auto_pids struct cg_pid_list l = { 0 };

		if (cg_all_pids(cg, &l, e) < 0)
			return e->code;
		if (l.n == 0 || (i > 0 && is_same_list(&l, &before)))
			return 0;
		if (kill_listed(cg, &l, e) < 0)
			return e->code;
		cg_pid_list_free(&before);
		before = l;
		l = (struct cg_pid_list){ 0 };
	}
	return err_set(e, -EBUSY, "processes of the container appear faster than they can be killed");
}

static int kill_by_pid(const struct cg *cg, struct err *e)
{
	auto_undo struct undo frozen = { 0 };
	const struct cg_dir *d = cg_dir_freezer(cg);
	struct err ignored = { 0 };

	if (d && d->fd >= 0) {
		frozen = (struct undo){ thaw_all, (void *)(uintptr_t)cg };
		if (cg_freeze(cg, &ignored) < 0)
			return kill_rounds(cg, e);
	}
	return kill_rounds(cg, e);
}

/* ---- the verbs ---- */

/* Somebody else's path in a damaged record must not end us. */
static int refuse_self(const struct cg *cg, struct err *e)
{
	auto_pids struct cg_pid_list l = { 0 };
	int rc = cg_all_pids(cg, &l, e);

	if (rc == -ELOOP) {		/* nested too deeply to be ours; cgroup.kill does not mind */
		*e = (struct err){ 0 };
		return 1;
	}
	if (rc < 0)
		return rc;
	if (cg_pid_list_has(&l, getpid()))
		return err_set(e, -EINVAL, "cgroup %s contains this process itself and is not killed", cg->v[0].where);
	return (int)(l.n > 0);
}

int cg_kill(const struct cg *cg, struct err *e)
{
	const struct cg_dir *v2 = cg_dir_v2(cg), *v1 = cg_dir_v1(cg);
	int rc = cg->n == 0 ? 0 : refuse_self(cg, e);

	if (rc <= 0)
		return rc;
	rc = v2 && v2->fd >= 0 ? sys_write_at(v2->fd, "cgroup.kill", "1") : -ENOENT;
	if (rc < 0 && !cg_is_gone(rc) && rc != -EOPNOTSUPP)
		return err_sys(e, rc, "write 1 to %s/cgroup.kill", v2->where);
	if (rc < 0)
		return kill_by_pid(cg, e);
	/* v1's freezer holds back even SIGKILL; on v2 the next user of the cgroup would be frozen. */
	thaw_all((void *)(uintptr_t)cg);
	return v1 ? kill_rounds(cg, e) : 0;	/* somebody may be in the v1 part only */
}

/* v1 has no event for "empty", but every process has a pidfd. */
static int wait_processes(const struct cg *cg, int64_t deadline_ms, struct err *e)
{
	for (;;) {
		auto_pids struct cg_pid_list l = { 0 };
		auto_close int pidfd = -EBADF;
		int64_t left = deadline_ms - sys_now_ms();

		if (cg_all_pids(cg, &l, e) < 0)
			return e->code;
		if (l.n == 0)
			return 0;
		if (left <= 0)
			return 1;
		pidfd = sys_pidfd_open(l.v[0]);
		if (pidfd < 0)
			cg_pause(1, deadline_ms);	/* it has ended just now, or its leader has before it */
		else if (sys_pidfd_poll(pidfd, left < INT_MAX ? (int)left : INT_MAX) < 0)
			return err_set(e, -EIO, "wait for process %d to end", (int)l.v[0]);
	}
}

int cg_wait_empty(const struct cg *cg, int timeout_ms, struct err *e)
{
	int64_t deadline = sys_now_ms() + timeout_ms;
	const struct cg_dir *v2 = cg_dir_v2(cg);
	int rc = v2 ? cg_events_wait(v2, "populated", 0, deadline) : 0;

	if (rc < 0)
		return err_sys(e, rc, "wait for %s to become empty", v2->where);
	if (rc > 0 || !cg_dir_v1(cg))
		return rc;
	return wait_processes(cg, deadline, e);
}

/* ---- removal ---- */

static int remove_leaf(const struct cg_dir *d, int64_t deadline_ms, struct err *e)
{
	int rc = cg_rmdir(d->root_fd, d->path);

	if ((rc == -EBUSY || rc == -ENOTEMPTY) && d->fd >= 0) {
		rc = d->is_v2 ? cg_events_wait(d, "populated", 0, deadline_ms) : 0;
		if (rc == 0)
			rc = cg_tree_remove_below(d->fd, deadline_ms);
		if (rc == 0)
			rc = cg_rmdir(d->root_fd, d->path);
	}
	/* A process that has left the list may hold its cgroup for a moment longer; v1 does not say until when. */
	while (rc == -EBUSY && sys_now_ms() < deadline_ms) {
		cg_pause(1, deadline_ms);
		rc = cg_rmdir(d->root_fd, d->path);
	}
	if (rc > 0)
		rc = -EBUSY;
	return rc < 0 && !cg_is_gone(rc) ? err_sys(e, rc, "remove cgroup %s", d->where) : 0;
}

int cg_remove(const struct cg *cg, int timeout_ms, struct err *e)
{
	int64_t deadline = sys_now_ms() + timeout_ms;
	struct err first = { 0 };

	/* One that stays must not keep the others. */
	for (size_t i = 0; i < cg->n; i++) {
		const struct cg_dir *d = &cg->v[i];
		struct err mine = { 0 };
		const char *slash = strrchr(d->path, '/');

		if (remove_leaf(d, deadline, &mine) < 0) {
			if (first.code == 0)
				first = mine;
		} else if (d->made > 1) {
			cg_remove_levels(d->root_fd, d->path, (size_t)(slash - d->path), d->made - 1);
		}
	}
	if (first.code < 0) {
		*e = first;
		return e->code;
	}
	return 0;
}
