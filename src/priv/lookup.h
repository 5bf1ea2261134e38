/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which file args[0] means.  Acting half (cist-init): runs inside the container, in its root and its working
 * directory, before the filter, so that a wrong name is an error of `create`.  The sentences are the ones
 * that engines match.
 */
#ifndef CIST_PRIV_LOOKUP_H
#define CIST_PRIV_LOOKUP_H

#include "base/err.h"
#include "priv/cred.h"

#include <stddef.h>

enum { LOOKUP_PATH_MAX = 4096 };

/*
 * name with a slash is the file itself, from the working directory if relative; without one it is looked for
 * in the directories of PATH in envp (NULL-terminated), or in the usual ones when there is no PATH.  Access
 * is judged with the ids, groups and effective capabilities that cred will give, and the caller's are back
 * afterwards (unless that failed: nothing but the report of the error is sensible then).
 * ret_path is what to give to execve(2); size is LOOKUP_PATH_MAX or more.
 */
int lookup_program(const char *name, const char *const envp[], const struct cred_plan *cred, char *ret_path,
		   size_t size, struct err *e);

/* The sentence for an execve(2) of path that failed with code (a negative errno).  Returns code. */
int lookup_exec_failed(const char *path, int code, struct err *e);

#endif
