/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes the container's directories in each hierarchy and puts processes into them. */
#include "cgroup/dir.h"

#include "base/arr.h"
#include "base/fmt.h"
#include "sys/file.h"

#include <limits.h>
#include <string.h>

enum { MKDIR_TRIES = 16 };

/* ---- one path, level by level ---- */

enum { LEVEL_DONE = 0, LEVEL_GONE = 1 };

/* A walk down the path of a place. */
struct walk {
	const struct cg_place *place;
	struct cg_dir *d;
	int fd;			/* where it is now; the mount point's descriptor is not its own */
	size_t len;		/* of that part of the path */
	uint32_t made;		/* levels at the end of that part which this walk made */
	pid_t keeper;
};

/* Who may not, and what they can do then. */
static int refuse_level(const struct walk *w, const char *name, int rc, struct err *e)
{
	static const struct {
		int code;
		const char *remedy;
	} rows[] = {
		{ -EROFS,  "mount it writable, or use --cgroup-manager=disabled" },
		{ -EACCES, "that part of the tree is not this user's; have one delegated (--cgroup-manager=systemd), or use "
			   "--cgroup-manager=disabled" },
		{ -EPERM,  "that part of the tree is not this user's; have one delegated (--cgroup-manager=systemd), or use "
			   "--cgroup-manager=disabled" },
		{ -EAGAIN, "a cgroup above allows no more (cgroup.max.descendants, cgroup.max.depth)" },
	};
	char meaning[64];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].code == rc)
			return err_set(e, rc, "make cgroup %s: mkdir %s: %s; %s", w->d->where, name,
				       err_meaning(rc, meaning), rows[i].remedy);
	return err_sys(e, rc, "make cgroup %s: mkdir %s", w->d->where, name);
}

/* mkdir, and opening what is there then.  LEVEL_GONE: somebody removed the parent or the new one in between. */
static int enter_level(struct walk *w, const char *name, struct err *e)
{
	int rc = sys_mkdirat(w->fd, name, 0755);
	bool made = rc == 0;
	int child;

	if (rc < 0 && rc != -EEXIST)
		return cg_is_gone(rc) ? LEVEL_GONE : refuse_level(w, name, rc, e);
	child = cg_dir_below(w->fd, name);
	if (child < 0 && made)
		sys_unlinkat(w->fd, name, AT_REMOVEDIR);
	if (child < 0)
		return cg_is_gone(child) ? LEVEL_GONE : err_sys(e, child, "make cgroup %s: open %s", w->d->where, name);
	w->made = made ? w->made + 1 : 0;
	w->len += 1 + strlen(name);
	if (w->fd != w->d->root_fd)
		fd_close(&w->fd);
	w->fd = child;
	return LEVEL_DONE;
}

static int prepare_level(const struct walk *w, int parent_fd, struct err *e)
{
	if (!w->d->is_v2 && (w->d->controllers & CG_BIT(CG_CPUSET)))
		return cg1_inherit_cpuset(parent_fd, w->fd, w->d->where, e);
	return 0;
}

/*
 * A cgroup with processes passes no controllers on (admin-guide/cgroup-v2.rst, "No Internal Process Constraint"), and the
 * unit has one: that goes down to where the container will be.
 */
static int move_keeper(const struct walk *w, struct err *e)
{
	char text[16];
	int rc;

	fmt(text, sizeof text, "%d", (int)w->keeper);
	rc = w->keeper > 0 ? sys_write_at(w->fd, "cgroup.procs", text) : 0;
	return rc < 0 ? err_sys(e, rc, "write %s to %s/cgroup.procs", text, w->d->where) : 0;
}

/*
 * What failed at a level is no error if the level is not there any more: before a directory is in it, whoever used it last may
 * remove it, and what was open of it then answers ENODEV.
 */
static int judge_level(const struct walk *w, struct err *e)
{
	if (!cg_is_gone(sys_faccessat(w->fd, "cgroup.procs", F_OK)))
		return e->code;
	*e = (struct err){ 0 };
	return LEVEL_GONE;
}

static int walk_levels(struct walk *w, struct err *e)
{
	const char *path = w->place->path;

	while (path[w->len]) {
		const char *name_at = path + w->len + 1;
		char name[NAME_MAX + 1], where[CG_PATH_MAX * 2];
		auto_close int parent = fcntl(w->fd, F_DUPFD_CLOEXEC, 3);
		int rc;

		if (parent < 0)
			return err_sys(e, -errno, "duplicate a descriptor");
		fmt(name, sizeof name, "%.*s", (int)strcspn(name_at, "/"), name_at);
		fmt(where, sizeof where, "%s%.*s", w->place->h->mount_point, (int)w->len, path);
		const bool leaves_unit = w->d->is_v2 && w->place->unit_len > 0 && w->len == w->place->unit_len;

		if (w->d->is_v2 && !leaves_unit && cg2_enable(w->fd, where, w->place, e) < 0)
			return judge_level(w, e);
		rc = enter_level(w, name, e);
		if (rc != LEVEL_DONE)
			return rc;
		if (leaves_unit && (move_keeper(w, e) < 0 || cg2_enable(parent, where, w->place, e) < 0))
			return e->code;
		if (prepare_level(w, parent, e) < 0)
			return judge_level(w, e);
	}
	return LEVEL_DONE;
}

