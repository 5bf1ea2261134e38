/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An instance and the plan of its bundle as an entry of the set of what is to run.  Pure. */
#ifndef CIST_SUPERVISE_ENTRY_H
#define CIST_SUPERVISE_ENTRY_H

#include "lithos/instance.h"
#include "supervise/desired.h"

/* All of it is copied into a.  -ENOMEM. */
must_use int entry_make(const struct instance *in, const struct bundle_plan *plan, const char *id, struct arena *a,
			struct desired *ret, struct err *e);

#endif
