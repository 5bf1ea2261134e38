/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The steps of birth.h on the host, and what undoes them. */
#include "runtime/birth.h"
#include "base/arr.h"
#include "base/fmt.h"
#include "base/limits.h"
#include "init/sync.h"
#include "priv/sched.h"
#include "runtime/annotations.h"
#include "runtime/hook_state.h"
#include "runtime/image.h"
#include "runtime/keeper.h"
#include "runtime/kept.h"
#include "runtime/netconf.h"
#include "runtime/tell.h"
#include "runtime/interrupt.h"
#include "runtime/teardown.h"
#include "state/exit.h"
#include "state/store.h"
#include "sys/file.h"
#include "sys/process.h"
#include "sys/socket.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int save(struct birth *b, const struct cg *cg, struct err *e)
{
	if (cg_record_make(&b->bp.cgroup, cg, b->bp.arena, &b->record.cgroup, e) < 0)
		return e->code;
	return record_save(b->dir, &b->record, e);
}

static void fill_record(struct birth *b)
{
	const struct plan *p = b->bp.plan;

	record_now(b->born);
	b->record = (struct record){
		.version = RECORD_VERSION, .id = b->o->id, .birth = b->born, .bundle = b->bp.bundle,
		.rootfs = b->bp.rootfs, .annotations = b->bp.config->annotations,
		.n_annotations = b->bp.config->n_annotations,
		.has_poststart = p->hooks.at[HOOK_POSTSTART].n > 0,
		.has_poststop = p->hooks.at[HOOK_POSTSTOP].n > 0,
		.own_pid_namespace = (p->ns.fresh & K_CLONE_NEWPID) != 0,
		.keyring = p->keyring,
		.notify_socket = b->facts.notify_socket,
	};
}

static int reserve(struct birth *b, struct err *e)
{
	if (store_open(b->rt->root, true, &b->store, e) < 0 || store_reserve(b->store, b->o->id, &b->dir, e) < 0)
		return e->code;
	b->reserved = true;
	fill_record(b);
	if (save(b, NULL, e) < 0)
		return e->code;
	/* Later edits of the bundle have no effect (runtime.md#create), so the bytes are kept. */
	return b->bp.kept ? kept_write(b->bp.kept, b->dir, e) :
			    store_write(b->dir, STORE_CONFIG, b->config_text, b->config_len, e);
}

static int open_namespaces(struct birth *b, struct err *e)
{
	return ns_open_joins(&b->bp.plan->ns, e);
}

static int make_cgroup(struct birth *b, struct err *e)
{
	struct cg_plan *p = &b->bp.cgroup;

	if (p->unit.name && scope_start(&b->scope, &p->unit, &p->keeper, e) < 0)
		return e->code;
	b->unit_is_ours = p->unit.name != NULL;
	return cg_create(p, &b->cg, e);
}

/* Recorded before it is made, as only then it is known what will be ours to remove. */
static int make_rdt(struct birth *b, struct err *e)
{
	const struct rdt_plan *p = &b->bp.rdt;
	struct rdt_record r = { 0 };

	if (rdt_open(b->bp.arena, &r.root, &b->rdt, e) < 0 || rdt_find(b->rdt, p, &r, e) < 0)
		return e->code;
	b->record.rdt = r;
	if (save(b, &b->cg, e) < 0 || rdt_make(b->rdt, p, &b->record.rdt, e) < 0)
		return e->code;
	return b->record.rdt.made_group != r.made_group ? save(b, &b->cg, e) : 0;
}

static int enter_rdt(struct birth *b, struct err *e)
{
	int rc = rdt_enter(b->rdt, &b->record.rdt, b->pid, e);

	fd_close(&b->rdt);
	return rc;
}

static int make_notify(struct birth *b, struct err *e)
{
	int rc = sys_mkdirat(b->dir, STORE_NOTIFY, 0755);

	if (rc == 0)	/* whatever the umask: the container's user has to get through */
		rc = sys_fchmodat(b->dir, STORE_NOTIFY, 0755);
	return rc < 0 ? err_sys(e, rc, "make the notify directory") : 0;
}

static int write_net_files(struct birth *b, struct err *e)
{
	return netconf_write_files(&b->bp.network, b->dir, e);
}

