/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The steps of steps.h: each an adapter between the plan and the mechanism that carries that part of it out. */
#include "init/init.h"
#include "init/keeper.h"
#include "init/respawn.h"
#include "init/steps.h"
#include "init/sync.h"
#include "base/arr.h"
#include "base/fmt.h"
#include "priv/home.h"
#include "priv/keyring.h"
#include "sys/cred.h"
#include "sys/file.h"
#include "sys/process.h"
#include "sys/socket.h"

#include <string.h>
#include <sys/mman.h>

/*
 * From here on nobody in the container can trace us or open our descriptors (CVE-2016-9962), and we die with cist: a
 * half-made container does not outlive its maker.
 */
static int shield(struct init *in, struct err *e)
{
	int rc = sys_prctl(K_PR_SET_DUMPABLE, 0, 0);

	if (rc == 0)
		rc = sys_prctl(K_PR_SET_PDEATHSIG, SIGKILL, 0);
	if (rc < 0)
		return err_sys(e, rc, "prctl");
	/* Unless cist has died before that: then its end of the socket is closed. */
	signal(SIGPIPE, SIG_IGN);
	in->report_fd = in->plan->sync_fd;
	return 0;
}

/* Always a session of its own: the caller's terminal would take input from TIOCSTI (CVE-2017-5226). */
static int start_session(struct init *in, struct err *e)
{
	if (setsid() < 0)
		return err_sys(e, -errno, "setsid");
	if (lsm_has_labels(&in->plan->lsm) && in->proc_fd < 0 && lsm_own_proc(&in->proc_fd, e) < 0)
		return e->code;
	if (lsm_label_keys(&in->plan->lsm, in->proc_fd, e) < 0)
		return e->code;
	return in->plan->keyring ? keyring_join(in->plan->keyring, e) : 0;
}

static int open_sources(struct init *in, struct err *e)
{
	return mnt_open_sources(&in->plan->mnt, e);
}

static int loopback_up(struct init *in, struct err *e)
{
	(void)in;
	return ns_loopback_up(e);
}

static int set_names(struct init *in, struct err *e)
{
	return ns_set_names(&in->plan->ns, e);
}

static int prepare_rootfs(struct init *in, struct err *e)
{
	return mnt_prepare_root(&in->plan->mnt, &in->mnt, e);
}

static int mount_all(struct init *in, struct err *e)
{
	return mnt_mount_all(&in->plan->mnt, &in->mnt, e);
}

static int make_devices(struct init *in, struct err *e)
{
	return mnt_make_devices(&in->plan->mnt, &in->mnt, e);
}

static int wait_for_go(struct init *in, struct err *e)
{
	if (has_runtime_hooks(in->plan) && sync_send(in->plan->sync_fd, SYNC_MOUNTED, -1, e) < 0)
		return e->code;
	return sync_expect(in->plan->sync_fd, SYNC_GO, NULL, e);
}

static int run_hooks(const struct init *in, enum hook_moment m, const char *const *envp, const char *cwd, struct err *e)
{
	struct hook_state state = in->plan->hook_states[m];
	const mode_t mine = umask(022);		/* the set-up works with 0 */
	int rc;
	const struct hook_setting s = { .state = &state, .envp = envp, .cwd = cwd, .files = in->plan->hooks.files };

	state.pid = getpid();
	state.has_pid = true;
	rc = hook_run_list(&in->plan->hooks.at[m], &s, e);
	umask(mine);
	return rc;
}

static int container_hooks(struct init *in, struct err *e)
{
	int rc = sys_fchdir(in->mnt.root_fd);

	if (rc < 0)
		return err_sys(e, rc, "enter the rootfs");
	return run_hooks(in, HOOK_CREATE_CONTAINER, in->plan->host_env, NULL, e);
}

static int enter_running(struct init *in, struct err *e)
{
	return mnt_enter_running(&in->plan->mnt, &in->mnt, e);
}

static int add_mounts(struct init *in, struct err *e)
{
	return mnt_add(&in->plan->mnt, &in->mnt, e);
}

