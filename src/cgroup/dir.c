/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opening a container's directories: from a record, for exec, and closing them. */
#include "cgroup/dir.h"
#include "cgroup/host.h"
#include "cgroup/planner.h"

#include "base/fmt.h"
#include "sys/file.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int cg_dir_below(int dirfd, const char *path)
{
	return sys_openat2(dirfd, path, O_PATH | O_DIRECTORY, 0,
			   K_RESOLVE_BENEATH | K_RESOLVE_NO_SYMLINKS | K_RESOLVE_NO_MAGICLINKS | K_RESOLVE_NO_XDEV);
}

void cg_dir_close(struct cg_dir *d)
{
	fd_close(&d->root_fd);
	fd_close(&d->fd);
	free(d->path);
	free(d->where);
	d->path = NULL;
	d->where = NULL;
}

void cg_close(struct cg *cg)
{
	for (size_t i = 0; i < cg->n; i++)
		cg_dir_close(&cg->v[i]);
	cg->n = 0;
}

int cg_dir_init(struct cg_dir *d, const char *mount_point, const char *path, bool is_v2, uint32_t controllers,
		struct err *e)
{
	long magic;

	*d = (struct cg_dir){ .root_fd = -EBADF, .fd = -EBADF, .is_v2 = is_v2, .controllers = controllers };
	d->path = strdup(path);
	if (!d->path || asprintf(&d->where, "%s%s", mount_point, path) < 0) {
		d->where = NULL;
		return err_nomem(e);
	}
	d->root_fd = sys_openat(AT_FDCWD, mount_point, O_PATH | O_DIRECTORY, 0);
	if (d->root_fd < 0)
		return err_sys(e, d->root_fd, "open %s", mount_point);
	magic = sys_fs_magic(d->root_fd);
	if (magic != (is_v2 ? K_CGROUP2_SUPER_MAGIC : K_CGROUP_SUPER_MAGIC))
		return err_set(e, -EINVAL, "%s is not a cgroup %s file system", mount_point, is_v2 ? "v2" : "v1");
	return 0;
}

int cg_v2_fd(const struct cg *cg)
{
	const struct cg_dir *d = cg_dir_v2(cg);

	return d ? d->fd : -EBADF;
}

const struct cg_dir *cg_dir_v2(const struct cg *cg)
{
	for (size_t i = 0; i < cg->n; i++)
		if (cg->v[i].is_v2)
			return &cg->v[i];
	return NULL;
}

static const struct cg_dir *v1_with(const struct cg *cg, uint32_t controllers)
{
	for (size_t i = 0; i < cg->n; i++)
		if (!cg->v[i].is_v2 && (cg->v[i].controllers & controllers))
			return &cg->v[i];
	return NULL;
}

const struct cg_dir *cg_dir_v1(const struct cg *cg)
{
	const struct cg_dir *d = v1_with(cg, CG_BIT(CG_FREEZER));

	return d ? d : v1_with(cg, ~0u);
}

const struct cg_dir *cg_dir_freezer(const struct cg *cg)
{
	const struct cg_dir *d = v1_with(cg, CG_BIT(CG_FREEZER));

	return d ? d : cg_dir_v2(cg);
}

/* ---- from a record ---- */

static int open_place(const struct cg_record_place *r, struct cg_dir *d, struct err *e)
{
	uint32_t controllers = cg_controller_set(r->controllers ? r->controllers : "", ",", r->is_v2);

	if (!r->mount_point || r->mount_point[0] != '/')
		return err_set(e, -EINVAL, "the recorded cgroup mount is no absolute path");
	if (!cg_path_is_normal(r->path))
		return err_set(e, -EINVAL, "the recorded cgroup path '%s' is not one that was made here",
			       r->path ? r->path : "");
	if (cg_dir_init(d, r->mount_point, r->path, r->is_v2, controllers, e) < 0)
		return e->code;
	d->made = r->made;
	d->fd = cg_dir_below(d->root_fd, r->path + 1);
	if (d->fd < 0 && !cg_is_gone(d->fd))
		return err_sys(e, d->fd, "open %s", d->where);
	return 0;
}

int cg_open(const struct cg_record *r, struct cg *ret_cg, struct err *e)
{
	auto_cg struct cg cg = CG_INIT;

	if (r->n_places > CG_PLACES_MAX)
		return err_set(e, -EINVAL, "the record has %zu cgroups, more than %d", r->n_places, CG_PLACES_MAX);
	for (size_t i = 0; r->driver && i < r->n_places; i++) {
		int rc = open_place(&r->places[i], &cg.v[cg.n], e);

		cg.n++;
		if (rc < 0)
			return rc;
	}
	*ret_cg = cg;
	cg.n = 0;
	return 0;
}

/* ---- sub-cgroups, for exec ---- */

/* A copy of d that is at path (relative, "" = the same cgroup) below it. */
static int open_copy(const struct cg_dir *d, const char *path, struct cg_dir *ret, struct err *e)
{
	struct cg_dir c = { .root_fd = -EBADF, .fd = -EBADF, .is_v2 = d->is_v2, .controllers = d->controllers };

	if (asprintf(&c.path, "%s%s%s", d->path, *path ? "/" : "", path) < 0)
		c.path = NULL;
	if (asprintf(&c.where, "%s%s%s", d->where, *path ? "/" : "", path) < 0)
		c.where = NULL;
	*ret = c;
	if (!c.path || !c.where)
		return err_nomem(e);
	ret->root_fd = fcntl(d->root_fd, F_DUPFD_CLOEXEC, 3);
	if (ret->root_fd < 0)
		return err_sys(e, -errno, "duplicate a descriptor");
	ret->fd = d->fd < 0 ? -ENOENT : cg_dir_below(d->fd, *path ? path : ".");
	return ret->fd < 0 ? err_sys(e, ret->fd, "open cgroup %s", ret->where) : 0;
}

