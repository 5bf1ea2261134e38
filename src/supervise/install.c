/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/install.h"

#include "base/fmt.h"
#include "sys/file.h"

#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

enum { LOCK_TRIES = 16 };

/* ---- where ---- */

/* The directory of the target, and what both are called in it. */
static int find(const char *target, const char *name, struct install *i, struct err *e)
{
	const char *slash = strrchr(target, '/'), *base = slash ? slash + 1 : target;
	char dir[PATH_MAX];

	if (!*base || fmt(i->name, sizeof(i->name), "%s", base) >= sizeof(i->name) ||
	    fmt(i->beside, sizeof(i->beside), ".tmp.%s", name) >= sizeof(i->beside) ||
	    fmt(dir, sizeof(dir), "%.*s", (int)(base - target), target) >= sizeof(dir) ||
	    fmt(i->path, sizeof(i->path), "%s%s", dir, i->beside) >= sizeof(i->path))
		return err_set(e, -ENAMETOOLONG, "%s: not the name of a file, or too long", target);
	i->dir = sys_openat(AT_FDCWD, slash ? dir : ".", O_RDONLY | O_DIRECTORY, 0);
	return i->dir < 0 ? err_sys(e, i->dir, "%s", target) : 0;
}

/* Whether the name stands for what is open: who had the lock before may have put it in place. */
static bool is_there(const struct install *i, int fd)
{
	struct stat a, b;

	return sys_fstat(fd, &a) == 0 && sys_fstatat(i->dir, i->beside, AT_SYMLINK_NOFOLLOW, &b) == 0 && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

static int lock(struct install *i, struct err *e)
{
	for (int tries = 0; tries < LOCK_TRIES; tries++) {
		auto_close int fd = sys_openat(i->dir, i->beside, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);

		if (fd < 0)
			return err_sys(e, fd, "%s", i->path);
		if (flock(fd, LOCK_EX | LOCK_NB) < 0)
			return errno == EWOULDBLOCK ? err_set(e, -EBUSY, "%s: somebody else is at work on it", i->path)
						    : err_sys(e, -errno, "lock %s", i->path);
		if (is_there(i, fd)) {
			i->fd = take_fd(fd);
			return 0;
		}
	}
	return err_set(e, -EBUSY, "%s: somebody else is at work on it", i->path);
}

/* ---- what ---- */

static int copy(int from, int to, struct err *e)
{
	char *text = malloc(INSTALL_BYTES_MAX + 1);
	ssize_t n;
	int rc;

	if (!text)
		return err_nomem(e);
	n = sys_read_all(from, text, INSTALL_BYTES_MAX + 1);
	if (n > INSTALL_BYTES_MAX)
		n = -EFBIG;
	rc = n < 0 ? (int)n : ftruncate(to, 0) < 0 ? -errno : sys_write_all(to, text, (size_t)n);
	free(text);
	return rc < 0 ? err_sys(e, rc, "copy") : 0;
}

int install_begin(const char *target, const char *name, int from, struct install *ret, struct err *e)
{
	struct stat st;
	int rc = sys_fstat(from, &st);

	*ret = (struct install)INSTALL_INIT;
	if (rc < 0)
		return err_sys(e, rc, "the file to be copied");
	if (find(target, name, ret, e) < 0 || lock(ret, e) < 0 || copy(from, ret->fd, e) < 0 ||
	    (fchmod(ret->fd, st.st_mode & 0755) < 0 && err_sys(e, -errno, "chmod %s", ret->path) < 0)) {
		install_done(ret);
		return e->code;
	}
	return 0;
}

int install_finish(struct install *i, struct err *e)
{
	int rc = fsync(i->fd) < 0 ? -errno : sys_renameat(i->dir, i->beside, i->name);

	if (rc < 0)
		return err_sys(e, rc, "put %s in the place of %s", i->path, i->name);
	fd_close(&i->fd);
	return fsync(i->dir) < 0 && errno != EINVAL ? err_sys(e, -errno, "the directory of %s", i->path) : 0;
}

void install_done(struct install *i)
{
	if (i->fd >= 0)
		(void)sys_unlinkat(i->dir, i->beside, 0);
	fd_close(&i->fd);
	fd_close(&i->dir);
}