static int remove_mounts(struct init *in, struct err *e)
{
	return mnt_remove(&in->plan->mnt, &in->mnt, e);
}

/* Slave to standard streams and controlling terminal, master to cist. */
static int use_console(struct init *in, int master, int slave, struct err *e)
{
	int rc = sync_send(in->plan->sync_fd, SYNC_CONSOLE, master, e);

	close(master);
	if (rc < 0)
		return rc;
	/* The controlling terminal is the program's, and a built-in init is not: the program takes it itself. */
	return has_keeper(in->plan) ? console_use(slave, e) : console_attach(slave, e);
}

static int open_console(struct init *in, struct err *e)
{
	const struct plan *p = in->plan;
	auto_close int slave = -EBADF;
	int master;

	if (console_open(in->mnt.root_fd, in->mnt.devpts_fd, &p->console_size, p->cred.uid, &master, &slave, e) < 0 ||
	    mnt_bind_console(&p->mnt, &in->mnt, slave, e) < 0)
		return e->code;
	return use_console(in, master, slave, e);
}

static int open_exec_console(struct init *in, struct err *e)
{
	const struct plan *p = in->plan;
	auto_close int root = sys_openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY, 0);
	auto_close int slave = -EBADF;
	int master;

	if (root < 0)
		return err_sys(e, root, "open the container's root");
	if (console_open(root, -1, &p->console_size, p->cred.uid, &master, &slave, e) < 0)
		return e->code;
	return use_console(in, master, slave, e);
}

static int switch_root(struct init *in, struct err *e)
{
	return mnt_switch_root(&in->plan->mnt, &in->mnt, e);
}

static int enter_cgroup(struct init *in, struct err *e)
{
	int rc = sys_unshare(K_CLONE_NEWCGROUP);

	(void)in;
	return rc < 0 ? err_sys(e, rc, "make a cgroup namespace") : 0;
}

static int write_sysctls(struct init *in, struct err *e)
{
	return ns_write_sysctls(&in->plan->ns, in->mnt.proc_fd, e);
}

static int restrict_rootfs(struct init *in, struct err *e)
{
	int rc = mnt_restrict(&in->plan->mnt, &in->mnt, e);

	/* The last step that needs a handle of the set-up; none is held while waiting at the gate. */
	mnt_init_close(&in->mnt);
	return rc;
}

static int make_cwd(struct init *in, struct err *e)
{
	return mnt_make_cwd(&in->mnt, in->plan->program.cwd, e);
}

/* setns(2) of all kinds at once: the kernel orders them, and takes them all or none. */
static int join_container(struct init *in, struct err *e)
{
	int rc = sys_setns(in->plan->target_pidfd, in->plan->target_namespaces);

	if (rc < 0)
		return err_sys(e, rc, "join the container's namespaces");
	if (in->plan->target_root_fd >= 0 &&
	    (sys_fchdir(in->plan->target_root_fd) < 0 || chroot(".") < 0))
		return err_sys(e, -errno, "enter the container's root");
	return in->plan->target_namespaces & K_CLONE_NEWUSER ? ns_become_root(in->plan->cred.keep_groups, e) : 0;
}

/*
 * A working directory outside of the root is a handle to the host (CVE-2024-21626): the raw system call then gives a
 * path that does not begin with a slash.
 */
static int check_cwd(struct init *in, struct err *e)
{
	const char *cwd = in->plan->program.cwd;
	char now[4096];
	ssize_t n;
	int rc = sys_chdir(cwd);

	/* The user may not be let in where root was, or root where the user is; what counts is where the process is. */
	if (rc < 0 && (rc != -EACCES || !in->in_cwd))
		return err_sys(e, rc, "chdir to cwd (\"%s\")", cwd);
	n = sys_getcwd(now, sizeof(now));
	if (n < 0)
		return err_sys(e, (int)n, "find out where cwd (\"%s\") is", cwd);
	return now[0] == '/' ? 0 : err_set(e, -EPERM, "cwd (\"%s\") is outside of the container", cwd);
}

