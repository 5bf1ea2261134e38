/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Acting half of sched.h. */
#include "priv/sched.h"
#include "base/auto.h"
#include "base/fmt.h"
#include "priv/numlist.h"
#include "sys/file.h"
#include "sys/process.h"

static int set_score(const struct cred_plan *p, const char *path, struct err *e)
{
	char text[16];
	int rc;

	fmt(text, sizeof(text), "%d", p->oom_score_adj);
	rc = sys_write_at(AT_FDCWD, path, text);
	if (rc == -EACCES)
		return err_set(e, rc,
			       "%s.oomScoreAdj: permission denied: %d is below what this caller may set",
			       p->from, p->oom_score_adj);
	return rc < 0 ? err_sys(e, rc, "%s.oomScoreAdj: write %d", p->from, p->oom_score_adj) : 0;
}

int sched_set_oom_score(const struct cred_plan *p, pid_t pid, struct err *e)
{
	char path[48];

	if (!p->has_oom_score_adj || p->sets_own_oom_score)
		return 0;
	fmt(path, sizeof(path), "/proc/%d/oom_score_adj", pid);
	return set_score(p, path, e);
}

int sched_set_own_oom_score(const struct cred_plan *p, struct err *e)
{
	if (!p->has_oom_score_adj || !p->sets_own_oom_score)
		return 0;
	return set_score(p, "/proc/self/oom_score_adj", e);
}

/* sched_setattr(2), and __sched_setscheduler() of the kernel for what is not there. */
static int scheduler_refused(const struct sched_plan *p, int rc, struct err *e)
{
	switch (rc) {
	case -EPERM:
		return err_set(e, rc, "%s.scheduler: operation not permitted: %s with these numbers takes CAP_SYS_NICE on the "
			       "host, and realtime a cgroup that has realtime runtime", p->from, p->policy);
	case -EBUSY:
		return err_set(e, rc, "%s.scheduler: device or resource busy: the CPUs have not that much time left for "
			       "SCHED_DEADLINE", p->from);
	case -EINVAL:
	case -EOPNOTSUPP:
		return err_set(e, rc, "%s.scheduler: this kernel does not take %s with these flags", p->from, p->policy);
	default:
		return err_sys(e, rc, "%s.scheduler: %s", p->from, p->policy);
	}
}

int sched_apply(const struct sched_plan *p, pid_t pid, struct err *e)
{
	int rc = p->has_io ? sys_ioprio_set(pid, p->io_value) : 0;

	if (rc == -EPERM)
		return err_set(e, rc, "%s.ioPriority: operation not permitted: %s takes CAP_SYS_NICE on the host", p->from,
			       p->io_class);
	if (rc < 0)
		return err_sys(e, rc, "%s.ioPriority: %s, priority %d", p->from, p->io_class, p->io_priority);
	rc = p->has_scheduler ? sys_sched_setattr(pid, &p->attr) : 0;
	return rc < 0 ? scheduler_refused(p, rc, e) : 0;
}

static int set_cpus(const struct sched_plan *p, pid_t pid, const char *member, const char *text, const uint64_t *mask,
		    struct err *e)
{
	int rc = mask ? sys_sched_setaffinity(pid, mask, CPUS_MAX / 8) : 0;

	if (rc == -EINVAL)
		return err_set(e, rc, "%s.execCPUAffinity.%s: none of the CPUs %s is there for the process, by the host or by "
			       "its cpuset", p->from, member, text);
	return rc < 0 ? err_sys(e, rc, "%s.execCPUAffinity.%s: %s", p->from, member, text) : 0;
}

int sched_set_initial_cpus(const struct sched_plan *p, struct err *e)
{
	return set_cpus(p, 0, "initial", p->initial_text, p->initial, e);
}

int sched_set_final_cpus(const struct sched_plan *p, pid_t pid, struct err *e)
{
	return set_cpus(p, pid, "final", p->final_text, p->final, e);
}
