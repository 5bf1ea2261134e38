/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules of config.md#process. */
#include "libocispec/rules.h"

#include <inttypes.h>
#include <string.h>

static void cwd_is_absolute(const struct oci_subject *s, struct oci_report *r)
{
	const char *cwd = s->process->cwd;

	if (!s->run && !cwd)	/* required by the schema, and present in each document that will run */
		oci_wrong(r, "%scwd: is required", s->process_at);
	else if (!cwd || *cwd == '\0')
		oci_wrong(r, "Cwd property must not be empty");
	else if (*cwd != '/')
		oci_wrong(r, "Cwd must be an absolute path");
}

static void args_are_there(const struct oci_subject *s, struct oci_report *r)
{
	if (s->run && s->process->n_args == 0)
		oci_wrong(r, "args must not be empty");
}

static void env_is_assignments(const struct oci_subject *s, struct oci_report *r)
{
	for (size_t i = 0; i < s->process->n_env; i++) {
		const char *equals = strchr(s->process->env[i], '=');

		if (!equals)
			oci_wrong(r, "%senv[%zu]: invalid environment variable: missing '='", s->process_at,
				  i);
		else if (equals == s->process->env[i])
			oci_wrong(r, "%senv[%zu]: invalid environment variable: name cannot be empty",
				  s->process_at, i);
	}
}

static void umask_is_a_mask(const struct oci_subject *s, struct oci_report *r)
{
	const struct oci_user *u = &s->process->user;

	if (u->has_umask && u->umask > 0777)
		oci_wrong(r, "%suser.umask: %" PRIu32 " is above 511 (octal 0777)", s->process_at, u->umask);
}

static bool map_has(const struct oci_id_mapping *v, size_t n, uint32_t id)
{
	for (size_t i = 0; i < n; i++)
		if (id >= v[i].container_id && id - v[i].container_id < v[i].size)
			return true;
	return false;
}

/* An id outside of the map makes setuid(2) fail with EINVAL deep inside; it is plain from here. */
static void ids_are_mapped(const struct oci_subject *s, struct oci_report *r)
{
	const struct oci_linux *l = s->config ? s->config->linux : NULL;
	const struct oci_user *u = &s->process->user;

	if (!l || !oci_namespace(s->config, "user"))
		return;
	if (l->n_uid_mappings && !map_has(l->uid_mappings, l->n_uid_mappings, u->uid))
		oci_wrong(r, "process.user.uid: %" PRIu32 " is not mapped in the user namespace", u->uid);
	if (!l->n_gid_mappings)
		return;
	if (!map_has(l->gid_mappings, l->n_gid_mappings, u->gid))
		oci_wrong(r, "process.user.gid: %" PRIu32 " is not mapped in the user namespace", u->gid);
	for (size_t i = 0; i < u->n_additional_gids; i++)
		if (!map_has(l->gid_mappings, l->n_gid_mappings, u->additional_gids[i]))
			oci_wrong(r,
				  "process.user.additionalGids[%zu]: %" PRIu32
				  " is not mapped in the user namespace",
				  i, u->additional_gids[i]);
}

static void console_fits(const struct oci_subject *s, struct oci_report *r)
{
	const struct oci_console_size *c = s->process->console_size;

	if (c && (c->height > UINT16_MAX || c->width > UINT16_MAX))	/* struct winsize, ioctl_tty(2) */
		oci_wrong(r, "%sconsoleSize: more than 65535 characters", s->process_at);
}

/* getrlimit(2); alike on every architecture but for their numbers. */
static const char *const rlimit_names[] = {
	"RLIMIT_AS", "RLIMIT_CORE", "RLIMIT_CPU", "RLIMIT_DATA", "RLIMIT_FSIZE", "RLIMIT_LOCKS", "RLIMIT_MEMLOCK",
	"RLIMIT_MSGQUEUE", "RLIMIT_NICE", "RLIMIT_NOFILE", "RLIMIT_NPROC", "RLIMIT_RSS", "RLIMIT_RTPRIO",
	"RLIMIT_RTTIME", "RLIMIT_SIGPENDING", "RLIMIT_STACK",
};

