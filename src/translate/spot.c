/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "translate/spot.h"

#include "base/arr.h"
#include "sys/file.h"

#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

enum { RANDOM_LEN = 12 };

const char *const bundle_names[BUNDLE_NAMES] = { BUNDLE_CONFIG, BUNDLE_DIGEST, "hosts", "resolv.conf", "netconf.json" };

/* ---- signals wait ---- */

static void hold_signals(struct spot *s)
{
	static const int held[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_LEN(held); i++)
		sigaddset(&set, held[i]);
	sigprocmask(SIG_BLOCK, &set, &s->signals);
}

void spot_done(struct spot *s)
{
	fd_close(&s->parent);
	fd_close(&s->fd);
	sigprocmask(SIG_SETMASK, &s->signals, NULL);
}

/* ---- where a bundle is ---- */

static bool is_memory(int fd)
{
	long magic = sys_fs_magic(fd);

	return magic == TMPFS_MAGIC || magic == RAMFS_MAGIC;
}

/* One component down, which is made if it is not there; *fd is replaced. */
static int descend(int *fd, const char *name, unsigned int mode)
{
	int rc = sys_mkdirat(*fd, name, mode), next;

	if (rc < 0 && rc != -EEXIST)
		return rc;
	next = sys_openat(*fd, name, O_PATH | O_DIRECTORY, 0);
	if (next < 0)
		return next;
	fd_close(fd);
	*fd = next;
	return 0;
}

/* As descend(), but nothing is made with mode 0, or on a disk where what is there has to be in memory. */
static int descend_checked(struct spot *s, const char *name, unsigned int mode, bool memory)
{
	int there = sys_openat(s->parent, name, O_PATH | O_DIRECTORY, 0);

	if (there >= 0) {
		fd_close(&s->parent);
		s->parent = there;
		return 0;
	}
	if (there != -ENOENT || mode == 0)
		return there;
	return memory && !is_memory(s->parent) ? -EXDEV : descend(&s->parent, name, mode);
}

/* The directory that dir is in, where it is there already: of many bundles it is, but for the first. */
static int open_parent(struct spot *s)
{
	char parent[PATH_MAX];
	size_t end = strlen(s->dir), begin;

	while (end > 0 && s->dir[end - 1] == '/')
		end--;
	for (begin = end; begin > 0 && s->dir[begin - 1] != '/';)
		begin--;
	if (end - begin > SPOT_NAME_MAX || begin >= sizeof parent)
		return -ENAMETOOLONG;
	snprintf(s->name, sizeof s->name, "%.*s", (int)(end - begin), s->dir + begin);
	snprintf(parent, sizeof parent, "%.*s", begin > 0 ? (int)begin : 1, begin > 0 ? s->dir : ".");
	s->parent = sys_openat(AT_FDCWD, parent, O_PATH | O_DIRECTORY, 0);
	return s->parent < 0 ? s->parent : 0;
}

/* Every component of dir but the last. */
static int walk(struct spot *s, unsigned int mode, bool memory)
{
	const char *at = s->dir;

	s->parent = sys_openat(AT_FDCWD, *at == '/' ? "/" : ".", O_PATH | O_DIRECTORY, 0);
	if (s->parent < 0)
		return s->parent;
	for (;;) {
		size_t len;
		int rc;

		at += strspn(at, "/");
		len = strcspn(at, "/");
		if (len > SPOT_NAME_MAX)
			return -ENAMETOOLONG;
		snprintf(s->name, sizeof s->name, "%.*s", (int)len, at);
		at += len;
		if (!at[strspn(at, "/")])
			return 0;
		rc = descend_checked(s, s->name, mode, memory);
		if (rc < 0)
			return rc;
	}
}

