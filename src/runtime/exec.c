/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One more process in a container that lives: the same init, a shorter list of steps. */
#include "base/arr.h"
#include "base/fmt.h"
#include "init/sync.h"
#include "priv/sched.h"
#include "runtime/blueprint.h"
#include "runtime/container.h"
#include "runtime/exec_process.h"
#include "runtime/foreground.h"
#include "runtime/image.h"
#include "runtime/interrupt.h"
#include "runtime/launch.h"
#include "runtime/prepare.h"
#include "runtime/scope.h"
#include "runtime/tell.h"
#include "sys/file.h"
#include "sys/process.h"
#include "sys/socket.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

struct join {
	const struct runtime *rt;
	const struct exec_options *o;
	struct container *c;
	const struct oci_config *config;
	struct exec_process what;
	struct facts facts;
	struct plan_memory memory;
	struct blueprint bp;
	char pid_file[PATH_MAX];
	struct foreground front;
	struct cg cg;		/* where the process goes; the container's own unless --cgroup */
	bool systemd_moves;	/* it could not be born there */
	int root;		/* of the container, when it has no mount namespace of its own */
	int procfs;		/* for labels */
	int image, sync, init_sock, console_sock, master, pidfd;
	pid_t pid;
};
#define JOIN_INIT { .memory = PLAN_MEMORY_INIT, .front = FOREGROUND_INIT, .root = -1, .procfs = -1, .image = -1, .sync = -1, \
		    .init_sock = -1, .console_sock = -1, .master = -1, .pidfd = -1 }

static void join_done(struct join *j)
{
	int *const fds[] = { &j->root, &j->procfs, &j->image, &j->sync, &j->init_sock, &j->console_sock, &j->master,
			     &j->pidfd };

	foreground_end(&j->front);
	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		fd_close(fds[i]);
	cg_close(&j->cg);
	plan_memory_done(&j->memory);
	exec_process_done(&j->what);
}

static int refuse_unless_alive(struct container *c, bool ignore_paused, struct err *e)
{
	int status = container_status(c, e);

	if (status < 0)
		return status;
	if (status == STATUS_STOPPED)
		return err_set(e, -ESRCH, "cannot exec in a stopped container");
	if (status == STATUS_CREATING)
		return err_set(e, -EBUSY, "cannot exec in a container that is being created");
	if (status == STATUS_PAUSED && !ignore_paused)
		return err_set(e, -EBUSY, "cannot exec in a paused container (use --ignore-paused to override)");
	return 0;
}

/* --cap adds to what is planned; never to the inheritable set (CVE-2022-29162). */
static int decide(struct join *j, struct err *e)
{
	const struct join_request r = {
		.config = j->config, .process = &j->what.process, .facts = &j->facts,
		.keyring = j->c->record->keyring, .preserve_fds = j->o->preserve_fds,
	};
	struct plan *p;

	if (plan_memory_make(&j->memory, 256 << 10, e) < 0 ||
	    facts_gather(NULL, &j->what.process, &j->memory.arena, &j->facts, e) < 0 ||
	    check_kept_descriptors(j->facts.listen_fds, j->o->preserve_fds, e) < 0 ||
	    blueprint_make_join(&r, &j->memory.arena, &j->bp, e) < 0)
		return e->code;
	p = j->bp.plan;
	p->target_pidfd = j->c->pidfd;
	p->target_namespaces = ns_of_config(j->config);
	if (j->o->process_file)
		return 0;
	return caps_add(&p->cred.caps, j->o->caps, j->o->n_caps, j->facts.last_cap, e);
}

static int prepare(struct join *j, struct err *e)
{
	if (refuse_unless_alive(j->c, j->o->ignore_paused, e) < 0 ||
	    exec_process_make(j->o, j->config, &j->what, e) < 0 ||
	    check_terminal(j->what.process.terminal, !j->o->detach, j->o->console_socket, e) < 0 ||
	    find_pid_file(j->o->pid_file, j->pid_file, e) < 0 || decide(j, e) < 0 ||
	    (j->bp.plan->terminal && !j->o->detach && foreground_check(e) < 0))
		return e->code;
	for (uint32_t i = 0; i < j->bp.warnings.n; i++)
		j->rt->warn(j->bp.warnings.v[i]);
	return 0;
}

static int find_cgroup(struct join *j, struct err *e)
{
	if (j->o->n_cgroups > 0)
		return cg_open_sub(&j->c->cg, j->o->cgroups, j->o->n_cgroups, &j->cg, e);
	return cg_open(&j->c->record->cgroup, &j->cg, e);
}

