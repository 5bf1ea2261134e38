/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "init/keeper.h"
#include "init/grace.h"
#include "init/init.h"
#include "sys/cred.h"
#include "sys/file.h"
#include "sys/process.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

/* Where the descriptors of the parent are: the standard ones are the program's, so these take their places. */
enum { RECORD_FD, LETS_GO_FD, REPORT_FD, FIRST_CLOSED_FD };

enum { CAP_KILL_BIT = 5 };	/* linux/capability.h */

struct kept {
	pid_t program;
	bool is_first;
	struct grace grace;
};

/* Says how the program ended, and ends alike.  Nothing can be done about a record that cannot be written. */
static _Noreturn void end_as(struct ending end)
{
	char text[ENDING_TEXT_MAX];

	(void)sys_write_all(RECORD_FD, text, ending_text(&end, text));
	_exit(ending_status(&end));
}

/* Only a filter refuses these calls: that of an agent which has died.  An init that is deaf is none. */
static _Noreturn void give_up(const struct kept *k)
{
	kill(k->program, SIGKILL);
	_exit(EXIT_FAILED);
}

/* Reaps all that has ended; in a pid namespace every orphan is this process' child. */
static void reap(const struct kept *k)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (pid == k->program)
			end_as(grace_ending(&k->grace, ending_of(status)));
	if (pid < 0)	/* not even ECHILD: the program is there */
		give_up(k);
}

/* The end of the first process is that of all in its pid namespace. */
static void kill_deaf(struct kept *k)
{
	k->grace.is_over = true;
	if (k->is_first)
		end_as(grace_deaf);
	kill(k->program, SIGKILL);
}

/*
 * Whatever comes goes on to the program, but a SIGCHLD of the kernel's.  All signals are held back: so none is lost to its
 * default action, nor to the one of the first process of a namespace, which is none.
 */
static _Noreturn void keep(struct kept *k)
{
	for (;;) {
		siginfo_t info;
		int rc = sys_wait_signal_for(SYS_ALL_SIGNALS, grace_left(&k->grace, sys_now_ms()), &info);

		if (rc == -EAGAIN)
			kill_deaf(k);
		if (rc == -EAGAIN || rc == -EINTR)
			continue;
		if (rc < 0)
			give_up(k);
		if (info.si_signo == SIGCHLD)
			reap(k);
		if (info.si_signo == SIGCHLD && info.si_code > 0)
			continue;
		(void)sys_pass_signal(k->program, &info);
		grace_signal(&k->grace, info.si_signo, sys_now_ms());
	}
}

static int move_fd(int from, int to)
{
	return dup3(from, to, O_CLOEXEC) < 0 ? -errno : 0;
}

/* Nothing stays open that the program, its terminal or its pipes would be held by. */
static int leave_descriptors(const struct plan *p, int lets_go, int *report_fd)
{
	int rc = move_fd(p->keeper.record_fd, RECORD_FD);

	if (rc == 0)
		rc = move_fd(lets_go, LETS_GO_FD);
	if (rc == 0)
		rc = move_fd(*report_fd, REPORT_FD);
	if (rc < 0)
		return rc;
	*report_fd = REPORT_FD;
	return sys_close_range(FIRST_CLOSED_FD, 0);
}

static int leave_privileges(const struct plan *p, struct err *e)
{
	const uint64_t kept = UINT64_C(1) << CAP_KILL_BIT;
	uint64_t effective, permitted, inheritable;
	int rc = sys_capget(&effective, &permitted, &inheritable);

	if (rc == 0)
		rc = sys_prctl(K_PR_CAP_AMBIENT, K_PR_CAP_AMBIENT_CLEAR_ALL, 0);
	if (rc == 0)
		rc = sys_capset(permitted & kept, permitted & kept, 0);
	if (rc == 0)
		rc = sys_prctl(K_PR_SET_DUMPABLE, 0, 0);
	if (rc == 0)
		rc = sys_prctl(K_PR_SET_NO_NEW_PRIVS, 1, 0);
	if (rc < 0)
		return err_sys(e, rc, "drop the privileges of the init");
	return seccomp_install(&p->keeper.filter, e);
}

/* "lithos_knot" of "/usr/bin/lithos_knot": what ps(1) calls it; the kernel cuts it. */
static void take_name(const struct plan *p)
{
	const char *name = p->keeper.title[0], *slash = strrchr(name, '/');

	(void)sys_prctl(K_PR_SET_NAME, (unsigned long)(slash ? slash + 1 : name), 0);
}

/* The plan goes too: the program's environment is in it. */
static void forget_plan(void)
{
	const struct plan_header *h = (const void *)PLAN_ADDRESS;

	(void)munmap((void *)PLAN_ADDRESS, h->size);
}

static int settle(const struct plan *p, int lets_go, int *report_fd, struct err *e)
{
	int rc = sys_chdir("/");

	take_name(p);
	if (rc == 0)
		rc = leave_descriptors(p, lets_go, report_fd);
	if (rc < 0)
		return err_sys(e, rc, "let go of the descriptors of the init");
	return leave_privileges(p, e);
}

/* Returns when the parent has become what it is to be; its death ends this process, or its end of the pipe. */
static int begin_child(const struct plan *p, int may_go, struct err *e)
{
	char byte;
	ssize_t n = sys_read_all(may_go, &byte, 1);

	if (n != 1)
		return err_set(e, -EPIPE, "the init died before the program began");
	if (setsid() < 0)
		return err_sys(e, -errno, "setsid");
	return p->terminal ? console_control(STDIN_FILENO, e) : 0;
}

/* In a pid namespace of its own the program is the second process, whatever ran there before. */
static pid_t split(const struct plan *p, struct err *e)
{
	const int32_t second = 2;
	struct k_clone_args args = { .exit_signal = SIGCHLD };
	pid_t pid;

	if (p->keeper.is_first) {
		args.set_tid = (uint64_t)(uintptr_t)&second;
		args.set_tid_size = 1;
	}
	pid = sys_clone3(&args);
	if (pid == -EEXIST)
		return err_set(e, pid, "the program cannot be process 2: a hook has left a process behind");
	return pid < 0 ? err_sys(e, pid, "clone3") : pid;
}

int keeper_split(const struct plan *p, int *report_fd, struct err *e)
{
	int pipe[2], rc = pipe2(pipe, O_CLOEXEC) < 0 ? -errno : sys_hold_signals();
	struct kept kept = { .is_first = p->keeper.is_first, .grace = grace_of(&p->keeper) };
	pid_t pid;

	/* Where the pid namespace is somebody else's, orphans come here all the same. */
	if (rc == 0 && !p->keeper.is_first)
		rc = sys_prctl(K_PR_SET_CHILD_SUBREAPER, 1, 0);
	if (rc < 0)
		return err_sys(e, rc, "become the init");
	pid = split(p, e);
	if (pid < 0)
		return pid;
	if (pid == 0) {
		close(pipe[1]);
		rc = begin_child(p, pipe[0], e);
		close(pipe[0]);
		return rc;
	}
	if (settle(p, pipe[1], report_fd, e) < 0) {
		kill(pid, SIGKILL);
		return e->code;
	}
	forget_plan();
	close(REPORT_FD);
	(void)sys_write_all(LETS_GO_FD, "", 1);
	close(LETS_GO_FD);
	kept.program = pid;
	keep(&kept);
}
