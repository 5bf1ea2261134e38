/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Removing what a container has written.  It is not alive any more, and everything in there may be meant to hinder: links,
 * names of any bytes, mounts, directories as deep as a disk allows.
 */
#include "translate/remove.h"
#include "translate/place.h"
#include "base/fmt.h"
#include "sys/file.h"

#include <limits.h>
#include <string.h>
#include <sys/random.h>

enum { DEPTH_MAX = 32 };	/* descriptors that are open at once; what is deeper is brought up */

struct removal {
	int top;		/* the directory that goes */
	struct err *e;
};

static bool is_dot(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int empty(struct removal *r, int dir, unsigned int depth);

/* Up to the top, under a name that nobody could take before: a later pass there finds it. */
static int bring_up(struct removal *r, int dir, const char *name)
{
	uint64_t number[2];
	char fresh[64];
	int rc;

	if (getrandom(number, sizeof(number), 0) != (ssize_t)sizeof(number))
		return err_sys(r->e, -EIO, "getrandom");
	fmt(fresh, sizeof(fresh), ".removed-%016llx%016llx", (unsigned long long)number[0], (unsigned long long)number[1]);
	rc = sys_rename_between(dir, name, r->top, fresh);
	return rc < 0 ? err_sys(r->e, rc, "move %s up", name) : 0;
}

static int remove_directory(struct removal *r, int dir, const char *name, unsigned int depth)
{
	auto_close int fd = -EBADF;
	int rc = sys_unlinkat(dir, name, AT_REMOVEDIR);

	if (rc == 0 || rc == -ENOENT)
		return 0;
	if (rc == -EBUSY)
		return err_set(r->e, rc, "%s: something is mounted there", name);
	fd = sys_openat2(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0,
			 K_RESOLVE_BENEATH | K_RESOLVE_NO_SYMLINKS | K_RESOLVE_NO_XDEV);
	if (fd == -EXDEV)
		return err_set(r->e, fd, "%s: something is mounted there", name);
	if (fd < 0)
		return fd == -ENOENT ? 0 : err_sys(r->e, fd, "%s", name);
	if (depth == DEPTH_MAX)
		return bring_up(r, dir, name);
	if (empty(r, fd, depth + 1) < 0)
		return r->e->code;
	rc = sys_unlinkat(dir, name, AT_REMOVEDIR);
	return rc < 0 && rc != -ENOENT ? err_sys(r->e, rc, "%s", name) : 0;
}

static int remove_entry(struct removal *r, int dir, const char *name, unsigned int depth)
{
	int rc = sys_unlinkat(dir, name, 0);

	if (rc == 0 || rc == -ENOENT)
		return 0;
	if (rc == -EISDIR)
		return remove_directory(r, dir, name, depth);
	if (rc == -EBUSY)
		return err_set(r->e, rc, "%s: something is mounted there", name);
	return err_sys(r->e, rc, "%s", name);
}

/* One reading of the directory: how many entries it had. */
static int empty_once(struct removal *r, int dir, unsigned int depth)
{
	_Alignas(struct sys_entry) char names[2048];
	ssize_t n;
	int seen = 0;

	if (lseek(dir, 0, SEEK_SET) < 0)
		return err_sys(r->e, -errno, "rewind a directory");
	while ((n = sys_getdents(dir, names, sizeof(names))) > 0) {
		for (const char *p = names; p < names + n; ) {
			const struct sys_entry *entry = (const void *)p;

			p += entry->bytes;
			if (is_dot(entry->name))
				continue;
			if (remove_entry(r, dir, entry->name, depth) < 0)
				return r->e->code;
			seen = 1;
		}
	}
	return n < 0 ? err_sys(r->e, (int)n, "read a directory") : seen;
}

/* Removals move what a reading still has to show, and deep directories come up: until nothing is there. */
static int empty(struct removal *r, int dir, unsigned int depth)
{
	int rc;

	do
		rc = empty_once(r, dir, depth);
	while (rc > 0);
	return rc;
}

int remove_at(int parent, const char *name, struct err *e)
{
	auto_close int dir = -EBADF;
	struct removal r = { .e = e };
	int rc = sys_unlinkat(parent, name, 0);

	if (rc == 0 || rc == -ENOENT)
		return 0;
	dir = rc != -EISDIR ? rc : sys_openat2(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0,
					       K_RESOLVE_BENEATH | K_RESOLVE_NO_SYMLINKS | K_RESOLVE_NO_XDEV);
	if (dir < 0)
		return err_sys(e, dir, "%s", name);
	r.top = dir;
	if (empty(&r, dir, 0) < 0)
		return e->code;
	rc = sys_unlinkat(parent, name, AT_REMOVEDIR);
	return rc < 0 && rc != -ENOENT ? err_sys(e, rc, "%s", name) : 0;
}

static int remove_beneath(int root, const char *below, struct err *e)
{
	auto_close int parent = -EBADF;
	const char *slash = strrchr(below, '/'), *name = slash ? slash + 1 : below;
	char path[PATH_MAX];
	size_t n = (size_t)(name - below);

	if (n >= sizeof(path) || !*name || is_dot(name))
		return err_set(e, -EINVAL, "\"%s\" names no directory", below);
	memcpy(path, n > 0 ? below : ".", n > 0 ? n : 1);
	path[n > 0 ? n : 1] = '\0';
	parent = sys_openat2(root, path, O_PATH | O_DIRECTORY, 0, K_RESOLVE_BENEATH | K_RESOLVE_NO_SYMLINKS);
	if (parent < 0)
		return parent == -ENOENT ? 0 : err_sys(e, parent, "%s", path);
	return remove_at(parent, name, e);
}

int place_remove(const char *root, const char *below, struct err *e)
{
	auto_close int fd = sys_openat(AT_FDCWD, root, O_PATH | O_DIRECTORY, 0);

	if (fd == -ENOENT)
		return 0;
	if (fd < 0)
		return err_sys(e, fd, "%s", root);
	return remove_beneath(fd, below, e) < 0 ? err_ctx(e, "cannot remove %s/%s", root, below) : 0;
}