/* Without a mount namespace of its own the container's root is a chroot, which setns(2) does not lead to. */
static int find_root(struct join *j, struct err *e)
{
	char path[32];

	if (j->bp.plan->target_namespaces & K_CLONE_NEWNS)
		return 0;
	fmt(path, sizeof(path), "/proc/%d/root", j->c->record->pid);
	j->root = sys_openat(AT_FDCWD, path, O_PATH | O_DIRECTORY, 0);
	if (j->root < 0)
		return err_sys(e, j->root, "open the root of the container");
	/* The pid was the init's when it was used if that has not been reaped by now: nobody else's root is entered. */
	if (sys_pidfd_send_signal(j->c->pidfd, 0) < 0)
		return err_set(e, -ESRCH, "cannot exec in a stopped container");
	j->bp.plan->target_root_fd = j->root;
	return 0;
}

/*
 * The container's own /proc is not to be trusted with labels, and with CAP_SYS_PTRACE it gets what the init holds: that
 * makes a procfs of its own.  Only a user namespace may forbid it to; from within one nobody can trace the init, or gets to
 * more than its maker has.
 */
static int open_procfs(struct join *j, struct err *e)
{
	const bool is_nested = j->bp.plan->target_namespaces & K_CLONE_NEWUSER || j->facts.in_user_ns;

	if (!lsm_has_labels(&j->bp.plan->lsm) || !is_nested)
		return 0;
	if (lsm_open_proc(&j->procfs, e) < 0)
		return e->code;
	j->bp.plan->proc_fd = j->procfs;
	return 0;
}

static int try_launch(struct join *j, struct err *e)
{
	struct launch l = { .memory = &j->memory, .plan = j->bp.plan, .cgroup_fd = cg_v2_fd(&j->cg),
			    .image = j->image, .init_sock = j->init_sock, .sync = j->sync };
	int rc = launch_init(&l, &j->pid, &j->pidfd, e);

	/* Its own cgroup has become an inner node: the program moved itself below, and there exec goes too. */
	if (rc == -EBUSY && j->o->n_cgroups == 0) {
		cg_close(&j->cg);
		if (cg_open_of(&j->c->cg, j->c->record->pid, &j->cg, e) < 0)
			return e->code;
		l.cgroup_fd = cg_v2_fd(&j->cg);
		rc = launch_init(&l, &j->pid, &j->pidfd, e);
	}
	return rc;
}

/* It is a child of this process, which is in no group. */
static int enter_rdt(struct join *j, struct err *e)
{
	const struct rdt_record *r = &j->c->record->rdt;
	auto_close int root = -EBADF;
	int rc = r->root ? rdt_open_recorded(r, &root, e) : 1;

	return rc < 0 ? rc : rc > 0 ? 0 : rdt_enter(root, r, j->pid, e);
}

/* As in a birth: the process is born where the caller is, and systemd moves it. */
static int launch_beside(struct join *j, struct err *e)
{
	const struct launch l = { .memory = &j->memory, .plan = j->bp.plan, .cgroup_fd = -1,
				  .image = j->image, .init_sock = j->init_sock, .sync = j->sync };

	*e = (struct err){ 0 };
	j->systemd_moves = true;
	return launch_init(&l, &j->pid, &j->pidfd, e);
}

static int enter_unit(struct join *j, struct err *e)
{
	auto_scope struct scope s = SCOPE_INIT;
	struct cg_unit u;

	cg_unit_of_record(&j->c->record->cgroup, &u);
	return scope_attach(&s, &u, j->pid, e);
}

static int launch(struct join *j, struct err *e)
{
	int pair[2], rc = sys_socketpair(pair);

	if (rc < 0)
		return err_sys(e, rc, "make the sync socket");
	j->sync = pair[0];
	j->init_sock = pair[1];
	if (image_make(&j->image, e) < 0 || sched_set_initial_cpus(&j->bp.plan->sched, e) < 0)
		return e->code;
	rc = try_launch(j, e);
	if (rc == -EACCES && j->c->record->cgroup.unit && j->o->n_cgroups == 0)
		rc = launch_beside(j, e);
	fd_close(&j->init_sock);
	if (rc < 0)
		return rc;
	interrupt_kills(j->pidfd);
	if (launch_follow(j->bp.plan, j->sync, &j->pid, &j->pidfd, e) < 0)
		return e->code;
	interrupt_kills(j->pidfd);
	if ((j->systemd_moves && enter_unit(j, e) < 0) || cg_enter(&j->cg, j->pid, e) < 0 || enter_rdt(j, e) < 0)
		return e->code;
	return sched_set_final_cpus(&j->bp.plan->sched, j->pid, e);
}

