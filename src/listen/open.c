/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "listen/listen.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

static int set(int fd, int level, int option, bool value)
{
	const int one = 1;

	return value && setsockopt(fd, level, option, &one, sizeof(one)) < 0 ? -errno : 0;
}

int listen_open(const struct listen_socket *s, int *ret_fd, struct err *e)
{
	struct sockaddr_storage address = { 0 };
	auto_close int fd = -EBADF;
	int rc;

	memcpy(&address, s->address, s->address_len);
	fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | (s->non_block ? SOCK_NONBLOCK : 0), 0);
	if (fd < 0)
		return err_sys(e, -errno, "a socket for %s", s->name);
	rc = set(fd, SOL_SOCKET, SO_REUSEADDR, s->reuse_address);
	if (rc == 0)
		rc = set(fd, SOL_SOCKET, SO_REUSEPORT, s->reuse_port);
	/* ":::80" beside "0.0.0.0:80" are two sockets, whatever net.ipv6.bindv6only says. */
	if (rc == 0)
		rc = set(fd, IPPROTO_IPV6, IPV6_V6ONLY, address.ss_family == AF_INET6);
	if (rc == 0)
		rc = bind(fd, (struct sockaddr *)&address, s->address_len) < 0 ? -errno : 0;
	if (rc == 0)
		rc = listen(fd, s->backlog) < 0 ? -errno : 0;
	if (rc < 0)
		return err_sys(e, rc, "listen at %s", s->name);
	*ret_fd = take_fd(fd);
	return 0;
}
