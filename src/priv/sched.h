/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * When the kernel lets the process run, and how it treats it under pressure: scheduler, I/O priority, CPU affinity, OOM
 * score (config.md#linux-process).
 *
 * Acting is cist's, on the init's pid: all of it may want rights (CAP_SYS_NICE, CAP_SYS_RESOURCE) in the initial user
 * namespace, which an init in another one does not have.
 */
#ifndef CIST_PRIV_SCHED_H
#define CIST_PRIV_SCHED_H

#include "base/arena.h"
#include "base/err.h"
#include "priv/cred.h"
#include "sys/abi.h"

#include <sys/types.h>

struct explain;
struct oci_process;

struct sched_plan {
	const char *from;		/* JSON path of the process object, "process" */
	bool has_scheduler;
	const char *policy;		/* "SCHED_FIFO" */
	struct k_sched_attr attr;
	bool has_io;
	const char *io_class;		/* "IOPRIO_CLASS_BE" */
	int32_t io_priority;		/* within the class */
	int32_t io_value;		/* class and priority as ioprio_set(2) takes them */
	/* execCPUAffinity: of CPUS_MAX bits, or NULL */
	const uint64_t *initial;
	const uint64_t *final;
	const char *initial_text;
	const char *final_text;
};

/* Deciding half: pure.  from lives as long as the plan. */
must_use int sched_plan(const struct oci_process *p, const char *from, struct arena *a, struct sched_plan *ret_plan,
			struct err *e);

static inline bool sched_has_any(const struct sched_plan *p)
{
	return p->has_scheduler || p->has_io;
}

void sched_explain(const struct sched_plan *p, struct explain *x);

/* ---- acting half (cist) ---- */

/*
 * Scheduler and I/O priority of process pid.  Late, when all that the init forks itself has been forked: a child of
 * SCHED_DEADLINE is refused by the kernel, and no hook is to have a realtime priority.
 */
must_use int sched_apply(const struct sched_plan *p, pid_t pid, struct err *e);

/* For exec: of the calling process, and so of what it clones, before the container's cgroup is entered ... */
must_use int sched_set_initial_cpus(const struct sched_plan *p, struct err *e);
/* ... and of process pid once it is there.  Without a final list the kernel's decision stands. */
must_use int sched_set_final_cpus(const struct sched_plan *p, pid_t pid, struct err *e);

/*
 * Sets oomScoreAdj of the process pid; does nothing when the plan has none.  On the host's side: lowering it
 * wants CAP_SYS_RESOURCE of the initial user namespace, which the init may not have.
 */
must_use int sched_set_oom_score(const struct cred_plan *p, pid_t pid, struct err *e);

/*
 * The same of the calling process, where the plan says so: once cist-init runs, its files in procfs are not its caller's
 * any more, if he is an ordinary user.
 */
must_use int sched_set_own_oom_score(const struct cred_plan *p, struct err *e);

#endif
