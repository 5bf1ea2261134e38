/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How the kernel treats the process under pressure.  Acting half (cist-init). */
#ifndef CIST_PRIV_SCHED_H
#define CIST_PRIV_SCHED_H

#include "base/err.h"
#include "priv/cred.h"

/*
 * Writes oomScoreAdj of the calling process through proc_fd, a procfs of ours in which it is visible.  Does nothing when the
 * plan has none.  Before the process becomes undumpable: the file belongs to root from then on.
 */
int sched_set_oom_score(const struct cred_plan *p, int proc_fd, struct err *e);

#endif
