/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the other side of the synchronisation socket may say.  The first byte is what we wait for; then come
 * messages: name, number of descriptors, length, and that many bytes.
 */
#include "tests/fuzz/fuzz.h"

#include "init/sync.h"
#include "sys/file.h"
#include "sys/socket.h"

#include <sys/socket.h>

enum { FDS = 4, MESSAGES = 8, BODY = 4096 };

static void say(int sock, uint32_t name, size_t n_fds, const uint8_t *body, size_t n)
{
	union { struct cmsghdr align; char space[CMSG_SPACE(FDS * sizeof(int))]; } control = { 0 };
	struct iovec iov[] = { { &name, sizeof(name) }, { (void *)(uintptr_t)body, n } };
	struct msghdr m = { .msg_iov = iov, .msg_iovlen = 2 };

	if (n_fds > 0) {
		int fds[FDS] = { STDIN_FILENO, STDIN_FILENO, STDIN_FILENO, STDIN_FILENO };

		m.msg_control = control.space;
		m.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
		*CMSG_FIRSTHDR(&m) = (struct cmsghdr){ CMSG_LEN(n_fds * sizeof(int)), SOL_SOCKET, SCM_RIGHTS };
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&m)), fds, n_fds * sizeof(int));
	}
	MUST(sendmsg(sock, &m, MSG_NOSIGNAL) >= 0);
}

static void say_all(int sock, const uint8_t *data, size_t size)
{
	for (int i = 0; i < MESSAGES && size >= 3; i++) {
		size_t n = (size_t)data[2] * 16, has = size - 3 < n ? size - 3 : n;

		say(sock, data[0] % (SYNC__COUNT + 2), data[1] % (FDS + 1), data + 3, has);
		data += 3 + has;
		size -= 3 + has;
	}
}

static void listen_for(int sock, unsigned int what)
{
	struct err e = { 0 };
	auto_close int fd = -EBADF;
	pid_t pid = 0;

	if (what < SYNC__COUNT) {
		fuzz_judge(sync_expect(sock, what, &fd, &e), &e);
		MUST(fd < 0 || what == SYNC_CONSOLE);
	} else if (what == SYNC__COUNT) {
		fuzz_judge(sync_expect_born(sock, &pid, &e), &e);
		MUST(e.code < 0 || pid > 1);
	} else {
		fuzz_judge(sync_until_closed(sock, &e), &e);
	}
	sync_last_words(sock, &e);
	MUST(memchr(e.text, '\0', sizeof(e.text)));
}

/* Which of the descriptors that a message could have brought are open: whoever runs this may have left some. */
static uint64_t open_descriptors(void)
{
	uint64_t set = 0;

	for (int fd = 0; fd < 64; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			set |= UINT64_C(1) << fd;
	return set;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint64_t before = open_descriptors();
	int pair[2];

	if (size == 0)
		return 0;
	MUST(sys_socketpair(pair) == 0);
	say_all(pair[0], data + 1, size - 1);
	close(pair[0]);
	listen_for(pair[1], data[0] % (SYNC__COUNT + 2));
	close(pair[1]);
	MUST(open_descriptors() == before);
	return 0;
}
