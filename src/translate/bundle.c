/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "translate/bundle.h"

#include "base/arr.h"
#include "libocispec/ocispec.h"
#include "sys/file.h"
#include "translate/place.h"
#include "translate/reveal.h"

#include <limits.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>

#define CONFIG "config.json"
#define DIGEST "digest"
enum { NAME_LEN_MAX = 255, RANDOM_LEN = 12, SWAP_TRIES = 16, CLAIM_TRIES = 16 };

/* All that a bundle may hold, and so all that is ever removed. */
static const char *const names[] = { CONFIG, DIGEST, "hosts", "resolv.conf", "netconf.json" };

/* ---- signals wait ---- */

static void restore_signals(sigset_t *before)
{
	sigprocmask(SIG_SETMASK, before, NULL);
}
#define auto_signals __attribute__((cleanup(restore_signals), unused))

static sigset_t hold_signals(void)
{
	static const int held[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT };
	sigset_t set, before;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_LEN(held); i++)
		sigaddset(&set, held[i]);
	sigprocmask(SIG_BLOCK, &set, &before);
	return before;
}

/* ---- where a bundle is ---- */

struct spot {
	int parent;
	const char *dir;		/* as it was asked for */
	char name[NAME_LEN_MAX + 1];	/* below parent */
	char beside[NAME_LEN_MAX + 1];	/* a name of our own below parent: ".NAME.RANDOM" */
	int fd;				/* the directory `beside`, while it is written: locked, so it is not left by somebody */
};

static void spot_done(struct spot *s)
{
	fd_close(&s->parent);
	fd_close(&s->fd);
}
#define auto_spot __attribute__((cleanup(spot_done)))

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
	if (end - begin > NAME_LEN_MAX || begin >= sizeof parent)
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
		if (len > NAME_LEN_MAX)
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

static int make_spot(const char *dir, unsigned int parents, bool memory, struct spot *ret, struct err *e)
{
	unsigned char random[RANDOM_LEN / 2];
	int rc;

	*ret = (struct spot){ .parent = -EBADF, .fd = -EBADF, .dir = dir };
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
	snprintf(ret->beside, sizeof ret->beside, ".%.*s.", NAME_LEN_MAX - RANDOM_LEN - 2, ret->name);
	for (size_t i = 0, n = strlen(ret->beside); i < sizeof random; i++)
		snprintf(ret->beside + n + 2 * i, 3, "%02x", random[i]);
	return 0;
}

/* ---- what is there already ---- */

/*
 * The digest of the bundle in fd.  It has a file of its own, "DIGEST  NAME", since config.json may hold secrets and has to be
 * read by nobody but the runtime.
 */
