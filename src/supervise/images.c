/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/images.h"

#include "base/fmt.h"
#include "sys/file.h"
#include "translate/remove.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>	/* RENAME_NOREPLACE */
#include <stdlib.h>
#include <string.h>

enum { NAMES_MAX = 1 << 20 };

/* ---- looking ---- */

struct walk {
	struct arena *a;
	dev_t dev;
	const char **v;
	size_t n, room;
	bool going;		/* looks for names that begin with IMAGES_GOING instead of for images */
	struct err *e;
};

static int add(struct walk *w, const char *name)
{
	if (w->n == NAMES_MAX)
		return err_set(w->e, -E2BIG, "there are more than %d images", NAMES_MAX);
	if (w->n == w->room) {
		size_t room = w->room ? w->room * 2 : 64;
		const char **v = reallocarray(w->v, room, sizeof(*v));

		if (!v)
			return err_nomem(w->e);
		w->v = v;
		w->room = room;
	}
	w->v[w->n] = arena_str(w->a, name);
	return w->v[w->n++] ? 0 : err_nomem(w->e);
}

/* A directory of the same file system, a handle; 0: something else, or gone. */
static int open_directory(const struct walk *w, int dir, const char *name, int *ret)
{
	auto_close int fd = sys_openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK, 0);
	struct stat st;

	if (fd == -ENOTDIR || fd == -ELOOP || fd == -ENOENT)
		return 0;
	if (fd < 0)
		return err_sys(w->e, fd, "%s", name);
	if (sys_fstat(fd, &st) < 0 || st.st_dev != w->dev)
		return 0;
	*ret = take_fd(fd);
	return 1;
}

static bool is_wanted(const struct walk *w, const char *name, uint32_t levels)
{
	if (w->going && levels == 1)
		return strncmp(name, IMAGES_GOING, strlen(IMAGES_GOING)) == 0;
	return name[0] != '.';
}

static int walk(struct walk *w, int dir, uint32_t levels, const char *prefix);

static int walk_entry(struct walk *w, int dir, uint32_t levels, const char *prefix, const char *name)
{
	auto_close int fd = -EBADF;
	char path[PATH_MAX];
	int rc;

	if (!is_wanted(w, name, levels))
		return 0;
	if (fmt(path, sizeof(path), "%s%s%s", prefix, *prefix ? "/" : "", name) >= sizeof(path))
		return err_set(w->e, -ENAMETOOLONG, "%s: a path that is too long", prefix);
	rc = open_directory(w, dir, name, &fd);
	if (rc <= 0)
		return rc;
	return levels > 1 ? walk(w, fd, levels - 1, path) : add(w, path);
}

/* Not deeper than image-dir-levels, which are at most 16. */
static int walk(struct walk *w, int dir, uint32_t levels, const char *prefix)
{
	int copy = sys_openat(dir, ".", O_RDONLY | O_DIRECTORY, 0);
	DIR *list = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *entry;
	int rc = 0;

	if (!list)
		return err_sys(w->e, copy < 0 ? copy : -errno, "%s", *prefix ? prefix : "the directory of images");
	for (errno = 0; rc == 0 && (entry = readdir(list)); errno = 0)
		rc = walk_entry(w, dir, levels, prefix, entry->d_name);
	if (rc == 0 && errno != 0)
		rc = err_sys(w->e, -errno, "%s", prefix);
	closedir(list);
	return rc;
}

static int list_all(int dir, uint32_t levels, bool going, struct arena *a, struct names *ret, struct err *e)
{
	struct walk w = { .a = a, .going = going, .e = e };
	struct stat st;
	const char **kept;
	int rc = sys_fstat(dir, &st);

	if (rc < 0)
		return err_sys(e, rc, "the directory of images");
	w.dev = st.st_dev;
	rc = walk(&w, dir, levels, "");
	if (rc == 0) {
		kept = ARENA_ARRAY(a, w.n + 1, const char *);
		if (!kept)
			rc = err_nomem(e);
		else if (w.n > 0)
			memcpy(kept, w.v, w.n * sizeof(*kept));
		if (rc == 0)
			*ret = names_sort(kept, w.n);
	}
	free(w.v);
	return rc;
}

int images_list(int dir, uint32_t levels, struct arena *a, struct names *ret, struct err *e)
{
	return list_all(dir, levels, false, a, ret, e);
}

