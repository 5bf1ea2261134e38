/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `explain`: the lists of birth.h and init/steps.h, with what each step would do. */
#include "runtime/explain.h"
#include "base/arr.h"
#include "init/steps.h"
#include "runtime/birth.h"
#include "runtime/keeper.h"
#include "runtime/kept.h"
#include "runtime/netconf.h"
#include "sys/scratch.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- the host's side ---- */

static void explain_reserve(const struct blueprint *bp, struct explain *x)
{
	explain_act(x, NULL, "claim the id %s", bp->id);
	explain_act(x, NULL, "write state.json");
	kept_explain(bp->kept, x);
}

static void explain_namespaces(const struct blueprint *bp, struct explain *x)
{
	ns_explain_joins(&bp->plan->ns, x);
}

static void explain_make_cgroup(const struct blueprint *bp, struct explain *x)
{
	cg_explain_unit(&bp->cgroup, x);
	cg_explain_create(&bp->cgroup, x);
}

static void explain_make_rdt(const struct blueprint *bp, struct explain *x)
{
	rdt_explain_make(&bp->rdt, x);
	explain_act(x, NULL, "write state.json");
}

static void explain_enter_rdt(const struct blueprint *bp, struct explain *x)
{
	rdt_explain_enter(&bp->rdt, x);
}

static void explain_notify(const struct blueprint *bp, struct explain *x)
{
	explain_act(x, NULL, "make %s", bp->notify_dir);
}

static void explain_open_proc(const struct blueprint *bp, struct explain *x)
{
	(void)bp;
	explain_act(x, NULL, "open /proc");
}

static void explain_sources(const struct blueprint *bp, struct explain *x)
{
	mnt_explain_sources(&bp->plan->mnt, x);
}

static void explain_hook_files(const struct blueprint *bp, struct explain *x)
{
	for (size_t i = 0; i < HOOK_FILES; i++)
		if (bp->plan->hooks.files[i].path)
			explain_act(x, bp->plan->hooks.files[i].from, "open %s", bp->plan->hooks.files[i].path);
}

static void explain_connect_console(const struct blueprint *bp, struct explain *x)
{
	(void)bp;
	explain_act(x, "process.terminal", "connect to the console socket, if one is given");
}

static void explain_gate(const struct blueprint *bp, struct explain *x)
{
	(void)bp;
	explain_act(x, NULL, "listen on gate");
}

static void explain_exit_record(const struct blueprint *bp, struct explain *x)
{
	(void)bp;
	explain_act(x, KEEPER_ANNOTATION, "make an empty exit");
}

static void explain_launch(const struct blueprint *bp, struct explain *x)
{
	explain_act(x, NULL, "seal cist-init and the plan");
	ns_explain_fresh(launch_namespaces(bp->plan), x);
	if (bp->plan->cred.has_oom_score_adj && bp->plan->cred.sets_own_oom_score)
		explain_act(x, "process.oomScoreAdj", "write %d to /proc/self/oom_score_adj", bp->plan->cred.oom_score_adj);
	explain_act(x, NULL, launch_goes_between(bp->plan) ? "clone3 and execute cist-init, whose child is the init" :
							     "clone3 and execute cist-init");
}

static void explain_follow(const struct blueprint *bp, struct explain *x)
{
	(void)bp;
	explain_act(x, NULL, "expect BORN");
}

static void explain_maps(const struct blueprint *bp, struct explain *x)
{
	ns_explain_maps(&bp->plan->ns, x);
}

static void explain_enter_cgroup(const struct blueprint *bp, struct explain *x)
{
	cg_explain_enter(&bp->cgroup, x);
}

static void explain_record(const struct blueprint *bp, struct explain *x)
{
	(void)bp;
	explain_act(x, NULL, "write state.json");
}

static void explain_devices_moved(const struct blueprint *bp, struct explain *x)
{
	explain_act(x, NULL, "write state.json");
	net_explain(&bp->plan->net, x);
}

