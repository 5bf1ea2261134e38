/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Documents that are given on the command line. */
#ifndef CIST_RUNTIME_INPUT_H
#define CIST_RUNTIME_INPUT_H

#include "base/err.h"

#include <stddef.h>

/* All that there is in the file path, or in standard input when that is "-"; *ret_text is for free(). */
must_use int input_read(const char *path, char **ret_text, size_t *ret_n, struct err *e);

#endif