/* Id-mapped mounts may go by the user namespace that is joined. */
static int open_sources(struct birth *b, struct err *e)
{
	struct plan *p = b->bp.plan;

	for (uint32_t i = 0; i < p->ns.n_joins; i++)
		if (p->ns.joins[i].kind == NS_USER)
			p->mnt.userns_fd = p->ns.joins[i].fd;
	return mnt_open_sources(&p->mnt, e);
}

static int open_procfs(struct birth *b, struct err *e)
{
	if (lsm_open_proc(&b->procfs, e) < 0)
		return e->code;
	b->bp.plan->proc_fd = b->procfs;
	return 0;
}

/* Held until this process ends; the init has them then. */
static int listen_outside(struct birth *b, struct err *e)
{
	struct listen_plan *p = &b->bp.plan->sockets;

	for (uint32_t i = 0; i < p->n; i++)
		if (listen_is_made(&p->v[i], false) && listen_open(&p->v[i], &p->v[i].held, e) < 0)
			return e->code;
	return 0;
}

static int open_hook_files(struct birth *b, struct err *e)
{
	return hook_open_files(&b->bp.plan->hooks, e);
}

static int connect_console(struct birth *b, struct err *e)
{
	return b->o->console_socket ? console_connect(b->o->console_socket, &b->console_sock, e) : 0;
}

static int make_gate(struct birth *b, struct err *e)
{
	b->gate = sys_unix_bind(SOCK_SEQPACKET, b->dir, STORE_GATE);
	if (b->gate < 0)
		return err_sys(e, b->gate, "make the start gate");
	b->bp.plan->gate_fd = b->gate;
	return 0;
}

static int make_exit_record(struct birth *b, struct err *e)
{
	if (exit_make(b->dir, &b->exit_record, e) < 0)
		return e->code;
	b->bp.plan->keeper.record_fd = b->exit_record;
	return 0;
}

static int launch(struct birth *b, struct err *e)
{
	int pair[2], rc = sys_socketpair(pair);

	if (rc < 0)
		return err_sys(e, rc, "make the sync socket");
	b->sync = pair[0];
	b->init_sock = pair[1];
	if (image_settle(&b->image, e) < 0)
		return e->code;
	struct launch l = { .memory = &b->memory, .plan = b->bp.plan, .cgroup_fd = cg_v2_fd(&b->cg),
				  .image = b->image, .init_sock = b->init_sock, .sync = b->sync };
	rc = launch_init(&l, &b->pid, &b->pidfd, e);
	if (rc == -EACCES && b->bp.cgroup.unit.name && l.cgroup_fd >= 0) {
		/* From a session to a unit beside it no user may move a process; systemd does that (enter_cgroup()). */
		l.cgroup_fd = -1;
		b->systemd_moves = true;
		*e = (struct err){ 0 };
		rc = launch_init(&l, &b->pid, &b->pidfd, e);
	}
	/* The other end must be the init's alone, or its death would not be seen as end of file. */
	fd_close(&b->init_sock);
	if (rc < 0)
		return rc;
	interrupt_kills(b->pidfd);
	return 0;
}

static int follow(struct birth *b, struct err *e)
{
	if (launch_follow(b->bp.plan, b->sync, &b->pid, &b->pidfd, e) < 0)
		return e->code;
	interrupt_kills(b->pidfd);
	return 0;
}

static int map_ids(struct birth *b, struct err *e)
{
	if (ns_write_maps(&b->bp.plan->ns, b->pid, e) < 0)
		return e->code;
	return sync_send(b->sync, SYNC_MAPPED, -1, e);
}

static int enter_cgroup(struct birth *b, struct err *e)
{
	if (b->systemd_moves && scope_attach(&b->scope, &b->bp.cgroup.unit, b->pid, e) < 0)
		return e->code;
	if (cg_apply_first(&b->cg, &b->bp.cgroup, e) < 0 || cg_enter(&b->cg, b->pid, e) < 0)
		return e->code;
	return b->bp.cgroup.keeper > 0 ? scope_release(&b->scope, &b->bp.cgroup.unit, e) : 0;
}