static void explain_net_files(const struct blueprint *bp, struct explain *x)
{
	struct netconf_file files[NETCONF_FILES];

	netconf_files(&bp->network, files);
	for (size_t i = 0; i < NETCONF_FILES; i++)
		if (files[i].text)
			explain_act(x, files[i].from, "write %s", files[i].name);
}

static void explain_network(const struct blueprint *bp, struct explain *x)
{
	explain_act(x, NULL, "write state.json");
	net_conf_explain(&bp->network, x);
}

static void explain_oom_score(const struct blueprint *bp, struct explain *x)
{
	explain_act(x, "process.oomScoreAdj", "write %d to /proc/PID/oom_score_adj", bp->plan->cred.oom_score_adj);
}

static void explain_limits(const struct blueprint *bp, struct explain *x)
{
	cg_explain_apply(&bp->cgroup, x);
}

static void explain_sockets(const struct blueprint *bp, struct explain *x)
{
	listen_explain(&bp->plan->sockets, false, x);
}

static void explain_compile(const struct blueprint *bp, struct explain *x)
{
	seccomp_explain(&bp->plan->seccomp, bp->config->linux ? bp->config->linux->seccomp : NULL, x);
}

static void explain_runtime_hooks(const struct blueprint *bp, struct explain *x)
{
	hook_explain(&bp->plan->hooks, HOOK_PRESTART, x);
	hook_explain(&bp->plan->hooks, HOOK_CREATE_RUNTIME, x);
}

static void explain_go(const struct blueprint *bp, struct explain *x)
{
	(void)bp;
	explain_act(x, NULL, "say GO");
}

static void explain_take_console(const struct blueprint *bp, struct explain *x)
{
	(void)bp;
	explain_act(x, "process.terminal", "send the master of the terminal to the console socket, or keep it");
}

static void explain_hand_over(const struct blueprint *bp, struct explain *x)
{
	explain_act(x, bp->agent.from, "send the listener of the filter to %s", bp->agent.path ? bp->agent.path : "nobody");
}

static void explain_ready(const struct blueprint *bp, struct explain *x)
{
	(void)bp;
	explain_act(x, NULL, "expect READY");
}

static void explain_delegate(const struct blueprint *bp, struct explain *x)
{
	cg_explain_delegate(&bp->cgroup, x);
}

static void explain_schedule(const struct blueprint *bp, struct explain *x)
{
	sched_explain(&bp->plan->sched, x);
}

static void explain_publish(const struct blueprint *bp, struct explain *x)
{
	(void)bp;
	explain_act(x, NULL, "write state.json");
	explain_act(x, NULL, "write the pid file, if one is given");
}

static void explain_release(const struct blueprint *bp, struct explain *x)
{
	(void)bp;
	explain_act(x, NULL, "say RELEASE");
}

/* ---- the init's side ---- */

static void explain_shield(const struct plan *p, struct explain *x)
{
	(void)p;
	explain_act(x, NULL, "become undumpable, die with cist");
}

static void explain_sources_inside(const struct plan *p, struct explain *x)
{
	mnt_explain_sources(&p->mnt, x);
}

static void explain_session(const struct plan *p, struct explain *x)
{
	explain_act(x, NULL, "setsid");
	if (p->lsm.key.text)
		explain_act(x, p->lsm.key.from, "write %s to /proc/thread-self/%s", p->lsm.key.text, p->lsm.key.file);
	if (p->keyring)
		explain_act(x, NULL, "join the session keyring %s", p->keyring);
}

static void explain_loopback(const struct plan *p, struct explain *x)
{
	(void)p;
	explain_act(x, "linux.namespaces", "bring up lo");
}

static void explain_names(const struct plan *p, struct explain *x)
{
	ns_explain_names(&p->ns, x);
}

static void explain_rootfs(const struct plan *p, struct explain *x)
{
	mnt_explain_prepare_root(&p->mnt, x);
}

static void explain_mounts(const struct plan *p, struct explain *x)
{
	mnt_explain_mounts(&p->mnt, x);
}

static void explain_devices(const struct plan *p, struct explain *x)
{
	mnt_explain_devices(&p->mnt, x);
}

static void explain_wait(const struct plan *p, struct explain *x)
{
	if (has_runtime_hooks(p))
		explain_act(x, NULL, "say MOUNTED");
	explain_act(x, NULL, "expect GO");
}

