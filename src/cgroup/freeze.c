/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Freezing: freezer.state on v1, cgroup.freeze on v2. */
#include "cgroup/dir.h"

#include "sys/file.h"
#include "sys/process.h"

#include <string.h>

enum { FREEZE_WAIT_MS = 5000, V1_ROUNDS_BEFORE_THAW = 25 };

/* One side: how to ask, and how to know. */
struct side {
	const char *file;
	const char *frozen;
	const char *thawed;
	int (*wait)(const struct cg_dir *d, int64_t deadline_ms);	/* 0 frozen, 1 not by then */
};

/*
 * v1 gives no event.  A task that is about to be frozen while another forks or is moved may be missed by the kernel;
 * writing FROZEN again makes it look again, and if that does not help, a moment of THAWED does.
 */
static int wait_v1(const struct cg_dir *d, int64_t deadline_ms)
{
	for (int i = 1;; i++) {
		char state[32];
		ssize_t n = sys_read_at(d->fd, "freezer.state", state, sizeof state);
		int rc;

		if (n < 0)
			return (int)n;
		if (strncmp(state, "FROZEN", 6) == 0)
			return 0;
		if (sys_now_ms() >= deadline_ms)
			return 1;
		if (i % V1_ROUNDS_BEFORE_THAW == 0)
			sys_write_at(d->fd, "freezer.state", "THAWED");
		cg_pause(1, deadline_ms);
		rc = sys_write_at(d->fd, "freezer.state", "FROZEN");
		if (rc < 0)
			return rc;
	}
}

static int wait_v2(const struct cg_dir *d, int64_t deadline_ms)
{
	return cg_events_wait(d, "frozen", 1, deadline_ms);
}

static const struct side v1 = { "freezer.state", "FROZEN", "THAWED", wait_v1 };
static const struct side v2 = { "cgroup.freeze", "1", "0", wait_v2 };

static const struct side *side_of(const struct cg_dir *d)
{
	return d->is_v2 ? &v2 : &v1;
}

static int set(const struct cg_dir *d, const char *value, struct err *e)
{
	int rc = d->fd < 0 ? -ENOENT : sys_write_at(d->fd, side_of(d)->file, value);

	return rc < 0 ? err_sys(e, rc, "write %s to %s/%s", value, d->where, side_of(d)->file) : 0;
}

static void thaw_again(void *arg)
{
	const struct cg_dir *d = arg;

	sys_write_at(d->fd, side_of(d)->file, side_of(d)->thawed);
}

static int no_freezer(const struct cg *cg, struct err *e)
{
	if (cg->n == 0)
		return err_set(e, -ENOTSUP, "the container has no cgroup of its own and cannot be paused");
	return err_set(e, -ENOTSUP, "cgroup controller freezer is not available on this host");
}

int cg_freeze(const struct cg *cg, struct err *e)
{
	const struct cg_dir *d = cg_dir_freezer(cg);
	auto_undo struct undo frozen = { 0 };
	int rc;

	if (!d)
		return no_freezer(cg, e);
	frozen = (struct undo){ thaw_again, (void *)(uintptr_t)d };
	if (set(d, side_of(d)->frozen, e) < 0)
		return e->code;
	rc = side_of(d)->wait(d, sys_now_ms() + FREEZE_WAIT_MS);
	if (rc < 0)
		return err_sys(e, rc, "freeze %s", d->where);
	if (rc > 0)
		return err_set(e, -ETIMEDOUT, "freeze %s: not all processes could be stopped within %d seconds",
			       d->where, FREEZE_WAIT_MS / 1000);
	undo_keep(&frozen);
	return 0;
}

int cg_thaw(const struct cg *cg, struct err *e)
{
	const struct cg_dir *d = cg_dir_freezer(cg);

	return d ? set(d, side_of(d)->thawed, e) : no_freezer(cg, e);
}

int cg_is_frozen(const struct cg *cg, struct err *e)
{
	const struct cg_dir *d = cg_dir_freezer(cg);
	char state[32] = "";
	ssize_t n;

	if (!d || d->fd < 0)
		return 0;
	n = sys_read_at(d->fd, side_of(d)->file, state, sizeof state);
	if (n < 0)
		return cg_is_gone((int)n) ? 0 : err_sys(e, (int)n, "read %s/%s", d->where, side_of(d)->file);
	/* On v1 FREEZING as well: it was asked for. */
	return state[0] == (d->is_v2 ? '1' : 'F');
}

int cg_is_held(const struct cg *cg, struct err *e)
{
	const struct cg_dir *d = cg_dir_freezer(cg);

	/* v1's freezer.state tells of the levels above by itself. */
	return d && d->is_v2 ? cg_events_get(d, "frozen") == 1 : cg_is_frozen(cg, e);
}
