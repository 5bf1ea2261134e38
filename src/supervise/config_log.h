/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The log of configurations: one line for each sandbox whenever its processes were read, from which lithos_clean knows
 * which images were in use.  A file NAME.log that has grown beyond its bound becomes NAME.log.1, that becomes .2, … .100.
 */
#ifndef CIST_SUPERVISE_CONFIG_LOG_H
#define CIST_SUPERVISE_CONFIG_LOG_H

#include "base/err.h"

#include <stdint.h>

enum {
	CONFIG_LOG_BYTES = 10 << 20,	/* above that a file is put aside before the next line */
	CONFIG_LOG_FILES = 100,		/* that are put aside at most */
};

/*
 * Appends "TIME JSON" to SANDBOX.log in the directory dir, which is made if its parent is there.  The line is written as a
 * whole or, when the disk is full, taken back.
 */
must_use int config_log_append(const char *dir, const char *sandbox, const char *json, int64_t seconds, struct err *e);

#endif
