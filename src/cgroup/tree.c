/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Trees of cgroups: the processes in one, and its removal.  A container may have made any number of levels. */
#include "cgroup/dir.h"

#include "sys/file.h"
#include "sys/process.h"

#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { TREE_DEPTH_MAX = 512, PIDS_MAX = 4 << 20 };

/* ---- processes ---- */

void cg_pid_list_free(struct cg_pid_list *l)
{
	free(l->v);
	*l = (struct cg_pid_list){ 0 };
}

static int add_pid(struct cg_pid_list *l, pid_t pid)
{
	if (l->n == l->room) {
		size_t room = l->room ? l->room * 2 : 64;
		pid_t *v = room > PIDS_MAX ? NULL : reallocarray(l->v, room, sizeof *v);

		if (!v)
			return -ENOMEM;
		l->v = v;
		l->room = room;
	}
	l->v[l->n++] = pid;
	return 0;
}

/* 0 in the list is a process of another pid namespace, which nobody here can name. */
static int parse_pids(FILE *f, struct cg_pid_list *l)
{
	char line[32];
	int rc = 0;

	while (rc == 0 && fgets(line, sizeof line, f)) {
		long pid = strtol(line, NULL, 10);

		if (pid > 0 && pid <= INT_MAX)
			rc = add_pid(l, (pid_t)pid);
	}
	/* A threaded cgroup's processes are listed by its domain (EOPNOTSUPP). */
	if (rc == 0 && ferror(f) && errno != EOPNOTSUPP && errno != ENODEV)
		rc = -errno;
	return rc;
}

static int read_pids(int dirfd, struct cg_pid_list *l)
{
	int fd = sys_openat(dirfd, "cgroup.procs", O_RDONLY, 0);
	FILE *f;
	int rc;

	if (fd < 0)
		return cg_is_gone(fd) || fd == -EOPNOTSUPP ? 0 : fd;
	f = fdopen(fd, "r");
	if (!f) {
		close(fd);
		return -ENOMEM;
	}
	errno = 0;
	rc = parse_pids(f, l);
	fclose(f);
	return rc;
}

/* ---- directories ---- */

static DIR *open_list(int dirfd)
{
	int fd = sys_openat(dirfd, ".", O_RDONLY | O_DIRECTORY, 0);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (fd >= 0 && !dir)
		close(fd);
	else if (fd < 0)
		errno = -fd;
	return dir;
}

static bool is_child(const struct dirent *d)
{
	return d->d_type == DT_DIR && strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0;
}

struct names {
	char *text;	/* "a\0b\0" */
	size_t len;
};

/* Names first, so that one descriptor a level is held and not two. */
static int list_children(int dirfd, struct names *ret)
{
	DIR *dir = open_list(dirfd);
	int rc = 0;

	if (!dir)
		return cg_is_gone(-errno) ? 0 : -errno;
	for (struct dirent *d; rc == 0 && (d = readdir(dir));) {
		size_t n = strlen(d->d_name) + 1;
		char *more;

		if (!is_child(d))
			continue;
		more = realloc(ret->text, ret->len + n);
		if (!more) {
			rc = -ENOMEM;
			break;
		}
		ret->text = more;
		memcpy(more + ret->len, d->d_name, n);
		ret->len += n;
	}
	closedir(dir);
	return rc;
}

static int collect(int dirfd, int depth, struct cg_pid_list *l)
{
	struct names names = { 0 };
	int rc = read_pids(dirfd, l);

	if (rc == 0)
		rc = depth < TREE_DEPTH_MAX ? list_children(dirfd, &names) : -ELOOP;
	for (size_t at = 0; rc == 0 && at < names.len; at += strlen(names.text + at) + 1) {
		auto_close int child = cg_dir_below(dirfd, names.text + at);

		if (child >= 0)
			rc = collect(child, depth + 1, l);
		else if (!cg_is_gone(child))
			rc = child;
	}
	free(names.text);
	return rc;
}

