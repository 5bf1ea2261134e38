/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Deciding half of sched.h. */
#include "priv/sched.h"
#include "base/arr.h"
#include "base/explain.h"
#include "base/fmt.h"
#include "libocispec/oci_config.h"
#include "priv/numlist.h"

#include <string.h>

enum {
	IO_PRIORITY_DEFAULT = 4, IO_PRIORITY_MAX = 7,	/* ioprio_set(2) */
	IO_CLASS_SHIFT = 13,
	DL_RUNTIME_MIN = 1024,				/* sched(7): nanoseconds */
};

struct name {
	const char *name;
	uint32_t value;
};

/* sched(7), linux/sched.h.  SCHED_ISO has a number there and nothing behind it. */
static const struct name policies[] = {
	{ "SCHED_OTHER", 0 }, { "SCHED_FIFO", 1 }, { "SCHED_RR", 2 }, { "SCHED_BATCH", 3 }, { "SCHED_IDLE", 5 },
	{ "SCHED_DEADLINE", 6 },
};
enum { FIFO = 1, RR = 2, DEADLINE = 6 };

static const struct name flags[] = {
	{ "SCHED_FLAG_RESET_ON_FORK", 0x01 }, { "SCHED_FLAG_RECLAIM", 0x02 }, { "SCHED_FLAG_DL_OVERRUN", 0x04 },
	{ "SCHED_FLAG_KEEP_POLICY", 0x08 }, { "SCHED_FLAG_KEEP_PARAMS", 0x10 }, { "SCHED_FLAG_UTIL_CLAMP_MIN", 0x20 },
	{ "SCHED_FLAG_UTIL_CLAMP_MAX", 0x40 },
};

static const struct name io_classes[] = {
	{ "IOPRIO_CLASS_RT", 1 }, { "IOPRIO_CLASS_BE", 2 }, { "IOPRIO_CLASS_IDLE", 3 },
};

static int value_of(const struct name *v, size_t n, const char *name, uint32_t *ret_value)
{
	for (size_t i = 0; i < n; i++)
		if (name && strcmp(v[i].name, name) == 0) {
			*ret_value = v[i].value;
			return 0;
		}
	return -EINVAL;
}

static int check_priority(const struct oci_scheduler *s, const struct k_sched_attr *k, const char *from, struct err *e)
{
	const bool realtime = k->policy == FIFO || k->policy == RR;

	if (realtime && (s->priority < 1 || s->priority > 99))
		return err_set(e, -EINVAL, "%s.scheduler.priority: %d is not between 1 and 99, where %s has its priorities",
			       from, s->priority, s->policy);
	if (!realtime && s->priority != 0)
		return err_set(e, -EINVAL, "%s.scheduler.priority: only SCHED_FIFO and SCHED_RR have one", from);
	if (s->nice < -20 || s->nice > 19)
		return err_set(e, -EINVAL, "%s.scheduler.nice: %d is not between -20 and 19", from, s->nice);
	return 0;
}

/* sched(7): runtime <= deadline <= period, where a period of 0 is the deadline; what the kernel answers with a bare EINVAL. */
static int check_deadline(const struct oci_scheduler *s, const struct k_sched_attr *k, const char *from, struct err *e)
{
	if (k->policy != DEADLINE) {
		if (s->runtime || s->deadline || s->period)
			return err_set(e, -EINVAL, "%s.scheduler: runtime, deadline and period are for SCHED_DEADLINE only",
				       from);
		return 0;
	}
	if (s->runtime < DL_RUNTIME_MIN)
		return err_set(e, -EINVAL, "%s.scheduler.runtime: %llu is below %d nanoseconds", from,
			       (unsigned long long)s->runtime, DL_RUNTIME_MIN);
	if (s->deadline < s->runtime)
		return err_set(e, -EINVAL, "%s.scheduler.deadline: it is before the runtime has passed", from);
	if (s->period && s->period < s->deadline)
		return err_set(e, -EINVAL, "%s.scheduler.period: it is shorter than the deadline", from);
	if (s->deadline > INT64_MAX || s->period > INT64_MAX)
		return err_set(e, -EINVAL, "%s.scheduler: deadline and period are below 2^63 nanoseconds", from);
	return 0;
}

static int plan_flags(const struct oci_scheduler *s, const char *from, struct k_sched_attr *k, struct err *e)
{
	for (size_t i = 0; i < s->n_flags; i++) {
		uint32_t bit;

		if (value_of(flags, ARRAY_LEN(flags), s->flags[i], &bit) < 0)
			return err_set(e, -EINVAL, "%s.scheduler.flags[%zu]: \"%.*s\" is unknown", from, i, 200, s->flags[i]);
		k->flags |= bit;
	}
	return 0;
}

