/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How a process ended, and the line in which a container's built-in init leaves that behind:
 *
 *	exit 3
 *	signal 9
 */
#ifndef CIST_BASE_ENDING_H
#define CIST_BASE_ENDING_H

#include "base/auto.h"

#include <stdbool.h>
#include <stddef.h>

enum { ENDING_TEXT_MAX = 16 };

struct ending {
	bool by_signal;
	int number;		/* of the signal, or the exit status */
};

/* From a status of wait(2) of a process that has ended. */
struct ending ending_of(int wait_status);
/* As a shell counts it: 0…255, 128+N after signal N. */
int ending_status(const struct ending *end);

/* The line, its newline and a NUL.  Returns its length. */
size_t ending_text(const struct ending *end, char buf[ENDING_TEXT_MAX]);

/*
 * The first line of n bytes of text, which may be anything.  ENDING_NONE: there is nothing yet.  -EINVAL when it is
 * no such line.
 */
enum ending_answer { ENDING_FOUND = 0, ENDING_NONE = 1 };
must_use int ending_parse(const char *text, size_t n, struct ending *ret);

#endif
