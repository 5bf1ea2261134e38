/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "translate/bundle.h"

#include "base/arr.h"
#include "libocispec/ocispec.h"
#include "sys/file.h"
#include "translate/place.h"
#include "translate/reveal.h"
#include "translate/spot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

enum { SWAP_TRIES = 16, CLAIM_TRIES = 16 };

/* ---- what is written ---- */

/* The files of a bundle. */
struct content {
	struct bundle_file v[BUNDLE_NAMES];
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
		.name = BUNDLE_DIGEST, .text = ret->digest, .mode = 0644,
		.len = n < (int)sizeof ret->digest ? (size_t)n : sizeof ret->digest - 1,
	};
	ret->v[ret->n++] = (struct bundle_file){ .name = BUNDLE_CONFIG, .text = config, .len = len, .mode = mode };
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
	for (size_t i = 0; i < BUNDLE_NAMES; i++)
		if (!has_file(c, bundle_names[i]) && sys_fstatat(fd, bundle_names[i], AT_SYMLINK_NOFOLLOW, &st) != -ENOENT)
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
		old = spot_check(s, e);
		if (old < 0)
			return old;
		rc = sys_renameat2(s->parent, s->beside, s->name, old ? RENAME_EXCHANGE : RENAME_NOREPLACE);
	}
	if (rc < 0)
		return err_sys(e, rc, "%s: rename", s->dir);
	return old ? spot_clear(s, e) : 0;
}

static void undo_write(void *arg)
{
	struct err ignored;

	(void)spot_clear(arg, &ignored);
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
	auto_spot struct spot s;
	int rc;

	if (spot_find(dir, 0755, false, &s, e) < 0)
		return e->code;
	rc = spot_check(&s, e);
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
	auto_spot struct spot s;
	auto_undo struct undo undo = { 0 };
	auto_locked struct locked text = { 0 };
	struct content c;
	size_t len;

	if (spot_find(dir, 0700, true, &s, e) < 0 || spot_check(&s, e) < 0 || reveal_config(p, keys, &text, &len, e) < 0 ||
	    place_directories(p, e) < 0 || begin(&s, e) < 0)
		return e->code;
	undo = (struct undo){ undo_write, &s };
	collect(p, (const char *)text.data, len, 0600, &c);
	if (write_files(&s, &c, e) < 0 || put_in_place(&s, e) < 0)
		return e->code;
	undo_keep(&undo);
	return 0;
}

int bundle_digest(const char *dir, char ret_digest[BUNDLE_DIGEST_LEN + 1], struct err *e)
{
	auto_close int fd = sys_openat(AT_FDCWD, dir, O_PATH | O_DIRECTORY, 0);
	int rc = fd < 0 ? fd : bundle_read_digest(fd, ret_digest);

	if (rc < 0)
		return err_sys(e, rc, "%s/" BUNDLE_DIGEST, dir);
	return 0;
}