static int record_init(struct birth *b, struct err *e)
{
	b->record.pid = b->pid;
	if (record_identify(&b->record, b->boot_id, e) < 0)
		return e->code;
	return save(b, &b->cg, e);
}

static int open_network(const struct birth *b, int *ret_fd, struct err *e)
{
	char path[32];

	/* Our child, which is not reaped before it is waited for: the number is its own. */
	fmt(path, sizeof(path), "/proc/%d/ns/net", b->pid);
	*ret_fd = sys_openat(AT_FDCWD, path, O_RDONLY, 0);
	return *ret_fd < 0 ? err_sys(e, *ret_fd, "open the container's network namespace") : 0;
}

static int move_devices(struct birth *b, struct err *e)
{
	auto_close int netns = -EBADF;

	if (open_network(b, &netns, e) < 0)
		return e->code;
	if (net_survey(&b->bp.plan->net, netns, b->bp.arena, &b->record.net, e) < 0 || save(b, &b->cg, e) < 0 ||
	    net_hold(netns, b->dir, e) < 0)
		return e->code;
	return net_move(&b->record.net, netns, e);
}

static int make_network(struct birth *b, struct err *e)
{
	const struct net_conf *c = &b->bp.network;
	auto_close int netns = -EBADF;

	if (open_network(b, &netns, e) < 0 || net_conf_survey(c, netns, b->bp.arena, &b->record.net, e) < 0 ||
	    save(b, &b->cg, e) < 0 || net_conf_make(c, netns, e) < 0)
		return e->code;
	return netconf_after_setup(c, netns, e);
}

static int adjust_oom_score(struct birth *b, struct err *e)
{
	return sched_set_oom_score(&b->bp.plan->cred, b->pid, e);
}

static int limit_resources(struct birth *b, struct err *e)
{
	/* First what systemd writes to the same files. */
	if (b->bp.cgroup.unit.name && scope_limit(&b->scope, &b->bp.cgroup.unit, e) < 0)
		return e->code;
	scope_close(&b->scope);
	return cg_apply(&b->cg, &b->bp.cgroup, b->rt->warn, e);
}

static int compile_filter(struct birth *b, struct err *e)
{
	if (filter_make(b->bp.config, b->bp.arena, &b->bp.plan->seccomp, e) < 0)
		return e->code;
	return keeper_compile(&b->bp.plan->keeper, b->bp.arena, e);
}

static int runtime_hooks(struct birth *b, struct err *e)
{
	static const enum hook_moment moments[] = { HOOK_PRESTART, HOOK_CREATE_RUNTIME };
	const struct plan *p = b->bp.plan;

	if (sync_expect(b->sync, SYNC_MOUNTED, NULL, e) < 0)
		return e->code;
	for (size_t i = 0; i < ARRAY_LEN(moments); i++) {
		struct hook_state state = p->hook_states[moments[i]];
		const struct hook_setting s = { .state = &state, .envp = b->facts.environment, .cwd = b->bp.bundle,
						.files = p->hooks.files };

		state.pid = b->pid;
		if (hook_run_list(&p->hooks.at[moments[i]], &s, e) < 0)
			return e->code;
	}
	return 0;
}

static int let_go_on(struct birth *b, struct err *e)
{
	if (plan_memory_leave(&b->memory, e) < 0)
		return e->code;
	return sync_send(b->sync, SYNC_GO, -1, e);
}

static int take_console(struct birth *b, struct err *e)
{
	if (sync_expect(b->sync, SYNC_CONSOLE, &b->master, e) < 0)
		return e->code;
	if (b->console_sock < 0)
		return 0;
	if (console_send(b->console_sock, b->master, e) < 0)
		return e->code;
	fd_close(&b->console_sock);
	fd_close(&b->master);
	return 0;
}

static int hand_over_listener(struct birth *b, struct err *e)
{
	const struct listener l = {
		.agent = &b->bp.agent, .sync = b->sync, .pidfd = b->pidfd, .pid = b->pid, .init_pid = b->pid,
		.status = "creating", .id = b->bp.id, .bundle = b->bp.bundle, .config = b->bp.config,
	};

	return listener_hand_over(&l, e);
}

