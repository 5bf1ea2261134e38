/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The known state that a program of ours is put into before it reads a word, and the end of what it prints. */
#ifndef CIST_CMD_SETTLE_H
#define CIST_CMD_SETTLE_H

#include "base/err.h"

#include <stdbool.h>

/*
 * Refuses to be set-uid, opens /dev/null for standard descriptors that are closed (*ret_stdout_is_missing tells of
 * number 1), resets what signals do, the ambient capabilities and the umask.  program is how errors call it.
 */
must_use int settle_process(const char *program, bool *ret_stdout_is_missing, struct err *e);

/*
 * No signal is blocked any more.  A program that takes them from a descriptor, and executes itself anew, does without: what
 * came in between waits, where its action by default would end the program.
 */
must_use int settle_signals(struct err *e);

/* What was printed has been received, or this is an error: a result that nobody got is no success. */
must_use int settle_output(struct err *e);

#endif
