/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The init's own state while it works.  Nothing of it is shared; the plan is only read. */
#ifndef CIST_INIT_INIT_H
#define CIST_INIT_INIT_H

#include "init/plan.h"
#include "priv/lookup.h"

enum { EXIT_NO_PLAN = 70, EXIT_FAILED = 71, HOME_MAX = 4096 };

struct init {
	const struct plan *plan;
	struct mnt_init mnt;
	int report_fd;			/* who hears of a failure: cist, after the gate `start` */
	int proc_fd;			/* for labels; else negative */
	int record_fd;			/* exit record of a built-in init; else negative */
	int32_t *refused;		/* respawn.h: where the init sees why the program was not executed; else NULL */
	int listener;			/* of the filter, until cist has it; else negative */
	int32_t sockets[LISTEN_MAX];	/* where those of the plan are */
	bool in_cwd;			/* root has been let into the working directory */
	char home[HOME_MAX];		/* "HOME=…" */
	const char **envp;		/* a copy of the plan's with HOME, when that was looked up */
	char program[LOOKUP_PATH_MAX];
};

/* Runs the lists of steps.h, becomes the program, or reports why not and exits. */
_Noreturn void init_run(const struct plan *plan);

#endif
