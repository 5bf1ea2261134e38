/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The birth of a container, as lists one can read aloud.  cist-init runs the third column (init/run.c), `cist explain`
 * prints the fourth (runtime/explain.c); the name is what errors say.
 *
 * Why this order:
 *  - every source on the host was opened before, by cist or first of all here, so no mount can change what a later source
 *    means;
 *  - sysctls are written, and masks come, after all mounts and hooks that could undo them;
 *  - the cgroup namespace is entered once cist said GO, or its root would not be the container's cgroup;
 *  - the program is looked up before the gate, because engines expect a wrong name to fail `create`;
 *  - labels are written before the gate too, so that a profile that is not loaded fails `create`, and before
 *    no_new_privs; they take effect with the execution;
 *  - sockets of the container's network are made when cist said GO: by then that network is there;
 *  - after the gate only what needs no file of the host is left;
 *  - a built-in init splits off after the last hook, which is its child and not the program's, and before all that is the
 *    program's own: user, limits, filter; one that starts the program again does so last of all, when it is what the program
 *    is to be;
 *  - the listener of a filter is made before the gate, for `create` to hand it to the agent; from there on what this process
 *    does may wait for the agent too, so it is the last step.
 */
#ifndef CIST_INIT_STEPS_H
#define CIST_INIT_STEPS_H

#include "init/plan.h"
#include "sys/abi.h"

/* create: from the execution of cist-init until it says READY */
#define BIRTH_STEPS(X)                                                                                         \
	/* name                          only if               runs                 explained by             */ \
	X("shield from the container",   always,               shield,              explain_shield)            \
	X("open sources",                opens_sources,        open_sources,        explain_sources_inside)    \
	X("start a session",             always,               start_session,       explain_session)           \
	X("bring up the loopback device", fresh_network,       loopback_up,         explain_loopback)          \
	X("set the names",               has_names,            set_names,           explain_names)             \
	X("prepare the rootfs",          always,               prepare_rootfs,      explain_rootfs)            \
	X("mount",                       always,               mount_all,           explain_mounts)            \
	X("make devices",                always,               make_devices,        explain_devices)           \
	X("wait for the runtime",        always,               wait_for_go,         explain_wait)              \
	X("listen",                      listens_inside,       listen_inside,       explain_sockets_inside)    \
	X("createContainer hooks",       has_container_hooks,  container_hooks,     explain_container_hooks)   \
	X("open the console",            has_terminal,         open_console,        explain_console)           \
	X("switch root",                 always,               switch_root,         explain_switch_root)       \
	X("enter the cgroup namespace",  fresh_cgroup,         enter_cgroup,        explain_cgroup_namespace)  \
	X("write sysctls",               has_sysctls,          write_sysctls,       explain_sysctls)           \
	X("make the working directory",  always,               make_cwd,            explain_cwd)               \
	X("restrict the rootfs",         always,               restrict_rootfs,     explain_restrictions)      \
	X("raise limits",                has_rlimits,          raise_limits,        explain_rlimit_raise)      \
	X("set the execution domain",    has_domain,           set_domain,          explain_domain)            \
	X("set the memory policy",       has_memory_policy,    set_memory_policy,   explain_memory_policy)     \
	X("find the program",            always,               find_program,        explain_program)           \
	X("label the program",           has_labels,           label_program,       explain_labels)            \
	X("listen for system calls",     listens,              listen_for_calls,    explain_listener)

/* exec: the same for a process that joins a container */
#define JOIN_STEPS(X)                                                                                          \
	X("shield from the container",   always,               shield,              explain_shield)            \
	X("join the namespaces",         joins_itself,         join_container,      explain_join)              \
	X("start a session",             always,               start_session,       explain_session)           \
	X("wait for the runtime",        always,               wait_for_go,         explain_wait)              \
	X("open the console",            has_terminal,         open_exec_console,   explain_console)           \
	X("enter the working directory", always,               enter_cwd,           explain_enter_cwd)         \
	X("raise limits",                has_rlimits,          raise_limits,        explain_rlimit_raise)      \
	X("set the execution domain",    has_domain,           set_domain,          explain_domain)            \
	X("set the memory policy",       has_memory_policy,    set_memory_policy,   explain_memory_policy)     \
	X("find the program",            always,               find_program,        explain_program)           \
	X("label the program",           has_labels,           label_program,       explain_labels)            \
	X("listen for system calls",     listens,              listen_for_calls,    explain_listener)

/* mounts add, mounts remove: in a container that is there */
#define MOUNTS_STEPS(X)                                                                                        \
	X("shield from the container",   always,               shield,              explain_shield)            \
	X("join the namespaces",         joins_itself,         join_container,      explain_join)              \
	X("wait for the runtime",        always,               wait_for_go,         explain_wait)              \
	X("open the root",               always,               enter_running,       explain_rootfs)            \
	X("mount",                       adds_mounts,          add_mounts,          explain_mounts)            \
	X("unmount",                     removes_mounts,       remove_mounts,       explain_mounts)

