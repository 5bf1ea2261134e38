/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How a process ended, and the line in which a container's built-in init leaves that behind:
 *
 *	exit 3
 *	signal 9
 *	signal 9 deaf
 *
 * The last is of a program that its init has killed, since it had not ended in the time after SIGTERM.
 *
 * Before it, one for each time that an init which starts its program again has seen that end: which number that had, and
 * for how many milliseconds it had run.
 *
 *	exit 3 again 17 5230
 */
#ifndef CIST_BASE_ENDING_H
#define CIST_BASE_ENDING_H

#include "base/auto.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ENDING_TEXT_MAX = 16, ENDING_LINE_MAX = 64 };

struct ending {
	bool by_signal;
	int number;		/* of the signal, or the exit status */
	bool deaf;		/* to SIGTERM, and killed for that by its init; of SIGKILL alone */
};

/* From a status of wait(2) of a process that has ended. */
struct ending ending_of(int wait_status);
/* As a shell counts it: 0…255, 128+N after signal N. */
int ending_status(const struct ending *end);

/* The line, its newline and a NUL.  Returns its length. */
size_t ending_text(const struct ending *end, char buf[ENDING_TEXT_MAX]);

struct ending_line {
	struct ending end;
	bool is_again;		/* the program's, not the container's */
	uint64_t number;	/* of such endings, from 1 on */
	uint64_t ran_ms;
};

/* The same of either kind. */
size_t ending_line_text(const struct ending_line *line, char buf[ENDING_LINE_MAX]);

/* The line that n bytes of text begin with.  Returns its length; -EINVAL when there is no such line, or no end of it. */
must_use int ending_line_parse(const char *text, size_t n, struct ending_line *ret);

/*
 * What n bytes of text, which may be anything, say of the container: the first line that is not about the program alone.
 * ENDING_NONE: there is nothing yet.  -EINVAL when there is something else.
 */
enum ending_answer { ENDING_FOUND = 0, ENDING_NONE = 1 };
must_use int ending_parse(const char *text, size_t n, struct ending *ret);

/*
 * The same from the end of a record, which `fd` can read, of any length.  -EINVAL, or what the kernel says.
 */
must_use int ending_read(int fd, struct ending *ret);

#endif