int cg_tree_pids(const struct cg_dir *d, struct cg_pid_list *l, struct err *e)
{
	int rc = d->fd < 0 ? 0 : collect(d->fd, 0, l);

	return rc < 0 ? err_sys(e, rc, "list the processes of %s", d->where) : 0;
}

static int compare_pids(const void *a, const void *b)
{
	pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;

	return (x > y) - (x < y);
}

int cg_all_pids(const struct cg *cg, struct cg_pid_list *l, struct err *e)
{
	const struct cg_dir *dirs[] = { cg_dir_v2(cg), cg_dir_v1(cg) };
	size_t kept = 0;

	for (size_t i = 0; i < 2; i++)
		if (dirs[i] && cg_tree_pids(dirs[i], l, e) < 0)
			return e->code;
	if (l->n > 0)
		qsort(l->v, l->n, sizeof *l->v, compare_pids);
	for (size_t i = 0; i < l->n; i++)
		if (kept == 0 || l->v[kept - 1] != l->v[i])
			l->v[kept++] = l->v[i];
	l->n = kept;
	return 0;
}

bool cg_pid_list_has(const struct cg_pid_list *l, pid_t pid)
{
	return l->n > 0 && bsearch(&pid, l->v, l->n, sizeof *l->v, compare_pids);
}

int cg_pids(const struct cg *cg, pid_t **ret_pids, size_t *ret_n, struct err *e)
{
	auto_pids struct cg_pid_list l = { 0 };

	if (cg_all_pids(cg, &l, e) < 0)
		return e->code;
	*ret_n = l.n;
	*ret_pids = take_ptr(l.v);
	return 0;
}

/* ---- removal ---- */

/* One look at the children of a directory. */
struct sweep {
	size_t removed;
	char stuck[NAME_MAX + 1];	/* one that would not go (EBUSY); "" = none is left */
};

static int remove_leaves(int dirfd, struct sweep *ret)
{
	DIR *dir = open_list(dirfd);
	struct sweep s = { 0 };
	int rc = 0;

	*ret = s;
	if (!dir && !cg_is_gone(-errno))
		return -errno;
	for (struct dirent *d; dir && rc >= 0 && (d = readdir(dir));) {
		if (!is_child(d))
			continue;
		rc = sys_unlinkat(dirfd, d->d_name, AT_REMOVEDIR);
		if (rc == -EBUSY || rc == -ENOTEMPTY) {
			memcpy(s.stuck, d->d_name, strlen(d->d_name) + 1);
			rc = 0;
		} else if (rc == 0 || cg_is_gone(rc)) {
			s.removed++;
			rc = 0;
		}
	}
	if (dir)
		closedir(dir);
	*ret = s;
	return rc;
}

/*
 * Down to where something is in the way, and up again through "..", so that neither descriptors nor stack grow with
 * the depth.  What was cleared and still would not go has processes that are ending: give them the time.
 */
int cg_tree_remove_below(int fd, int64_t deadline_ms)
{
	auto_close int at = cg_dir_below(fd, ".");
	bool came_up = false;
	unsigned long depth = 0;

	while (at >= 0) {
		struct sweep s;
		int rc = remove_leaves(at, &s), next;
		bool down = rc == 0 && s.stuck[0];

		if (rc < 0 || (!down && depth == 0))
			return rc;
		if (down && came_up && s.removed == 0) {
			if (sys_now_ms() >= deadline_ms)
				return -EBUSY;
			cg_pause(1, deadline_ms);
		}
		next = down ? cg_dir_below(at, s.stuck) : sys_openat(at, "..", O_PATH | O_DIRECTORY, 0);
		if (down && cg_is_gone(next))
			continue;
		depth = down ? depth + 1 : depth - 1;
		came_up = !down;
		fd_close(&at);
		at = next;
	}
	return at;
}
