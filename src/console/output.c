/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "console/console.h"
#include "sys/abi.h"
#include "sys/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whatever the image has there: a FIFO must not hold us up, a device not be opened for more than a look. */
static int open_regular(const char *path, int *ret_fd, struct err *e)
{
	auto_close int fd = sys_openat2(AT_FDCWD, path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY,
					0666, K_RESOLVE_NO_MAGICLINKS);
	struct stat st;
	int rc = fd < 0 ? fd : sys_fstat(fd, &st);

	if (rc == 0 && !S_ISREG(st.st_mode))
		return err_set(e, -EINVAL, "%s: not a regular file", path);
	if (rc == 0)
		rc = fcntl(fd, F_SETFL, O_APPEND) < 0 ? -errno : 0;
	if (rc < 0)
		return err_sys(e, rc, "open %s", path);
	*ret_fd = take_fd(fd);
	return 0;
}

int console_open_output(const char *path, struct err *e)
{
	auto_close int fd = -EBADF;

	if (open_regular(path, &fd, e) < 0)
		return e->code;
	for (int to = STDOUT_FILENO; to <= STDERR_FILENO; to++)
		if (dup2(fd, to) < 0)
			return err_sys(e, -errno, "make %s descriptor %d", path, to);
	return 0;
}
