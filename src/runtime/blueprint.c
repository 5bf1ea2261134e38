/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "runtime/blueprint.h"
#include "runtime/annotations.h"
#include "runtime/hook_state.h"
#include "runtime/keeper.h"
#include "runtime/kept.h"
#include "runtime/netconf.h"
#include "sys/abi.h"

#include <string.h>

#define NOTIFY_IN_CONTAINER "/run/notify"

static bool has_variable(const char *const *env, size_t n, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < n; i++)
		if (strncmp(env[i], name, len) == 0 && env[i][len] == '=')
			return true;
	return false;
}

/* The environment of the config, what the protocols of section 4 of sd_listen_fds(3) and sd_notify(3) add, room for HOME. */
static int plan_environment(const struct oci_process *o, const struct facts *f, bool notify, struct arena *a,
			    struct plan *plan, struct err *e)
{
	const bool is_second = plan->keeper.wanted && plan->keeper.is_first;
	const char **env = ARENA_ARRAY(a, o->n_env + 5, const char *);
	size_t n = 0;

	if (!env)
		return err_nomem(e);
	for (; n < o->n_env; n++)
		env[n] = arena_str(a, o->env[n]);
	if (f->listen_fds > 0) {
		env[n++] = arena_fmt(a, "LISTEN_FDS=%u", f->listen_fds);
		env[n++] = arena_str(a, is_second ? "LISTEN_PID=2" : "LISTEN_PID=1");
	}
	if (notify)
		env[n++] = arena_str(a, "NOTIFY_SOCKET=" NOTIFY_IN_CONTAINER "/notify.sock");
	for (size_t i = 0; i < n; i++)
		if (!env[i])
			return err_nomem(e);
	plan->program.envp = env;
	plan->program.n_env = (uint32_t)n;
	return 0;
}

static int plan_home(const struct oci_config *c, const struct oci_process *o, struct plan *plan, struct err *e)
{
	bool is_exact;
	struct oci_err oe;

	if (oci_annotation_flag(c, BLUEPRINT_EXACT_ANNOTATION, &is_exact, &oe) < 0)
		return err_set(e, oe.code, "%s", oe.text);
	plan->program.wants_home = !is_exact && !has_variable(o->env, o->n_env, "HOME");
	return 0;
}

static int plan_program(const struct oci_process *o, const struct facts *f, bool notify, struct arena *a,
			struct plan *plan, struct err *e)
{
	struct program *p = &plan->program;

	p->from = arena_str(a, "process");
	p->cwd = arena_str(a, o->cwd);
	p->argv = arena_strv(a, o->args, o->n_args);
	if (!p->from || !p->cwd || !p->argv)
		return err_nomem(e);
	return plan_environment(o, f, notify, a, plan, e);
}

/* What the program will be, for the first one and for those that join. */
static int plan_process(struct blueprint *bp, const struct oci_process *o, const struct facts *f, struct err *e)
{
	const struct oci_linux *l = bp->config->linux;
	struct plan *p = bp->plan;
	const struct cred_request cred = {
		.process = o, .from = "process", .last_cap = f->last_cap,
		/* In a user namespace, new or joined, a process has every capability. */
		.withheld = oci_namespace(bp->config, "user") ? 0 : f->withheld_caps,
		.keep_groups = oci_annotation(bp->config, KEEP_GROUPS_ANNOTATION) != NULL,
		.groups_are_fixed = p->ns.denies_setgroups || f->groups_are_fixed,
		.sets_own_oom_score = facts_is_rootless(f),
		.uid_mappings = l ? l->uid_mappings : NULL,
		.n_uid_mappings = l ? l->n_uid_mappings : 0,
		.gid_mappings = l ? l->gid_mappings : NULL,
		.n_gid_mappings = l ? l->n_gid_mappings : 0,
	};

	if (cred_plan(&cred, bp->arena, &p->cred, &bp->warnings, e) < 0 ||
	    lsm_plan(o, &f->lsm, p->keyring != NULL, bp->arena, &p->lsm, e) < 0 ||
	    sched_plan(o, "process", bp->arena, &p->sched, e) < 0 || task_plan(l, bp->arena, &p->task, e) < 0 ||
	    rlimit_plan(o->rlimits, o->n_rlimits, "process.rlimits", bp->arena, &p->rlimits, e) < 0 ||
	    plan_program(o, f, bp->notify_dir != NULL, bp->arena, p, e) < 0 || plan_home(bp->config, o, p, e) < 0)
		return e->code;
	if (o->terminal && o->console_size && o->console_size->width <= UINT16_MAX &&
	    o->console_size->height <= UINT16_MAX)
		p->console_size = (struct console_size){ (uint16_t)o->console_size->height,
							 (uint16_t)o->console_size->width };
	p->terminal = o->terminal;
	return 0;
}

