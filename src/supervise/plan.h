/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a planner does: walks the deployment, makes the bundles and says what is wanted.  It is a child of the supervisor
 * (planner.h), so that a fault in what reads YAML or opens secrets is not the supervisor's.
 */
#ifndef CIST_SUPERVISE_PLAN_H
#define CIST_SUPERVISE_PLAN_H

#include "base/arena.h"
#include "base/err.h"
#include "supervise/wanted.h"

#include <stdbool.h>

struct plan_request {
	const char *master;		/* NULL: the usual one */
	const char *runtime_dir;	/* where the supervisor is at home: a master file that says another place is an error.
					 * NULL: whatever the master file says */
	bool settings_only;		/* the master file alone is read: settings and problems */
	bool bundles;			/* bundles are made beneath runtime_dir, else nothing is written there */
	bool log_configs;		/* the log of configurations is written */
	const char *alternate;		/* file to read instead of the process file of … */
	const char *alternate_for;	/* … this sandbox; NULL: of none */
};

/*
 * Everything of *ret is in a, which is large (scratch.h).  What is wrong with the configuration are problems and gaps of
 * *ret; negative is for what has nothing to do with it (no memory, no process to parse with).  With bundles the process is
 * guarded (secret_guard_process()) before.
 */
must_use int plan_make(const struct plan_request *how, struct arena *a, struct wanted *ret, struct err *e);

#endif
