/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CIST_CMD_COMPLETION_H
#define CIST_CMD_COMPLETION_H

#include "base/err.h"

/*
 * Prints the completions for "bash", "zsh" or "fish" to standard output.  "man", which help does not name, prints
 * the commands and options in the form in which docs/man/cist.8 has them; a test compares the two.
 */
must_use int completion_print(const char *what, struct err *e);

#endif
