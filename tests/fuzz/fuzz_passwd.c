/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An image's /etc/passwd, after a line with the uid that is looked for. */
#include "tests/fuzz/fuzz.h"

#include "priv/home.h"
#include "sys/file.h"

#include <stdio.h>

static char root[] = "fuzz-passwd.XXXXXX";

static void leave(void)
{
	int fd = sys_openat(AT_FDCWD, root, O_PATH | O_DIRECTORY, 0);

	unlinkat(fd, "etc/passwd", 0);
	unlinkat(fd, "etc", AT_REMOVEDIR);
	rmdir(root);
	fd_close(&fd);
}

/* A root with an empty /etc/passwd below the working directory. */
static void enter(int *ret_root, int *ret_passwd)
{
	MUST(mkdtemp(root) && atexit(leave) == 0);
	*ret_root = sys_openat(AT_FDCWD, root, O_PATH | O_DIRECTORY, 0);
	MUST(mkdirat(*ret_root, "etc", 0700) == 0);
	*ret_passwd = sys_openat(*ret_root, "etc/passwd", O_RDWR | O_CREAT, 0600);
	MUST(*ret_passwd >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int root_fd = -1, passwd_fd;
	auto_text char *uid = fuzz_text(&data, &size, "\n");
	const size_t room = 2 + size % 64;
	auto_text char *home = malloc(room);
	int rc;

	if (root_fd < 0)
		enter(&root_fd, &passwd_fd);
	MUST(home && ftruncate(passwd_fd, 0) == 0 && pwrite(passwd_fd, data, size, 0) == (ssize_t)size);
	rc = home_find(root_fd, (uint32_t)strtoul(uid, NULL, 10), home, room);
	MUST(rc == 0 || rc == 1);
	MUST(memchr(home, '\0', room));
	MUST(rc == 0 ? memmem(data, size, home, strlen(home)) != NULL : strcmp(home, "/") == 0);
	return 0;
}
