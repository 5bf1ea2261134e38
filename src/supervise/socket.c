/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/socket.h"
#include "sys/cred.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

struct place {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} address;
	socklen_t len;
};

static int place_of(const struct desired_port *p, struct place *ret, struct err *e)
{
	const bool is_v6 = strchr(p->host, ':') != NULL;

	*ret = (struct place){ .len = is_v6 ? sizeof(ret->address.v6) : sizeof(ret->address.v4) };
	ret->address.any.sa_family = is_v6 ? AF_INET6 : AF_INET;
	if (is_v6)
		ret->address.v6.sin6_port = htons(p->port);
	else
		ret->address.v4.sin_port = htons(p->port);
	if (inet_pton(ret->address.any.sa_family, p->host,
		      is_v6 ? (void *)&ret->address.v6.sin6_addr : (void *)&ret->address.v4.sin_addr) != 1)
		return err_set(e, -EINVAL, "\"%.*s\" is no address to listen at", 64, p->host);
	return 0;
}

/* What is open is of no use to somebody who cannot become who they were. */
static int back(int fd, int rc)
{
	if (rc < 0)
		fd_close(&fd);
	return rc < 0 ? rc : fd;
}

static int make_as_user(uid_t uid, int family, int type)
{
	uint32_t old, ignored;
	int fd = sys_setfsuid(uid, &old);

	if (fd == 0) {
		fd = socket(family, type, 0);
		if (fd < 0)
			fd = -errno;
	}
	return back(fd, sys_setfsuid(old, &ignored));
}

/* The owner of a socket is the file-system identity of who makes it, at that moment. */
static int make_as(uid_t uid, gid_t gid, int family, int type)
{
	uint32_t old, ignored;
	int fd = sys_setfsgid(gid, &old);

	if (fd == 0)
		fd = make_as_user(uid, family, type);
	return back(fd, sys_setfsgid(old, &ignored));
}

static int set(int fd, int level, int option, bool value)
{
	const int one = 1;

	return value && setsockopt(fd, level, option, &one, sizeof(one)) < 0 ? -errno : 0;
}

int socket_make(const struct desired_port *p, int *ret_fd, struct err *e)
{
	struct place at;
	int rc = place_of(p, &at, e);

	if (rc < 0)
		return rc;
	auto_close int fd = make_as(p->uid, p->gid, at.address.any.sa_family,
				    SOCK_STREAM | SOCK_CLOEXEC | (p->non_block ? SOCK_NONBLOCK : 0));
	if (fd < 0)
		return err_sys(e, fd, "a socket for %s port %u", p->host, p->port);
	rc = set(fd, SOL_SOCKET, SO_REUSEADDR, p->reuse_addr);
	if (rc == 0)
		rc = set(fd, SOL_SOCKET, SO_REUSEPORT, p->reuse_port);
	/* "[::]:80" beside "0.0.0.0:80" are two sockets, whatever net.ipv6.bindv6only says. */
	if (rc == 0)
		rc = set(fd, IPPROTO_IPV6, IPV6_V6ONLY, at.address.any.sa_family == AF_INET6);
	if (rc == 0)
		rc = bind(fd, &at.address.any, at.len) < 0 ? -errno : 0;
	if (rc < 0)
		return err_sys(e, rc, "bind a socket to %s port %u", p->host, p->port);
	*ret_fd = take_fd(fd);
	return 0;
}

int socket_listen(int fd, const struct desired_port *p, struct err *e)
{
	int listens = 0;
	socklen_t n = sizeof(listens);

	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &n) < 0)
		return err_sys(e, -errno, "look at the socket of %s port %u", p->host, p->port);
	if (!listens && listen(fd, p->backlog > INT32_MAX ? INT32_MAX : (int)p->backlog) < 0)
		return err_sys(e, -errno, "listen at %s port %u", p->host, p->port);
	return 0;
}
