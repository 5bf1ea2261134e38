/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "state/store.h"
#include "base/fmt.h"
#include "base/limits.h"
#include "state/id.h"
#include "sys/file.h"
#include "sys/process.h"

#include <dirent.h>
#include <limits.h>
#include <regex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/time.h>

/* mkdir -p, mode 0700 for what is missing. */
static int make_parents(const char *root, struct err *e)
{
	char path[PATH_MAX];

	if (fmt(path, sizeof(path), "%s", root) >= sizeof(path))
		return err_set(e, -ENAMETOOLONG, "--root %s: too long", root);
	for (char *p = path + 1; ; p++) {
		char kept = *p;

		if (kept != '/' && kept != '\0')
			continue;
		*p = '\0';
		int rc = sys_mkdirat(AT_FDCWD, path, 0700);
		if (rc < 0 && rc != -EEXIST && !(kept == '/' && (rc == -EROFS || rc == -EACCES)))
			return err_sys(e, rc, "make the state directory %s", path);
		*p = kept;
		if (kept == '\0')
			return 0;
	}
}

/* What others can write to, they can make us act on. */
static int trust(int fd, const char *root, struct err *e)
{
	struct stat st;
	int rc = sys_fstat(fd, &st);

	if (rc < 0)
		return err_sys(e, rc, "look at %s", root);
	if ((st.st_uid != geteuid() && st.st_uid != 0) || (st.st_mode & 022 && !(st.st_mode & S_ISVTX)))
		return err_set(e, -EPERM, "the state directory %s belongs to user %u with mode %04o: others could change "
			       "what is in it", root, st.st_uid, st.st_mode & 07777u);
	return 0;
}

int store_open(const char *root, bool create, int *ret_fd, struct err *e)
{
	auto_close int fd = sys_openat(AT_FDCWD, root, O_RDONLY | O_DIRECTORY, 0);

	if (fd == -ENOENT && create) {
		if (make_parents(root, e) < 0)
			return e->code;
		fd = sys_openat(AT_FDCWD, root, O_RDONLY | O_DIRECTORY, 0);
	}
	if (fd == -ENOENT && !create)
		return STORE_ABSENT;
	if (fd < 0)
		return err_sys(e, fd, "open the state directory %s", root);
	if (trust(fd, root, e) < 0)
		return e->code;
	*ret_fd = take_fd(fd);
	return 0;
}

static int open_dir(int store_fd, const char *id)
{
	return sys_openat2(store_fd, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0,
			   K_RESOLVE_BENEATH | K_RESOLVE_NO_SYMLINKS);
}

int store_find(int store_fd, const char *id, int *ret_dir, struct err *e)
{
	int dir = open_dir(store_fd, id);

	if (dir == -ENOENT || dir == -ENOTDIR || dir == -ELOOP)
		return STORE_ABSENT;
	if (dir < 0)
		return err_sys(e, dir, "open the directory of %s", id);
	*ret_dir = dir;
	return 0;
}

static void interrupt(int sig)
{
	(void)sig;
}

/* flock(2) has no limit of its own: a timer interrupts it, and goes on doing so in case it fires just before. */
static int wait_for_lock(int dir, const char *id, struct err *e)
{
	const struct itimerval limit = { .it_value = { .tv_sec = LOCK_WAIT_MS / 1000 },
					 .it_interval = { .tv_usec = 10000 } };
	const struct itimerval off = { 0 };
	const int64_t deadline = sys_now_ms() + LOCK_WAIT_MS;
	struct sigaction on = { .sa_handler = interrupt }, old;
	sigset_t alarm, mask;
	int rc;

	if (flock(dir, LOCK_EX | LOCK_NB) == 0)
		return 0;
	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	sigaction(SIGALRM, &on, &old);
	sigprocmask(SIG_UNBLOCK, &alarm, &mask);	/* in the foreground all are held back */
	setitimer(ITIMER_REAL, &limit, NULL);
	do
		rc = flock(dir, LOCK_EX) < 0 ? -errno : 0;
	while (rc == -EINTR && sys_now_ms() < deadline);
	setitimer(ITIMER_REAL, &off, NULL);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	sigaction(SIGALRM, &old, NULL);
	if (rc == -EINTR)
		return err_set(e, -EBUSY, "another command has been working on container %s for %d seconds", id,
			       LOCK_WAIT_MS / 1000);
	return rc < 0 ? err_sys(e, rc, "lock the directory of %s", id) : 0;
}

