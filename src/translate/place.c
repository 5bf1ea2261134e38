/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "translate/place.h"
#include "translate/remove.h"
#include "sys/file.h"

#include <limits.h>
#include <string.h>

/* Beneath the administrator's directory. */
#define BENEATH (K_RESOLVE_BENEATH | K_RESOLVE_NO_SYMLINKS)

enum { PARENT_MODE = 0755, FRESH_MODE = 0700 };

/* What went wrong with a directory, in lithos' words for a persistent one. */
struct words {
	const char *create, *chown, *chmod;
};
static const struct words persistent_words = {
	"Error creating persistent volume", "Error chowning persistent volume", "Can't chmod persistent volume",
};
static const struct words state_words = {
	"Error creating state directory", "Error chowning state directory", "Can't chmod state directory",
};

/* ---- making ---- */

/*
 * Opens what mkdirat(2) has just made.  Who can write to the directory around it may have put another there meanwhile: one
 * that is not as it was made is not touched.
 */
static int open_fresh(int dir, const char *name, int *ret_fd)
{
	auto_close int fd = sys_openat2(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0, BENEATH);
	struct stat st;
	int rc = fd < 0 ? fd : sys_fstat(fd, &st);

	if (rc < 0)
		return rc;
	if (st.st_uid != geteuid() || (st.st_mode & 07777 & ~(unsigned int)S_ISGID) != FRESH_MODE)
		return -ESTALE;
	*ret_fd = take_fd(fd);
	return 0;
}

/* A parent: there already, or made as root's. */
static int enter_parent(int dir, const char *name, int *ret_fd)
{
	auto_close int fd = sys_openat2(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0, BENEATH);
	int rc = fd < 0 ? fd : 0;

	if (rc == -ENOENT) {
		rc = sys_mkdirat(dir, name, FRESH_MODE);
		if (rc == -EEXIST)	/* another launch was faster */
			rc = fd = sys_openat2(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0, BENEATH);
		else if (rc == 0)
			rc = open_fresh(dir, name, &fd) < 0 ? -ESTALE : sys_fchmodat(fd, ".", PARENT_MODE);
	}
	if (rc < 0)
		return rc;
	*ret_fd = take_fd(fd);
	return 0;
}

/*
 * From dir along path, what is missing being made, to the directory that holds the last component; path is cut into its
 * components on the way.
 */
static int enter_parents(int dir, char *path, int *ret_dir, const char **ret_name)
{
	auto_close int at = sys_openat(dir, ".", O_PATH | O_DIRECTORY, 0);
	char *name = path, *slash;

	while (at >= 0 && (slash = strchr(name, '/'))) {
		int next = -EBADF, rc;

		*slash = '\0';
		rc = enter_parent(at, name, &next);
		if (rc < 0)
			return rc;
		fd_close(&at);
		at = next;
		name = slash + 1 + strspn(slash + 1, "/");
	}
	if (at < 0)
		return at;
	*ret_dir = take_fd(at);
	*ret_name = name;
	return 0;
}

/* The administrator's path: links in it are his, and what is missing is made as `mkdir -p` would. */
static int enter_prefix(const char *prefix, int *ret_fd)
{
	char path[PATH_MAX];
	size_t n = strlen(prefix);
	int fd = sys_openat(AT_FDCWD, prefix, O_PATH | O_DIRECTORY, 0);

	if (fd == -ENOENT && n < sizeof(path)) {
		memcpy(path, prefix, n + 1);
		for (size_t i = 1; i <= n; i++) {
			if (path[i] && path[i] != '/')
				continue;
			path[i] = '\0';
			sys_mkdirat(AT_FDCWD, path, PARENT_MODE);	/* the opening below tells what went wrong */
			path[i] = prefix[i];
		}
		fd = sys_openat(AT_FDCWD, prefix, O_PATH | O_DIRECTORY, 0);
	}
	if (fd < 0)
		return fd;
	*ret_fd = fd;
	return 0;
}

/* Owner before mode: a change of the owner may take bits of the mode away. */
static int give(int fd, const struct bundle_directory *d, const struct words *w, struct err *e)
{
	int rc = sys_fchown(fd, d->uid, d->gid);

	if (rc < 0)
		return err_sys(e, rc, "%s", w->chown);
	rc = sys_fchmodat(fd, ".", d->mode);
	return rc < 0 ? err_sys(e, rc, "%s", w->chmod) : 0;
}

/* One that stays half made would be taken for finished by the next launch. */
static int make(int dir, const char *name, const struct bundle_directory *d, const struct words *w, int *ret_fd, struct err *e)
{
	auto_close int fd = -EBADF;
	int rc = sys_mkdirat(dir, name, FRESH_MODE);

	if (rc < 0)
		return rc == -EEXIST ? rc : err_sys(e, rc, "%s", w->create);
	rc = open_fresh(dir, name, &fd);
	if (rc < 0)
		return err_set(e, rc, "%s: it was replaced while it was made", w->create);
	if (give(fd, d, w, e) < 0) {
		sys_unlinkat(dir, name, AT_REMOVEDIR);
		return e->code;
	}
	*ret_fd = take_fd(fd);
	return 0;
}

/* ---- one directory ---- */

/* A handle of what is there; -ENOENT: nothing. */
static int open_there(int base, const char *rest)
{
	return sys_openat2(base, rest, O_PATH | O_NOFOLLOW, 0, BENEATH);
}

