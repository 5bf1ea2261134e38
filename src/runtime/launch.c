/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "runtime/launch.h"
#include "base/fmt.h"
#include "init/build_id.h"
#include "init/sync.h"
#include "priv/sched.h"
#include "runtime/keeper.h"
#include "sys/file.h"
#include "sys/process.h"
#include "sys/socket.h"

#include <poll.h>
#include <sys/mman.h>

/* Pages are only there once they are written: what the region could hold costs nothing. */
enum { PLAN_BYTES_MIN = 8 << 20, PLAN_BYTES_PER_CONFIG_BYTE = 16 };

int plan_memory_make(struct plan_memory *m, size_t config_bytes, struct err *e)
{
	size_t bytes = (PLAN_BYTES_MIN + PLAN_BYTES_PER_CONFIG_BYTE * config_bytes + 4095) & ~(size_t)4095;
	void *at = (void *)PLAN_ADDRESS;

	m->fd = sys_memfd("cist-plan", K_MFD_ALLOW_SEALING | K_MFD_NOEXEC_SEAL);
	if (m->fd == -EINVAL)	/* MFD_NOEXEC_SEAL is of Linux 6.3 */
		m->fd = sys_memfd("cist-plan", K_MFD_ALLOW_SEALING);
	if (m->fd < 0)
		return err_sys(e, m->fd, "make memory for the plan");
	if (ftruncate(m->fd, (off_t)bytes) < 0 ||
	    mmap(at, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED_NOREPLACE, m->fd, 0) != at)
		return err_sys(e, -errno, "map the plan at 0x%lx", (unsigned long)PLAN_ADDRESS);
	m->arena = (struct arena){ .base = at, .size = bytes };
	m->header = ARENA_NEW(&m->arena, struct plan_header);
	if (!m->header)
		return err_nomem(e);
	*m->header = (struct plan_header){ .magic = PLAN_MAGIC, .build = PLAN_BUILD, .size = bytes };
	return 0;
}

int plan_memory_leave(const struct plan_memory *m, struct err *e)
{
	void *at = m->arena.base;

	if (mmap(at, m->arena.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, m->fd, 0) != at)
		return err_sys(e, -errno, "let go of the plan");
	return 0;
}

void plan_memory_done(struct plan_memory *m)
{
	if (m->arena.base)
		munmap(m->arena.base, m->arena.size);
	fd_close(&m->fd);
}

/* cist goes on writing through the mapping it has; nobody else can. */
static int seal_plan(const struct plan_memory *m, struct err *e)
{
	int rc = sys_add_seals(m->fd, K_F_SEAL_SEAL | K_F_SEAL_SHRINK | K_F_SEAL_GROW | K_F_SEAL_FUTURE_WRITE);

	/* EPERM: sealed already, by an attempt before this one. */
	return rc < 0 && rc != -EPERM ? err_sys(e, rc, "seal the plan") : 0;
}

/* The descriptors that the plan names; every other one ends with the execution. */
static int keep_descriptors(const struct launch *l)
{
	const struct plan *p = l->plan;
	const int fixed[] = { l->memory->fd, p->sync_fd, p->gate_fd, p->target_pidfd, p->target_root_fd,
			      p->proc_fd, p->keeper.record_fd,
			      p->hooks.files[HOOK_STDOUT].fd > 0 ? p->hooks.files[HOOK_STDOUT].fd : -1,
			      p->hooks.files[HOOK_STDERR].fd > 0 ? p->hooks.files[HOOK_STDERR].fd : -1 };
	int rc = sys_close_range(3 + p->kept_fds, K_CLOSE_RANGE_CLOEXEC);

	for (size_t i = 0; rc >= 0 && i < sizeof(fixed) / sizeof(fixed[0]); i++)
		if (fixed[i] >= 0)
			rc = sys_set_cloexec(fixed[i], false);
	for (uint32_t i = 0; rc >= 0 && i < p->ns.n_joins; i++)
		rc = sys_set_cloexec(p->ns.joins[i].fd, false);
	for (uint32_t i = 0; rc >= 0 && i < p->sockets.n; i++)
		if (p->sockets.v[i].held >= 0)
			rc = sys_set_cloexec(p->sockets.v[i].held, false);
	for (uint32_t i = 0; rc >= 0 && i < p->mnt.n_sources; i++)
		if (p->mnt.sources[i].fd >= 0)
			rc = sys_set_cloexec(p->mnt.sources[i].fd, false);
	return rc;
}

static int wait_for_maps(const struct launch *l, struct err *e)
{
	/* Whoever executes a program with an id that is not mapped loses the capabilities that it has just got. */
	if (!(launch_namespaces(l->plan) & K_CLONE_NEWUSER))
		return 0;
	if (sync_expect(l->plan->sync_fd, SYNC_MAPPED, NULL, e) < 0)
		return e->code;
	return ns_become_root(l->plan->cred.keep_groups, e);
}

/* The last argument is for cist-init; what stands before is how it is called. */
static void name_init(const struct plan *p, const char *number, const char *argv[KEEPER_WORDS_MAX + 2])
{
	size_t n = 0;

	for (; p->keeper.wanted && p->keeper.title[n]; n++)
		argv[n] = p->keeper.title[n];
	if (n == 0)
		argv[n++] = "cist-init";
	argv[n] = number;
	argv[n + 1] = NULL;
}

