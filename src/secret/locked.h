/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory for keys and plain text: never swapped, not part of a core, zero in a child after a fork, and wiped before it
 * goes back to the kernel.
 */
#ifndef CIST_SECRET_LOCKED_H
#define CIST_SECRET_LOCKED_H

#include "base/err.h"

#include <stddef.h>

struct locked {
	unsigned char *data;	/* NULL: nothing */
	size_t size;		/* whole pages, at least what was asked for */
};

/* bytes zeroed bytes (more than 0), for locked_done(). */
must_use int locked_new(size_t bytes, struct locked *ret, struct err *e);

/* Wipes, gives back, forgets.  Nothing happens when there is nothing. */
void locked_done(struct locked *memory);
#define auto_locked __attribute__((cleanup(locked_done)))

#endif
