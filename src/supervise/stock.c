/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/stock.h"

#include "base/fmt.h"
#include "supervise/desired.h"
#include "sys/file.h"
#include "translate/bundle.h"

#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static int path_of(const char *bundles, const char *id, const char *digest, char path[PATH_MAX], struct err *e)
{
	return fmt(path, PATH_MAX, "%s/%s/%s", bundles, id, digest) < PATH_MAX ? 0 :
	       err_set(e, -ENAMETOOLONG, "the path of the bundle is too long");
}

/* ---- making ---- */

/* A copy of a file of the host, if that has changed: in place, so that containers which have it see the new one. */
static int refresh_file(int dir, const struct bundle_file *x, struct err *e)
{
	auto_close int fd = sys_openat(dir, x->name, O_RDWR | O_NOFOLLOW | O_NONBLOCK, 0);
	char *now = malloc(x->len + 1);
	ssize_t n = now && fd >= 0 ? sys_read_all(fd, now, x->len + 1) : fd;
	bool same = now && n == (ssize_t)x->len && memcmp(now, x->text, x->len) == 0;
	int rc = n < 0 ? (int)n : 0;

	if (!now)
		return err_nomem(e);
	free(now);
	if (rc == 0 && !same)
		rc = lseek(fd, 0, SEEK_SET) < 0 ? -errno : sys_write_all(fd, x->text, x->len);
	if (rc == 0 && !same && (ftruncate(fd, (off_t)x->len) < 0 || fchmod(fd, x->mode) < 0))
		rc = -errno;
	return rc < 0 ? err_sys(e, rc, "%s", x->name) : 0;
}

static int refresh(const struct bundle_plan *plan, const char *path, struct err *e)
{
	auto_close int dir = sys_openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);

	if (dir < 0)
		return err_sys(e, dir, "%s", path);
	for (size_t i = 0; i < plan->n_files; i++)
		if (plan->files[i].of_host && refresh_file(dir, &plan->files[i], e) < 0)
			return err_ctx(e, "%s", path);
	return 0;
}

/*
 * A bundle's name is its digest, so one that is there stays: a runtime may be reading it.  Its directories are made at each
 * start.
 */
int stock_make(const char *bundles, const struct bundle_plan *plan, const char *id, struct keyring *keys, struct err *e)
{
	char path[PATH_MAX], digest[BUNDLE_DIGEST_LEN + 1];
	struct bundle_plan bare = *plan;
	struct err none = { 0 };

	if (path_of(bundles, id, plan->digest, path, e) < 0)
		return e->code;
	if (bundle_digest(path, digest, &none) == 0 && strcmp(digest, plan->digest) == 0)
		return refresh(plan, path, e);
	bare.n_directories = 0;
	return keyring_launch(keys, &bare, path, e);
}

/* ---- removing ---- */

static DIR *open_list(int at, const char *name)
{
	int fd = sys_openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;

	if (!dir && fd >= 0)
		close(fd);
	return dir;
}

int stock_wipe(const char *bundles, const char *id, const char *digest, struct err *e)
{
	char path[PATH_MAX];

	if (path_of(bundles, id, digest, path, e) < 0 || bundle_wipe(path, e) < 0)
		return e->code;
	fmt(path, sizeof(path), "%s/%s", bundles, id);
	/* Refused as long as there is something in it. */
	sys_unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
	return 0;
}

static void sweep_id(const char *bundles, int at, const char *id, stock_used_fn *used, void *arg, struct err *first)
{
	DIR *dir = open_list(at, id);
	const struct dirent *entry;
	char path[PATH_MAX];
	struct err e = { 0 };

	/* Of a planner that was killed. */
	if (path_of(bundles, id, ".", path, &e) < 0 || bundle_sweep(path, &e) < 0)
		*first = e;
	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.' || used(arg, id, entry->d_name))
			continue;
		if (stock_wipe(bundles, id, entry->d_name, &e) < 0 && first->code == 0)
			*first = e;
	}
	if (dir)
		closedir(dir);
	sys_unlinkat(at, id, AT_REMOVEDIR);
}

int stock_sweep(const char *bundles, stock_used_fn *used, void *arg, struct err *e)
{
	DIR *dir = open_list(AT_FDCWD, bundles);
	const struct dirent *entry;
	struct err first = { 0 };

	/* Those of commands are of whoever runs them (adhoc.h). */
	while (dir && (entry = readdir(dir)))
		if (desired_is_id(entry->d_name))
			sweep_id(bundles, dirfd(dir), entry->d_name, used, arg, &first);
	if (dir)
		closedir(dir);
	if (first.code < 0)
		*e = first;
	return first.code;
}
