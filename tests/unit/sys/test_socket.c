/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sys/socket.h"
#include "base/auto.h"
#include "tests/check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static bool is_cloexec(int fd)
{
	return (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0;
}

static void test_messages(void)
{
	int pair[2], fd = 77;
	char buf[16] = "";

	CASE("messages keep their bounds");
	CHECK(sys_socketpair(pair) == 0 && is_cloexec(pair[0]) && is_cloexec(pair[1]));
	CHECK(sys_poll_in(pair[1], 0) == 0);
	CHECK(sys_send(pair[0], "one", 3, -1) == 0 && sys_send(pair[0], "four", 4, -1) == 0);
	CHECK(sys_poll_in(pair[1], 0) == 1);
	CHECK(sys_recv(pair[1], buf, sizeof(buf), &fd) == 3 && fd == -1 && memcmp(buf, "one", 3) == 0);
	CHECK(sys_recv(pair[1], buf, 4, &fd) == 4 && fd == -1 && memcmp(buf, "four", 4) == 0);

	CASE("one that does not fit is refused, and its descriptor is not kept");
	CHECK(sys_send(pair[0], "0123456789", 10, STDIN_FILENO) == 0);
	CHECK(sys_recv(pair[1], buf, 9, &fd) == -EMSGSIZE && fd < 0);

	CASE("end of file, and writing after it");
	close(pair[0]);
	CHECK(sys_poll_in(pair[1], 0) == 1);
	CHECK(sys_recv(pair[1], buf, sizeof(buf), &fd) == 0 && fd == -1);
	CHECK(sys_send(pair[1], "x", 1, -1) == -EPIPE);
	close(pair[1]);
	CHECK(sys_send(pair[1], "x", 1, -1) == -EBADF);
}

static void test_descriptor(void)
{
	int pair[2], pipes[2], fd = -1;
	char buf[4];

	CASE("a descriptor arrives close-on-exec and is the same file");
	CHECK(sys_socketpair(pair) == 0 && pipe(pipes) == 0);
	CHECK(sys_send(pair[0], "fd", 2, pipes[1]) == 0);
	close(pipes[1]);
	CHECK(sys_recv(pair[1], buf, sizeof(buf), &fd) == 2 && fd >= 0 && is_cloexec(fd));
	CHECK(write(fd, "!", 1) == 1 && read(pipes[0], buf, 1) == 1 && buf[0] == '!');
	close(fd);
	CHECK(read(pipes[0], buf, 1) == 0);
	close(pipes[0]);
	close(pair[0]);
	close(pair[1]);
}

static int open_descriptors(void)
{
	int n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* Two descriptors in one message: refused, and none of them stays open here. */
static void test_timeout(void)
{
	int pair[2], fd = -1, rc = 0;
	char buf[4096] = "";

	CASE("a peer that neither sends nor takes");
	CHECK(sys_socketpair(pair) == 0);
	CHECK(sys_socket_timeout(pair[0], 10) == 0);
	CHECK(sys_recv(pair[0], buf, sizeof(buf), &fd) == -EAGAIN && fd == -1);
	for (unsigned int i = 0; rc == 0 && i < 100000; i++)
		rc = sys_send(pair[0], buf, sizeof(buf), -1);
	CHECK(rc == -EAGAIN);
	close(pair[0]);
	close(pair[1]);
}

static void test_two_descriptors(void)
{
	union { struct cmsghdr align; char space[CMSG_SPACE(2 * sizeof(int))]; } control = { 0 };
	struct iovec iov = { .iov_base = (char[]){ 'x' }, .iov_len = 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.space,
			    .msg_controllen = sizeof(control.space) };
	const int both[2] = { STDIN_FILENO, STDOUT_FILENO };
	int pair[2], before, fd;
	struct cmsghdr *c;
	char buf[4];

	CASE("more than one descriptor");
	CHECK(sys_socketpair(pair) == 0);
	c = CMSG_FIRSTHDR(&m);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(both));
	memcpy(CMSG_DATA(c), both, sizeof(both));
	before = open_descriptors();
	CHECK(sendmsg(pair[0], &m, 0) == 1);
	CHECK(sys_recv(pair[1], buf, sizeof(buf), &fd) == -EMSGSIZE && fd < 0);
	CHECK(open_descriptors() == before);
	close(pair[0]);
	close(pair[1]);
}

static void exchange(int dirfd, const char *name)
{
	auto_close int listener = sys_unix_bind(SOCK_SEQPACKET, dirfd, name);
	auto_close int client = -EBADF;
	auto_close int server = -EBADF;
	uid_t uid = 12345;
	char buf[8];
	int fd;

	CHECK(listener >= 0);
	client = sys_unix_connect(SOCK_SEQPACKET, dirfd, name);
	CHECK(client >= 0 && is_cloexec(client));
	server = sys_accept(listener);
	CHECK(server >= 0 && is_cloexec(server));
	CHECK(sys_peer_uid(server, &uid) == 0 && uid == geteuid());
	CHECK(sys_send(client, "hello", 5, -1) == 0 && sys_recv(server, buf, sizeof(buf), &fd) == 5);
	CHECK(sys_unix_bind(SOCK_SEQPACKET, dirfd, name) == -EADDRINUSE);
	CHECK(unlinkat(dirfd, name, 0) == 0);
	CHECK(sys_unix_connect(SOCK_SEQPACKET, dirfd, name) == -ENOENT);
}

static void test_names(void)
{
	char dir[] = "/tmp/cist-test-socket.XXXXXX", deep[600], path[1024], name[128];
	auto_close int dirfd = -EBADF;
	size_t limit = sizeof(((struct sockaddr_un *)0)->sun_path);

	if (!CHECK(mkdtemp(dir) != NULL))
		return;
	dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CASE("an absolute path");
	snprintf(path, sizeof(path), "%s/s", dir);
	exchange(AT_FDCWD, path);
	CASE("below a directory");
	exchange(dirfd, "s");

	CASE("paths around the length of sun_path, and far beyond");
	memset(name, 'n', sizeof(name));
	for (size_t len = limit - 2; len <= limit + 1; len++) {
		snprintf(path, sizeof(path), "%s/%.*s", dir, (int)(len - strlen(dir) - 1), name);
		CHECK(strlen(path) == len);
		exchange(AT_FDCWD, path);
	}
	snprintf(deep, sizeof(deep), "%s/%.*s", dir, 100, name);
	CHECK(mkdir(deep, 0700) == 0);
	snprintf(path, sizeof(path), "%s/s", deep);
	exchange(AT_FDCWD, path);

	CASE("a last component that is too long, a directory that is missing");
	snprintf(path, sizeof(path), "%s/%.*s", deep, 120, name);
	CHECK(sys_unix_bind(SOCK_SEQPACKET, AT_FDCWD, path) == -ENAMETOOLONG);
	CHECK(sys_unix_connect(SOCK_SEQPACKET, AT_FDCWD, path) == -ENAMETOOLONG);
	snprintf(path, sizeof(path), "%s/missing%.*s/s", dir, 100, name);
	CHECK(sys_unix_bind(SOCK_SEQPACKET, AT_FDCWD, path) == -ENOENT);

	CASE("a datagram socket does not listen");
	int dgram = sys_unix_bind(SOCK_DGRAM, dirfd, "d");
	CHECK(dgram >= 0 && unlinkat(dirfd, "d", 0) == 0);
	close(dgram);
	CHECK(rmdir(deep) == 0 && rmdir(dir) == 0);
}

int main(void)
{
	test_messages();
	test_descriptor();
	test_timeout();
	test_two_descriptors();
	test_names();
	return check_summary();
}
