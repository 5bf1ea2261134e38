/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The status file (`status` in runtime-dir): what the supervisor knows and others show, lithos_ps and `lithos_switch
 * --wait` among them.  It is replaced as a whole, at most ten times a second, when something has changed.  What processes use
 * is not in it: that is in /proc, from the pids here on.
 */
#ifndef CIST_SUPERVISE_REPORT_H
#define CIST_SUPERVISE_REPORT_H

#include "base/arena.h"
#include "supervise/desired.h"
#include "supervise/react.h"
#include "supervise/sheet.h"

enum { REPORT_VERSION = 1 };

enum report_phase {
	REPORT_STARTING,	/* adopting; or the first configuration is not read yet */
	REPORT_READING,		/* a configuration is being read, what runs stays as it is */
	REPORT_SETTLED,
	REPORT_STOPPING,	/* TERM or INT: everything is being stopped */
};

struct report_instance {
	const char *id;
	const char *name;		/* "SANDBOX/PROCESS.N" */
	enum proc_state state;
	bool wanted;
	bool stale;			/* will be replaced */
	bool kept;			/* its new configuration is broken */
	bool tells;			/* when it is ready; only then the next two mean something */
	bool ready, late;
	bool available;
	const char *digest;		/* of what runs; NULL: nothing has */
	int pid;			/* of the container's init; 0: there is none */
	uint64_t pid_start;		/* its start time in ticks since boot, so that nobody takes another for it */
	uint64_t life;
	int64_t since_s;		/* when this life was launched; wall clock */
	int64_t next_s;			/* when it is started, or its program in its container; 0: nobody waits for that */
	struct proc_counts counts;
	bool has_ending;
	struct proc_ending ending;	/* of the last life that is over */
	const char *refused;		/* that one never began: why; NULL: it ran */
};

/* An update that goes on, or was turned around. */
struct report_update {
	const char *process;		/* "SANDBOX/PROCESS" */
	uint64_t instances, available, replaced;
	bool turned_around;
	const char *why;		/* of one that was; NULL: it goes on */
};

struct report_problem {
	const char *about;		/* NULL: the master file */
	const char *text;
};

/* "ABOUT: TEXT" for a format: `REPORT_PROBLEM_FORMAT, REPORT_PROBLEM_ARGS(&problem)`. */
#define REPORT_PROBLEM_FORMAT "%s%s%s"
#define REPORT_PROBLEM_ARGS(p) (p)->about ? (p)->about : "", (p)->about ? ": " : "", (p)->text

struct report {
	int pid;
	uint64_t pid_start;		/* as that of an instance */
	const char *master;		/* the file */
	const char *version;		/* of the program */
	enum report_phase phase;
	int64_t started_s;		/* this supervisor, wall clock */
	int64_t written_s;
	uint64_t restarts;
	uint64_t accepted;		/* how many configurations were accepted; lithos_switch waits for the next one */
	uint64_t dropped_lines;		/* of logs */
	const struct report_instance *instances;	/* ascending by id */
	size_t n_instances;
	const struct report_update *updates;
	size_t n_updates;
	const struct report_problem *problems;		/* of the configuration that was read last */
	size_t n_problems;
};

/* The file, in s.  -ENOMEM. */
must_use int report_write(const struct report *r, const char *boot_id, struct sheet *s, struct err *e);

/*
 * From len bytes of text, which has room for one more, is written to and has to outlive *ret; lists in a.  0; an answer of
 * sheet_open(); or -ENOMEM.
 */
must_use int report_read(char *text, size_t len, const char *boot_id, struct arena *a, struct report *ret, struct err *e);

#endif
