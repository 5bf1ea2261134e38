/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/running.h"

#include "sys/file.h"
#include "sys/process.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/file.h>

/* 1: somebody has it; 0: nobody; negative errno. */
static int is_locked(int fd)
{
	if (flock(fd, LOCK_SH | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? 1 : -errno;
	flock(fd, LOCK_UN);
	return 0;
}

static pid_t read_pid(int fd)
{
	char text[32] = "";
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	long pid = n > 0 ? strtol(text, NULL, 10) : 0;

	return pid > 0 && pid <= INT_MAX ? (pid_t)pid : 0;
}

int running_find(const char *pid_file, pid_t *ret_pid, int *ret_pidfd, struct err *e)
{
	auto_close int fd = sys_openat(AT_FDCWD, pid_file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
	auto_close int pidfd = -EBADF;
	int rc = fd < 0 ? fd : is_locked(fd);
	pid_t pid;

	if (rc == -ENOENT || rc == 0)
		return 0;
	if (rc < 0)
		return err_sys(e, rc, "%s", pid_file);
	pid = read_pid(fd);
	pidfd = pid > 0 ? sys_pidfd_open(pid) : -ESRCH;
	/* As long as the lock is held behind that, the pid is that of who holds it. */
	if (pidfd < 0 || is_locked(fd) != 1 || read_pid(fd) != pid)
		return 0;
	*ret_pid = pid;
	*ret_pidfd = take_fd(pidfd);
	return 1;
}
