/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "state/exit.h"
#include "state/store.h"
#include "sys/file.h"

#include <signal.h>

int exit_make(int dir, int *ret_fd, struct err *e)
{
	int fd = sys_openat(dir, STORE_EXIT, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);

	if (fd < 0)
		return err_sys(e, fd, "make the exit record");
	*ret_fd = fd;
	return 0;
}

int exit_open(int dir, int *ret_fd, struct err *e)
{
	/* Not blocking: what should be a file may have become a FIFO. */
	auto_close int fd = sys_openat(dir, STORE_EXIT, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
	struct stat st;

	if (fd == -ENOENT)
		return EXIT_ABSENT;
	if (fd < 0)
		return err_sys(e, fd, "open the exit record");
	if (sys_fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return err_set(e, -EINVAL, "the exit record is not a regular file");
	*ret_fd = take_fd(fd);
	return 0;
}

int exit_read(int fd, struct ending *ret_end, struct err *e)
{
	int rc = ending_read(fd, ret_end);

	if (rc == -EINVAL)
		return err_set(e, rc, "the exit record is damaged");
	if (rc < 0)
		return err_sys(e, rc, "read the exit record");
	return rc == ENDING_NONE ? EXIT_OPEN : EXIT_KNOWN;
}

/* Appended, as the init does it: when both have something to say, the first line counts. */
void exit_note_kill(int dir)
{
	const struct ending killed = { .by_signal = true, .number = SIGKILL };
	auto_close int fd = sys_openat(dir, STORE_EXIT, O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
	char text[ENDING_TEXT_MAX];
	struct ending known;
	struct stat st;

	if (fd >= 0 && sys_fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && ending_read(fd, &known) == ENDING_NONE)
		(void)sys_write_all(fd, text, ending_text(&killed, text));
}