/* In the child: what is left of cist here is its memory, until the execution. */
static _Noreturn void become_init(const struct launch *l)
{
	const char *const envp[] = { NULL };
	const char *argv[KEEPER_WORDS_MAX + 2];
	char number[16];
	struct err e = { 0 };
	int rc;

	fmt(number, sizeof(number), "%d", l->memory->fd);
	name_init(l->plan, number, argv);
	close(l->sync);
	if (sched_set_own_oom_score(&l->plan->cred, &e) == 0 && wait_for_maps(l, &e) == 0) {
		rc = keep_descriptors(l);
		if (rc >= 0)
			rc = sys_execveat(l->image, argv, envp);
		err_sys(&e, rc, "execute cist-init");
	}
	sync_send_failed(l->plan->sync_fd, &e);
	_exit(127);
}

static int clone_init(const struct launch *l, pid_t *ret_pid, int *ret_pidfd, struct err *e)
{
	int pidfd = -1;
	struct k_clone_args args = {
		.flags = K_CLONE_PIDFD | launch_namespaces(l->plan),
		.pidfd = (uint64_t)(uintptr_t)&pidfd,
		.exit_signal = SIGCHLD,
	};
	pid_t pid;

	if (l->cgroup_fd >= 0) {
		args.flags |= K_CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)l->cgroup_fd;
	}
	pid = sys_clone3(&args);
	if (pid == 0)
		become_init(l);
	if (pid == -EOPNOTSUPP && l->cgroup_fd >= 0)	/* admin-guide/cgroup-v2.rst, "Threads" */
		return err_set(e, pid, "clone3: the container's cgroup is in a threaded subtree, where no process can "
			       "be put");
	if (pid < 0)
		return err_sys(e, pid, "clone3");
	*ret_pid = pid;
	*ret_pidfd = pidfd;
	return 0;
}

bool launch_goes_between(const struct plan *p)
{
	return p->ns.n_joins > 0 || p->ns.fresh & K_CLONE_NEWTIME || p->target_namespaces & K_CLONE_NEWPID;
}

/* A process in between stays outside of all but the user namespace: it is its child that the container gets to see. */
uint64_t launch_namespaces(const struct plan *p)
{
	return launch_goes_between(p) ? ns_of_between(&p->ns) : ns_of_clone(&p->ns);
}

int launch_init(const struct launch *l, pid_t *ret_pid, int *ret_pidfd, struct err *e)
{
	l->plan->sync_fd = l->init_sock;
	l->plan->goes_between = launch_goes_between(l->plan);
	l->memory->header->plan = l->plan;
	if (seal_plan(l->memory, e) < 0)
		return e->code;
	return clone_init(l, ret_pid, ret_pidfd, e);
}

/*
 * BORN, or the end of the process in between.  Its child has the socket too, so when it is killed after the clone and before
 * it says BORN there is no end of file: the pidfd tells.
 */
static int expect_born(int sync, int pidfd, pid_t *ret_pid, struct err *e)
{
	struct pollfd p[2] = { { .fd = sync, .events = POLLIN }, { .fd = pidfd, .events = POLLIN } };

	while (poll(p, 2, -1) < 0)
		if (errno != EINTR)
			return err_sys(e, -errno, "wait for the container's init");
	if (!p[0].revents && sys_poll_in(sync, 0) == 0)
		return err_set(e, -EPIPE, "what enters the namespaces died before the container's init was born");
	return sync_expect_born(sync, ret_pid, e);
}

int launch_follow(const struct plan *p, int sync, pid_t *pid, int *pidfd, struct err *e)
{
	pid_t init;
	int fd;

	if (!p->goes_between)
		return 0;
	if (expect_born(sync, *pidfd, &init, e) < 0)
		return e->code;
	(void)sys_pidfd_wait(*pidfd);
	fd = sys_pidfd_open(init);
	if (fd < 0)
		return err_sys(e, fd, "open process %d", init);
	fd_close(pidfd);
	*pidfd = fd;
	*pid = init;
	return 0;
}

/* How long a process that has closed its end may take to be gone. */
enum { DYING_MS = 1000 };

void launch_epitaph(int pidfd, int sync, struct err *e)
{
	const int code = e->code;
	int status = 0;
	bool ended;

	if (pidfd < 0)
		return;
	ended = sys_pidfd_poll(pidfd, code == -EPIPE ? DYING_MS : 0) > 0;
	if (ended)
		status = sys_pidfd_wait(pidfd);
	/* Also while it is on its way out: its files in procfs are root's then, which is what a user may have met. */
	e->code = -ECHILD;
	sync_last_words(sync, e);
	if (e->code != -ECHILD)
		return;
	e->code = code;
	if (!ended || code != -EPIPE)
		return;
	if (status == 128 + SIGKILL)
		err_set(e, -ENOMEM, "container init was OOM-killed (memory limit too low?)");
	else if (status > 128)
		err_set(e, -EPIPE, "container init was killed by signal %d", status - 128);
	else
		err_set(e, -EPIPE, "container init ended with exit status %d before it was ready", status);
}
