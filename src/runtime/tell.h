/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the caller asked to be told about the new process. */
#ifndef CIST_RUNTIME_TELL_H
#define CIST_RUNTIME_TELL_H

#include "base/err.h"

#include <sys/types.h>

/*
 * Decimal digits and nothing else (containerd's shim converts the whole file), mode 0644, written beside and renamed: a
 * link of that name is replaced and its target untouched.
 */
must_use int tell_pid_file(const char *path, pid_t pid, struct err *e);

/* One message with the pidfd and the text, then close (runtime-cli.md 4.2). */
must_use int tell_pidfd_socket(const char *socket_path, int pidfd, const char *text, struct err *e);

#endif