int spot_find(const char *dir, unsigned int parents, bool memory, struct spot *ret, struct err *e)
{
	unsigned char random[RANDOM_LEN / 2];
	int rc;

	*ret = (struct spot){ .parent = -EBADF, .fd = -EBADF, .dir = dir };
	hold_signals(ret);
	rc = open_parent(ret);
	if (rc < 0)
		rc = walk(ret, parents, memory);
	if (rc == -EXDEV || (rc == 0 && memory && !is_memory(ret->parent)))
		return err_set(e, -EINVAL, "%s: not on a file system in memory (tmpfs, ramfs), and a bundle for launch may "
			       "hold secrets", dir);
	if (rc < 0)
		return err_sys(e, rc, "%s", dir);
	if (!*ret->name || strcmp(ret->name, ".") == 0 || strcmp(ret->name, "..") == 0)
		return err_set(e, -EINVAL, "%s: not the name of a bundle: it is put in place as a whole", dir);
	if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
		return err_sys(e, -errno, "getrandom");
	snprintf(ret->beside, sizeof ret->beside, ".%.*s.", SPOT_NAME_MAX - RANDOM_LEN - 2, ret->name);
	for (size_t i = 0, n = strlen(ret->beside); i < sizeof random; i++)
		snprintf(ret->beside + n + 2 * i, 3, "%02x", random[i]);
	return 0;
}

bool spot_is_beside(const char *entry, const char *name)
{
	size_t len = strlen(entry), of = len > RANDOM_LEN + 2 ? len - RANDOM_LEN - 2 : 0;

	if (of == 0 || entry[0] != '.' || entry[of + 1] != '.' || strspn(entry + of + 2, "0123456789abcdef") != RANDOM_LEN)
		return false;
	return !name || (of == strnlen(name, SPOT_NAME_MAX - RANDOM_LEN - 2) && strncmp(entry + 1, name, of) == 0);
}

/* ---- what is there already ---- */

int bundle_read_digest(int fd, char ret[BUNDLE_DIGEST_LEN + 1])
{
	auto_close int file = sys_openat(fd, BUNDLE_DIGEST, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
	struct stat st;
	ssize_t n = file < 0 ? file : sys_fstat(file, &st);

	if (n >= 0)
		n = S_ISREG(st.st_mode) ? sys_read_all(file, ret, BUNDLE_DIGEST_LEN) : -EINVAL;
	if (n < 0)
		return (int)n;
	ret[n] = '\0';
	return strspn(ret, "0123456789abcdef") == BUNDLE_DIGEST_LEN ? 0 : -EINVAL;
}

/* With a digest, or an empty one: what a disk may have of ours after the machine stopped all at once. */
static bool is_ours(int fd)
{
	char digest[BUNDLE_DIGEST_LEN + 1];
	struct stat st;

	return bundle_read_digest(fd, digest) == 0 ||
		(sys_fstatat(fd, BUNDLE_DIGEST, AT_SYMLINK_NOFOLLOW, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 0);
}

static bool is_known(const char *name)
{
	for (size_t i = 0; i < BUNDLE_NAMES; i++)
		if (strcmp(bundle_names[i], name) == 0)
			return true;
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

int bundle_is_alone(int fd, bool *ret_empty)
{
	_Alignas(struct sys_entry) char entries[4096];
	ssize_t n;

	*ret_empty = true;
	while ((n = sys_getdents(fd, entries, sizeof entries)) > 0)
		for (const char *p = entries; p < entries + n;) {
			const struct sys_entry *entry = (const void *)p;

			if (!is_known(entry->name))
				return 0;
			*ret_empty = *ret_empty && entry->name[0] == '.';
			p += entry->bytes;
		}
	return n < 0 ? (int)n : 1;
}

int spot_check(const struct spot *s, struct err *e)
{
	auto_close int fd = sys_openat(s->parent, s->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	bool empty;
	int rc;

	if (fd == -ENOENT)
		return 0;
	if (fd == -ENOTDIR || fd == -ELOOP)
		return err_set(e, -EEXIST, "%s: it is there and no directory", s->dir);
	if (fd < 0)
		return err_sys(e, fd, "%s", s->dir);
	rc = bundle_is_alone(fd, &empty);
	if (rc < 0)
		return err_sys(e, rc, "%s", s->dir);
	if (rc == 0 || (!empty && !is_ours(fd)))
		return err_set(e, -EEXIST, "%s: it is there, and it is no bundle that lithos made", s->dir);
	return 1;
}
