/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What lithos_ps prints: texts from a status file and a census.  Pure but for the stream that they go to. */
#ifndef CIST_SUPERVISE_DISPLAY_H
#define CIST_SUPERVISE_DISPLAY_H

#include "base/err.h"
#include "supervise/census.h"
#include "supervise/record.h"
#include "supervise/report.h"

#include <stdio.h>

struct display_clock {
	int64_t now_s;		/* wall clock */
	int64_t boot_s;		/* when the system began, by the same */
	uint64_t ticks;		/* in a second */
};

struct display {
	const struct report *report;
	const struct census *census;	/* its roots are the inits of the report (display_roots()) */
	struct display_clock clock;
	bool tree_runs;			/* report->pid is alive, and is the supervisor */
	bool colour;
};

/*
 * The inits that are alive, for census_take(): *ret is for free(), *ret_n of them.  -ENOMEM.  Whether a pid still is who it
 * was shows when it has been looked at: by its start time, which display_…() compares.
 */
must_use int display_roots(const struct report *r, pid_t **ret, size_t *ret_n, struct err *e);

/* The tree: a line each for the supervisor, its sandboxes, processes and instances; then updates and problems.  -ENOMEM. */
must_use int display_tree(FILE *out, const struct display *s, struct err *e);

/* One line of JSON without a newline; keys in the order of the alphabet.  s NULL: no tree.  -ENOMEM. */
must_use int display_json(FILE *out, const struct display *s, struct err *e);

/* The same of the lives that a record has, oldest first, of the instance of that name. */
void display_json_lives(FILE *out, const char *name, const struct record *r);

/*
 * Columns `PID NAME CPU THR PRC MEM`, at most `lines` of them with the heading (0: all).  CPU is a percentage of one
 * processor since `before`, which was taken elapsed_ms ago; NULL: of the life of each process.  -ENOMEM.
 */
must_use int display_monitor(FILE *out, const struct display *s, const struct census *before, int64_t elapsed_ms, size_t lines,
			  struct err *e);

#endif