static int read_digest(int fd, char ret[BUNDLE_DIGEST_LEN + 1])
{
	auto_close int file = sys_openat(fd, DIGEST, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
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

	return read_digest(fd, digest) == 0 ||
		(sys_fstatat(fd, DIGEST, AT_SYMLINK_NOFOLLOW, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 0);
}

static bool is_known(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* 1: nothing but files of a bundle are there, *ret_empty says whether none at all; 0: something else; negative: errno. */
static int holds_bundle_only(int fd, bool *ret_empty)
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

/* 1: a bundle or an empty directory may be replaced; 0: there is nothing; negative: neither, *e says so. */
static int check_old(const struct spot *s, struct err *e)
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
	rc = holds_bundle_only(fd, &empty);
	if (rc < 0)
		return err_sys(e, rc, "%s", s->dir);
	if (rc == 0 || (!empty && !is_ours(fd)))
		return err_set(e, -EEXIST, "%s: it is there, and it is no bundle that lithos made", s->dir);
	return 1;
}

/* ---- what is removed ---- */

static void overwrite(int dir, const char *name)
{
	static const char zeroes[4096];
	auto_close int fd = sys_openat(dir, name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
	struct stat st;

	if (fd < 0 || sys_fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return;
	for (off_t left = st.st_size; left > 0; left -= (off_t)sizeof zeroes)
		if (sys_write_all(fd, zeroes, left < (off_t)sizeof zeroes ? (size_t)left : sizeof zeroes) < 0)
			return;
}

/* The directory name, whatever of a bundle is in it.  Somebody who sweeps may do the same in this moment. */
static int remove_bundle(int parent, const char *name)
{
	auto_close int fd = sys_openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	int rc;

	for (size_t i = 0; fd >= 0 && i < ARRAY_LEN(names); i++) {
		overwrite(fd, names[i]);
		(void)sys_unlinkat(fd, names[i], 0);
	}
	rc = sys_unlinkat(parent, name, AT_REMOVEDIR);
	return rc == -ENOENT ? 0 : rc;
}

static int remove_beside(const struct spot *s, struct err *e)
{
	int rc = remove_bundle(s->parent, s->beside);

	return rc < 0 ? err_sys(e, rc, "remove %s beside %s", s->beside, s->dir) : 0;
}

static void undo_write(void *arg)
{
	struct err ignored;

	(void)remove_beside(arg, &ignored);
}

/* ---- what is written ---- */

/* The files of a bundle. */
struct content {
	struct bundle_file v[ARRAY_LEN(names)];
	size_t n;
	char digest[BUNDLE_DIGEST_LEN + LITHOS_NAME_MAX * 2 + 64];
};

static void collect(const struct bundle_plan *p, const char *config, size_t len, mode_t mode, struct content *ret)
{
	int n = snprintf(ret->digest, sizeof ret->digest, "%s  %s\n", p->digest, p->instance->name);

	ret->n = 0;
	for (size_t i = 0; i < p->n_files; i++)
		ret->v[ret->n++] = p->files[i];
	ret->v[ret->n++] = (struct bundle_file){
		.name = DIGEST, .text = ret->digest, .mode = 0644,
		.len = n < (int)sizeof ret->digest ? (size_t)n : sizeof ret->digest - 1,
	};
	ret->v[ret->n++] = (struct bundle_file){ .name = CONFIG, .text = config, .len = len, .mode = mode };
}

static int write_file(const struct spot *s, const struct bundle_file *f, struct err *e)
{
	auto_close int fd = sys_openat(s->fd, f->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
	int rc = fd < 0 ? fd : sys_write_all(fd, f->text, f->len);

	if (rc >= 0)
		rc = fchmod(fd, f->mode) < 0 ? -errno : 0;
	return rc < 0 ? err_sys(e, rc, "%s: write %s", s->dir, f->name) : 0;
}

static int write_files(const struct spot *s, const struct content *c, struct err *e)
{
	for (size_t i = 0; i < c->n; i++)
		if (write_file(s, &c->v[i], e) < 0)
			return e->code;
	return 0;
}

/* ---- what needs not be written ---- */

static bool has_text(int fd, const char *text, size_t len)
{
	char there[4096];

	for (size_t at = 0; at < len;) {
		const size_t want = len - at < sizeof there ? len - at : sizeof there;

		if (sys_read_all(fd, there, want) != (ssize_t)want || memcmp(there, text + at, want) != 0)
			return false;
		at += want;
	}
	return true;
}

static bool is_written(int dir, const struct bundle_file *f)
{
	auto_close int fd = sys_openat(dir, f->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
	struct stat st;

	return fd >= 0 && sys_fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
		(st.st_mode & 07777) == f->mode && st.st_size == (off_t)f->len && has_text(fd, f->text, f->len);
}

static bool has_file(const struct content *c, const char *name)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->v[i].name, name) == 0)
			return true;
	return false;
}

/* Whether the bundle that is there has these files and no other: then the disk has nothing to do. */
static bool is_current(const struct spot *s, const struct content *c)
{
	auto_close int fd = sys_openat(s->parent, s->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	struct stat st;

	if (fd < 0 || sys_fstat(fd, &st) < 0 || (st.st_mode & 07777) != 0755 || st.st_uid != geteuid())
		return false;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (!has_file(c, names[i]) && sys_fstatat(fd, names[i], AT_SYMLINK_NOFOLLOW, &st) != -ENOENT)
			return false;
	for (size_t i = 0; i < c->n; i++)
		if (!is_written(fd, &c->v[i]))
			return false;
	return true;
}

/* ---- in its place ---- */

/* -EAGAIN: somebody who sweeps was faster than the lock. */
static int claim(struct spot *s)
{
	int rc = sys_mkdirat(s->parent, s->beside, 0700);
	struct stat st;

	if (rc < 0)
		return rc;
	fd_close(&s->fd);
	s->fd = sys_openat(s->parent, s->beside, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	if (s->fd < 0)
		return s->fd == -ENOENT ? -EAGAIN : s->fd;
	if (flock(s->fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EAGAIN : -errno;
	rc = sys_fstat(s->fd, &st);
	return rc < 0 ? rc : st.st_nlink > 0 ? 0 : -EAGAIN;
}

static int begin(struct spot *s, struct err *e)
{
	int rc = -EAGAIN;

	for (int i = 0; i < CLAIM_TRIES && (rc == -EAGAIN || (i > 0 && rc == -EEXIST)); i++)
		rc = claim(s);
	return rc < 0 ? err_sys(e, rc, "%s: make %s beside it", s->dir, s->beside) : 0;
}

/* The new one is in place at once, and the old one, if any, is beside then.  Somebody else may do the same meanwhile. */
static int put_in_place(const struct spot *s, struct err *e)
{
	int rc = -EEXIST, old = 0;

	for (int i = 0; i < SWAP_TRIES && (rc == -EEXIST || rc == -ENOENT); i++) {
		old = check_old(s, e);
		if (old < 0)
			return old;
		rc = sys_renameat2(s->parent, s->beside, s->name, old ? RENAME_EXCHANGE : RENAME_NOREPLACE);
	}
	if (rc < 0)
		return err_sys(e, rc, "%s: rename", s->dir);
	return old ? remove_beside(s, e) : 0;
}

static int write_fresh(struct spot *s, const struct content *c, struct err *e)
{
	auto_undo struct undo undo = { 0 };

	if (begin(s, e) < 0)
		return e->code;
	undo = (struct undo){ undo_write, s };
	if (write_files(s, c, e) < 0)
		return e->code;
	if (fchmod(s->fd, 0755) < 0)
		return err_sys(e, -errno, "%s: chmod", s->dir);
	if (put_in_place(s, e) < 0)
		return e->code;
	undo_keep(&undo);
	return 0;
}

static int write_content(const char *dir, const struct content *c, struct err *e)
{
	auto_signals sigset_t signals = hold_signals();
	auto_spot struct spot s;
	int rc;

	if (make_spot(dir, 0755, false, &s, e) < 0)
		return e->code;
	rc = check_old(&s, e);
	if (rc < 0)
		return rc;
	return rc > 0 && is_current(&s, c) ? 0 : write_fresh(&s, c, e);
}

/* Nothing waits for the disk: what a machine that stops leaves half is replaced by the next, made of the same files. */
int bundle_write(const struct bundle_plan *p, const char *dir, struct err *e)
{
	char *json = oci_config_write(&p->config, "\t");
	struct content c;
	size_t len;
	int rc;

	if (!json)
		return err_nomem(e);
	len = strlen(json);
	json[len] = '\n';	/* in the place of the NUL: the text goes by its length */
	collect(p, json, len + 1, 0644, &c);
	rc = write_content(dir, &c, e);
	free(json);
	return rc;
}

int bundle_launch(const struct bundle_plan *p, const struct secret_keys *keys, const char *dir, struct err *e)
{
	auto_signals sigset_t signals = hold_signals();
	auto_spot struct spot s;
	auto_undo struct undo undo = { 0 };
	auto_locked struct locked text = { 0 };
	struct content c;
	size_t len;

	if (make_spot(dir, 0700, true, &s, e) < 0 || check_old(&s, e) < 0 || reveal_config(p, keys, &text, &len, e) < 0 ||
	    place_directories(p, e) < 0 || begin(&s, e) < 0)
		return e->code;
	undo = (struct undo){ undo_write, &s };
	collect(p, (const char *)text.data, len, 0600, &c);
	if (write_files(&s, &c, e) < 0 || put_in_place(&s, e) < 0)
		return e->code;
	undo_keep(&undo);
	return 0;
}

/* ---- afterwards ---- */

/* ".NAME.RANDOM", of this name or with NULL of any. */
static bool is_beside(const char *entry, const char *name)
{
	size_t len = strlen(entry), of = len > RANDOM_LEN + 2 ? len - RANDOM_LEN - 2 : 0;

	if (of == 0 || entry[0] != '.' || entry[of + 1] != '.' || strspn(entry + of + 2, "0123456789abcdef") != RANDOM_LEN)
		return false;
	return !name || (of == strnlen(name, NAME_LEN_MAX - RANDOM_LEN - 2) && strncmp(entry + 1, name, of) == 0);
}

/* Whoever writes it has it locked; one that was killed does not. */
static int sweep_entry(int parent, const char *entry)
{
	auto_close int fd = sys_openat(parent, entry, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	bool empty;

	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0 || holds_bundle_only(fd, &empty) <= 0)
		return 0;
	return remove_bundle(parent, entry);
}

static int sweep(int at, const char *name)
{
	auto_close int parent = sys_openat(at, ".", O_RDONLY | O_DIRECTORY, 0);
	_Alignas(struct sys_entry) char entries[4096];
	int rc = parent < 0 ? parent : 0;
	ssize_t n;

	while (rc == 0 && (n = sys_getdents(parent, entries, sizeof entries)) != 0) {
		if (n < 0)
			return (int)n;
		for (const char *p = entries; rc == 0 && p < entries + n;) {
			const struct sys_entry *entry = (const void *)p;

			if (is_beside(entry->name, name))
				rc = sweep_entry(parent, entry->name);
			p += entry->bytes;
		}
	}
	return rc;
}

int bundle_sweep(const char *parent, struct err *e)
{
	auto_close int fd = sys_openat(AT_FDCWD, parent, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);
	int rc = fd == -ENOENT ? 0 : fd < 0 ? fd : sweep(fd, NULL);

	return rc < 0 ? err_sys(e, rc, "remove unfinished bundles in %s", parent) : 0;
}

static int wipe(const struct spot *s, struct err *e)
{
	int rc = check_old(s, e);

	if (rc <= 0)
		return rc;
	rc = sys_renameat(s->parent, s->name, s->beside);
	if (rc == -ENOENT)
		return 0;
	return rc < 0 ? err_sys(e, rc, "%s: rename", s->dir) : remove_beside(s, e);
}

int bundle_wipe(const char *dir, struct err *e)
{
	auto_signals sigset_t signals = hold_signals();
	auto_spot struct spot s;
	int rc = make_spot(dir, 0, false, &s, e);

	if (rc == -ENOENT)
		return 0;
	if (rc < 0 || wipe(&s, e) < 0)
		return e->code;
	rc = sweep(s.parent, s.name);
	return rc < 0 ? err_sys(e, rc, "%s: remove what is unfinished beside it", dir) : 0;
}

int bundle_digest(const char *dir, char ret_digest[BUNDLE_DIGEST_LEN + 1], struct err *e)
{
	auto_close int fd = sys_openat(AT_FDCWD, dir, O_PATH | O_DIRECTORY, 0);
	int rc = fd < 0 ? fd : read_digest(fd, ret_digest);

	if (rc < 0)
		return err_sys(e, rc, "%s/" DIGEST, dir);
	return 0;
}
