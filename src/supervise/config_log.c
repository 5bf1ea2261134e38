/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/config_log.h"

#include "base/fmt.h"
#include "supervise/log.h"
#include "sys/file.h"

#include <limits.h>
#include <stdlib.h>

enum { NAME_ROOM = NAME_MAX + 1 };

/* NAME.log.1 becomes NAME.log.2 and so on, the last one falls away, and NAME.log becomes NAME.log.1. */
static int put_aside(int dir, const char *name, struct err *e)
{
	char from[NAME_ROOM], to[NAME_ROOM];

	for (int i = CONFIG_LOG_FILES; i > 0; i--) {
		int rc;

		fmt(to, sizeof(to), "%s.%d", name, i);
		if (i > 1)
			fmt(from, sizeof(from), "%s.%d", name, i - 1);
		else
			fmt(from, sizeof(from), "%s", name);
		rc = sys_renameat(dir, from, to);
		if (rc < 0 && rc != -ENOENT)
			return err_sys(e, rc, "rename %s to %s", from, to);
	}
	return 0;
}

static int open_log(int dir, const char *name, int *ret_fd, off_t *ret_size, struct err *e)
{
	auto_close int fd = sys_openat(dir, name, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0640);
	struct stat st;
	int rc = fd < 0 ? fd : sys_fstat(fd, &st);

	if (rc < 0)
		return err_sys(e, rc, "open %s", name);
	if (!S_ISREG(st.st_mode))
		return err_set(e, -EINVAL, "%s is not a regular file", name);
	*ret_size = st.st_size;
	*ret_fd = take_fd(fd);
	return 0;
}

static int append(int fd, off_t size, const char *name, const char *json, int64_t seconds, struct err *e)
{
	char *line = NULL;
	size_t len;
	int rc;

	if (line_config(seconds, json, &line, &len) < 0)
		return err_nomem(e);
	rc = sys_write_all(fd, line, len);
	free(line);
	if (rc == 0)
		return 0;
	/* Half of a line would make the log unreadable for whoever looks for images in use. */
	if (ftruncate(fd, size) < 0)
		return err_sys(e, -errno, "cut off half a line of %s", name);
	return err_sys(e, rc, "write %s", name);
}

int config_log_append(const char *dir, const char *sandbox, const char *json, int64_t seconds, struct err *e)
{
	int made = sys_mkdirat(AT_FDCWD, dir, 0777);
	auto_close int where = sys_openat(AT_FDCWD, dir, O_RDONLY | O_DIRECTORY, 0);
	auto_close int fd = -EBADF;
	char name[NAME_ROOM];
	off_t size = 0;

	if (where < 0)
		return err_sys(e, made < 0 && made != -EEXIST ? made : where, "%s", dir);
	if (fmt(name, sizeof(name), "%s.log", sandbox) >= sizeof(name) - 4)
		return err_set(e, -ENAMETOOLONG, "%s/%s.log: the name is too long", dir, sandbox);
	if (open_log(where, name, &fd, &size, e) < 0)
		return err_ctx(e, "%s", dir);
	if (size > CONFIG_LOG_BYTES) {
		fd_close(&fd);
		if (put_aside(where, name, e) < 0 || open_log(where, name, &fd, &size, e) < 0)
			return err_ctx(e, "%s", dir);
	}
	return append(fd, size, name, json, seconds, e) < 0 ? err_ctx(e, "%s", dir) : 0;
}