static int enter_cwd(struct init *in, struct err *e)
{
	int rc = sys_chdir(in->plan->program.cwd);

	if (rc < 0 && rc != -EACCES)
		return err_sys(e, rc, "chdir to cwd (\"%s\")", in->plan->program.cwd);
	in->in_cwd = rc == 0;
	return in->in_cwd ? check_cwd(in, e) : 0;
}

static int find_program(struct init *in, struct err *e)
{
	const struct program *p = &in->plan->program;

	if (enter_cwd(in, e) < 0)
		return e->code;
	return lookup_program(p->argv[0], p->envp, &in->plan->cred, in->program, sizeof(in->program), e);
}

static int set_domain(struct init *in, struct err *e)
{
	return task_set_domain(&in->plan->task, e);
}

static int set_memory_policy(struct init *in, struct err *e)
{
	return task_set_policy(&in->plan->task, e);
}

/* The handle goes with it: none is held while waiting at the gate. */
static int label_program(struct init *in, struct err *e)
{
	int rc = lsm_label_exec(&in->plan->lsm, in->proc_fd, e);

	fd_close(&in->proc_fd);
	return rc;
}

static int start_hooks(struct init *in, struct err *e)
{
	return run_hooks(in, HOOK_START_CONTAINER, in->plan->program.envp, "/", e);
}

static int stay_as_init(struct init *in, struct err *e)
{
	return keeper_split(in->plan, &in->report_fd, e);
}

static int stay_and_respawn(struct init *in, struct err *e)
{
	return respawn_split(in, e);
}

static int find_home(struct init *in, struct err *e)
{
	const struct program *p = &in->plan->program;
	size_t bytes = ((size_t)p->n_env + 2) * sizeof(*in->envp);
	char home[HOME_MAX - 8];

	in->envp = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (in->envp == MAP_FAILED)
		return err_sys(e, -errno, "memory for the environment");
	(void)home_find(AT_FDCWD, in->plan->cred.uid, home, sizeof(home));
	fmt(in->home, sizeof(in->home), "HOME=%s", home);
	memcpy(in->envp, p->envp, p->n_env * sizeof(*in->envp));
	in->envp[p->n_env] = in->home;
	return 0;
}

/*
 * Standard streams become the user's, as engines expect and runc does.  Only what the caller gave as it is, never
 * something that was opened again here, and never a device but a terminal: /dev/null is everybody's.
 */
static int give_away_streams(struct init *in, struct err *e)
{
	for (int fd = 0; fd < 3; fd++) {
		struct stat st;

		if (sys_fstat(fd, &st) < 0 || st.st_uid == in->plan->cred.uid)
			continue;
		if (S_ISBLK(st.st_mode) || (S_ISCHR(st.st_mode) && !isatty(fd)))
			continue;
		/* EPERM, EINVAL: an id that is not mapped; EROFS: a file on a read-only file system.  The caller's wish. */
		if (fchown(fd, in->plan->cred.uid, st.st_gid) < 0 && errno != EPERM && errno != EROFS && errno != EINVAL)
			return err_sys(e, -errno, "give standard stream %d to user %u", fd, in->plan->cred.uid);
	}
	return 0;
}

static int close_descriptors(struct init *in, struct err *e)
{
	int rc = sys_close_range(3 + in->plan->kept_fds, K_CLOSE_RANGE_CLOEXEC);

	for (uint32_t i = 0; rc >= 0 && i < in->plan->kept_fds; i++)
		rc = sys_set_cloexec(3 + (int)i, false);
	return rc < 0 ? err_sys(e, rc, "close_range") : 0;
}

static int listen_inside(struct init *in, struct err *e)
{
	const struct listen_plan *p = &in->plan->sockets;

	for (uint32_t i = 0; i < p->n; i++)
		if (listen_is_made(&p->v[i], true) && listen_open(&p->v[i], &in->sockets[i], e) < 0)
			return e->code;
	return 0;
}

static int place_sockets(struct init *in, struct err *e)
{
	const struct listen_plan *p = &in->plan->sockets;

	for (uint32_t i = 0; i < p->n; i++)
		if (!p->v[i].inside)
			in->sockets[i] = p->v[i].held;
	if (respawns(in->plan) && listen_out_of_the_way(p, &in->record_fd, e) < 0)
		return e->code;
	return listen_place(p, in->sockets, &in->report_fd, e);
}

