/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/socket.h"

#include "base/auto.h"
#include "tests/check.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>

static int option(int fd, int level, int name)
{
	int value = -1;
	socklen_t n = sizeof(value);

	return getsockopt(fd, level, name, &value, &n) < 0 ? -1 : value;
}

/* Port 0 is any that is free. */
static uint16_t port_of(int fd)
{
	struct sockaddr_in6 a = { 0 };
	socklen_t n = sizeof(a);

	return getsockname(fd, (struct sockaddr *)&a, &n) < 0 ? 0 : ntohs(a.sin6_port);
}

static struct desired_port port(const char *host)
{
	return (struct desired_port){ .host = host, .backlog = 5, .uid = geteuid(), .gid = getegid(), .reuse_addr = true };
}

static void test_steps(void)
{
	struct desired_port p = port("127.0.0.1");
	auto_close int fd = -EBADF, second = -EBADF;
	struct err e = { 0 };

	CASE("bound, not listening; then listening, once and again");
	CHECK(socket_make(&p, &fd, &e) == 0 && port_of(fd) > 0);
	CHECK(option(fd, SOL_SOCKET, SO_ACCEPTCONN) == 0);
	CHECK(option(fd, SOL_SOCKET, SO_REUSEADDR) == 1 && option(fd, SOL_SOCKET, SO_REUSEPORT) == 0);
	CHECK((fcntl(fd, F_GETFD) & FD_CLOEXEC) && !(fcntl(fd, F_GETFL) & O_NONBLOCK));
	CHECK(socket_listen(fd, &p, &e) == 0 && option(fd, SOL_SOCKET, SO_ACCEPTCONN) == 1);
	p.backlog = UINT32_MAX;
	CHECK(socket_listen(fd, &p, &e) == 0);

	CASE("an address that is taken");
	p.port = port_of(fd);
	CHECK(socket_make(&p, &second, &e) == 0 || e.code == -EADDRINUSE);
	if (second >= 0)
		CHECK(socket_listen(second, &p, &e) == -EADDRINUSE);
	CHECK(strstr(e.text, "127.0.0.1 port ") != NULL);
}

static void test_options(void)
{
	struct desired_port p = port("127.0.0.1");
	auto_close int one = -EBADF, two = -EBADF;
	struct err e = { 0 };

	CASE("one port, a socket for each");
	p.reuse_addr = false;
	p.reuse_port = true;
	p.non_block = true;
	CHECK(socket_make(&p, &one, &e) == 0 && socket_listen(one, &p, &e) == 0);
	p.port = port_of(one);
	CHECK(socket_make(&p, &two, &e) == 0 && socket_listen(two, &p, &e) == 0 && port_of(two) == p.port);
	CHECK(option(one, SOL_SOCKET, SO_REUSEADDR) == 0 && option(one, SOL_SOCKET, SO_REUSEPORT) == 1);
	CHECK((fcntl(one, F_GETFL) & O_NONBLOCK) != 0);
}

static void test_hosts(void)
{
	struct desired_port p = port("::1");
	auto_close int fd = -EBADF;
	struct err e = { 0 };
	int rc;

	CASE("IPv6, and of it alone");
	rc = socket_make(&p, &fd, &e);
	if (rc == -EAFNOSUPPORT || rc == -EADDRNOTAVAIL)
		printf("skip: no IPv6 here\n");
	else
		CHECK(rc == 0 && option(fd, IPPROTO_IPV6, IPV6_V6ONLY) == 1);

	CASE("no address");
	p.host = "localhost";
	CHECK(socket_make(&p, &fd, &e) == -EINVAL && strstr(e.text, "\"localhost\" is no address"));
	p.host = "1::2::3";
	CHECK(socket_make(&p, &fd, &e) == -EINVAL);
	p.host = "";
	CHECK(socket_make(&p, &fd, &e) == -EINVAL);
}

static void test_owner(void)
{
	struct desired_port p = port("127.0.0.1");
	auto_close int fd = -EBADF;
	struct err e = { 0 };
	struct stat st;

	CASE("the program's user owns it, and nobody else is changed");
	if (geteuid() != 0) {
		printf("skip: only root makes sockets for others\n");
		return;
	}
	p.uid = 12345;
	p.gid = 23456;
	CHECK(socket_make(&p, &fd, &e) == 0 && fstat(fd, &st) == 0 && st.st_uid == 12345 && st.st_gid == 23456);
	fd_close(&fd);
	p.uid = 0;
	p.gid = 0;
	CHECK(socket_make(&p, &fd, &e) == 0 && fstat(fd, &st) == 0 && st.st_uid == 0 && st.st_gid == 0);
	fd_close(&fd);

	CASE("it is bound as root");
	p.uid = 12345;
	p.host = "127.77.3.1";
	p.port = 77;
	CHECK(socket_make(&p, &fd, &e) == 0 && port_of(fd) == 77);
}

int main(void)
{
	test_steps();
	test_options();
	test_hosts();
	test_owner();
	return check_summary();
}
