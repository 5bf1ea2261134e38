/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What nobody has a claim to: state directories of a boot before, where state-dir is on a disk, or of an instance that was
 * removed by hand; and what a lithos_cmd that was killed has left, its bundle with opened secrets above all.  Once after a
 * start, in a child, since what containers have written there may be much.
 */
#include "supervise/tree.h"

#include "base/arr.h"
#include "base/fmt.h"
#include "supervise/adhoc.h"
#include "supervise/whole.h"
#include "sys/file.h"
#include "sys/scratch.h"
#include "translate/place.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* A command's "cmd.NAME.PID" is its own as long as that process is there. */
static bool is_of_command(const char *name, pid_t *ret_pid)
{
	const char *dot = strrchr(name, '.');
	char *end;
	long pid;

	if (strncmp(name, "cmd.", 4) != 0 || !dot || dot == name + 3)
		return false;
	pid = strtol(dot + 1, &end, 10);
	*ret_pid = pid > 0 && pid <= INT_MAX ? (pid_t)pid : 0;
	return *end == '\0' && *ret_pid > 0;
}

/* Whether there is a record, and then whether its life has a state directory; one that cannot be read might. */
static bool is_claimed(const struct tree *t, const char *id, bool *ret_has_record)
{
	auto_scratch struct arena a = { 0 };
	struct record r = { 0 };
	struct stat st;
	struct err e;
	size_t len;
	char *text;
	bool none;

	*ret_has_record = sys_fstatat(t->records, id, AT_SYMLINK_NOFOLLOW, &st) != -ENOENT;
	if (!*ret_has_record)
		return false;
	text = whole_text(t->records, id, RECORD_BYTES, &len);
	none = text && scratch_make(&a, &e) == 0 && record_read(text, len, t->boot_id, &a, &r) == SHEET_READ && !r.state_below;
	free(text);
	return !none;
}

/*
 * What has a claim is for the next command to remove: its container may run although who waited for it was killed.  Without
 * one there is nobody but, perhaps, a command of another program.
 */
static void tidy_command(const struct tree *t, const char *sandbox, const char *name, pid_t pid)
{
	char claim[PATH_MAX], below[PATH_MAX];
	struct stat st;
	struct err e;

	fmt(below, sizeof below, "%s/%s", sandbox, name);
	fmt(claim, sizeof claim, "%s/%s+cmd+%s", t->places.bundles, sandbox, name + strlen("cmd."));
	if (sys_fstatat(AT_FDCWD, claim, AT_SYMLINK_NOFOLLOW, &st) == -ENOENT && kill(pid, 0) < 0 && errno == ESRCH)
		(void)!place_remove(t->places.state_dir, below, &e);
}

/*
 * What was launched, or is about to be, has a record: that is looked at on disk, since this child may be slower than the
 * supervisor is, or outlive it.  Before the lock is taken, so that no launch finds it taken; and once more after that.
 */
static void tidy_entry(const struct tree *t, const char *sandbox, const char *name)
{
	char id[DESIRED_ID_MAX], below[PATH_MAX];
	auto_close int lock = -EBADF;
	struct err e = { 0 };
	bool has_record;
	pid_t pid;

	if (is_of_command(name, &pid)) {
		tidy_command(t, sandbox, name, pid);
		return;
	}
	if (fmt(id, sizeof id, "%s+%s", sandbox, name) >= sizeof id || !desired_is_id(id) ||
	    is_claimed(t, id, &has_record) || command_lock(t->locks, id, &lock, &e) != 0 || is_claimed(t, id, &has_record))
		return;
	fmt(below, sizeof below, "%s/%s", sandbox, name);
	(void)!place_remove(t->places.state_dir, below, &e);
	if (!has_record)
		sys_unlinkat(t->locks, id, 0);
}

static DIR *open_dir(int dir, const char *name)
{
	int fd = sys_openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;

	if (!d)
		fd_close(&fd);
	return d;
}

static void tidy_sandbox(const struct tree *t, DIR *all, const char *sandbox)
{
	DIR *d = open_dir(dirfd(all), sandbox);
	const struct dirent *entry;

	while (d && (entry = readdir(d)))
		if (entry->d_name[0] != '.')
			tidy_entry(t, sandbox, entry->d_name);
	if (d)
		closedir(d);
}

static int tidy_child(void *arg)
{
	enum { LOCKS = 3, RECORDS };
	struct tree *t = arg;	/* a copy: what it says of descriptors is this child's */
	const int null = sys_openat(AT_FDCWD, "/dev/null", O_RDWR, 0), std[3] = { null, null, STDERR_FILENO };
	const int keep[] = { t->locks, t->records };
	const struct dirent *entry;
	struct err e = { 0 };
	size_t n;
	DIR *d;

	if (null < 0 || command_wire(std, keep, ARRAY_LEN(keep)) < 0)
		return COMMAND_FAILED;
	t->locks = LOCKS;
	t->records = RECORDS;
	d = open_dir(AT_FDCWD, t->places.state_dir);
	while (d && (entry = readdir(d)))
		if (entry->d_name[0] != '.')
			tidy_sandbox(t, d, entry->d_name);
	if (d)
		closedir(d);
	return adhoc_sweep(&t->runtime, &t->places, &n, &e) < 0;
}

static void on_tidied(struct command *c, int status)
{
	struct tree *t = (struct tree *)((char *)c - offsetof(struct tree, tidy));

	if (status != 0)
		tree_say(t, LINE_WARN, "What nobody has was not removed as a whole (status %d)", status);
}

void tidy_begin(struct tree *t)
{
	struct err e = { 0 };

	if (command_start(&t->tidy, &t->loop, tidy_child, t, TIDY_LIMIT_MS, on_tidied, &e) < 0)
		tree_say(t, LINE_WARN, "What nobody has is not removed: %s", e.text);
}

/* When nothing is launched any more that might be about to make one of them. */
void tidy_finish(struct tree *t)
{
	DIR *d = open_dir(AT_FDCWD, t->places.state_dir);
	const struct dirent *entry;

	/* Refused as long as there is something in it. */
	while (d && (entry = readdir(d)))
		if (entry->d_name[0] != '.')
			sys_unlinkat(dirfd(d), entry->d_name, AT_REMOVEDIR);
	if (d)
		closedir(d);
}
