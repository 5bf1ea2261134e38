/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/notify.h"
#include "sys/file.h"
#include "sys/socket.h"

#include <string.h>
#include <sys/socket.h>

/* One component below a directory of ours: no link is followed. */
static int open_directory(int dir, const char *name)
{
	return sys_openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
}

static int make_directory(int dir, const char *name, unsigned int mode)
{
	const mode_t mask = umask(0);
	int rc = sys_mkdirat(dir, name, mode);

	umask(mask);
	return rc < 0 && rc != -EEXIST ? rc : open_directory(dir, name);
}

/*
 * The mode comes with the name, from the mask: a chmod(2) of the name would follow whatever a container that may write there
 * has put in its place.
 */
static int bind_socket(int dir)
{
	const mode_t mask = umask(0111);
	const int sock = sys_unix_bind(SOCK_DGRAM, dir, NOTIFY_NAME);

	umask(mask);
	return sock;
}

int notify_make(int dir, const char *id, int *ret_sock, struct err *e)
{
	auto_close int all = make_directory(dir, NOTIFY_DIRECTORY, 0700);
	auto_close int own = all < 0 ? all : make_directory(all, id, 0755);
	int rc = own < 0 ? own : sys_unlinkat(own, NOTIFY_NAME, 0);

	if (rc == 0 || rc == -ENOENT) {
		auto_close int sock = own < 0 ? own : bind_socket(own);

		rc = sock < 0 ? sock : fcntl(sock, F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
		if (rc == 0)
			*ret_sock = take_fd(sock);
	}
	return rc < 0 ? err_sys(e, rc, "make " NOTIFY_DIRECTORY "/%s/" NOTIFY_NAME, id) : 0;
}

int notify_remove(int dir, const char *id, struct err *e)
{
	auto_close int all = open_directory(dir, NOTIFY_DIRECTORY);
	auto_close int own = all < 0 ? all : open_directory(all, id);
	int rc = own < 0 ? own : sys_unlinkat(own, NOTIFY_NAME, 0);

	if (own >= 0 && (rc == 0 || rc == -ENOENT))
		rc = sys_unlinkat(all, id, AT_REMOVEDIR);
	return rc < 0 && rc != -ENOENT ? err_sys(e, rc, "remove " NOTIFY_DIRECTORY "/%s", id) : 0;
}

bool notify_says_ready(const char *text, size_t n)
{
	static const char word[] = "READY=1";
	const char *end = text + n;

	while (text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		const size_t len = (size_t)((stop ? stop : end) - text);

		if (len == sizeof(word) - 1 && memcmp(text, word, len) == 0)
			return true;
		text += len + 1;
	}
	return false;
}

/* One message.  Without a place for descriptors the kernel drops those that come with it.  False: there is none. */
static bool take_one(int sock, bool *ret_ready)
{
	char text[NOTIFY_MESSAGE_MAX];
	ssize_t n;

	do
		n = recv(sock, text, sizeof(text), MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n > 0 && notify_says_ready(text, (size_t)n))
		*ret_ready = true;
	return n >= 0;
}

bool notify_take(int sock, bool *ret_ready)
{
	*ret_ready = false;
	for (int i = 0; i < NOTIFY_BURST; i++)
		if (!take_one(sock, ret_ready))
			return false;
	return true;
}

/* Nobody is there that could send any more, so there is an end to it; how long a queue may be is the kernel's to say. */
void notify_drain(int sock)
{
	bool ignored;

	for (int i = 0; i < 64 && notify_take(sock, &ignored); i++)
		;
}