/* cgroup and mnt do not know each other: the view goes across here. */
static struct mnt_cgroup_view *views_for_mounts(const struct cg_plan *cg, struct arena *a)
{
	struct mnt_cgroup_view *v = ARENA_ARRAY(a, cg->n_views + 1, struct mnt_cgroup_view);

	for (size_t i = 0; v && i < cg->n_views; i++)
		v[i] = (struct mnt_cgroup_view){
			.name = cg->views[i].dir, .own = cg->views[i].host_dir, .root = cg->views[i].root_dir,
			.links = cg->views[i].links, .n_links = cg->views[i].n_links, .v2 = cg->views[i].is_v2,
		};
	return v;
}

static int plan_namespaces(struct blueprint *bp, const struct facts *f, struct err *e)
{
	const struct ns_caller who = {
		.uid = f->uid, .gid = f->gid,
		.may_make = facts_has_cap(f, FACT_CAP_SYS_ADMIN),
		.may_set_uids = facts_has_cap(f, FACT_CAP_SETUID),
		.may_set_gids = facts_has_cap(f, FACT_CAP_SETGID),
	};

	return ns_plan(bp->config, &who, bp->arena, &bp->plan->ns, e);
}

/* Where the namespace is shared with others, it is not this container's to change. */
static int check_network(const struct ns_plan *ns, const struct net_conf *c, struct err *e)
{
	if (ns->joined & K_CLONE_NEWNET)
		return err_set(e, -EINVAL, "netconf: the container joins a network namespace (linux.namespaces) that is there "
			       "already; only in one that is made for it can devices be made");
	if (!(ns->fresh & K_CLONE_NEWNET))
		return err_set(e, -EINVAL, "netconf: the container has no network namespace of its own (linux.namespaces), its "
			       "network is that of the host");
	if ((c->resolver || c->hosts) && !(ns->fresh & K_CLONE_NEWNS))
		return err_set(e, -EINVAL, "netconf.%s: the container has no mount namespace of its own, so nothing can be "
			       "mounted in its /etc", c->resolver ? "dns" : "hosts");
	return 0;
}

static int plan_network(struct blueprint *bp, const struct blueprint_request *r, struct err *e)
{
	const struct net_conf_request request = {
		.conf = r->netconf, .owner = r->state_dir,
		.may_administer = facts_has_cap(r->facts, FACT_CAP_NET_ADMIN) && facts_has_cap(r->facts, FACT_CAP_SYS_ADMIN),
	};

	if (!r->netconf)
		return 0;
	if (net_conf_plan(&request, bp->arena, &bp->network, e) < 0 || check_network(&bp->plan->ns, &bp->network, e) < 0)
		return e->code;
	bp->plan->makes_network = bp->network.n_ops > 0;
	bp->plan->makes_net_files = bp->network.resolver || bp->network.hosts;
	return 0;
}

/* The files of the network, as mounts. */
static int list_files(const struct blueprint *bp, const char *state_dir, struct mnt_file *v, size_t *ret_n, struct err *e)
{
	struct netconf_file files[NETCONF_FILES];

	*ret_n = 0;
	netconf_files(&bp->network, files);
	for (size_t i = 0; i < NETCONF_FILES; i++) {
		if (!files[i].text)
			continue;
		v[*ret_n] = (struct mnt_file){ files[i].from, arena_fmt(bp->arena, "%s/%s", state_dir, files[i].name),
					       files[i].dest };
		if (!v[(*ret_n)++].path)
			return err_nomem(e);
	}
	return 0;
}

