/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The supervisor as others find it. */
#ifndef CIST_SUPERVISE_RUNNING_H
#define CIST_SUPERVISE_RUNNING_H

#include "base/err.h"

#include <sys/types.h>

/*
 * Whether a supervisor runs: it has the lock of its pid file, and a pid alone means nothing.  1: it does, *ret_pid is its, and
 * *ret_pidfd, which the caller closes, stands for it; 0: nobody has the lock; negative: it cannot be told.
 */
must_use int running_find(const char *pid_file, pid_t *ret_pid, int *ret_pidfd, struct err *e);

#endif