static int plan_scheduler(const struct oci_scheduler *s, const char *from, struct arena *a, struct sched_plan *p,
			  struct err *e)
{
	/* The configuration has no member for the two bounds of SCHED_FLAG_UTIL_CLAMP_*: they are what clamps nothing. */
	struct k_sched_attr k = { .size = sizeof(k), .util_max = 1024 };

	if (!s)
		return 0;
	if (s->policy && strcmp(s->policy, "SCHED_ISO") == 0)
		return err_set(e, -EOPNOTSUPP, "%s.scheduler.policy: SCHED_ISO is a name that Linux reserves and does not "
			       "implement", from);
	if (value_of(policies, ARRAY_LEN(policies), s->policy, &k.policy) < 0)
		return err_set(e, -EINVAL, "%s.scheduler.policy: \"%.*s\" is unknown", from, 200,
			       s->policy ? s->policy : "");
	if (check_priority(s, &k, from, e) < 0 || check_deadline(s, &k, from, e) < 0 || plan_flags(s, from, &k, e) < 0)
		return e->code;
	k.nice = s->nice;
	k.priority = (uint32_t)s->priority;
	k.runtime = s->runtime;
	k.deadline = s->deadline;
	k.period = s->period;
	p->attr = k;
	p->has_scheduler = true;
	p->policy = arena_str(a, s->policy);
	return p->policy ? 0 : err_nomem(e);
}

static int plan_io(const struct oci_io_priority *io, const char *from, struct arena *a, struct sched_plan *p,
		   struct err *e)
{
	uint32_t class;

	if (!io)
		return 0;
	if (value_of(io_classes, ARRAY_LEN(io_classes), io->class, &class) < 0)
		return err_set(e, -EINVAL, "%s.ioPriority.class: \"%.*s\" is unknown", from, 200, io->class ? io->class : "");
	if (io->priority < 0 || io->priority > IO_PRIORITY_MAX)
		return err_set(e, -EINVAL, "%s.ioPriority.priority: %d is not between 0 and 7", from, io->priority);
	p->has_io = true;
	p->io_priority = io->has_priority ? io->priority : IO_PRIORITY_DEFAULT;
	p->io_value = (int32_t)(class << IO_CLASS_SHIFT) | p->io_priority;
	p->io_class = arena_str(a, io->class);
	return p->io_class ? 0 : err_nomem(e);
}

static int plan_cpus(const char *text, const char *from, const char *member, struct arena *a, const uint64_t **ret_mask,
		     const char **ret_text, struct err *e)
{
	uint64_t *mask;
	char path[128];

	if (!text || !*text)
		return 0;
	mask = ARENA_ARRAY(a, CPUS_MAX / 64, uint64_t);
	*ret_text = arena_str(a, text);
	if (!mask || !*ret_text)
		return err_nomem(e);
	fmt(path, sizeof(path), "%s.execCPUAffinity.%s", from, member);
	*ret_mask = mask;
	return numlist_parse(text, path, mask, CPUS_MAX, e);
}

int sched_plan(const struct oci_process *o, const char *from, struct arena *a, struct sched_plan *ret_plan, struct err *e)
{
	const struct oci_exec_cpu_affinity *cpus = o->exec_cpu_affinity;
	struct sched_plan p = { .from = arena_str(a, from) };

	if (!p.from)
		return err_nomem(e);
	if (plan_scheduler(o->scheduler, from, a, &p, e) < 0 || plan_io(o->io_priority, from, a, &p, e) < 0)
		return e->code;
	if (cpus && (plan_cpus(cpus->initial, from, "initial", a, &p.initial, &p.initial_text, e) < 0 ||
		     plan_cpus(cpus->final, from, "final", a, &p.final, &p.final_text, e) < 0))
		return e->code;
	*ret_plan = p;
	return 0;
}

void sched_explain(const struct sched_plan *p, struct explain *x)
{
	const struct k_sched_attr *k = &p->attr;
	char from[128];

	fmt(from, sizeof(from), "%s.scheduler", p->from);
	if (p->has_scheduler && k->policy == DEADLINE)
		explain_act(x, from, "sched_setattr %s, runtime %llu, deadline %llu, period %llu, flags %llu", p->policy,
			    (unsigned long long)k->runtime, (unsigned long long)k->deadline, (unsigned long long)k->period,
			    (unsigned long long)k->flags);
	else if (p->has_scheduler)
		explain_act(x, from, "sched_setattr %s, nice %d, priority %u, flags %llu", p->policy, k->nice, k->priority,
			    (unsigned long long)k->flags);
	fmt(from, sizeof(from), "%s.ioPriority", p->from);
	if (p->has_io)
		explain_act(x, from, "ioprio_set %s, priority %d", p->io_class, p->io_priority);
}
