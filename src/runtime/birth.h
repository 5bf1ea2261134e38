/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The host's side of a birth: what cist does around cist-init, as a list one can read aloud.  `create` and `run` go
 * through it, `explain` prints it.
 *
 * Why this order:
 *  - the record comes before the first thing that it names, so that `delete --force` finds what a SIGKILL left;
 *  - the init is launched as soon as it has a cgroup and the sources: it mounts while the rest is done here;
 *  - limits and device rules are in force before GO, so before anything of the image can run;
 *  - network devices are moved and made before any hook, which may want to see them, and are in the record before that;
 *  - the pid is in the record before GO, and the init dies with cist until RELEASE.
 */
#ifndef CIST_RUNTIME_BIRTH_H
#define CIST_RUNTIME_BIRTH_H

#include "init/steps.h"
#include "runtime/blueprint.h"
#include "runtime/launch.h"
#include "runtime/runtime.h"
#include "runtime/scope.h"
#include "state/record.h"

#include <limits.h>

#define HOST_STEPS(X)                                                                                          \
	/* name                              only if            run                explained by              */ \
	X("reserve the id",                  always,            reserve,           explain_reserve)            \
	X("open namespaces",                 joins_namespaces,  open_namespaces,   explain_namespaces)         \
	X("make the cgroup",                 always,            make_cgroup,       explain_make_cgroup)        \
	X("make the resctrl group",          uses_rdt,          make_rdt,          explain_make_rdt)           \
	X("make the notify directory",       wants_notify,      make_notify,       explain_notify)             \
	X("write the network's files",       has_net_files,     write_net_files,   explain_net_files)          \
	X("open sources",                    takes_sources,     open_sources,      explain_sources)            \
	X("open a procfs",                   has_labels,        open_procfs,       explain_open_proc)          \
	X("listen",                          listens_outside,   listen_outside,    explain_sockets)            \
	X("open the files of hooks",         has_hook_files,    open_hook_files,   explain_hook_files)         \
	X("connect the console socket",      has_terminal,      connect_console,   explain_connect_console)    \
	X("make the start gate",             always,            make_gate,         explain_gate)               \
	X("make the exit record",            has_keeper,        make_exit_record,  explain_exit_record)        \
	X("launch the init",                 always,            launch,            explain_launch)             \
	X("map ids",                         clones_userns,     map_ids,           explain_maps)               \
	X("find the init",                   goes_between,      follow,            explain_follow)             \
	X("map ids",                         init_has_userns,   map_ids,           explain_maps)               \
	X("enter the cgroup",                always,            enter_cgroup,      explain_enter_cgroup)       \
	X("enter the resctrl group",         uses_rdt,          enter_rdt,         explain_enter_rdt)          \
	X("record the init",                 always,            record_init,       explain_record)             \
	X("move network devices",            has_net_devices,   move_devices,      explain_devices_moved)      \
	X("make the network",                has_network,       make_network,      explain_network)            \
	X("adjust the oom score",            has_oom_score,     adjust_oom_score,  explain_oom_score)          \
	X("limit resources",                 always,            limit_resources,   explain_limits)             \
	X("compile the filter",              always,            compile_filter,    explain_compile)            \
	X("prestart and createRuntime hooks", has_runtime_hooks, runtime_hooks,    explain_runtime_hooks)      \
	X("let the init go on",              always,            let_go_on,         explain_go)                 \
	X("take the console",                has_terminal,      take_console,      explain_take_console)       \
	X("hand over the listener",          listens,           hand_over_listener, explain_hand_over)         \
	X("wait until the init is ready",    always,            wait_ready,        explain_ready)              \
	X("delegate the cgroup",             delegates_cgroup,  delegate_cgroup,   explain_delegate)           \
	X("schedule the init",               has_schedule,      schedule,          explain_schedule)           \
	X("publish",                         always,            publish,           explain_publish)            \
	X("release the init",                always,            release,           explain_release)