/* both: after the gate, or after RELEASE */
#define LAST_STEPS(X)                                                                                          \
	X("startContainer hooks",        has_start_hooks,      start_hooks,         explain_start_hooks)       \
	X("stay as the init",            keeps_one,            stay_as_init,        explain_keeper)            \
	X("find the home directory",     wants_home,           find_home,           explain_home)              \
	X("enter the working directory", always,               enter_cwd,           explain_enter_cwd)         \
	X("give away standard streams",  always,               give_away_streams,   explain_streams)           \
	X("close descriptors",           always,               close_descriptors,   explain_descriptors)       \
	X("place the sockets",           has_sockets,          place_sockets,       explain_sockets_placed)    \
	X("reset signals",               always,               reset_signals,       explain_signals)           \
	X("limit resources",             has_rlimits,          limit_resources,     explain_rlimits)           \
	X("limit the bounding set",      always,               limit_bounding,      explain_bounding)          \
	X("switch user",                 always,               switch_user,         explain_user)              \
	X("open the output file",        has_output_file,      open_output,         explain_output)            \
	X("check the working directory", always,               check_cwd,           explain_cwd_check)         \
	X("load the filter",             filters_as_admin,     load_filter,         explain_filter)            \
	X("set no_new_privs",            wants_no_new_privs,   no_new_privs,        explain_no_new_privs)      \
	X("set capabilities",            always,               final_capabilities,  explain_capabilities)      \
	X("load the filter",             filters_at_the_end,   load_filter,         explain_filter)            \
	X("stay as the init",            respawns,             stay_and_respawn,    explain_keeper)

static inline bool always(const struct plan *p)
{
	return p != NULL;
}

static inline bool joins_itself(const struct plan *p)
{
	return !p->goes_between;	/* run.c: go_between() */
}

static inline bool opens_sources(const struct plan *p)
{
	return p->mnt.sources_inside;
}

static inline bool adds_mounts(const struct plan *p)
{
	return p->mnt.n_ops > 0;
}

static inline bool removes_mounts(const struct plan *p)
{
	return p->mnt.n_removed > 0;
}

static inline bool fresh_network(const struct plan *p)
{
	return (p->ns.fresh & K_CLONE_NEWNET) != 0;
}

static inline bool fresh_cgroup(const struct plan *p)
{
	return (p->ns.fresh & K_CLONE_NEWCGROUP) != 0;
}

static inline bool has_names(const struct plan *p)
{
	return p->ns.hostname || p->ns.domainname;
}

static inline bool has_runtime_hooks(const struct plan *p)
{
	return p->hooks.at[HOOK_PRESTART].n > 0 || p->hooks.at[HOOK_CREATE_RUNTIME].n > 0;
}

static inline bool wants_notify(const struct plan *p)
{
	return p->notify;
}

static inline bool uses_rdt(const struct plan *p)
{
	return p->uses_rdt;
}

static inline bool delegates_cgroup(const struct plan *p)
{
	return p->delegates_cgroup;
}

static inline bool listens_inside(const struct plan *p)
{
	return listen_makes(&p->sockets, true);
}

static inline bool has_sockets(const struct plan *p)
{
	return p->sockets.n > 0;
}

static inline bool has_output_file(const struct plan *p)
{
	return p->output_file != NULL;
}

static inline bool has_container_hooks(const struct plan *p)
{
	return p->hooks.at[HOOK_CREATE_CONTAINER].n > 0;
}

static inline bool has_start_hooks(const struct plan *p)
{
	return p->hooks.at[HOOK_START_CONTAINER].n > 0;
}

static inline bool has_keeper(const struct plan *p)
{
	return p->keeper.wanted;
}

static inline bool respawns(const struct plan *p)
{
	return p->keeper.wanted && p->keeper.respawn_ms > 0;
}

static inline bool keeps_one(const struct plan *p)
{
	return p->keeper.wanted && p->keeper.respawn_ms == 0;
}

static inline bool has_terminal(const struct plan *p)
{
	return p->terminal;
}

static inline bool has_sysctls(const struct plan *p)
{
	return p->ns.n_sysctls > 0;
}

static inline bool wants_home(const struct plan *p)
{
	return p->program.wants_home;
}

static inline bool has_rlimits(const struct plan *p)
{
	return p->rlimits.n > 0;
}

static inline bool has_domain(const struct plan *p)
{
	return p->task.has_domain;
}

static inline bool has_memory_policy(const struct plan *p)
{
	return p->task.has_policy;
}

static inline bool has_labels(const struct plan *p)
{
	return lsm_has_labels(&p->lsm);
}

static inline bool wants_no_new_privs(const struct plan *p)
{
	return p->cred.no_new_privs;
}

static inline bool listens(const struct plan *p)
{
	return p->seccomp.listens;
}

/* seccomp(2): without no_new_privs the filter needs CAP_SYS_ADMIN, so it goes in before the last capset(2). */
static inline bool filters_as_admin(const struct plan *p)
{
	return p->seccomp.wanted && !p->cred.no_new_privs;
}

static inline bool filters_at_the_end(const struct plan *p)
{
	return p->seccomp.wanted && p->cred.no_new_privs;
}

#endif