static void explain_container_hooks(const struct plan *p, struct explain *x)
{
	hook_explain(&p->hooks, HOOK_CREATE_CONTAINER, x);
}

static void explain_console(const struct plan *p, struct explain *x)
{
	mnt_explain_console(&p->mnt, x);
}

static void explain_switch_root(const struct plan *p, struct explain *x)
{
	mnt_explain_switch_root(&p->mnt, x);
}

static void explain_cgroup_namespace(const struct plan *p, struct explain *x)
{
	(void)p;
	explain_act(x, "linux.namespaces", "make a new cgroup namespace");
}

static void explain_sysctls(const struct plan *p, struct explain *x)
{
	ns_explain_sysctls(&p->ns, x);
}

static void explain_restrictions(const struct plan *p, struct explain *x)
{
	mnt_explain_restrict(&p->mnt, x);
}

static void explain_cwd(const struct plan *p, struct explain *x)
{
	mnt_explain_cwd(p->program.cwd, "process.cwd", x);
}

static void explain_enter_cwd(const struct plan *p, struct explain *x)
{
	explain_act(x, "process.cwd", "chdir to %s", p->program.cwd);
}

static void explain_cwd_check(const struct plan *p, struct explain *x)
{
	explain_act(x, "process.cwd", "chdir to %s again, as the user, and check that it is inside", p->program.cwd);
}

static void explain_program(const struct plan *p, struct explain *x)
{
	explain_act(x, "process.args", "find %s as user %u", p->program.argv[0], p->cred.uid);
}

static void explain_domain(const struct plan *p, struct explain *x)
{
	task_explain_domain(&p->task, x);
}

static void explain_memory_policy(const struct plan *p, struct explain *x)
{
	task_explain_policy(&p->task, x);
}

static void explain_labels(const struct plan *p, struct explain *x)
{
	lsm_explain_exec(&p->lsm, x);
}

static void explain_start_hooks(const struct plan *p, struct explain *x)
{
	hook_explain(&p->hooks, HOOK_START_CONTAINER, x);
}

static void explain_keeper(const struct plan *p, struct explain *x)
{
	keeper_explain(&p->keeper, x);
}

static void explain_home(const struct plan *p, struct explain *x)
{
	explain_act(x, NULL, "read HOME of user %u from /etc/passwd", p->cred.uid);
}

static void explain_streams(const struct plan *p, struct explain *x)
{
	explain_act(x, NULL, "give descriptors 0 to 2 to user %u, unless they are devices", p->cred.uid);
}

static void explain_descriptors(const struct plan *p, struct explain *x)
{
	explain_act(x, NULL, "close descriptors from %u on", 3 + p->kept_fds);
}

static void explain_sockets_inside(const struct plan *p, struct explain *x)
{
	listen_explain(&p->sockets, true, x);
}

static void explain_sockets_placed(const struct plan *p, struct explain *x)
{
	listen_explain_place(&p->sockets, x);
}

static void explain_output(const struct plan *p, struct explain *x)
{
	explain_act(x, "annotations." CONSOLE_OUTPUT_ANNOTATION, "append standard output and error to %s", p->output_file);
}

static void explain_signals(const struct plan *p, struct explain *x)
{
	(void)p;
	explain_act(x, NULL, "default action for ignored signals, none blocked");
}

static void explain_rlimit_raise(const struct plan *p, struct explain *x)
{
	(void)p;
	explain_act(x, "process.rlimits", "raise hard limits that are too low");
}

static void explain_rlimits(const struct plan *p, struct explain *x)
{
	rlimit_explain(&p->rlimits, x);
}

static void explain_user(const struct plan *p, struct explain *x)
{
	cred_explain_user(&p->cred, x);
}

static void explain_bounding(const struct plan *p, struct explain *x)
{
	cred_explain_bounding(&p->cred, x);
}

static void explain_no_new_privs(const struct plan *p, struct explain *x)
{
	(void)p;
	explain_act(x, "process.noNewPrivileges", "prctl PR_SET_NO_NEW_PRIVS");
}

