/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An execution of the runtime that its caller waits for; the supervisor, which waits for nothing, has command.h. */
#ifndef CIST_SUPERVISE_EXECUTION_H
#define CIST_SUPERVISE_EXECUTION_H

#include "base/err.h"
#include "supervise/runtime.h"

struct execution {
	const struct runtime_words *words;
	const int *streams;		/* three, all of them above 2; NULL: /dev/null */
	int keep;			/* a descriptor that goes along, or negative */
	bool mortal;			/* it is asked to end when this process dies */
};

/* The pidfd of the child, once it has become the runtime. */
must_use int execution_start(const struct execution *x, struct err *e);

/* One without streams that is over soon: killed after 60 s.  Negative also when it fails. */
must_use int execution_call(const struct runtime_words *w, struct err *e);

#endif