int store_lock(int dir, const char *id, struct err *e)
{
	struct stat st;
	int rc = wait_for_lock(dir, id, e);

	if (rc < 0)
		return rc;
	rc = sys_fstat(dir, &st);
	if (rc < 0)
		return err_sys(e, rc, "look at the directory of %s", id);
	return st.st_nlink == 0 ? STORE_ABSENT : 0;
}

/*
 * Between mkdir(2) and open(2) a `delete` may have taken ours for what a crash has left, and another `create` made one of that
 * name: there is a record in that by the time when we have its lock.
 */
static bool is_taken(int dir)
{
	struct stat st;

	return sys_fstatat(dir, STORE_RECORD, AT_SYMLINK_NOFOLLOW, &st) == 0;
}

static int exists(const char *id, struct err *e)
{
	return err_set(e, -EEXIST, "container with given ID already exists: %s", id);
}

static int was_deleted(const char *id, struct err *e)
{
	return err_set(e, -ECANCELED, "container %s was deleted while it was being created", id);
}

int store_reserve(int store_fd, const char *id, int *ret_dir, struct err *e)
{
	auto_close int dir = -EBADF;
	int rc = sys_mkdirat(store_fd, id, 0700);

	if (rc == -EEXIST)
		return exists(id, e);
	if (rc < 0)
		return err_sys(e, rc, "make the directory of %s", id);
	dir = open_dir(store_fd, id);
	if (dir == -ENOENT)
		return was_deleted(id, e);
	rc = dir < 0 ? err_sys(e, dir, "open the directory of %s", id) : store_lock(dir, id, e);
	if (rc == STORE_ABSENT)
		return was_deleted(id, e);
	if (rc < 0) {
		sys_unlinkat(store_fd, id, AT_REMOVEDIR);
		return rc;
	}
	if (is_taken(dir))
		return exists(id, e);
	*ret_dir = take_fd(dir);
	return 0;
}

void store_unlock(int dir)
{
	flock(dir, LOCK_UN);
}

