/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How the kernel treats the process under pressure. */
#ifndef CIST_PRIV_SCHED_H
#define CIST_PRIV_SCHED_H

#include "base/err.h"
#include "priv/cred.h"

#include <sys/types.h>

/*
 * Sets oomScoreAdj of the process pid; does nothing when the plan has none.  On the host's side: lowering it
 * wants CAP_SYS_RESOURCE of the initial user namespace, which the init may not have.
 */
must_use int sched_set_oom_score(const struct cred_plan *p, pid_t pid, struct err *e);

#endif
