/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "runtime/tell.h"
#include "base/fmt.h"
#include "sys/file.h"
#include "sys/socket.h"

#include <limits.h>
#include <string.h>
#include <sys/socket.h>

int tell_pid_file(const char *path, pid_t pid, struct err *e)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	char dir[PATH_MAX], beside[NAME_MAX + 1], text[16];
	int rc;

	fmt(dir, sizeof(dir), "%.*s", slash ? (int)(slash - path + 1) : 2, slash ? path : "./");
	if (!*name || fmt(beside, sizeof(beside), ".%s", name) >= sizeof(beside))
		return err_set(e, -EINVAL, "--pid-file %s: not the name of a file", path);
	auto_close int at = sys_openat(AT_FDCWD, dir, O_PATH | O_DIRECTORY, 0);
	if (at < 0)
		return err_sys(e, at, "--pid-file: open %s", dir);
	sys_unlinkat(at, beside, 0);
	auto_close int fd = sys_openat(at, beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0644);
	if (fd < 0)
		return err_sys(e, fd, "--pid-file: make %s", path);
	rc = sys_write_all(fd, text, fmt(text, sizeof(text), "%d", pid));
	if (rc == 0)
		rc = fchmod(fd, 0644) < 0 ? -errno : sys_renameat(at, beside, name);
	if (rc < 0)
		sys_unlinkat(at, beside, 0);
	return rc < 0 ? err_sys(e, rc, "--pid-file: write %s", path) : 0;
}

int tell_pidfd_socket(const char *socket_path, int pidfd, const char *text, struct err *e)
{
	auto_close int sock = sys_unix_connect(SOCK_STREAM, AT_FDCWD, socket_path);
	int rc;

	if (sock < 0)
		return err_sys(e, sock, "pidfd socket: connect to %s", socket_path);
	rc = sys_send(sock, text, strlen(text), pidfd);
	return rc < 0 ? err_sys(e, rc, "pidfd socket: send to %s", socket_path) : 0;
}
