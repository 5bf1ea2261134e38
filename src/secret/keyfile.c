/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The key file: opened once, judged by its descriptor, read into locked memory. */
#include "secret/secret.h"
#include "sys/file.h"

#include <limits.h>
#include <string.h>

/* Whose files are believed: root's and one's own. */
static bool is_trusted(uid_t uid)
{
	return uid == 0 || uid == geteuid();
}

/* Whether nobody else can rename or remove what is in it; with the sticky bit others cannot. */
static int judge_directory(const struct stat *st, struct err *e)
{
	if (!is_trusted(st->st_uid) || ((st->st_mode & (S_IWGRP | S_IWOTH)) && !(st->st_mode & S_ISVTX)))
		return err_set(e, -EPERM, "others can write to the directory of the key");
	return 0;
}

static int judge_file(const struct stat *st, struct err *e)
{
	if (!S_ISREG(st->st_mode))
		return err_set(e, -EINVAL, "not a regular file");
	if (!is_trusted(st->st_uid))
		return err_set(e, -EPERM, geteuid() == 0 ? "Key must be owned by root" :
							   "Key must be owned by root or by who uses it");
	if (st->st_mode & 07777 & ~0600u)
		return err_set(e, -EPERM, "Key's mode must be 0600");
	if (st->st_nlink != 1)
		return err_set(e, -EMLINK, "Key must have no other links");
	if (st->st_size > SECRET_KEY_FILE_MAX)
		return err_set(e, -EFBIG, "larger than %d bytes", SECRET_KEY_FILE_MAX);
	return 0;
}

static int open_directory(const char *path, size_t len, struct err *e)
{
	char directory[PATH_MAX];
	int fd;

	if (len >= sizeof(directory))
		return err_sys(e, -ENAMETOOLONG, "directory of the key");
	memcpy(directory, len ? path : ".", len ? len : 1);
	directory[len ? len : 1] = '\0';
	fd = sys_openat(AT_FDCWD, directory, O_PATH | O_DIRECTORY, 0);
	return fd < 0 ? err_sys(e, fd, "directory of the key") : fd;
}

static int open_file(int dir, const char *name, struct err *e)
{
	int fd = sys_openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);

	if (fd == -ELOOP)
		return err_set(e, fd, "Key must not be a symbolic link");
	return fd < 0 ? err_set(e, fd, "%s", err_meaning(fd, (char[64]){ 0 })) : fd;
}

static int open_judged(const char *path, struct stat *ret_st, struct err *e)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	auto_close int dir = open_directory(path, (size_t)(name - path), e);
	auto_close int fd = -EBADF;
	struct stat st;
	int rc;

	if (dir < 0)
		return e->code;
	fd = open_file(dir, *name ? name : ".", e);
	if (fd < 0)
		return e->code;
	rc = sys_fstat(dir, &st);
	if (rc >= 0)
		rc = sys_fstat(fd, ret_st);
	if (rc < 0)
		return err_sys(e, rc, "fstat");
	if (judge_file(ret_st, e) < 0 || judge_directory(&st, e) < 0)
		return e->code;
	return take_fd(fd);
}

static int read_keys(const char *path, struct secret_keys *ret, struct err *e)
{
	auto_locked struct locked text = { 0 };
	auto_close int fd = -EBADF;
	struct stat st = { 0 };
	ssize_t n;

	fd = open_judged(path, &st, e);
	if (fd < 0 || locked_new((size_t)st.st_size + 1, &text, e) < 0)
		return e->code;
	n = sys_read_all(fd, text.data, (size_t)st.st_size + 1);
	if (n < 0)
		return err_sys(e, (int)n, "read");
	if (n > st.st_size)
		return err_set(e, -EBUSY, "it grows while it is read");
	return secret_keys_parse((const char *)text.data, (size_t)n, ret, e);
}

int secret_keys_open(const char *path, struct secret_keys *ret, struct err *e)
{
	*ret = (struct secret_keys){ 0 };
	if (secret_guard_process(e) < 0)
		return e->code;
	return read_keys(path, ret, e) < 0 ? err_ctx(e, "%.*s", PATH_MAX, path) : 0;
}
