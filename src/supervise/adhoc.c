/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/adhoc.h"

#include "base/fmt.h"
#include "supervise/execution.h"
#include "sys/file.h"
#include "translate/bundle.h"
#include "translate/place.h"

#include <dirent.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>

enum { CLAIM_TRIES = 8 };

static const char log_name[] = "log";

/* ---- the claim ---- */

/* The directory that is at that path now, locked; -EAGAIN when it went away in between, or another has it. */
static int lock_directory(const char *path, int *ret)
{
	auto_close int fd = sys_openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	struct stat mine, there;

	if (fd < 0)
		return fd;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	if (sys_fstat(fd, &mine) < 0 || sys_fstatat(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, &there) < 0 ||
	    mine.st_ino != there.st_ino || mine.st_dev != there.st_dev)
		return -EAGAIN;
	*ret = take_fd(fd);
	return 0;
}

static int claim_directory(struct adhoc *a, const char *path, struct err *e)
{
	int rc = -EAGAIN;

	/* Who sweeps may be faster than the lock. */
	for (int i = 0; (rc == -EAGAIN || rc == -ENOENT) && i < CLAIM_TRIES; i++) {
		rc = sys_mkdirat(AT_FDCWD, path, 0700);
		if (rc == 0)
			rc = lock_directory(path, &a->lock);
	}
	return rc < 0 ? err_sys(e, rc, "claim %s", path) : 0;
}

/* From here on a signal would leave something behind. */
static int hold_signals(struct err *e)
{
	sigset_t all;

	sigfillset(&all);
	return sigprocmask(SIG_SETMASK, &all, NULL) < 0 ? err_sys(e, -errno, "hold signals back") : 0;
}

int adhoc_claim(struct adhoc *a, const char *sandbox, const char *process, uint32_t pid, const char *digest,
		struct arena *arena, struct err *e)
{
	const char *path;

	desired_id(a->id, sandbox, process, 0, pid);
	path = arena_fmt(arena, "%s/%s", a->places->bundles, a->id);
	a->bundle = arena_fmt(arena, "%s/%s/%s", a->places->bundles, a->id, digest);
	a->log = arena_fmt(arena, "%s/%s/%s", a->places->bundles, a->id, log_name);
	if (!path || !a->bundle || !a->log)
		return err_nomem(e);
	return hold_signals(e) < 0 ? e->code : claim_directory(a, path, e);
}

/* ---- what is left of it ---- */

static bool is_there(const char *directory, const char *name)
{
	char path[PATH_MAX];
	struct stat st;

	return fmt(path, sizeof(path), "%s/%s", directory, name) < sizeof(path) &&
	       sys_fstatat(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, &st) == 0;
}

static int remove_container(const struct runtime *runtime, const struct places *p, const char *id, struct err *e)
{
	struct runtime_words words;

	if (!is_there(p->containers, id))
		return 0;
	runtime_words(runtime, NULL, &words);
	runtime_add(&words, "delete");
	runtime_add(&words, "--force");
	runtime_add(&words, id);
	return execution_call(&words, e);
}

static DIR *open_list(const char *path)
{
	int fd = sys_openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	DIR *list = fd < 0 ? NULL : fdopendir(fd);

	if (!list && fd >= 0)
		close(fd);
	return list;
}

/* The bundles in it, whatever their digests, and the log. */
static int remove_claim(const char *path, struct err *e)
{
	DIR *dir = open_list(path);
	struct dirent *entry;
	char name[PATH_MAX];
	int rc = 0;

	if (!dir)
		return errno == ENOENT ? 0 : err_sys(e, -errno, "%s", path);
	while (rc == 0 && (entry = readdir(dir))) {
		/* What is unfinished, below. */
		if (entry->d_name[0] == '.')
			continue;
		if (fmt(name, sizeof(name), "%s/%s", path, entry->d_name) >= sizeof(name))
			rc = err_set(e, -ENAMETOOLONG, "%s: a name that is too long", path);
		else if (strcmp(entry->d_name, log_name) == 0)
			rc = sys_unlinkat(AT_FDCWD, name, 0);
		else
			rc = bundle_wipe(name, e);
	}
	closedir(dir);
	if (rc == 0)
		rc = bundle_sweep(path, e);
	if (rc == 0) {
		rc = sys_unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
		if (rc < 0)
			rc = err_sys(e, rc, "remove %s", path);
	}
	return rc;
}

/*
 * The container first: what is still at work there needs the rest.  The claim goes last, so that somebody comes again when
 * anything else could not be removed.
 */
static int remove_all(const struct runtime *runtime, const struct places *p, const char *id, const char *name,
		      struct err *e)
{
	char path[PATH_MAX];

	if (remove_container(runtime, p, id, e) < 0 || place_remove(p->state_dir, name, e) < 0)
		return err_ctx(e, "%s", name);
	if (fmt(path, sizeof(path), "%s/%s", p->bundles, id) >= sizeof(path))
		return err_set(e, -ENAMETOOLONG, "%s: a path that is too long", name);
	return remove_claim(path, e);
}

int adhoc_clear(struct adhoc *a, struct err *e)
{
	int rc = 0;

	if (a->lock >= 0)
		rc = remove_all(&a->runtime, a->places, a->id, a->name, e);
	fd_close(&a->lock);
	return rc;
}

bool adhoc_name(const char *id, char ret_name[DESIRED_ID_MAX])
{
	static const char middle[] = "+cmd+";
	const char *plus = strchr(id, '+'), *dot = strrchr(id, '.');
	const char *process = plus && strncmp(plus, middle, strlen(middle)) == 0 ? plus + strlen(middle) : NULL;

	if (!process || plus == id || !dot || dot <= process || !dot[1] || strspn(dot + 1, "0123456789") != strlen(dot + 1) ||
	    strchr(process, '+') || strchr(id, '/') || strlen(id) >= DESIRED_ID_MAX)
		return false;
	fmt(ret_name, DESIRED_ID_MAX, "%.*s/cmd.%s", (int)(plus - id), id, process);
	return true;
}

/* 1: it was left, and is removed now; 0: it is none, or somebody waits for it. */
static int sweep_one(const struct runtime *runtime, const struct places *p, const char *id, struct err *e)
{
	auto_close int lock = -EBADF;
	char name[DESIRED_ID_MAX], path[PATH_MAX];

	if (!adhoc_name(id, name) || fmt(path, sizeof(path), "%s/%s", p->bundles, id) >= sizeof(path) ||
	    lock_directory(path, &lock) < 0)
		return 0;
	return remove_all(runtime, p, id, name, e) < 0 ? e->code : 1;
}

int adhoc_sweep(const struct runtime *runtime, const struct places *p, size_t *ret_n, struct err *e)
{
	DIR *dir = open_list(p->bundles);
	struct dirent *entry;
	int rc = 0;

	*ret_n = 0;
	if (!dir)
		return errno == ENOENT ? 0 : err_sys(e, -errno, "%s", p->bundles);
	while ((entry = readdir(dir))) {
		struct err one = { 0 };
		int n = sweep_one(runtime, p, entry->d_name, &one);

		if (n > 0)
			(*ret_n)++;
		else if (n < 0 && rc == 0) {
			*e = one;
			rc = n;
		}
	}
	closedir(dir);
	return rc;
}