static void explain_capabilities(const struct plan *p, struct explain *x)
{
	cred_explain_caps(&p->cred, x);
}

static void explain_filter(const struct plan *p, struct explain *x)
{
	explain_act(x, "linux.seccomp", "load %u instructions", p->seccomp.n);
}

static void explain_listener(const struct plan *p, struct explain *x)
{
	explain_act(x, "linux.seccomp", "say LISTENS, load %u instructions", p->seccomp.n);
}

/* config.md#extensibility has them ignored by create; here is where one finds out that a name was misspelt. */
static void explain_unknown(const struct blueprint *bp, struct explain *x)
{
	if (bp->n_unknown == 0)
		return;
	explain_step(x, "host", "ignore unknown members");
	for (size_t i = 0; i < bp->n_unknown; i++)
		explain_act(x, NULL, "ignore %s", bp->unknown[i]);
}

/* ---- the lists ---- */

struct host_row {
	const char *name;
	bool (*only_if)(const struct plan *p);
	void (*explain)(const struct blueprint *bp, struct explain *x);
};

struct init_row {
	const char *name;
	bool (*only_if)(const struct plan *p);
	void (*explain)(const struct plan *p, struct explain *x);
};

#define ROW(name, only_if, run, explain) { name, only_if, explain },
static const struct host_row host_rows[] = { HOST_STEPS(ROW) };
static const struct init_row birth_rows[] = { BIRTH_STEPS(ROW) };
static const struct init_row last_rows[] = { LAST_STEPS(ROW) };
#undef ROW

static void explain_init(const struct init_row *v, size_t n, const struct plan *p, struct explain *x)
{
	for (; n > 0; n--, v++)
		if (v->only_if(p)) {
			explain_step(x, "init", v->name);
			v->explain(p, x);
		}
}

static void explain_between(const struct plan *p, struct explain *x)
{
	if (!launch_goes_between(p))
		return;
	explain_step(x, "init", "join the namespaces");
	ns_explain_enter(&p->ns, x);
	ns_explain_fresh(ns_of_clone(&p->ns) & ~ns_of_between(&p->ns), x);
	explain_act(x, NULL, "clone3, say BORN");
}

int explain_blueprint(const struct blueprint *bp, FILE *out, enum explain_form form, struct err *e)
{
	struct explain x;

	/* The filter is compiled while the init mounts; here its size is part of what is printed. */
	if (filter_make(bp->config, bp->arena, &bp->plan->seccomp, e) < 0)
		return e->code;
	explain_begin(&x, out, form);
	explain_unknown(bp, &x);
	for (size_t i = 0; i < ARRAY_LEN(host_rows); i++)
		if (host_rows[i].only_if(bp->plan)) {
			explain_step(&x, "host", host_rows[i].name);
			host_rows[i].explain(bp, &x);
		}
	explain_between(bp->plan, &x);
	explain_init(birth_rows, ARRAY_LEN(birth_rows), bp->plan, &x);
	explain_step(&x, "host", "start");
	explain_act(&x, NULL, "connect to gate, say START");
	explain_init(last_rows, ARRAY_LEN(last_rows), bp->plan, &x);
	explain_step(&x, "init", "become the program");
	explain_act(&x, "process.args", "execve %s", bp->plan->program.argv[0]);
	if (bp->plan->hooks.at[HOOK_POSTSTART].n > 0) {
		explain_step(&x, "host", "poststart hooks");
		hook_explain(&bp->plan->hooks, HOOK_POSTSTART, &x);
	}
	explain_end(&x);
	return 0;
}

int runtime_explain(const struct runtime *rt, const struct create_options *o, bool json, struct err *e)
{
	auto_scratch struct arena a = { 0 };
	auto_birth struct birth b = BIRTH_INIT;

	if (scratch_make(&a, e) < 0)
		return e->code;
	b.rt = rt;
	b.o = o;
	if (birth_explain(&b, &a, e) < 0)
		return e->code;
	return explain_blueprint(&b.bp, stdout, json ? EXPLAIN_JSON : EXPLAIN_TEXT, e);
}
