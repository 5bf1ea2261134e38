/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The bundles of instances: `bundles/ID/DIGEST`, each under the digest of its configuration, so that what has the name has
 * the contents.  The planner makes them, the supervisor removes those that nobody refers to.
 */
#ifndef CIST_SUPERVISE_STOCK_H
#define CIST_SUPERVISE_STOCK_H

#include "base/err.h"
#include "translate/keyring.h"

/*
 * The bundle of that plan below the directory `bundles`.  One that is there stays, since a runtime may be reading it, but for
 * the copies of files of the host, which are brought up to date.  Secrets are opened with keys; the process is guarded
 * (secret_guard_process()).
 */
must_use int stock_make(const char *bundles, const struct bundle_plan *plan, const char *id, struct keyring *keys,
			struct err *e);

/* Removes it, and the directory of the id with the last of its bundles.  What is not there is removed. */
must_use int stock_wipe(const char *bundles, const char *id, const char *digest, struct err *e);

/* Removes all bundles of instances for which used() says no.  Goes on after an error; the first of them is told. */
typedef bool stock_used_fn(void *arg, const char *id, const char *digest);
must_use int stock_sweep(const char *bundles, stock_used_fn *used, void *arg, struct err *e);

#endif