int store_write(int dir, const char *name, const void *data, size_t n, struct err *e)
{
	char beside[NAME_MAX];
	int rc;

	fmt(beside, sizeof(beside), ".%s.new", name);
	auto_close int fd = sys_openat(dir, beside, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_sys(e, fd, "make %s", name);
	rc = sys_write_all(fd, data, n);
	if (rc == 0)
		rc = sys_renameat(dir, beside, name);
	if (rc < 0)
		sys_unlinkat(dir, beside, 0);
	return rc < 0 ? err_sys(e, rc, "write %s", name) : 0;
}

int store_read(int dir, const char *name, size_t max, char **ret_data, size_t *ret_n, struct err *e)
{
	/* Not blocking: what should be a file may have become a FIFO. */
	auto_close int fd = sys_openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
	struct stat st;
	ssize_t n;
	char *data;

	if (fd == -ENOENT)
		return STORE_ABSENT;
	if (fd < 0)
		return err_sys(e, fd, "open %s", name);
	if (sys_fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return err_set(e, -EINVAL, "%s is not a regular file", name);
	if ((uint64_t)st.st_size > max)
		return err_set(e, -EFBIG, "%s has %lld bytes, more than %zu", name, (long long)st.st_size, max);
	data = malloc((size_t)st.st_size + 1);
	if (!data)
		return err_nomem(e);
	n = sys_read_all(fd, data, (size_t)st.st_size);
	if (n < 0) {
		free(data);
		return err_sys(e, (int)n, "read %s", name);
	}
	data[n] = '\0';
	*ret_data = data;
	*ret_n = (size_t)n;
	return 0;
}

/*
 * Two levels are all that a container's directory has: the files, and those of notify/.  Closes dir: one descriptor has
 * to do, as it may be for a lack of them that the container is given up.
 */
static int empty_dir(int dir, int depth, struct err *e)
{
	DIR *list = fdopendir(dir);
	struct dirent *d;
	int rc = 0;

	if (!list) {
		rc = err_sys(e, -errno, "list a state directory");
		close(dir);
		return rc;
	}
	while (rc == 0 && (d = readdir(list))) {
		if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
			continue;
		rc = sys_unlinkat(dir, d->d_name, 0);
		if (rc == -EISDIR || rc == -EPERM) {
			auto_close int sub = open_dir(dir, d->d_name);

			rc = sub < 0 ? sub : depth > 0 ? empty_dir(take_fd(sub), depth - 1, e) : -ENOTEMPTY;
			if (rc == 0)
				rc = sys_unlinkat(dir, d->d_name, AT_REMOVEDIR);
		}
		if (rc == -ENOENT)
			rc = 0;
	}
	closedir(list);
	return rc;
}

int store_forget(int store_fd, const char *id, struct err *e)
{
	auto_close int dir = open_dir(store_fd, id);
	int rc;

	if (dir == -ENOENT)
		return 0;
	rc = dir < 0 ? dir : empty_dir(take_fd(dir), 2, e);
	if (rc == 0)
		rc = sys_unlinkat(store_fd, id, AT_REMOVEDIR);
	return rc < 0 && rc != -ENOENT ? err_sys(e, rc, "remove the directory of %s", id) : 0;
}

static int compare_ids(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Pointers first, then the strings that they point to. */
static char **pack_ids(const char *names, size_t bytes, size_t n)
{
	char **ids = malloc((n + 1) * sizeof(*ids) + bytes);
	char *at;

	if (!ids)
		return NULL;
	at = (char *)(ids + n + 1);
	if (bytes > 0)
		memcpy(at, names, bytes);
	for (size_t i = 0; i < n; i++, at += strlen(at) + 1)
		ids[i] = at;
	ids[n] = NULL;
	qsort(ids, n, sizeof(*ids), compare_ids);
	return ids;
}

int store_ids(int store_fd, char ***ret_ids, size_t *ret_n, struct err *e)
{
	char *names = NULL;
	size_t bytes = 0, n = 0;
	struct dirent *d;
	struct err ignored;
	DIR *list = fdopendir(dup(store_fd));
	FILE *out = open_memstream(&names, &bytes);

	if (!list || !out) {
		err_sys(e, -errno, "list the state directory");
		if (list)
			closedir(list);
		if (out)
			fclose(out);
		free(names);
		return e->code;
	}
	rewinddir(list);
	while ((d = readdir(list))) {
		/* An id may begin with a dot, but then it is not told apart from what is not ours. */
		if (d->d_name[0] == '.' || container_id_check(d->d_name, &ignored) < 0 ||
		    (d->d_type != DT_DIR && d->d_type != DT_UNKNOWN))
			continue;
		fwrite(d->d_name, 1, strlen(d->d_name) + 1, out);
		n++;
	}
	closedir(list);
	fclose(out);
	*ret_ids = pack_ids(names, bytes, n);
	*ret_n = n;
	free(names);
	return *ret_ids ? 0 : err_nomem(e);
}

int store_ids_matching(int store_fd, const char *pattern, char ***ret_ids, size_t *ret_n, struct err *e)
{
	regex_t re;
	size_t n = 0;
	int rc = regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB);

	if (rc != 0) {
		char why[128];

		regerror(rc, &re, why, sizeof(why));
		return err_set(e, -EINVAL, "--regex %s: %s", pattern, why);
	}
	rc = store_ids(store_fd, ret_ids, ret_n, e);
	for (size_t i = 0; rc == 0 && i < *ret_n; i++)
		if (regexec(&re, (*ret_ids)[i], 0, NULL, 0) == 0)
			(*ret_ids)[n++] = (*ret_ids)[i];
	if (rc == 0)
		*ret_n = n;
	regfree(&re);
	return rc;
}
