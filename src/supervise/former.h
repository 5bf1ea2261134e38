/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The images that former configurations of a sandbox had, from its used-images-list, or from its log of configurations. */
#ifndef CIST_SUPERVISE_FORMER_H
#define CIST_SUPERVISE_FORMER_H

#include "supervise/tenant.h"

struct former {
	const char *config_log_dir;	/* NULL: there are no logs */
	struct history_rules rules;	/* of logs: which of the configurations count */
	int64_t now_s;
	struct arena *a;
};

/*
 * Adds them to t->used, and says in t which logs were consulted.  Without a list and logs there are none.  Negative: they are
 * not known, and so nothing is.
 */
must_use int former_find(const struct former *f, struct tenant *t, struct err *e);

#endif
