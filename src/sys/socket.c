/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sys/socket.h"
#include "base/auto.h"
#include "base/fmt.h"

#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

static int result(int rc)
{
	return rc < 0 ? -errno : rc;
}

int sys_socketpair(int ret_fds[2])
{
	return result(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret_fds));
}

int sys_socketpair_stream(int ret_fds[2])
{
	return result(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ret_fds));
}

int sys_send(int sock, const void *data, size_t n, int fd)
{
	union { struct cmsghdr align; char space[CMSG_SPACE(sizeof(int))]; } control = { 0 };
	struct iovec iov = { .iov_base = (void *)(uintptr_t)data, .iov_len = n };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t rc;

	if (fd >= 0) {
		struct cmsghdr *c;

		m.msg_control = control.space;
		m.msg_controllen = sizeof(control.space);
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(int));
	}
	do
		rc = sendmsg(sock, &m, MSG_NOSIGNAL);
	while (rc < 0 && errno == EINTR);
	if (rc < 0)
		return -errno;
	return (size_t)rc == n ? 0 : -EMSGSIZE;
}

int sys_send_all(int sock, const void *data, size_t n)
{
	for (size_t at = 0; at < n;) {
		const ssize_t rc = send(sock, (const char *)data + at, n - at, MSG_NOSIGNAL);

		if (rc < 0 && errno != EINTR)
			return -errno;
		at += rc < 0 ? 0 : (size_t)rc;
	}
	return 0;
}

ssize_t sys_recv(int sock, void *buf, size_t n, int *ret_fd)
{
	union { struct cmsghdr align; char space[CMSG_SPACE(sizeof(int))]; } control;
	struct iovec iov = { .iov_base = buf, .iov_len = n };
	/* Not the whole space: with its padding there is room for a second descriptor, which would stay open unseen. */
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1,
			    .msg_control = control.space, .msg_controllen = CMSG_LEN(sizeof(int)) };
	struct cmsghdr *c;
	ssize_t rc;

	*ret_fd = -1;
	do
		rc = recvmsg(sock, &m, MSG_CMSG_CLOEXEC);
	while (rc < 0 && errno == EINTR);
	if (rc < 0)
		return -errno;
	c = CMSG_FIRSTHDR(&m);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
		memcpy(ret_fd, CMSG_DATA(c), sizeof(int));
	if (m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
		fd_close(ret_fd);
		return -EMSGSIZE;
	}
	return rc;
}

/*
 * sun_path takes 107 bytes.  A longer name is reached through the descriptor of its directory, so that only
 * the last component has to fit.
 */
static int address(struct sockaddr_un *ret_addr, int dirfd, const char *name, int *ret_dir)
{
	const char *slash = strrchr(name, '/');
	char dir[4096];

	*ret_addr = (struct sockaddr_un){ .sun_family = AF_UNIX };
	*ret_dir = -EBADF;
	if (dirfd == AT_FDCWD && strlen(name) < sizeof(ret_addr->sun_path)) {
		fmt(ret_addr->sun_path, sizeof(ret_addr->sun_path), "%s", name);
		return 0;
	}
	if (slash) {
		if (fmt(dir, sizeof(dir), "%.*s", (int)(slash - name + 1), name) >= sizeof(dir))
			return -ENAMETOOLONG;
		*ret_dir = result(openat(dirfd, dir, O_PATH | O_DIRECTORY | O_CLOEXEC));
		if (*ret_dir < 0)
			return *ret_dir;
		dirfd = *ret_dir;
		name = slash + 1;
	}
	if (fmt(ret_addr->sun_path, sizeof(ret_addr->sun_path), "/proc/self/fd/%d/%s", dirfd, name) >=
	    sizeof(ret_addr->sun_path))
		return -ENAMETOOLONG;
	return 0;
}

/* What bind(2) and connect(2) have in common. */
static int with_address(int type, int dirfd, const char *name, int (*call)(int, const struct sockaddr *, socklen_t))
{
	auto_close int sock = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	auto_close int dir = -EBADF;
	struct sockaddr_un addr;
	int rc;

	if (sock < 0)
		return -errno;
	rc = address(&addr, dirfd, name, &dir);
	if (rc < 0)
		return rc;
	return call(sock, (struct sockaddr *)&addr, sizeof(addr)) < 0 ? -errno : take_fd(sock);
}

int sys_unix_bind(int type, int dirfd, const char *name)
{
	auto_close int sock = with_address(type, dirfd, name, bind);

	if (sock >= 0 && type != SOCK_DGRAM && listen(sock, 4) < 0)
		return -errno;
	return take_fd(sock);
}

int sys_unix_connect(int type, int dirfd, const char *name)
{
	return with_address(type, dirfd, name, connect);
}

int sys_notify_connect(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	size_t n = strlen(path);

	if (*path != '@')
		return sys_unix_connect(SOCK_DGRAM, AT_FDCWD, path);
	if (n > sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	memcpy(addr.sun_path + 1, path + 1, n - 1);
	auto_close int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (sock < 0 || connect(sock, (struct sockaddr *)&addr, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)) < 0)
		return -errno;
	return take_fd(sock);
}

int sys_accept(int sock)
{
	int rc;

	do
		rc = accept4(sock, NULL, NULL, SOCK_CLOEXEC);
	while (rc < 0 && errno == EINTR);
	return result(rc);
}

int sys_socket_timeout(int sock, unsigned int ms)
{
	const struct timeval t = { .tv_sec = (time_t)(ms / 1000), .tv_usec = (suseconds_t)(ms % 1000 * 1000) };

	if (setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof(t)) < 0)
		return -errno;
	return result(setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t)));
}

int sys_poll_in(int fd, int timeout_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int rc;

	do
		rc = poll(&p, 1, timeout_ms);
	while (rc < 0 && errno == EINTR);
	return result(rc);
}

int sys_peer_uid(int sock, uid_t *ret_uid)
{
	struct ucred c;
	socklen_t n = sizeof(c);

	if (getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &c, &n) < 0)
		return -errno;
	*ret_uid = c.uid;
	return 0;
}