static int wait_ready(struct birth *b, struct err *e)
{
	return sync_expect(b->sync, SYNC_READY, NULL, e);
}

static int delegate_cgroup(struct birth *b, struct err *e)
{
	return cg_delegate(&b->cg, &b->bp.cgroup, b->pid, e);
}

static int schedule(struct birth *b, struct err *e)
{
	return sched_apply(&b->bp.plan->sched, b->pid, e);
}

/* crun's way to ask for what --pidfd-socket gives. */
static int tell_receiver(const struct birth *b, struct err *e)
{
	const char *path = oci_annotation(b->bp.config, PIDFD_ANNOTATION);

	return path && tell_pidfd_socket(path, b->pidfd, "standard", e) < 0 ? err_ctx(e, "annotations: " PIDFD_ANNOTATION) : 0;
}

static int publish(struct birth *b, struct err *e)
{
	b->record.created = true;
	if (record_save(b->dir, &b->record, e) < 0)
		return e->code;
	if (b->o->pidfd_socket && tell_pidfd_socket(b->o->pidfd_socket, b->pidfd, "standard", e) < 0)
		return e->code;
	if (tell_receiver(b, e) < 0)
		return e->code;
	return *b->pid_file ? tell_pid_file(b->pid_file, b->pid, e) : 0;
}

static int release(struct birth *b, struct err *e)
{
	if (sync_send(b->sync, SYNC_RELEASE, -1, e) < 0)
		return e->code;
	interrupt_kills(-1);
	return 0;
}

static const struct {
	const char *name;
	bool (*only_if)(const struct plan *p);
	int (*run)(struct birth *b, struct err *e);
} steps[] = {
#define ROW(name, only_if, run, explain) { name, only_if, run },
	HOST_STEPS(ROW)
#undef ROW
};

static void abandon(struct birth *b)
{
	const struct teardown t = { .rt = b->rt, .store = b->store, .dir = b->dir, .record = &b->record,
				    .pidfd = b->pidfd, .cg = &b->cg, .config = b->doc, .is_child = true,
				    .unit_is_others = !b->unit_is_ours };
	struct err ignored = { 0 };

	interrupt_kills(-1);
	mnt_close_sources(&b->bp.plan->mnt);
	fd_close(&b->sync);
	fd_close(&b->gate);
	/* It may be descriptors that there were too few of, and tearing down takes some. */
	fd_close(&b->image);
	fd_close(&b->memory.fd);
	scope_close(&b->scope);
	if (*b->pid_file && b->record.created)
		unlink(b->pid_file);
	if (b->reserved && teardown(&t, &ignored) < 0)
		b->rt->warn(ignored.text);
}

int birth_give(struct birth *b, struct err *e)
{
	interrupt_catch();
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		if (!steps[i].only_if(b->bp.plan))
			continue;
		if (steps[i].run(b, e) == 0 && interrupt_check(e) == 0)
			continue;
		/* A signal that killed the init explains what came of it better than that does. */
		if (interrupt_check(e) == 0)
			launch_epitaph(b->pidfd, b->sync, e);
		abandon(b);
		return e->code;
	}
	return 0;
}

void birth_done(struct birth *b)
{
	if (b->bp.plan) {
		mnt_close_sources(&b->bp.plan->mnt);
		hook_close_files(&b->bp.plan->hooks);
	}
	cg_close(&b->cg);
	scope_close(&b->scope);
	plan_memory_done(&b->memory);
	b->doc = oci_doc_free(b->doc);
	b->netconf = oci_doc_free(b->netconf);
	free(b->config_text);
	for (int *fds[] = { &b->store, &b->dir, &b->rdt, &b->image, &b->gate, &b->sync, &b->init_sock, &b->console_sock,
			    &b->exit_record,
			    &b->procfs, &b->master, &b->pidfd },
	     **fd = fds; fd < fds + ARRAY_LEN(fds); fd++)
		fd_close(*fd);
}

int runtime_create(const struct runtime *rt, const struct create_options *o, struct err *e)
{
	auto_birth struct birth b = BIRTH_INIT;

	b.rt = rt;
	b.o = o;
	if (birth_prepare(&b, false, e) < 0)
		return e->code;
	return birth_give(&b, e);
}
