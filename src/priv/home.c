/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "priv/home.h"
#include "base/auto.h"
#include "base/fmt.h"
#include "base/limits.h"
#include "sys/file.h"

#include <stdbool.h>

/* name:password:uid:gid:comment:home:shell */
enum { FIELD_UID = 2, FIELD_HOME = 5 };

/* Where in the present line the reader is; the file is never in memory as a whole. */
struct line {
	size_t bytes;
	unsigned int field;
	uint64_t uid;		/* above UINT32_MAX: not a number */
	size_t uid_digits;
	size_t home_len;
};

static void take_digit(struct line *l, char c)
{
	if (c < '0' || c > '9')
		l->uid = UINT64_MAX;
	else if (l->uid <= UINT32_MAX)
		l->uid = l->uid * 10 + (uint64_t)(c - '0');
	l->uid_digits++;
}

/* One character.  The home is gathered in buf as it comes; it counts only when its line ends well. */
static void take(struct line *l, char c, char *buf, size_t size)
{
	l->bytes++;
	if (c == ':') {
		l->field++;
	} else if (l->field == FIELD_UID) {
		take_digit(l, c);
	} else if (l->field == FIELD_HOME) {
		if (l->home_len + 1 < size)
			buf[l->home_len] = c;
		l->home_len++;
	}
}

static bool is_wanted(const struct line *l, uint32_t uid, size_t size)
{
	return l->uid_digits > 0 && l->uid == uid && l->field >= FIELD_HOME && l->home_len > 0 &&
	       l->home_len < size;
}

/* 0 found, 1 not.  buf is filled when found. */
static int search(int fd, uint32_t uid, char *buf, size_t size)
{
	char chunk[4096];
	struct line l = { 0 };
	size_t total = 0;
	ssize_t n;

	while ((n = sys_read_all(fd, chunk, sizeof(chunk))) > 0) {
		total += (size_t)n;
		if (total > PASSWD_BYTES_MAX)
			return 1;
		for (ssize_t i = 0; i < n; i++) {
			if (chunk[i] != '\n') {
				take(&l, chunk[i], buf, size);
				if (l.bytes > PASSWD_LINE_MAX)
					return 1;
				continue;
			}
			if (is_wanted(&l, uid, size)) {
				buf[l.home_len] = '\0';
				return 0;
			}
			l = (struct line){ 0 };
		}
	}
	if (n < 0 || !is_wanted(&l, uid, size))
		return 1;
	buf[l.home_len] = '\0';
	return 0;
}

static int open_passwd(int root_fd)
{
	/* A FIFO or a terminal that the image has in its place must not hold us up or become ours. */
	const uint64_t flags = O_RDONLY | O_NONBLOCK | O_NOCTTY;

	if (root_fd == AT_FDCWD)
		return sys_openat2(AT_FDCWD, "/etc/passwd", flags, 0, K_RESOLVE_NO_MAGICLINKS);
	return sys_open_in_root(root_fd, "/etc/passwd", flags);
}

int home_find(int root_fd, uint32_t uid, char *buf, size_t size)
{
	auto_close int fd = open_passwd(root_fd);
	struct stat st;

	if (fd >= 0 && sys_fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= PASSWD_BYTES_MAX &&
	    search(fd, uid, buf, size) == 0)
		return 0;
	fmt(buf, size, "/");
	return 1;
}