static void rlimits_are_known(const struct oci_subject *s, struct oci_report *r)
{
	for (size_t i = 0; i < s->process->n_rlimits; i++)
		if (!IS_ONE_OF(s->process->rlimits[i].type, rlimit_names))
			oci_wrong(r, "wrong rlimit value: %s",	/* runc's words */
				  SHOW(s->process->rlimits[i].type));
}

static void rlimits_come_once(const struct oci_subject *s, struct oci_report *r)
{
	const struct oci_rlimit *v = s->process->rlimits;

	/* Not more than there are names: the rest are unknown, and a long list is not compared in pairs. */
	for (size_t i = 1; i < s->process->n_rlimits && i < 64; i++)
		for (size_t j = 0; j < i; j++)
			if (strcmp(v[i].type, v[j].type) == 0) {
				oci_wrong(r, "%srlimits[%zu]: %s is given twice", s->process_at, i,
					  SHOW(v[i].type));
				break;
			}
}

static void rlimits_are_ordered(const struct oci_subject *s, struct oci_report *r)
{
	for (size_t i = 0; i < s->process->n_rlimits; i++) {
		const struct oci_rlimit *l = &s->process->rlimits[i];

		if (l->soft > l->hard)
			oci_wrong(r,
				  "%srlimits[%zu]: the soft limit %" PRIu64
				  " of %s is above the hard limit %" PRIu64,
				  s->process_at, i, l->soft, SHOW(l->type), l->hard);
	}
}

/* What capset(2) would refuse for the whole set, or leave out silently for the ambient one. */
static void capabilities_contain_each_other(const struct oci_subject *s, struct oci_report *r)
{
	const struct oci_capabilities *c = s->process->capabilities;

	if (!c)
		return;
	for (size_t i = 0; i < c->n_effective && i < 64; i++)
		if (!oci_is_one_of(c->effective[i], c->permitted, c->n_permitted))
			oci_wrong(r, "%scapabilities.effective[%zu]: %s is not in permitted", s->process_at,
				  i, SHOW(c->effective[i]));
	for (size_t i = 0; i < c->n_ambient && i < 64; i++)
		if (!oci_is_one_of(c->ambient[i], c->permitted, c->n_permitted) ||
		    !oci_is_one_of(c->ambient[i], c->inheritable, c->n_inheritable))
			oci_doubtful(r,
				     "%scapabilities.ambient[%zu]: %s is not in permitted and inheritable both",
				     s->process_at, i, SHOW(c->ambient[i]));
}

static void oom_score_adj_in_range(const struct oci_subject *s, struct oci_report *r)
{
	const struct oci_process *p = s->process;

	if (p->has_oom_score_adj && (p->oom_score_adj < -1000 || p->oom_score_adj > 1000))
		oci_wrong(r, "%soomScoreAdj: %" PRId32 " is not between -1000 and 1000", s->process_at,
			  p->oom_score_adj);
}

static void scheduler_is_known(const struct oci_subject *s, struct oci_report *r)
{
	static const char *const policies[] = {
		"SCHED_OTHER", "SCHED_FIFO", "SCHED_RR", "SCHED_BATCH", "SCHED_ISO", "SCHED_IDLE", "SCHED_DEADLINE",
	};
	static const char *const flags[] = {
		"SCHED_FLAG_RESET_ON_FORK", "SCHED_FLAG_RECLAIM", "SCHED_FLAG_DL_OVERRUN", "SCHED_FLAG_KEEP_POLICY",
		"SCHED_FLAG_KEEP_PARAMS", "SCHED_FLAG_UTIL_CLAMP_MIN", "SCHED_FLAG_UTIL_CLAMP_MAX",
	};
	const struct oci_scheduler *d = s->process->scheduler;

	if (!d)
		return;
	if (!IS_ONE_OF(d->policy, policies))
		oci_wrong(r, "%sscheduler.policy: \"%s\" is unknown", s->process_at, SHOW(d->policy));
	for (size_t i = 0; i < d->n_flags; i++)
		if (!IS_ONE_OF(d->flags[i], flags))
			oci_wrong(r, "%sscheduler.flags[%zu]: \"%s\" is unknown", s->process_at, i,
				  SHOW(d->flags[i]));
}

