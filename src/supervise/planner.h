/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The supervisor's side of a planner, which is `lithos plan` of the same binary.
 *
 *	planner_start(&request, &p, e);
 *	… p.pidfd becomes readable, or PLANNER_LIMIT_MS are over: planner_late(&p) …
 *	planner_finish(&p, boot_id, &a, &planned, e);
 *
 * What it reads may be on a file system that does not answer.  There a process cannot even be killed, so nobody waits for
 * its end without a limit.
 */
#ifndef CIST_SUPERVISE_PLANNER_H
#define CIST_SUPERVISE_PLANNER_H

#include "supervise/plan.h"

#include <sys/types.h>

enum {
	PLANNER_LIMIT_MS = 60 * 1000,
	PLANNER_SETTINGS_MS = 10 * 1000,	/* of planner_settings(), during which nobody looks after containers */
};

struct planner {
	pid_t pid;		/* 0: none */
	int pidfd;		/* readable when it has ended */
	int out;		/* memory that it writes to: what it found, */
	int words;		/* and what it has to say when it fails */
	int late_ms;		/* its limit, when that is over and it was killed; 0: it is not late */
};
#define PLANNER_INIT { .pidfd = -EBADF, .out = -EBADF, .words = -EBADF }

/* Executes /proc/self/exe.  The child dies with its parent.  Waits for nothing. */
must_use int planner_start(const struct plan_request *how, struct planner *ret, struct err *e);

/* Kills it, since its time is over: -ETIMEDOUT, and *e is what planner_finish() will say. */
int planner_late(struct planner *p, int limit_ms, struct err *e);
/* Waits for its end, for up to limit_ms; then it is late. */
void planner_wait(struct planner *p, int limit_ms);

/*
 * Reaps it (waiting, if it has neither ended nor is late) and reads what it found; *p is none then.  *ret and its texts are
 * in a.  When the planner was killed, failed, or said what cannot be understood: negative, with its words.
 */
must_use int planner_finish(struct planner *p, const char *boot_id, struct arena *a, struct wanted *ret, struct err *e);

/* Kills it, when it is still there, and forgets it; one that the kernel does not let go of is whoever's who reaps strangers. */
void planner_stop(struct planner *p);

/*
 * The settings alone, for a start: executes a planner and waits for it, PLANNER_SETTINGS_MS at most.  1: *ret has them; 0:
 * the master file cannot be used, and problems of *ret say why; negative as planner_finish().
 */
must_use int planner_settings(const char *master, const char *boot_id, struct arena *a, struct wanted *ret, struct err *e);

#endif