int cg_rmdir(int root_fd, const char *path)
{
	const char *slash = strrchr(path, '/');
	char parent[CG_PATH_MAX];
	auto_close int fd = -EBADF;

	fmt(parent, sizeof parent, ".%.*s", (int)(slash - path), path);
	fd = cg_dir_below(root_fd, parent);
	return fd < 0 ? fd : sys_unlinkat(fd, slash + 1, AT_REMOVEDIR);
}

void cg_remove_levels(int root_fd, const char *path, size_t len, uint32_t n)
{
	char rest[CG_PATH_MAX];

	fmt(rest, sizeof rest, "%.*s", (int)len, path);
	for (char *slash = strrchr(rest, '/'); n > 0 && slash; slash = strrchr(rest, '/'), n--) {
		if (cg_rmdir(root_fd, rest) < 0)
			return;
		*slash = '\0';
	}
}

static int make_place(const struct cg_place *place, pid_t keeper, struct cg_dir *d, struct err *e)
{
	for (int i = 0; i < MKDIR_TRIES; i++) {
		struct walk w = { .place = place, .d = d, .fd = d->root_fd, .keeper = keeper };
		int rc = walk_levels(&w, e);

		if (rc == LEVEL_DONE) {
			d->fd = w.fd;
			d->made = w.made;
			return 0;
		}
		if (w.fd != d->root_fd)
			fd_close(&w.fd);
		cg_remove_levels(d->root_fd, place->path, w.len, w.made);
		if (rc < 0)
			return rc;
	}
	return err_set(e, -ENOENT, "make cgroup %s: it is being removed all the time", d->where);
}

/* ---- is it free? ---- */

/* One that exists already may be left over from somebody, but nobody may be in it but the unit's keeper. */
static int check_free(const struct cg *cg, pid_t keeper, bool existed, struct err *e)
{
	auto_pids struct cg_pid_list l = { 0 };
	int rc;

	if (existed) {
		if (cg_all_pids(cg, &l, e) < 0)
			return e->code;
		l.n -= cg_pid_list_has(&l, keeper);
		if (l.n > 0)
			return err_set(e, -EBUSY, "container's cgroup is not empty: %zu process(es) found", l.n);
	}
	/* A new one below a frozen one is frozen as well. */
	rc = cg_is_held(cg, e);
	if (rc < 0)
		return rc;
	return rc ? err_set(e, -EBUSY, "container's cgroup unexpectedly frozen") : 0;
}

static void undo_places(void *arg)
{
	struct cg *cg = arg;

	for (size_t i = cg->n; i > 0; i--) {
		struct cg_dir *d = &cg->v[i - 1];

		/* Removing takes a descriptor, and it may be those that there were too few of. */
		fd_close(&d->fd);
		cg_remove_levels(d->root_fd, d->path, strlen(d->path), d->made);
	}
}

int cg_create(const struct cg_plan *p, struct cg *ret_cg, struct err *e)
{
	auto_cg struct cg cg = CG_INIT;
	auto_undo struct undo made = { undo_places, &cg };
	bool existed = false;

	for (size_t i = 0; i < p->n_places; i++) {
		const struct cg_place *place = &p->places[i];
		struct cg_dir *d = &cg.v[cg.n++];

		if (cg_dir_init(d, place->h->mount_point, place->path, place->h->is_v2, place->h->controllers, e) < 0 ||
		    make_place(place, p->keeper, d, e) < 0)
			return e->code;
		existed = existed || d->made == 0;
	}
	if (check_free(&cg, p->keeper, existed, e) < 0 || cg_give_away(&cg, p, e) < 0)
		return e->code;
	undo_keep(&made);
	*ret_cg = cg;
	cg.n = 0;
	return 0;
}

/* ---- entering ---- */

static int enter_places(const struct cg *cg, pid_t pid, bool also_v2, struct err *e)
{
	char text[16];

	fmt(text, sizeof text, "%d", (int)pid);
	for (size_t i = 0; i < cg->n; i++) {
		const struct cg_dir *d = &cg->v[i];
		int rc;

		if (d->is_v2 && !also_v2)
			continue;
		rc = d->fd < 0 ? -ENOENT : sys_write_at(d->fd, "cgroup.procs", text);
		if (rc < 0)
			return err_sys(e, rc, "write %s to %s/cgroup.procs", text, d->where);
	}
	return 0;
}

int cg_enter(const struct cg *cg, pid_t pid, struct err *e)
{
	return enter_places(cg, pid, false, e);
}

int cg_enter_all(const struct cg *cg, pid_t pid, struct err *e)
{
	return enter_places(cg, pid, true, e);
}
