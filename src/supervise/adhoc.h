/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A command that somebody runs by hand (lithos_cmd): its container lives as long as the process that asked for it, and
 * leaves nothing.  It needs no supervisor, and does not meet one: its id has another form (desired_id()).
 *
 * `bundles/ID` is claimed first and is locked as long as the command lives, by whoever asked and by the runtime.  So what a
 * killed one has left behind is known by its lock, which is free, and the next one removes it.
 */
#ifndef CIST_SUPERVISE_ADHOC_H
#define CIST_SUPERVISE_ADHOC_H

#include "base/arena.h"
#include "base/err.h"
#include "supervise/desired.h"
#include "supervise/places.h"
#include "supervise/runtime.h"

struct adhoc {
	struct runtime runtime;
	const struct places *places;
	int64_t kill_ms;		/* kill-timeout */
	char id[DESIRED_ID_MAX];
	const char *name;		/* "SANDBOX/cmd.PROCESS.PID": also the state directory below its root */
	const char *bundle;		/* where the bundle is to be, in the claimed directory */
	const char *log;		/* of the runtime, there */
	int lock;
};
#define ADHOC_INIT { .lock = -EBADF }

/*
 * Claims bundles/ID for the command `process` of `sandbox`; runtime, places, kill_ms and name are filled by the
 * caller, the rest here.  The bundle is to have the name of its digest.  Paths in arena.  Signals are held back from now on;
 * one that would end this process before it has run anything is an error of adhoc_run().
 */
must_use int adhoc_claim(struct adhoc *a, const char *sandbox, const char *process, uint32_t pid, const char *digest,
			 struct arena *arena, struct err *e);

/* What happened while it ran, beside its end. */
struct adhoc_end {
	int status;		/* as a shell counts it: 0…255, 128+N after signal N */
	bool asked;		/* this process was sent SIGTERM, which went on to the program */
	bool deaf;		/* which did not end within kill_ms, and was killed */
	int64_t uptime_ms;
};

/*
 * Executes the runtime with its streams 0, 1, 2, and waits for it.  Signals that are sent to this process go on to the
 * program; those of a terminal it has already.  When this process is killed all the same the program is sent SIGTERM.
 * `told`: called once when kill_ms have passed, or NULL.
 */
must_use int adhoc_run(struct adhoc *a, const int streams[3], void (*told)(void *arg, int64_t uptime_ms), void *arg,
		       struct adhoc_end *ret, struct err *e);

/* Removes the container, if it is there still, the state directory, the bundle, and the claim.  Goes on after an error. */
must_use int adhoc_clear(struct adhoc *a, struct err *e);

/*
 * Removes what commands have left that nobody waits for any more.  *ret_n of them; those that cannot be removed are told
 * in *e, the others are removed all the same.
 */
must_use int adhoc_sweep(const struct runtime *runtime, const struct places *p, size_t *ret_n, struct err *e);

/*
 * The name of a command by its id: "SANDBOX+cmd+PROCESS.PID" to "SANDBOX/cmd.PROCESS.PID".  false: it is none of a command.
 * Pure.
 */
bool adhoc_name(const char *id, char ret_name[DESIRED_ID_MAX]);

#endif