static int open_output(struct init *in, struct err *e)
{
	return console_open_output(in->plan->output_file, e);
}

static int reset_signals(struct init *in, struct err *e)
{
	int rc = sys_reset_signals(in->plan->ignored_signals | SYS_SIGNAL_BIT(SIGPIPE));

	return rc < 0 ? err_sys(e, rc, "rt_sigaction") : 0;
}

static int raise_limits(struct init *in, struct err *e)
{
	return rlimit_raise(&in->plan->rlimits, e);
}

static int limit_resources(struct init *in, struct err *e)
{
	return rlimit_apply(&in->plan->rlimits, e);
}

static int limit_bounding(struct init *in, struct err *e)
{
	cred_set_umask(&in->plan->cred);
	return cred_limit_bounding(&in->plan->cred, e);
}

static int switch_user(struct init *in, struct err *e)
{
	return cred_switch_user(&in->plan->cred, filters_as_admin(in->plan), e);
}

static int no_new_privs(struct init *in, struct err *e)
{
	return cred_no_new_privs(&in->plan->cred, e);
}

static int final_capabilities(struct init *in, struct err *e)
{
	return cred_final_caps(&in->plan->cred, e);
}

static int load_filter(struct init *in, struct err *e)
{
	return seccomp_install(&in->plan->seccomp, e);
}

/*
 * cist takes the listener out of this process.  Nothing can be said once the filter is loaded, for the agent may be asked
 * whether that is allowed and does not have the listener yet; so the number is told before, and cist looks until it is there.
 */
static int listen_for_calls(struct init *in, struct err *e)
{
	int number = fcntl(in->plan->sync_fd, F_DUPFD_CLOEXEC, 0), rc;

	if (number < 0)
		return err_sys(e, -errno, "find a free descriptor");
	close(number);
	if (sync_send_listens(in->plan->sync_fd, number, e) < 0 || seccomp_listen(&in->plan->seccomp, &in->listener, e) < 0)
		return e->code;
	rc = in->listener == number ? 0 : -EPROTO;
	return rc < 0 ? err_set(e, rc, "the listener is descriptor %d, not %d", in->listener, number) : 0;
}

/*
 * Joins what is to be joined.  The pid and time namespaces hold for children only, a joined user namespace has to be the
 * parent of the new ones, and nobody there gets to see a process that still has a foot on the host: so this process
 * does it, and its child, which becomes one of cist's (CLONE_PARENT), is the init.  Returns in the child.
 */
static int go_between(struct init *in, struct err *e)
{
	const struct ns_plan *ns = &in->plan->ns;
	const uint64_t fresh = ns_of_clone(ns) & ~ns_of_between(ns);
	struct k_clone_args args = { .flags = K_CLONE_PARENT | fresh };
	pid_t pid;

	/* Offsets first: the /proc of a mount namespace that is joined is not to be trusted with them. */
	if (shield(in, e) < 0 || (ns->fresh & K_CLONE_NEWTIME && ns_make_time(ns, e) < 0) ||
	    (in->plan->joins_container ? join_container(in, e) : ns_enter(ns, in->plan->cred.keep_groups, e)) < 0)
		return e->code;
	for (uint32_t i = 0; i < ns->n_joins; i++)
		close(ns->joins[i].fd);
	pid = sys_clone3(&args);
	if (pid < 0)
		return err_sys(e, pid, "clone3");
	if (pid > 0)
		_exit(sync_send_born(in->plan->sync_fd, pid, e) < 0 ? EXIT_FAILED : 0);
	if (!(fresh & K_CLONE_NEWUSER))
		return 0;
	if (sync_expect(in->plan->sync_fd, SYNC_MAPPED, NULL, e) < 0)
		return e->code;
	return ns_become_root(in->plan->cred.keep_groups, e);
}

struct step {
	const char *name;
	bool (*only_if)(const struct plan *p);
	int (*run)(struct init *in, struct err *e);
};

