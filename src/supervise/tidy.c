/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * State directories that nobody has a claim to: of a boot before, where state-dir is on a disk, or of an instance that was
 * removed by hand.  Once after a start, in a child, since what containers have written there may be much.
 */
#include "supervise/tree.h"

#include "base/fmt.h"
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

/* Whether the life that the record is about has a state directory; one that cannot be read might. */
static bool claims(const struct tree *t, const char *id)
{
	auto_scratch struct arena a = { 0 };
	struct record r = { 0 };
	struct err e;
	size_t len;
	char *text = tree_read(t->records, id, RECORD_BYTES, &len);
	bool none = text && scratch_make(&a, &e) == 0 && record_read(text, len, t->boot_id, &a, &r) == SHEET_READ &&
		    !r.state_below;

	free(text);
	return !none;
}

/*
 * Nobody launches what is locked here; and what was launched, or is about to be, has a record.  That is looked at on disk:
 * this child may be slower than the supervisor is, or outlive it.
 */
static void tidy_entry(const struct tree *t, const char *sandbox, const char *name)
{
	char id[DESIRED_ID_MAX], below[PATH_MAX];
	auto_close int lock = -EBADF;
	struct stat st;
	struct err e = { 0 };
	bool has_record;
	pid_t pid;

	fmt(below, sizeof below, "%s/%s", sandbox, name);
	if (is_of_command(name, &pid)) {
		if (kill(pid, 0) < 0 && errno == ESRCH)
			(void)!place_remove(t->places.state_dir, below, &e);
		return;
	}
	if (fmt(id, sizeof id, "%s+%s", sandbox, name) >= sizeof id || !desired_is_id(id) ||
	    command_lock(t->locks, id, &lock, &e) != 0)
		return;
	has_record = sys_fstatat(t->records, id, AT_SYMLINK_NOFOLLOW, &st) != -ENOENT;
	if (has_record && claims(t, id))
		return;
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
	const struct tree *t = arg;
	DIR *d = open_dir(AT_FDCWD, t->places.state_dir);
	const struct dirent *entry;

	while (d && (entry = readdir(d)))
		if (entry->d_name[0] != '.')
			tidy_sandbox(t, d, entry->d_name);
	if (d)
		closedir(d);
	return 0;
}

static void on_tidied(struct command *c, int status)
{
	struct tree *t = (struct tree *)((char *)c - offsetof(struct tree, tidy));

	if (status != 0)
		tree_say(t, LINE_WARN, "State directories that nobody has were not removed (status %d)", status);
}

void tidy_begin(struct tree *t)
{
	struct err e = { 0 };

	if (command_start(&t->tidy, &t->loop, tidy_child, t, TIDY_LIMIT_MS, on_tidied, &e) < 0)
		tree_say(t, LINE_WARN, "State directories that nobody has are not removed: %s", e.text);
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
