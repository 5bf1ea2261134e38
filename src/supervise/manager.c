/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/manager.h"

#include "base/fmt.h"
#include "sys/socket.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { TELL_MS = 1000 };

/* A number of microseconds, or 0: what is not one is no watchdog. */
static int64_t interval_us(const char *text)
{
	char *end;
	long long n;

	if (!text || *text < '0' || *text > '9')
		return 0;
	errno = 0;
	n = strtoll(text, &end, 10);
	return errno || *end ? 0 : n;
}

static bool is_ours(const char *pid)
{
	return !pid || interval_us(pid) == getpid();
}

int manager_open(struct manager *m, struct err *e)
{
	const char *path = getenv("NOTIFY_SOCKET");
	int64_t us = is_ours(getenv("WATCHDOG_PID")) ? interval_us(getenv("WATCHDOG_USEC")) : 0;
	int rc;

	*m = (struct manager)MANAGER_INIT;
	if (!path || !*path)
		return 0;
	auto_close int sock = sys_notify_connect(path);
	rc = sock < 0 ? sock : sys_socket_timeout(sock, TELL_MS);
	if (rc < 0)
		return err_sys(e, rc, "reach the service manager at %s", path);
	m->sock = take_fd(sock);
	/* less than a millisecond is nobody's patience */
	m->watchdog_ms = us > 0 && us < 2000 ? 1 : us / 2000;
	return 0;
}

void manager_close(struct manager *m)
{
	fd_close(&m->sock);
	m->watchdog_ms = 0;
}

size_t manager_text(char buf[MANAGER_TEXT_MAX], enum manager_word word, int64_t monotonic_us, const char *status)
{
	static const char *const words[] = {
		[MANAGER_READY]     = "READY=1\n",
		[MANAGER_RELOADING] = "RELOADING=1\n",
		[MANAGER_STOPPING]  = "STOPPING=1\n",
		[MANAGER_ALIVE]     = "WATCHDOG=1\n",
	};
	char time[64] = "";

	/* by it the manager knows that this answers its own request and none before */
	if (word == MANAGER_RELOADING)
		fmt(time, sizeof(time), "MONOTONIC_USEC=%lld\n", (long long)monotonic_us);
	/* a second line would be a message of its own */
	return fmt(buf, MANAGER_TEXT_MAX, "%s%s%s%.*s%s", words[word], time, status ? "STATUS=" : "",
		   status ? (int)strcspn(status, "\n") : 0, status ? status : "", status ? "\n" : "");
}

void manager_tell(struct manager *m, enum manager_word word, const char *status)
{
	char text[MANAGER_TEXT_MAX];
	struct timespec now;
	size_t n;

	if (m->sock < 0)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	n = manager_text(text, word, (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000, status);
	(void)sys_send(m->sock, text, n < sizeof(text) ? n : sizeof(text) - 1, -1);
}