#define ROW(name, only_if, run, explain) { name, only_if, run },
static const struct step birth_steps[] = { BIRTH_STEPS(ROW) };
static const struct step join_steps[] = { JOIN_STEPS(ROW) };
static const struct step mounts_steps[] = { MOUNTS_STEPS(ROW) };
static const struct step last_steps[] = { LAST_STEPS(ROW) };
#undef ROW

static int run_steps(const struct step *s, size_t n, struct init *in, struct err *e)
{
	for (; n > 0; n--, s++)
		if (s->only_if(in->plan) && s->run(in, e) < 0)
			return err_ctx(e, "%s", s->name);
	return 0;
}

/*
 * cist may be gone before this process runs again after RELEASE, so the wish to die with it is taken back before; until
 * then the end of file on the socket says the same.
 */
static int report_ready(struct init *in, struct err *e)
{
	int rc = sys_prctl(K_PR_SET_PDEATHSIG, 0, 0);

	if (rc < 0)
		return err_sys(e, rc, "prctl");
	if (sync_send(in->plan->sync_fd, SYNC_READY, -1, e) < 0)
		return e->code;
	if (sync_expect(in->plan->sync_fd, SYNC_RELEASE, NULL, e) < 0)
		return e->code;
	/* Whoever holds the listener can answer: when the agent has died, nobody is to be left, and calls fail at once. */
	fd_close(&in->listener);
	return 0;
}

/* The start gate: a `start` that connects and says START.  One that dies in between is forgotten. */
static int wait_at_gate(struct init *in, struct err *e)
{
	if (in->plan->gate_fd < 0)
		return 0;
	for (;;) {
		auto_close int conn = sys_accept(in->plan->gate_fd);

		if (conn < 0)
			return err_sys(e, conn, "wait for start");
		if (sync_expect(conn, SYNC_START, NULL, e) < 0)
			continue;
		close(in->plan->gate_fd);
		in->report_fd = take_fd(conn);
		*e = (struct err){ 0 };
		return 0;
	}
}

static int become_program(struct init *in, struct err *e)
{
	const struct program *p = &in->plan->program;
	const char *const *envp = in->envp ? in->envp : p->envp;

	execve(in->program, (char *const *)(uintptr_t)p->argv, (char *const *)(uintptr_t)envp);
	(void)lookup_exec_failed(in->program, -errno, e);
	/* Whatever the kernel says (a missing interpreter is ENOENT): the program was found, and `exec` tells that apart. */
	e->code = -ENOEXEC;
	return e->code;
}

/* cist waits for the end of this process too, so that nothing of it is left in the container. */
static int change_mounts(struct init *in, struct err *e)
{
	if (run_steps(mounts_steps, ARRAY_LEN(mounts_steps), in, e) < 0 ||
	    sync_send(in->plan->sync_fd, SYNC_READY, -1, e) < 0)
		return e->code;
	_exit(0);
}

static int live(struct init *in, struct err *e)
{
	const struct step *first = in->plan->joins_container ? join_steps : birth_steps;
	size_t n = in->plan->joins_container ? ARRAY_LEN(join_steps) : ARRAY_LEN(birth_steps);

	if (in->plan->goes_between && go_between(in, e) < 0)
		return err_ctx(e, "join the namespaces");
	if (in->plan->changes_mounts)
		return change_mounts(in, e);
	if (run_steps(first, n, in, e) < 0 || report_ready(in, e) < 0 || wait_at_gate(in, e) < 0 ||
	    run_steps(last_steps, ARRAY_LEN(last_steps), in, e) < 0)
		return e->code;
	return become_program(in, e);
}

void init_run(const struct plan *plan)
{
	static struct init in;
	struct err e = { 0 };

	in = (struct init){ .plan = plan, .report_fd = plan->sync_fd, .proc_fd = plan->proc_fd, .listener = -EBADF,
			     .record_fd = plan->keeper.record_fd };
	mnt_init_begin(&in.mnt);
	live(&in, &e);
	if (in.refused)
		*in.refused = e.code;
	sync_send_failed(in.report_fd, &e);
	_exit(EXIT_FAILED);
}
