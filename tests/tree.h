/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A directory of a test's own, with files in it. */
#ifndef CIST_TESTS_TREE_H
#define CIST_TESTS_TREE_H

#include "tests/check.h"

#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char tree_top[PATH_MAX];

/* An absolute path for a name within the tree; good for the next seven calls. */
static inline const char *tree_path(const char *name)
{
	static char path[8][2 * PATH_MAX];
	static unsigned int i;

	i = (i + 1) % 8;
	snprintf(path[i], sizeof(path[i]), "%s%s%s", tree_top, *name ? "/" : "", name);
	return path[i];
}

static inline bool tree_make(void)
{
	snprintf(tree_top, sizeof(tree_top), "/tmp/cist-test.XXXXXX");
	return CHECK(mkdtemp(tree_top));
}

static inline int tree_remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
	(void)st;
	(void)type;
	(void)walk;
	return remove(path);
}

static inline void tree_remove(void)
{
	CHECK(nftw(tree_top, tree_remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0);
}

/* With the directories on the way to it. */
static inline void tree_dir(const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s", tree_path(name));
	for (char *p = path + strlen(tree_top) + 1; p && *p; p++) {
		p = strchr(p, '/');
		if (!p)
			break;
		*p = '\0';
		mkdir(path, 0755);
		*p = '/';
	}
	mkdir(path, 0755);
	CHECK(access(path, F_OK) == 0);
}

/* Replaces what is there. */
static inline void tree_file(const char *name, const char *text, mode_t mode)
{
	char parent[PATH_MAX];

	snprintf(parent, sizeof(parent), "%s", name);
	if (strrchr(parent, '/')) {
		*strrchr(parent, '/') = '\0';
		tree_dir(parent);
	}
	unlink(tree_path(name));

	int fd = open(tree_path(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) && fchmod(fd, mode) == 0 && close(fd) == 0);
}

static inline void tree_link(const char *target, const char *name)
{
	unlink(tree_path(name));
	CHECK(symlink(target, tree_path(name)) == 0);
}

static inline int tree_handle(const char *name)
{
	return open(tree_path(name), O_PATH | O_CLOEXEC);
}

#endif