static inline bool joins_namespaces(const struct plan *p)
{
	return p->ns.n_joins > 0;
}

/* Otherwise the init does. */
static inline bool takes_sources(const struct plan *p)
{
	return !p->mnt.sources_inside;
}

/* Whoever is cloned first is in the new user namespace … */
static inline bool clones_userns(const struct plan *p)
{
	return (launch_namespaces(p) & K_CLONE_NEWUSER) != 0;
}

static inline bool goes_between(const struct plan *p)
{
	return launch_goes_between(p);
}

/* … or only the init, once what is in between has joined others. */
static inline bool init_has_userns(const struct plan *p)
{
	return (p->ns.fresh & K_CLONE_NEWUSER) && !clones_userns(p);
}

static inline bool has_net_devices(const struct plan *p)
{
	return p->net.n > 0;
}

static inline bool has_net_files(const struct plan *p)
{
	return p->makes_net_files;
}

static inline bool has_network(const struct plan *p)
{
	return p->makes_network;
}

static inline bool has_oom_score(const struct plan *p)
{
	return p->cred.has_oom_score_adj && !p->cred.sets_own_oom_score;
}

static inline bool has_hook_files(const struct plan *p)
{
	return hook_has_files(&p->hooks) && (has_runtime_hooks(p) || has_container_hooks(p) || has_start_hooks(p));
}

static inline bool listens_outside(const struct plan *p)
{
	return listen_makes(&p->sockets, false);
}

static inline bool has_schedule(const struct plan *p)
{
	return sched_has_any(&p->sched);
}

struct birth {
	const struct runtime *rt;
	const struct create_options *o;

	/* decided */
	char *config_text;
	size_t config_len;
	struct oci_doc *doc;
	struct oci_doc *netconf;	/* NULL: there is none */
	char bundle[PATH_MAX];
	char state_dir[PATH_MAX];
	char pid_file[PATH_MAX];	/* absolute; "" when none is wanted */
	struct facts facts;
	struct plan_memory memory;
	struct blueprint bp;

	/* made */
	int store, dir;
	bool reserved;			/* the directory is ours: a failure removes it */
	struct record record;
	char boot_id[37], born[40];
	struct cg cg;
	int rdt;			/* root of resctrl, while it is needed */
	bool only_explains;
	bool unit_is_ours;		/* systemd made it for us: a failure ends it */
	bool systemd_moves;		/* the init could not be born in its cgroup */
	struct scope scope;		/* with the systemd driver: who talks to systemd for us */
	int image;			/* of cist-init: what the caller offers, until the launch */
	int exit_record;		/* what the built-in init will write to, or -1 */
	int gate;			/* ours; the plan's number is the init's, who reads it when we may be gone */
	int sync, init_sock;
	int console_sock;
	int procfs;			/* for labels; the plan's number is the init's */
	int master;			/* of the terminal, until it was sent */
	int pidfd;
	pid_t pid;
};
#define BIRTH_INIT { .memory = PLAN_MEMORY_INIT, .store = -1, .dir = -1, .scope = SCOPE_INIT, .rdt = -1, .image = -1, .gate = -1, .sync = -1, \
		     .exit_record = -1, \
		     .init_sock = -1, .console_sock = -1, .procfs = -1, .master = -1, .pidfd = -1 }

/* Reads, checks, decides; nothing on disk changes.  foreground: the terminal stays with this process. */
must_use int birth_prepare(struct birth *b, bool foreground, struct err *e);

/* The same for explain, in any memory; the blueprint keeps a. */
must_use int birth_explain(struct birth *b, struct arena *a, struct err *e);

/* Carries out HOST_STEPS; after a failure nothing of the attempt is left. */
must_use int birth_give(struct birth *b, struct err *e);

/* Closes and frees what this process holds; the container lives on. */
void birth_done(struct birth *b);
#define auto_birth __attribute__((cleanup(birth_done)))

#endif