static int plan_mounts(struct blueprint *bp, const struct blueprint_request *r, struct err *e)
{
	const struct ns_plan *ns = &bp->plan->ns;
	struct mnt_file files[NETCONF_FILES];
	struct mnt_facts f = {
		.bundle = r->bundle,
		.new_mount_ns = (ns->fresh & K_CLONE_NEWNS) != 0,
		.new_user_ns = (ns->fresh & K_CLONE_NEWUSER) != 0,
		.joined_user_ns = (ns->joined & K_CLONE_NEWUSER) != 0,
		.new_net_ns = (ns->fresh & K_CLONE_NEWNET) != 0,
		.joined_net_ns = (ns->joined & K_CLONE_NEWNET) != 0,
		.new_cgroup_ns = (ns->fresh & K_CLONE_NEWCGROUP) != 0,
		.in_user_ns = r->facts->in_user_ns,
		.may_not_clone = r->facts->foreign_mounts || !facts_has_cap(r->facts, FACT_CAP_SYS_ADMIN),
		.joined_cgroup_ns = (ns->joined & K_CLONE_NEWCGROUP) != 0,
		.may_mknod = r->facts->may_mknod && !ns_has(ns, K_CLONE_NEWUSER),
		.no_pivot = r->no_pivot,
		.terminal = r->config->process->terminal,
		.host_has_kcore = r->facts->has_kcore,
		.selinux = r->facts->lsm.selinux,
		.cgroups = views_for_mounts(&bp->cgroup, bp->arena),
		.n_cgroups = bp->cgroup.n_views,
		.notify_dir = bp->notify_dir,
		.notify_dest = NOTIFY_IN_CONTAINER,
		.files = files,
	};

	if (!f.cgroups)
		return err_nomem(e);
	if (list_files(bp, r->state_dir, files, &f.n_files, e) < 0)
		return e->code;
	return mnt_plan(r->config, &f, bp->arena, &bp->plan->mnt, e);
}

static int plan_hooks(struct blueprint *bp, const struct facts *f, struct err *e)
{
	struct plan *p = bp->plan;
	size_t n_env = 0;

	if (hook_plan(bp->config->hooks, bp->arena, &p->hooks, e) < 0 ||
	    hook_plan_files(bp->config->annotations, bp->config->n_annotations, bp->bundle, bp->arena, &p->hooks, e) < 0)
		return e->code;
	for (size_t m = 0; m < HOOK__COUNT; m++)
		if (p->hooks.at[m].n > 0 &&
		    hook_state_of((enum hook_moment)m, bp->id, bp->bundle, bp->config->annotations,
				  bp->config->n_annotations, bp->arena, &p->hook_states[m], e) < 0)
			return e->code;
	if (p->hooks.at[HOOK_CREATE_CONTAINER].n == 0)
		return 0;
	while (f->environment[n_env])
		n_env++;
	p->host_env = arena_strv(bp->arena, f->environment, n_env);
	return p->host_env ? 0 : err_nomem(e);
}

static int begin(struct blueprint *bp, struct arena *a, const struct oci_config *c, struct err *e)
{
	*bp = (struct blueprint){ .arena = a, .config = c, .plan = ARENA_NEW(a, struct plan) };
	if (!bp->plan)
		return err_nomem(e);
	bp->plan->sync_fd = bp->plan->gate_fd = bp->plan->target_pidfd = bp->plan->target_root_fd = -1;
	bp->plan->proc_fd = bp->plan->keeper.record_fd = -1;
	return 0;
}

static int name_places(struct blueprint *bp, const struct blueprint_request *r, struct err *e)
{
	const char *root = r->config->root->path;

	bp->id = arena_str(bp->arena, r->id);
	bp->bundle = arena_str(bp->arena, r->bundle);
	bp->rootfs = *root == '/' ? arena_str(bp->arena, root) : arena_fmt(bp->arena, "%s/%s", r->bundle, root);
	bp->plan->notify = r->facts->notify_socket != NULL;
	if (bp->plan->notify)
		bp->notify_dir = arena_fmt(bp->arena, "%s/notify", r->state_dir);
	if (!r->no_new_keyring)
		bp->plan->keyring = arena_fmt(bp->arena, "_ses.%s", r->id);
	if (!bp->id || !bp->bundle || !bp->rootfs || (bp->plan->notify && !bp->notify_dir))
		return err_nomem(e);
	return 0;
}

