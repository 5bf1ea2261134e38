/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A child that does one thing and ends: an execution of the runtime, a fork that makes or removes directories, the
 * planner.  Each has a time limit and a process group of its own, which is killed when that is over.
 */
#ifndef CIST_SUPERVISE_COMMAND_H
#define CIST_SUPERVISE_COMMAND_H

#include "supervise/loop.h"

#include <stdbool.h>
#include <sys/types.h>

enum {
	COMMAND_LIMIT_MS = 60 * 1000,
	COMMAND_FAILED = 125,	/* exit status of one that could not be executed, or whose own part failed */
};

#define COMMAND_NAME "lithos_command"	/* as `pgrep` has it, until the runtime is executed */

struct command;
/* status as a shell counts it: 0…255, 128+N after signal N.  The command is over; its memory is the callee's. */
typedef void command_done_fn(struct command *c, int status);

/* Embedded by its owner. */
struct command {
	struct loop *loop;
	pid_t pid;		/* 0: it does not run */
	bool late;		/* its time was over */
	int64_t began_ms;
	struct watch end;
	struct alarm limit;
	command_done_fn *done;
};

/*
 * Starts a child that calls work(arg) and exits with what that returns.  In the child: default signals, a process group
 * and a name of its own, descriptors as they are until command_wire().  Negative: there is none, and done is not called.
 */
must_use int command_start(struct command *c, struct loop *l, int (*work)(void *arg), void *arg, int64_t limit_ms,
			   command_done_fn *done, struct err *e);
/* The same for work that does no more than execute a program: it borrows our memory, and we wait until it has (sys_spawn()). */
must_use int command_spawn(struct command *c, struct loop *l, int (*work)(void *arg), void *arg, int64_t limit_ms,
			   command_done_fn *done, struct err *e);
/* Kills it and waits, some microseconds, a second at most; done is not called.  Nothing when it does not run. */
void command_abandon(struct command *c);

/*
 * The lock of an instance, DIR/lock/ID below the directory dir.  0: *ret_fd holds it, and whoever inherits that descriptor;
 * COMMAND_BUSY: a command of somebody is at work on it.
 */
enum { COMMAND_BUSY = 1 };
must_use int command_lock(int locks, const char *id, int *ret_fd, struct err *e);
/* In the child that works: who it is, for a successor that waits too long. */
void command_sign(int lock);
/* Whether it is held now. */
bool command_is_locked(int locks, const char *id);
/* Kills the holder that has signed, with its group; one that is another process by now is left alone. */
void command_kill_holder(int locks, const char *id);

/* For work(), first of all: descriptors 0, 1, 2, and from 3 on those of keep (n_keep); all others are closed.  -errno. */
must_use int command_wire(const int std[3], const int *keep, size_t n_keep);
/* Executes it, as execvp(3) does; returns a negative errno when that fails. */
int command_execute(const char *const *argv, const char *const *envp);
/* For work(): executes it and waits for its end.  Returns its status, or a negative errno. */
int command_call(const char *const *argv, const char *const *envp);
/* For work(): appends the sentence to the file, beside standard error.  Returns COMMAND_FAILED. */
int command_fail(const char *file, const struct err *e);

#endif