/* sched(7): each policy has numbers of its own. */
static void scheduler_fits_policy(const struct oci_subject *s, struct oci_report *r)
{
	const struct oci_scheduler *d = s->process->scheduler;
	bool deadline, realtime;

	if (!d)
		return;
	deadline = strcmp(d->policy, "SCHED_DEADLINE") == 0;
	realtime = strcmp(d->policy, "SCHED_FIFO") == 0 || strcmp(d->policy, "SCHED_RR") == 0;
	if (d->nice < -20 || d->nice > 19)
		oci_wrong(r, "%sscheduler.nice: %" PRId32 " is not between -20 and 19", s->process_at,
			  d->nice);
	if (d->priority != 0 && !realtime)
		oci_wrong(r, "%sscheduler.priority: only SCHED_FIFO and SCHED_RR have one", s->process_at);
	if (realtime && (d->priority < 0 || d->priority > 99))
		oci_wrong(r, "%sscheduler.priority: %" PRId32 " is not between 0 and 99", s->process_at,
			  d->priority);
	if (!deadline && (d->runtime || d->deadline || d->period))
		oci_wrong(r, "%sscheduler: runtime, deadline and period are for SCHED_DEADLINE only",
			  s->process_at);
}

static void io_priority_is_known(const struct oci_subject *s, struct oci_report *r)
{
	static const char *const classes[] = { "IOPRIO_CLASS_RT", "IOPRIO_CLASS_BE", "IOPRIO_CLASS_IDLE" };
	const struct oci_io_priority *io = s->process->io_priority;

	if (!io)
		return;
	if (!IS_ONE_OF(io->class, classes))
		oci_wrong(r, "%sioPriority.class: \"%s\" is unknown", s->process_at, SHOW(io->class));
	if (io->priority < 0 || io->priority > 7)
		oci_wrong(r, "%sioPriority.priority: %" PRId32 " is not between 0 and 7", s->process_at,
			  io->priority);
}

static void affinity_is_a_cpu_list(const struct oci_subject *s, struct oci_report *r)
{
	static const char plain[] = "0123456789, -";
	const struct oci_exec_cpu_affinity *a = s->process->exec_cpu_affinity;

	if (!a)
		return;
	if (a->initial && a->initial[strspn(a->initial, plain)])
		oci_wrong(r, "%sexecCPUAffinity.initial: \"%s\" is not a list of CPUs", s->process_at,
			  SHOW(a->initial));
	if (a->final && a->final[strspn(a->final, plain)])
		oci_wrong(r, "%sexecCPUAffinity.final: \"%s\" is not a list of CPUs", s->process_at,
			  SHOW(a->final));
}

static const struct oci_rule rules[] = {
	{ "cwd is absolute",                              "config.md#process",             cwd_is_absolute         },
	{ "there is something to execute",                "config.md#process",             args_are_there          },
	{ "env is a list of NAME=value",                  "config.md#posix-process",       env_is_assignments      },
	{ "umask is one",                                 "config.md#posix-platform-user", umask_is_a_mask         },
	{ "the user's ids are mapped",                    "config-linux.md#user-namespace-mappings", ids_are_mapped  },
	{ "consoleSize fits the kernel",                  "config.md#process",             console_fits            },
	{ "rlimits are known",                            "config.md#posix-process",       rlimits_are_known       },
	{ "each rlimit is given once",                    "config.md#posix-process",       rlimits_come_once       },
	{ "soft limits are not above hard limits",        "config.md#posix-process",       rlimits_are_ordered     },
	{ "capability sets contain each other",           "config.md#linux-process",       capabilities_contain_each_other },
	{ "oomScoreAdj is between -1000 and 1000",        "config.md#linux-process",       oom_score_adj_in_range  },
	{ "scheduler has known names",                    "config.md#linux-process",       scheduler_is_known      },
	{ "scheduler has the numbers of its policy",      "config.md#linux-process",       scheduler_fits_policy   },
	{ "ioPriority is known",                          "config.md#linux-process",       io_priority_is_known    },
	{ "execCPUAffinity lists CPUs",                   "config.md#linux-process",       affinity_is_a_cpu_list  },
};
const struct oci_rules oci_process_rules = OCI_RULES(rules);
