/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CIST_RUNTIME_SIGNAL_H
#define CIST_RUNTIME_SIGNAL_H

#include "base/err.h"

/*
 * The number of a signal given as runc or crun take it: a name in any case, with or without SIG, RTMIN, RTMIN+n,
 * RTMAX, RTMAX-n, or a decimal number.  A number is not judged: 0 only tests, and beyond 64 the kernel says what it
 * thinks.  Everything else, a sign or trailing text included, is `unknown signal "X"` and -EINVAL, so that a
 * mistake never becomes signal 0.
 */
must_use int signal_parse(const char *text, int *ret_signal, struct err *e);

#endif