/* The directory that the image is in, and its last name; no link on the way. */
static int open_parent(int dir, const char *name, const char **ret_last, struct err *e)
{
	const char *slash = strrchr(name, '/');
	char path[PATH_MAX] = ".";
	int fd;

	if (slash && fmt(path, sizeof(path), "%.*s", (int)(slash - name), name) >= sizeof(path))
		return err_set(e, -ENAMETOOLONG, "%s: the path is too long", name);
	*ret_last = slash ? slash + 1 : name;
	fd = sys_openat2(dir, path, O_RDONLY | O_DIRECTORY, 0,
			 K_RESOLVE_BENEATH | K_RESOLVE_NO_SYMLINKS | K_RESOLVE_NO_XDEV);
	return fd < 0 ? err_sys(e, fd, "%s", name) : fd;
}

/* An image is a directory of the file system of `dir`. */
static int stat_image(int dir, int parent, const char *last, struct stat *ret, struct err *e)
{
	struct stat top;
	int rc = sys_fstat(dir, &top);

	if (rc == 0)
		rc = sys_fstatat(parent, last, AT_SYMLINK_NOFOLLOW, ret);
	if (rc != 0)
		return err_sys(e, rc, "%s", last);
	if (!S_ISDIR(ret->st_mode) || ret->st_dev != top.st_dev)
		return err_set(e, -ENOTDIR, "%s is no directory of that file system", last);
	return 0;
}

int images_changed(int dir, const char *name, int64_t *ret_s, struct err *e)
{
	const char *last = name;
	auto_close int parent = open_parent(dir, name, &last, e);
	struct stat st = { 0 };

	if (parent < 0 || stat_image(dir, parent, last, &st, e) < 0)
		return e->code;
	/* The change time covers the birth, and a rename into its place. */
	*ret_s = st.st_mtim.tv_sec > st.st_ctim.tv_sec ? st.st_mtim.tv_sec : st.st_ctim.tv_sec;
	return 0;
}

/* ---- whether it is in use ---- */

bool images_is_root(dev_t dev, ino_t ino)
{
	int fd = sys_openat(AT_FDCWD, "/proc", O_RDONLY | O_DIRECTORY, 0);
	DIR *list = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	bool found = false;

	/* Who cannot look does not know that nobody uses it. */
	if (!list)
		return true;
	while (!found && (entry = readdir(list))) {
		char path[NAME_MAX + 16];
		struct stat st;

		if (entry->d_name[0] < '0' || entry->d_name[0] > '9')
			continue;
		fmt(path, sizeof(path), "%s/root", entry->d_name);
		found = sys_fstatat(dirfd(list), path, 0, &st) == 0 && st.st_dev == dev && st.st_ino == ino;
	}
	closedir(list);
	return found;
}

/* ---- removing ---- */

static int going_name(const struct stat *st, char buf[NAME_MAX + 1])
{
	return (int)fmt(buf, NAME_MAX + 1, IMAGES_GOING "%llu", (unsigned long long)st->st_ino);
}

/*
 * A container that starts in this moment is either seen as using it after the image has lost its name, or does not find the
 * image any more.
 */
int images_remove(int dir, const char *name, struct err *e)
{
	const char *last = name;
	auto_close int parent = open_parent(dir, name, &last, e);
	char going[NAME_MAX + 1];
	struct stat st = { 0 };
	int rc;

	if (parent < 0 || stat_image(dir, parent, last, &st, e) < 0)
		return e->code;
	if (images_is_root(st.st_dev, st.st_ino))
		return 0;
	going_name(&st, going);
	rc = sys_renameat2(parent, last, going, RENAME_NOREPLACE);
	if (rc < 0)
		return err_sys(e, rc, "%s: rename", name);
	if (images_is_root(st.st_dev, st.st_ino)) {
		rc = sys_renameat2(parent, going, last, RENAME_NOREPLACE);
		return rc < 0 ? err_sys(e, rc, "%s: rename it back", name) : 0;
	}
	rc = remove_at(parent, going, e);
	return rc < 0 ? err_ctx(e, "%s", name) : 1;
}

int images_sweep(int dir, uint32_t levels, struct arena *a, struct err *e)
{
	struct names going = { 0 };
	int rc = list_all(dir, levels, true, a, &going, e);

	for (size_t i = 0; rc >= 0 && i < going.n; i++) {
		const char *last = going.v[i];
		auto_close int parent = open_parent(dir, going.v[i], &last, e);
		struct stat st = { 0 };

		if (parent < 0 || stat_image(dir, parent, last, &st, e) < 0)
			return e->code;
		if (!images_is_root(st.st_dev, st.st_ino))
			rc = remove_at(parent, last, e);
	}
	return rc;
}
