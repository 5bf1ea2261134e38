/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The planner: a child that walks the deployment, makes the bundles and says what is wanted.  It is `lithos plan` of the
 * same binary, so that a fault in what parses YAML or opens secrets is not the supervisor's.
 *
 *	planner_start(&request, &p, e);
 *	… p.pidfd becomes readable …
 *	planner_finish(&p, boot_id, &a, &planned, e);
 *
 * plan_make() is what the child does.
 */
#ifndef CIST_SUPERVISE_PLAN_H
#define CIST_SUPERVISE_PLAN_H

#include "base/arena.h"
#include "base/err.h"
#include "supervise/wanted.h"

#include <stdbool.h>
#include <sys/types.h>

struct plan_request {
	const char *master;		/* NULL: the usual one */
	const char *runtime_dir;	/* where the supervisor is at home: a master file that says another place is an error.
					 * NULL: whatever the master file says */
	bool settings_only;		/* the master file alone is read: settings and problems */
	bool bundles;			/* bundles are made beneath runtime_dir, else nothing is written anywhere */
	bool log_configs;		/* the log of configurations is written */
	const char *alternate;		/* file to read instead of the process file of … */
	const char *alternate_for;	/* … this sandbox; NULL: of none */
};

/* ---- in the child ---- */

/*
 * Walks the deployment; everything of *ret is in a.  What is wrong with it are problems and gaps of *ret; negative is for
 * what has nothing to do with the configuration (no memory, no process to parse with, no space for bundles).
 */
must_use int plan_make(const struct plan_request *how, struct arena *a, struct wanted *ret, struct err *e);

/* ---- in the supervisor ---- */

struct planner {
	pid_t pid;		/* 0: none */
	int pidfd;		/* readable when it has ended */
	int out;		/* memory that it writes to: what it found, */
	int words;		/* and what it has to say when it fails */
};
#define PLANNER_INIT { .pidfd = -EBADF, .out = -EBADF, .words = -EBADF }

/* Executes /proc/self/exe.  It dies with its parent.  Waits for nothing. */
must_use int planner_start(const struct plan_request *how, struct planner *ret, struct err *e);

/*
 * Reaps it (waiting, if it has not ended) and reads what it found; *p is none then.  The text stays in memory of a.  When
 * the planner was killed, failed, or said what cannot be understood: negative, with its words.
 */
must_use int planner_finish(struct planner *p, const char *boot_id, struct arena *a, struct wanted *ret, struct err *e);

/* Kills it, when it is still there, and forgets it. */
void planner_stop(struct planner *p);

/*
 * The settings alone, for a start: executes a planner and waits for it.  1: *ret has them; 0: the master file cannot be
 * used, and problems of *ret say why; negative as planner_finish().
 */
must_use int planner_settings(const char *master, const char *boot_id, struct arena *a, struct wanted *ret, struct err *e);

/* ---- what a start makes ---- */

/*
 * The directories that the settings name, one level, mode 0777 less the umask; and beneath runtime_dir those of ours:
 * tree, tree/record, tree/lock, tree/log, bundles, containers, notify, 0700 (0755: runtime_dir itself, which lithos_ps of
 * everybody reads).  runtime_dir has to be on a file system in memory.  "Cant create runtime-dir: …" and so on.
 */
must_use int settings_make_directories(const struct settings *s, struct err *e);

#endif
