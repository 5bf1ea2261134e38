/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cgroup v2 tells of a change in cgroup.events by POLLPRI; nothing here sleeps for a fixed time. */
#include "cgroup/dir.h"

#include "sys/file.h"
#include "sys/process.h"

#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

static int value_of(const char *text, const char *key)
{
	size_t len = strlen(key);

	for (const char *line = text; *line; line += strspn(line, "\n")) {
		if (strncmp(line, key, len) == 0 && line[len] == ' ')
			return line[len + 1] == '1';
		line += strcspn(line, "\n");
	}
	return -ENODATA;
}

static int read_value(int fd, const char *key)
{
	char text[256];
	ssize_t n = pread(fd, text, sizeof text - 1, 0);

	if (n < 0)
		return -errno;
	text[n] = '\0';
	return value_of(text, key);
}

int cg_events_get(const struct cg_dir *d, const char *key)
{
	auto_close int fd = d->fd < 0 ? -ENOENT : sys_openat(d->fd, "cgroup.events", O_RDONLY, 0);

	return fd < 0 ? fd : read_value(fd, key);
}

static int remaining(int64_t deadline_ms)
{
	int64_t left = deadline_ms - sys_now_ms();

	return left <= 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

int cg_events_wait(const struct cg_dir *d, const char *key, int value, int64_t deadline_ms)
{
	auto_close int fd = d->fd < 0 ? -ENOENT : sys_openat(d->fd, "cgroup.events", O_RDONLY, 0);
	struct pollfd p = { .fd = fd, .events = POLLPRI };

	if (fd < 0)
		return cg_is_gone(fd) ? 0 : fd;
	for (;;) {
		/* Read before each wait: the event that poll waits for is one after the last read. */
		int now = read_value(fd, key), left = remaining(deadline_ms);

		if (now < 0)
			return cg_is_gone(now) ? 0 : now;
		if (now == value)
			return 0;
		if (left == 0)
			return 1;
		if (poll(&p, 1, left) < 0 && errno != EINTR)
			return -errno;
	}
}

void cg_pause(int ms, int64_t deadline_ms)
{
	int left = remaining(deadline_ms);

	poll(NULL, 0, left < ms ? left : ms);
}