int blueprint_make(const struct blueprint_request *r, struct arena *a, struct blueprint *ret_bp, struct err *e)
{
	struct blueprint *bp = ret_bp;
	const struct oci_config *c = r->config;

	if (annotations_check(c, e) < 0 || begin(bp, a, c, e) < 0 || name_places(bp, r, e) < 0)
		return e->code;
	if (filter_check(c, r->facts->environment, &bp->agent, e) < 0 || net_plan(c->linux, a, &bp->plan->net, e) < 0 ||
	    plan_namespaces(bp, r->facts, e) < 0 || plan_network(bp, r, e) < 0 ||
	    keeper_plan(c, r->init, &bp->plan->ns, a, &bp->plan->keeper, e) < 0 ||
	    cg_plan(c, r->id, &r->facts->cgroups, r->driver, a, &bp->cgroup, e) < 0 ||
	    rdt_plan(c->linux ? c->linux->intel_rdt : NULL, r->id, a, &bp->rdt, e) < 0 || plan_mounts(bp, r, e) < 0 ||
	    plan_hooks(bp, r->facts, e) < 0 || plan_process(bp, c->process, r->facts, e) < 0)
		return e->code;
	if (listen_plan(c, r->facts->listen_fds + r->preserve_fds, a, &bp->plan->sockets, e) < 0 ||
	    console_plan_output(c, a, &bp->plan->output_file, e) < 0 || kept_plan(c, a, &bp->kept, e) < 0)
		return e->code;
	bp->plan->uses_rdt = bp->rdt.wanted;
	bp->plan->delegates_cgroup = bp->cgroup.delegate != NULL;
	bp->plan->kept_fds = r->facts->listen_fds + r->preserve_fds;
	bp->plan->ignored_signals = r->facts->ignored_signals;
	return 0;
}

int blueprint_make_join(const struct join_request *r, struct arena *a, struct blueprint *ret_bp, struct err *e)
{
	struct blueprint *bp = ret_bp;

	if (begin(bp, a, r->config, e) < 0 || filter_check(r->config, r->facts->environment, &bp->agent, e) < 0)
		return e->code;
	bp->plan->joins_container = true;
	bp->plan->kept_fds = r->facts->listen_fds + r->preserve_fds;
	bp->plan->ignored_signals = r->facts->ignored_signals;
	bp->plan->keyring = arena_str(a, r->keyring);
	if (r->keyring && !bp->plan->keyring)
		return err_nomem(e);
	return plan_process(bp, r->process, r->facts, e);
}

int blueprint_make_mounts(const struct mounts_request *r, struct arena *a, struct blueprint *ret_bp, struct err *e)
{
	const uint64_t own = ns_of_config(r->config);
	const struct mnt_facts f = {
		.bundle = r->bundle,
		.new_mount_ns = oci_makes_namespace(r->config, "mount"),
		.new_user_ns = oci_makes_namespace(r->config, "user"),
		.joined_user_ns = oci_joins_namespace(r->config, "user"),
		.new_net_ns = oci_makes_namespace(r->config, "network"),
		.joined_net_ns = oci_joins_namespace(r->config, "network"),
		.may_not_clone = r->facts->foreign_mounts || !facts_has_cap(r->facts, FACT_CAP_SYS_ADMIN),
		.selinux = r->facts->lsm.selinux,
	};
	struct blueprint *bp = ret_bp;

	if (!f.new_mount_ns)
		return err_set(e, -EINVAL, "the container has no mount namespace of its own, its mounts are those of others");
	if (begin(bp, a, r->config, e) < 0)
		return e->code;
	bp->plan->joins_container = bp->plan->changes_mounts = true;
	bp->plan->ignored_signals = r->facts->ignored_signals;
	bp->plan->target_namespaces = own;
	return (r->remove ? mnt_plan_removed : mnt_plan_added)(r->config, r->mounts, &f, a, &bp->plan->mnt, e);
}
