/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What create, run and exec check of their options before anything is made. */
#ifndef CIST_RUNTIME_PREPARE_H
#define CIST_RUNTIME_PREPARE_H

#include "base/err.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

/* Each descriptor from 3 on that the program is to get has to be there, and the caller's. */
must_use int check_kept_descriptors(uint32_t listen_fds, uint32_t preserve, struct err *e);

/* Where the terminal goes must be known: to the console socket, or in the foreground to this process. */
must_use int check_terminal(bool terminal, bool foreground, const char *console_socket, struct err *e);

/* given as an absolute path; "" when it is NULL. */
must_use int find_pid_file(const char *given, char ret_path[PATH_MAX], struct err *e);

#endif
