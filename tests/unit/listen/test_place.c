/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sockets on loopback, and descriptors that change places. */
#include "listen/listen.h"
#include "tests/check.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static struct err e;

static struct listen_socket on_loopback(uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct listen_socket s = { .held = -1, .backlog = 5, .address_len = sizeof(a), .reuse_address = true, .name = "127.0.0.1" };

	memcpy(s.address, &a, sizeof(a));
	return s;
}

static int option(int fd, int level, int name)
{
	int value = -1;
	socklen_t n = sizeof(value);

	CHECK(getsockopt(fd, level, name, &value, &n) == 0);
	return value;
}

static uint16_t port_of(int fd)
{
	struct sockaddr_in a;
	socklen_t n = sizeof(a);

	CHECK(getsockname(fd, (struct sockaddr *)&a, &n) == 0);
	return ntohs(a.sin_port);
}

static void test_open(void)
{
	struct listen_socket s = on_loopback(0);
	int fd = -1, other = -1;

	CASE("a socket as it is asked for");
	CHECK(listen_open(&s, &fd, &e) == 0);
	CHECK(option(fd, SOL_SOCKET, SO_ACCEPTCONN) == 1 && option(fd, SOL_SOCKET, SO_REUSEADDR) == 1);
	CHECK(option(fd, SOL_SOCKET, SO_REUSEPORT) == 0 && !(fcntl(fd, F_GETFL) & O_NONBLOCK));
	CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC);

	CASE("a port that is taken");
	s = on_loopback(port_of(fd));
	CHECK(listen_open(&s, &other, &e) == -EADDRINUSE && strstr(e.text, "listen at 127.0.0.1: address already in use"));
	close(fd);

	CASE("the other options");
	s = on_loopback(0);
	s.reuse_address = false;
	s.reuse_port = s.non_block = true;
	CHECK(listen_open(&s, &fd, &e) == 0);
	CHECK(option(fd, SOL_SOCKET, SO_REUSEADDR) == 0 && option(fd, SOL_SOCKET, SO_REUSEPORT) == 1);
	CHECK(fcntl(fd, F_GETFL) & O_NONBLOCK);

	CASE("one more at the same port");
	s = on_loopback(port_of(fd));
	s.reuse_port = true;
	CHECK(listen_open(&s, &other, &e) == 0 && port_of(other) == port_of(fd));
	close(fd);
	close(other);
}

static ino_t inode(int fd)
{
	struct stat st = { 0 };

	return fstat(fd, &st) == 0 ? st.st_ino : 0;
}

/* The program's view: what is not close-on-exec. */
static bool stays_open(int fd)
{
	return fcntl(fd, F_GETFD) == 0;
}

static void test_place(void)
{
	struct listen_socket v[3] = { on_loopback(0), on_loopback(0), on_loopback(0) };
	struct listen_plan p = { .v = v, .n = 3, .first_free = 31 };
	int32_t held[3];
	ino_t was[3], report;
	int pair[2], stays = 30;

	/* 20 and 21 change places, and one takes what was the report's number. */
	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0 && dup2(pair[0], stays) == stays);
	for (int i = 0; i < 3; i++) {
		int fd = -1;

		CHECK(listen_open(&v[i], &fd, &e) == 0);
		held[i] = dup2(fd, 20 + i);
		was[i] = inode(fd);
		close(fd);
	}
	v[0].fd = 21;
	v[1].fd = 20;
	v[2].fd = 30;
	report = inode(stays);

	CASE("each at its number, whatever was there");
	CHECK(listen_place(&p, held, &stays, &e) == 0);
	for (int i = 0; i < 3; i++)
		CHECK(inode(v[i].fd) == was[i] && stays_open(v[i].fd));
	CHECK(stays > 30 && inode(stays) == report && fcntl(stays, F_GETFD) == FD_CLOEXEC);

	CASE("and nothing else above the standard ones");
	for (int fd = 3; fd < 100; fd++)
		CHECK(fd == 20 || fd == 21 || fd == 30 || !stays_open(fd));
}

static void test_standard_input(void)
{
	struct listen_socket s = on_loopback(0);
	struct listen_plan p = { .v = &s, .n = 1, .first_free = 3 };
	int stays = dup(STDERR_FILENO), held = -1;
	ino_t was;

	CASE("as standard input");
	CHECK(listen_open(&s, &held, &e) == 0);
	was = inode(held);
	CHECK(listen_place(&p, &held, &stays, &e) == 0 && inode(STDIN_FILENO) == was && stays_open(STDIN_FILENO));
}

int main(void)
{
	test_open();
	test_place();
	test_standard_input();
	return check_summary();
}
