/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mnt/copyup.h"
#include "sys/file.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>

/* A level of the walk holds a buffer of names on the stack, so that the depth has a bound. */
enum { DEPTH_MAX = 256, NAMES_BYTES = 2048, COPY_BYTES = 16 << 10 };

/* Handles of the two directories, and how deep they are. */
struct level {
	int proc_fd;
	int from, to;
	int depth;
};

static int copy_dir(const struct level *l, struct err *e);

/* Owner first: changing it takes set-user-id bits away. */
static int copy_attributes(int dir, const char *name, const struct stat *st)
{
	const struct timespec times[2] = { st->st_atim, st->st_mtim };
	int rc = sys_fchownat(dir, name, st->st_uid, st->st_gid);

	if (rc == 0 && !S_ISLNK(st->st_mode))
		rc = sys_fchmodat(dir, name, st->st_mode & 07777);
	return rc == 0 ? sys_utimensat(dir, name, times) : rc;
}

static int copy_bytes(int in, int out)
{
	char buf[COPY_BYTES];
	ssize_t n = 1;
	int rc = 0;

	while (rc == 0 && (n = sys_read_all(in, buf, sizeof(buf))) > 0)
		rc = sys_write_all(out, buf, (size_t)n);
	return n < 0 ? (int)n : rc;
}

static int copy_file(const struct level *l, const char *name, int handle)
{
	auto_close int in = sys_reopen(l->proc_fd, handle, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	auto_close int out = -EBADF;

	if (in < 0)
		return in;
	out = sys_openat(l->to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
	return out < 0 ? out : copy_bytes(in, out);
}

static int copy_link(const struct level *l, const char *name, int handle)
{
	char text[PATH_MAX];
	ssize_t n = sys_readlinkat(handle, "", text, sizeof(text));

	return n < 0 ? (int)n : sys_symlinkat(text, l->to, name);
}

static int copy_subdir(const struct level *l, const char *name, int handle, struct err *e)
{
	auto_close int to = -EBADF;
	int rc;

	if (l->depth == DEPTH_MAX)
		return err_set(e, -ELOOP, "directories are nested more than %d deep", DEPTH_MAX);
	rc = sys_mkdirat(l->to, name, 0700);
	to = rc < 0 ? rc : sys_openat(l->to, name, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);
	if (to < 0)
		return err_sys(e, to, "mkdir");
	return copy_dir(&(struct level){ l->proc_fd, handle, to, l->depth + 1 }, e);
}

static int copy_entry(const struct level *l, const char *name, struct err *e)
{
	auto_close int handle = sys_openat(l->from, name, O_PATH | O_NOFOLLOW, 0);
	struct stat st;
	int rc = handle < 0 ? handle : sys_fstat(handle, &st);

	if (rc < 0)
		return err_sys(e, rc, "%s", name);
	if (S_ISDIR(st.st_mode)) {
		if (copy_subdir(l, name, handle, e) < 0)
			return err_ctx(e, "%s", name);
	} else if (S_ISREG(st.st_mode)) {
		rc = copy_file(l, name, handle);
	} else if (S_ISLNK(st.st_mode)) {
		rc = copy_link(l, name, handle);
	} else if (S_ISFIFO(st.st_mode)) {
		rc = sys_mknodat(l->to, name, S_IFIFO | 0600, 0);
	} else {
		return 0;
	}
	if (rc == 0)
		rc = copy_attributes(l->to, name, &st);
	return rc < 0 ? err_sys(e, rc, "%s", name) : 0;
}

static bool is_dot(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int copy_dir(const struct level *l, struct err *e)
{
	auto_close int dir = sys_openat(l->from, ".", O_RDONLY | O_DIRECTORY, 0);
	_Alignas(struct sys_entry) char names[NAMES_BYTES];
	ssize_t n;

	if (dir < 0)
		return err_sys(e, dir, "open");
	while ((n = sys_getdents(dir, names, sizeof(names))) > 0) {
		for (const char *p = names; p < names + n; ) {
			const struct sys_entry *entry = (const void *)p;

			if (!is_dot(entry->name) && copy_entry(l, entry->name, e) < 0)
				return e->code;
			p += entry->bytes;
		}
	}
	return n < 0 ? err_sys(e, (int)n, "read") : 0;
}

int mnt_copy_up(int proc_fd, int from, int to, struct err *e)
{
	struct stat st;
	int rc = copy_dir(&(struct level){ proc_fd, from, to, 0 }, e);

	if (rc < 0)
		return err_ctx(e, "tmpcopyup");
	rc = sys_fstat(from, &st);
	if (rc == 0)
		rc = sys_fchownat(to, ".", st.st_uid, st.st_gid);
	return rc < 0 ? err_sys(e, rc, "tmpcopyup: the owner of the directory") : 0;
}
