/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Gives a container its own part of the v2 tree: by owner, and as a cgroup below that it manages itself. */
#include "cgroup/dir.h"
#include "cgroup/host.h"

#include "base/fmt.h"
#include "sys/file.h"

#include <limits.h>
#include <string.h>

/* ---- the owner ---- */

/* Where the kernel does not say, these (config-linux.md#cgroup-ownership). */
static const char delegated_files[] = "cgroup.procs\ncgroup.subtree_control\ncgroup.threads\n";

static int give_file(const struct cg_dir *d, int fd, const char *name, uint32_t uid, struct err *e)
{
	int rc = sys_fchownat(fd, name, uid, (gid_t)-1);

	/* Not every file of the kernel's list is in every cgroup. */
	return rc < 0 && rc != -ENOENT ? err_sys(e, rc, "give %s/%s to user %u", d->where, name, uid) : 0;
}

static int give_directory(const struct cg_dir *d, int fd, uint32_t uid, struct err *e)
{
	char list[4096], name[NAME_MAX + 1];
	ssize_t n = sys_read_at(AT_FDCWD, "/sys/kernel/cgroup/delegate", list, sizeof list);
	const char *files = n < 0 ? delegated_files : list;
	int rc = sys_fchown(fd, uid, (gid_t)-1);

	if (rc < 0)
		return err_sys(e, rc, "give %s to user %u", d->where, uid);
	for (const char *s = files + strspn(files, "\n"); *s; s += strspn(s, "\n")) {
		size_t len = strcspn(s, "\n");

		if (len < sizeof name && !memchr(s, '/', len)) {
			fmt(name, sizeof name, "%.*s", (int)len, s);
			if (give_file(d, fd, name, uid, e) < 0)
				return e->code;
		}
		s += len;
	}
	return 0;
}

int cg_give_away(const struct cg *cg, const struct cg_plan *p, struct err *e)
{
	const struct cg_dir *d = cg_dir_v2(cg);

	if (!p->has_owner || !d)
		return 0;
	return give_directory(d, d->fd, p->owner, e);
}

/* ---- the cgroup below ---- */

/* All levels of the path, each for the owner; *ret_fd is the last one. */
static int make_below(const struct cg_dir *d, const struct cg_plan *p, int *ret_fd, struct err *e)
{
	auto_close int fd = cg_dir_below(d->fd, ".");
	char name[NAME_MAX + 1];

	if (fd < 0)
		return err_sys(e, fd, "open %s", d->where);
	for (const char *s = p->delegate; *s; s += *s == '/') {
		size_t len = strcspn(s, "/");
		int rc, child;

		fmt(name, sizeof name, "%.*s", (int)len, s);
		rc = sys_mkdirat(fd, name, 0755);
		if (rc < 0 && rc != -EEXIST)
			return err_sys(e, rc, "make cgroup %s/%s: mkdir %s", d->where, p->delegate, name);
		child = cg_dir_below(fd, name);
		if (child < 0)
			return err_sys(e, child, "make cgroup %s/%s: open %s", d->where, p->delegate, name);
		fd_close(&fd);
		fd = child;
		if (p->has_owner && give_directory(d, fd, p->owner, e) < 0)
			return e->code;
		s += len;
	}
	*ret_fd = take_fd(fd);
	return 0;
}

/* Level by level, what there is: only now is no process in the way.  What cannot be had is not passed on. */
static int pass_on_controllers(const struct cg_dir *d, const struct cg_plan *p, struct err *e)
{
	struct cg_place place = { .path = "" };
	char list[512], path[CG_PATH_MAX], where[2 * CG_PATH_MAX];

	for (const char *end = p->delegate; end; end = strchr(end + 1, '/')) {
		auto_close int fd = -EBADF;
		ssize_t n;

		fmt(path, sizeof path, "./%.*s", (int)(end - p->delegate), p->delegate);
		fmt(where, sizeof where, "%s%s%.*s", d->where, end > p->delegate ? "/" : "", (int)(end - p->delegate),
		    p->delegate);
		fd = cg_dir_below(d->fd, path);
		n = fd < 0 ? fd : sys_read_at(fd, "cgroup.controllers", list, sizeof list);
		if (n < 0)
			return err_sys(e, (int)n, "read %s/cgroup.controllers", where);
		place.enable = cg_controller_set(list, " \n", true);
		if (cg2_enable(fd, where, &place, e) < 0)
			return e->code;
	}
	return 0;
}

int cg_delegate(const struct cg *cg, const struct cg_plan *p, pid_t pid, struct err *e)
{
	const struct cg_dir *d = cg_dir_v2(cg);
	auto_close int fd = -EBADF;
	char text[16];
	int rc;

	if (!p->delegate || !d)
		return 0;
	if (make_below(d, p, &fd, e) < 0)
		return e->code;
	fmt(text, sizeof text, "%d", (int)pid);
	rc = sys_write_at(fd, "cgroup.procs", text);
	if (rc < 0)
		return err_sys(e, rc, "write %s to %s/%s/cgroup.procs", text, d->where, p->delegate);
	return pass_on_controllers(d, p, e);
}