static int finish_plan(struct join *j, struct err *e)
{
	if (sched_set_oom_score(&j->bp.plan->cred, j->pid, e) < 0 ||
	    filter_make(j->config, j->bp.arena, &j->bp.plan->seccomp, e) < 0)
		return e->code;
	if (plan_memory_leave(&j->memory, e) < 0)
		return e->code;
	return sync_send(j->sync, SYNC_GO, -1, e);
}

static int take_console(struct join *j, struct err *e)
{
	if (!j->bp.plan->terminal)
		return 0;
	if (sync_expect(j->sync, SYNC_CONSOLE, &j->master, e) < 0)
		return e->code;
	if (j->console_sock < 0)
		return 0;
	if (console_send(j->console_sock, j->master, e) < 0)
		return e->code;
	fd_close(&j->master);
	return 0;
}

static int hand_over_listener(struct join *j, struct err *e)
{
	const struct listener l = {
		.agent = &j->bp.agent, .sync = j->sync, .pidfd = j->pidfd, .pid = j->pid,
		.init_pid = j->c->record->pid, .status = "running", .id = j->c->id,
		.bundle = j->c->record->bundle, .config = j->config,
	};

	return j->bp.plan->seccomp.listens ? listener_hand_over(&l, e) : 0;
}

/* Until the program has been executed: only then is there a pid file, which is how conmon tells a failed exec. */
static int become(struct join *j, struct err *e)
{
	int rc;

	if (hand_over_listener(j, e) < 0 || sync_expect(j->sync, SYNC_READY, NULL, e) < 0 ||
	    foreground_attach(&j->front, &j->master, e) < 0 ||
	    sched_apply(&j->bp.plan->sched, j->pid, e) < 0 || sync_send(j->sync, SYNC_RELEASE, -1, e) < 0)
		return e->code;
	rc = sync_until_closed(j->sync, e);
	if (rc < 0)
		return rc;
	if (j->o->pidfd_socket && tell_pidfd_socket(j->o->pidfd_socket, j->pidfd, "setns", e) < 0)
		return e->code;
	return *j->pid_file ? tell_pid_file(j->pid_file, j->pid, e) : 0;
}

static int give(struct join *j, struct err *e)
{
	if (j->o->console_socket && j->bp.plan->terminal &&
	    console_connect(j->o->console_socket, &j->console_sock, e) < 0)
		return e->code;
	if (find_cgroup(j, e) < 0 || find_root(j, e) < 0 || open_procfs(j, e) < 0 || launch(j, e) < 0 ||
	    finish_plan(j, e) < 0 || take_console(j, e) < 0 || become(j, e) < 0)
		return e->code;
	interrupt_kills(-1);
	return 0;
}

static void abandon(struct join *j)
{
	fd_close(&j->sync);
	if (j->pidfd < 0)
		return;
	sys_pidfd_send_signal(j->pidfd, SIGKILL);
	(void)sys_pidfd_wait(j->pidfd);
}

static int exec_in(struct join *j, struct err *e)
{
	int rc;

	if (prepare(j, e) < 0)
		return e->code;
	interrupt_catch();
	if (!j->o->detach && !j->o->no_subreaper)
		sys_prctl(K_PR_SET_CHILD_SUBREAPER, 1, 0);
	if (give(j, e) < 0) {
		launch_epitaph(j->pidfd, j->sync, e);
		rc = e->code;
		abandon(j);
		return rc;
	}
	if (j->o->detach)
		return 0;
	foreground_begin();
	j->front.pidfd = j->pidfd;
	rc = foreground_wait(&j->front, e);
	/* When copying from and to its terminal breaks, the program is not left without anybody who would wait for it. */
	if (rc < 0)
		abandon(j);
	return rc;
}

int runtime_exec(const struct runtime *rt, const struct exec_options *o, struct err *e)
{
	auto_container struct container c = CONTAINER_INIT;
	auto_oci_doc struct oci_doc *config = NULL;
	struct join j = JOIN_INIT;
	int rc;

	if (container_open(rt, o->id, &c, e) < 0 || container_config(&c, &config, e) < 0)
		return e->code;
	j.rt = rt;
	j.o = o;
	j.c = &c;
	j.config = config->config;
	rc = exec_in(&j, e);
	join_done(&j);
	return rc;
}
