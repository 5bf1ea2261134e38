/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the resctrl file system is mounted. */
#include "rdt/rdt.h"

#include "sys/file.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define USUAL_MOUNT "/sys/fs/resctrl"

enum { MOUNTINFO_MAX = 16 << 20 };

const char *rdt_mount_point(const char *mountinfo, struct arena *a)
{
	for (const char *line = mountinfo; *line; line += strspn(line, "\n")) {
		size_t len = strcspn(line, "\n"), at = 0;
		const char *type = memmem(line, len, " - resctrl ", strlen(" - resctrl "));
		const char *s = line;

		line += len;
		/* The fifth field is the mount point; one with odd characters in its name is no place for it. */
		for (; type && s < type && at < 4; at++)
			s += strcspn(s, " ") + 1;
		if (type && s < type && !memchr(s, '\\', strcspn(s, " ")))
			return arena_fmt(a, "%.*s", (int)strcspn(s, " "), s);
	}
	return NULL;
}

static int open_root(const char *path)
{
	int fd = sys_openat(AT_FDCWD, path, O_PATH | O_DIRECTORY, 0);

	if (fd < 0 || sys_fs_magic(fd) == K_RDTGROUP_SUPER_MAGIC)
		return fd;
	fd_close(&fd);
	return -ENOENT;
}

static const char *find_mount(struct arena *a)
{
	auto_close int fd = sys_openat(AT_FDCWD, "/proc/self/mountinfo", O_RDONLY, 0);
	char *text = fd < 0 ? NULL : malloc(MOUNTINFO_MAX);
	ssize_t n = text ? sys_read_all(fd, text, MOUNTINFO_MAX - 1) : -1;
	const char *path = NULL;

	if (n >= 0) {
		text[n] = '\0';
		path = rdt_mount_point(text, a);
	}
	free(text);
	return path;
}

int rdt_open(struct arena *a, const char **ret_path, int *ret_root, struct err *e)
{
	const char *path = USUAL_MOUNT;
	int fd = open_root(path);

	if (fd < 0) {
		path = find_mount(a);
		fd = path ? open_root(path) : -ENOENT;
	}
	if (fd < 0)
		return err_set(e, -ENOTSUP, "linux.intelRdt: no resctrl file system is mounted; on a machine that has Intel "
			       "RDT or its like, mount -t resctrl resctrl " USUAL_MOUNT);
	*ret_path = arena_str(a, path);
	if (!*ret_path) {
		fd_close(&fd);
		return err_nomem(e);
	}
	*ret_root = fd;
	return 0;
}

static bool is_name(const char *s)
{
	return s && !strchr(s, '/') && strcmp(s, ".") != 0 && strcmp(s, "..") != 0;
}

int rdt_open_recorded(const struct rdt_record *r, int *ret_root, struct err *e)
{
	int fd;

	/* The record is read as hostile input: no name in it leads out of resctrl. */
	if (!r->root || r->root[0] != '/' || !is_name(r->group) || (r->monitor && (!*r->monitor || !is_name(r->monitor))))
		return err_set(e, -EINVAL, "the recorded resctrl group is not one that was made here");
	fd = open_root(r->root);
	if (fd == -ENOENT)
		return 1;
	if (fd < 0)
		return err_sys(e, fd, "open %s", r->root);
	*ret_root = fd;
	return 0;
}
