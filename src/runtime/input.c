/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "runtime/input.h"
#include "base/limits.h"
#include "sys/file.h"

#include <stdlib.h>
#include <string.h>

int input_read(const char *path, char **ret_text, size_t *ret_n, struct err *e)
{
	bool is_stdin = strcmp(path, "-") == 0;
	auto_close int opened = is_stdin ? -EBADF : sys_openat(AT_FDCWD, path, O_RDONLY | O_NOCTTY, 0);
	const int fd = is_stdin ? STDIN_FILENO : opened;
	char *text = NULL;
	size_t n = 0, room = 0;
	ssize_t got;

	if (fd < 0)
		return err_sys(e, fd, "open %s", path);
	do {
		char *more = room < CONFIG_BYTES_MAX ? realloc(text, room = room ? 2 * room : 4096) : NULL;

		if (!more) {
			free(text);
			if (room < CONFIG_BYTES_MAX)
				return err_nomem(e);
			return err_set(e, -EFBIG, "%s has more than %d bytes", path, CONFIG_BYTES_MAX);
		}
		text = more;
		got = sys_read_all(fd, text + n, room - n);
		n += got > 0 ? (size_t)got : 0;
	} while (got > 0 && n == room);
	if (got < 0) {
		free(text);
		return err_sys(e, (int)got, "read %s", path);
	}
	*ret_text = text;
	*ret_n = n;
	return 0;
}
