/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a container will see under a name, before anything is mounted: its image and, at their mount points, other
 * directories and files.  Symbolic links are followed as within it.  Everything is looked at by handles, component by
 * component, and nothing is opened for reading; so whatever lies there can neither lead out nor make us wait.
 */
#ifndef CIST_TRANSLATE_VIEW_H
#define CIST_TRANSLATE_VIEW_H

#include "base/auto.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

enum { VIEW_MOUNTS_MAX = 272, VIEW_LINKS_MAX = 40, VIEW_PATH_MAX = 4096 };

enum view_kind {
	VIEW_FILES,	/* what the handle holds, a directory or a file */
	VIEW_EMPTY,	/* a new directory: nothing is in it */
	VIEW_UNKNOWN,	/* nobody can tell: procfs, sysfs, what may not be looked at */
};

struct view_mount {
	char *path;	/* normal: "" is the root, else "/a/b" */
	size_t len;	/* of path */
	enum view_kind kind;
	int fd;		/* O_PATH, the view's */
	bool readonly;
};

struct view {
	struct view_mount v[VIEW_MOUNTS_MAX];	/* v[0] is the image */
	size_t n;
};

/* Absolute, without doubled or last slashes and ".": "" for the root.  -ENAMETOOLONG. */
must_use int view_normal(const char *path, char ret[VIEW_PATH_MAX]);

/* image is an O_PATH handle of a directory, and is copied.  view_done() is the caller's, also after an error. */
must_use int view_init(struct view *v, int image);
void view_done(struct view *v);
#define auto_view __attribute__((cleanup(view_done)))

/* Puts something at path, above what was there before.  fd becomes the view's; for VIEW_FILES only.  -ENOMEM, -E2BIG. */
must_use int view_mount(struct view *v, const char *path, enum view_kind kind, int fd, bool readonly);

struct view_found {
	int fd;				/* O_PATH; negative: an empty or an unknown directory itself */
	struct stat st;			/* of fd, else zero but for S_IFDIR */
	const struct view_mount *mount;	/* that it is on */
	char path[VIEW_PATH_MAX];	/* where it is, without links: normal as in struct view_mount */
};

void view_found_done(struct view_found *x);
#define auto_found __attribute__((cleanup(view_found_done)))

enum view_answer { VIEW_FOUND = 0, VIEW_NOBODY_KNOWS = 1 };

/*
 * What is at an absolute path; a relative one begins at the root.  With follow, a symbolic link at its end is followed.
 * VIEW_NOBODY_KNOWS: it is on something unknown, or not to be looked at by this caller.  Negative: -ENOENT, -ENOTDIR, -ELOOP,
 * -ENAMETOOLONG, or what else looking says.  *ret is for view_found_done() in every case.
 */
must_use int view_look(const struct view *v, const char *path, bool follow, struct view_found *ret);

#endif