static int refuse(int rc, const struct words *w, struct err *e)
{
	if (rc == -ELOOP)
		return err_set(e, rc, "%s: a symbolic link is in the way, and none is followed here", w->create);
	return err_sys(e, rc, "%s", w->create);
}

/* What is kept may be a file, too, and is what it is; but nothing can be bound from a link. */
static int take_there(int fd, const struct bundle_directory *d, const struct words *w, struct err *e)
{
	struct stat st;
	int rc = sys_fstat(fd, &st);

	if (rc == 0 && S_ISLNK(st.st_mode))
		rc = -ELOOP;
	else if (rc == 0 && !d->keep && !S_ISDIR(st.st_mode))
		rc = -ENOTDIR;
	if (rc < 0)
		return refuse(rc, w, e);
	return d->keep ? 0 : give(fd, d, w, e);
}

/* rest is cut into pieces. */
static int place_beneath(int base, char *rest, const struct bundle_directory *d, const struct words *w, int *ret_fd,
			 struct err *e)
{
	auto_close int fd = open_there(base, rest);
	auto_close int parent = -EBADF;
	const char *name;
	int rc;

	if (fd == -ENOENT) {
		rc = enter_parents(base, rest, &parent, &name);
		if (rc < 0)
			return refuse(rc, w, e);
		rc = make(parent, name, d, w, ret_fd, e);
		if (rc != -EEXIST)
			return rc;
		fd = open_there(parent, name);	/* another launch was faster */
	}
	if (fd < 0)
		return refuse(fd, w, e);
	if (take_there(fd, d, w, e) < 0)
		return e->code;
	*ret_fd = take_fd(fd);
	return 0;
}

/* The volume is the administrator's directory itself: there, by whatever way, or its last component is made. */
static int place_prefix(const struct bundle_directory *d, const struct words *w, int *ret_fd, struct err *e)
{
	auto_close int fd = sys_openat(AT_FDCWD, d->prefix, O_PATH, 0);
	auto_close int base = -EBADF;
	char parent[PATH_MAX];
	const char *slash = strrchr(d->prefix, '/');
	size_t n = slash == d->prefix ? 1 : (size_t)(slash - d->prefix);
	char name[NAME_MAX + 1];
	int rc;

	if (fd >= 0) {
		*ret_fd = take_fd(fd);
		return take_there(*ret_fd, d, w, e);
	}
	if (fd != -ENOENT || n >= sizeof(parent) || strlen(slash + 1) >= sizeof(name) || !slash[1])
		return err_sys(e, fd != -ENOENT ? fd : -ENAMETOOLONG, "%s", w->create);
	memcpy(parent, d->prefix, n);
	parent[n] = '\0';
	memcpy(name, slash + 1, strlen(slash + 1) + 1);
	rc = enter_prefix(parent, &base);
	return rc < 0 ? err_sys(e, rc, "%s", w->create) : place_beneath(base, name, d, w, ret_fd, e);
}

static int place_one(const struct bundle_directory *d, const struct words *w, int *ret_fd, struct err *e)
{
	auto_close int base = -EBADF;
	char rest[PATH_MAX];
	size_t n = strlen(d->below);
	int rc;

	if (n == 0)
		return place_prefix(d, w, ret_fd, e);
	if (n >= sizeof(rest))
		return err_sys(e, -ENAMETOOLONG, "%s", w->create);
	memcpy(rest, d->below, n + 1);
	rc = enter_prefix(d->prefix, &base);
	return rc < 0 ? err_sys(e, rc, "%s", w->create) : place_beneath(base, rest, d, w, ret_fd, e);
}

/* An empty file to bind another on.  What a container may have left under its name is removed, not looked into. */
static int place_point(int dir, const char *name, struct err *e)
{
	struct stat st;
	int rc = sys_fstatat(dir, name, AT_SYMLINK_NOFOLLOW, &st);

	if (rc == 0 && S_ISREG(st.st_mode))
		return 0;
	if (rc == 0 && remove_at(dir, name, e) < 0)
		return err_ctx(e, "Error creating state directory");
	if (rc == 0 || rc == -ENOENT)
		rc = sys_mknodat(dir, name, S_IFREG | 0644, 0);
	return rc < 0 && rc != -EEXIST ? err_sys(e, rc, "Error creating state directory: the file %s in it", name) : 0;
}

static int place(const struct bundle_directory *d, struct err *e)
{
	auto_close int fd = -EBADF;
	int rc = place_one(d, d->keep ? &persistent_words : &state_words, &fd, e);

	for (size_t i = 0; rc == 0 && i < 2; i++)
		if (d->points[i])
			rc = place_point(fd, d->points[i], e);
	return rc;
}

int place_open(const struct volume_place *p)
{
	auto_close int prefix = sys_openat(AT_FDCWD, p->prefix, O_PATH, 0);

	return prefix < 0 || !*p->below ? take_fd(prefix) : open_there(prefix, p->below);
}

int place_list(const struct bundle_directory *v, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++)
		if (place(&v[i], e) < 0)
			return err_ctx(e, "%s: %s%s%s", v[i].from, v[i].prefix, *v[i].below ? "/" : "", v[i].below);
	return 0;
}

int place_directories(const struct bundle_plan *p, struct err *e)
{
	return place_list(p->directories, p->n_directories, e);
}