/* "/a/b" or "a/b" without steps outwards; "" when it is the container's own cgroup. */
static int sub_path(const char *path, const char **ret_path, struct err *e)
{
	const char *s = path;

	while (*s) {
		size_t len = strcspn(s, "/");

		if (len == 2 && memcmp(s, "..", 2) == 0)
			return err_set(e, -EINVAL, "bad sub cgroup path: %s", path);
		s += len;
		s += strspn(s, "/");
	}
	path += strspn(path, "/");
	*ret_path = strcmp(path, ".") == 0 ? "" : path;
	return 0;
}

/* Which places "CTRL,CTRL" names, as bits of the index into cg->v. */
static int named_places(const struct cg *cg, const char *list, size_t len, uint32_t *ret_places, struct err *e)
{
	uint32_t places = 0;

	for (size_t at = 0; at <= len;) {
		size_t n = strcspn(list + at, ",:");
		uint32_t found = 0;

		for (size_t i = 0; i < cg->n; i++) {
			const struct cg_dir *d = &cg->v[i];

			if (cg_controller_bit(list + at, n, d->is_v2) & d->controllers)
				found |= 1u << i;
		}
		if (!found)
			return err_set(e, -EINVAL, "unknown controller %.*s in --cgroup", (int)n, list + at);
		places |= found;
		at += n + 1;
	}
	*ret_places = places;
	return 0;
}

/* paths[i] is what place i is asked to be at; NULL = the container's own. */
static int read_sub(const struct cg *cg, const char *spec, const char *paths[CG_PLACES_MAX], struct err *e)
{
	const char *colon = strchr(spec, ':'), *path = NULL;
	uint32_t places = ~0u;

	if (colon && strchr(colon + 1, ':'))
		return err_set(e, -EINVAL, "invalid --cgroup argument: %s", spec);
	if (colon && named_places(cg, spec, (size_t)(colon - spec), &places, e) < 0)
		return e->code;
	if (sub_path(colon ? colon + 1 : spec, &path, e) < 0)
		return e->code;
	for (size_t i = 0; i < cg->n; i++) {
		if (!(places & 1u << i))
			continue;
		if (paths[i])
			return err_set(e, -EINVAL, "invalid --cgroup argument: %s: its cgroup is given twice", spec);
		paths[i] = path;
	}
	return 0;
}

static int open_subs(const struct cg *cg, const char *const paths[CG_PLACES_MAX], struct cg *ret_cg, struct err *e)
{
	auto_cg struct cg sub = CG_INIT;

	for (size_t i = 0; i < cg->n; i++) {
		int rc = open_copy(&cg->v[i], paths[i] ? paths[i] : "", &sub.v[sub.n], e);

		sub.n++;
		if (rc < 0)
			return rc;
	}
	*ret_cg = sub;
	sub.n = 0;
	return 0;
}

int cg_open_sub(const struct cg *cg, const char *const *specs, size_t n, struct cg *ret_cg, struct err *e)
{
	const char *paths[CG_PLACES_MAX] = { NULL };

	for (size_t i = 0; i < n; i++)
		if (read_sub(cg, specs[i], paths, e) < 0)
			return e->code;
	return open_subs(cg, paths, ret_cg, e);
}

/* What follows base in a path of /proc/PID/cgroup, or NULL when it is not below base. */
static char *part_below(const char *path, size_t len, const char *base)
{
	size_t skip = strlen(base);

	if (len <= skip + 1 || memcmp(path, base, skip) != 0 || path[skip] != '/')
		return NULL;
	return strndup(path + skip + 1, len - skip - 1);
}

/* A hierarchy without controllers goes by its name, and so does its mount point: /sys/fs/cgroup/systemd. */
static void name_of(const struct cg_dir *d, char *buf, size_t size)
{
	size_t len = strlen(d->where) - strlen(d->path);
	const char *slash = memrchr(d->where, '/', len);

	fmt(buf, size, "%.*s", slash ? (int)(d->where + len - slash - 1) : 0, slash ? slash + 1 : "");
}

int cg_open_of(const struct cg *cg, pid_t pid, struct cg *ret_cg, struct err *e)
{
	const char *paths[CG_PLACES_MAX] = { NULL };
	char *owned[CG_PLACES_MAX] = { NULL };
	char file[48], *text;
	int rc;

	snprintf(file, sizeof file, "/proc/%d/cgroup", (int)pid);
	text = cg_read_whole(AT_FDCWD, file, e);
	if (!text)
		return e->code;
	for (size_t i = 0; i < cg->n; i++) {
		char name[NAME_MAX + 1];
		const struct cg_hierarchy h = { .controllers = cg->v[i].controllers, .is_v2 = cg->v[i].is_v2,
						.name = name };
		size_t len = 0;

		name_of(&cg->v[i], name, sizeof name);
		const char *path = cg_own_path(text, &h, &len);

		owned[i] = path ? part_below(path, len, cg->v[i].path) : NULL;
		paths[i] = owned[i];
	}
	rc = open_subs(cg, paths, ret_cg, e);
	for (size_t i = 0; i < cg->n; i++)
		free(owned[i]);
	free(text);
	return rc;
}
