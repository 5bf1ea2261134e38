/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory for a plan that nobody will carry out. */
#ifndef CIST_SYS_SCRATCH_H
#define CIST_SYS_SCRATCH_H

#include "base/arena.h"
#include "base/err.h"

/* Address space only: what is written becomes memory.  scratch_done() is the caller's. */
must_use int scratch_make(struct arena *ret, struct err *e);
/* Gives back all but the first `kept` bytes: who comes next finds them as memory of an arena is, zeroed. */
void scratch_rewind(struct arena *a, size_t kept);
void scratch_done(struct arena *a);
#define auto_scratch __attribute__((cleanup(scratch_done)))

#endif
