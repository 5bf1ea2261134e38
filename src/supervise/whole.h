/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files of the administrator and of the supervisor that are read and written at once. */
#ifndef CIST_SUPERVISE_WHOLE_H
#define CIST_SUPERVISE_WHOLE_H

#include "base/arena.h"
#include "base/err.h"
#include "supervise/report.h"

#include <stdlib.h>

static inline void text_free(char **text)
{
	free(*text);
}
#define auto_text __attribute__((cleanup(text_free)))

/*
 * All of a regular file that is not larger than max, at path below the directory dir, or at an absolute path; *ret has a NUL
 * behind it, and is for free().  -ENOENT when there is none.  It may be no symbolic link, unless `follow`.
 */
must_use int whole_read(int dir, const char *path, size_t max, bool follow, char **ret, size_t *ret_len, struct err *e);

/* The same for who does not care why: NULL, it cannot be read. */
must_use char *whole_text(int dir, const char *path, size_t max, size_t *ret_len);

/* The same in a, where it lives as long as what is read from it. */
must_use char *whole_keep(int dir, const char *path, size_t max, struct arena *a, size_t *ret_len);

/* Writes it beside and renames: NAME below the directory dir, mode 0644. */
must_use int whole_replace(int dir, const char *name, const void *data, size_t len, struct err *e);

/* An answer of sheet_open(), or a negative errno that is in *e already: 0, or negative with a sentence about path. */
must_use int whole_judge(int answer, const char *path, struct err *e);

/*
 * The status file of a runtime-dir, its lists in a; *text is what it points into, for free().  1: it is there; 0: no supervisor
 * has written one since the boot.
 */
must_use int whole_report(const char *runtime_dir, const char *boot_id, struct arena *a, char **text, struct report *ret,
			  struct err *e);

#endif
