/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Replaces the instances of a process one after another (`update: {max-unavailable: N}`), and turns around when one does
 * not become available in its new configuration.  Pure, as react.h: it answers what to do, the caller does it and asks again.
 *
 *	while ((what = rollout_step(&r, now, &when)), what.kind > ROLLOUT_WAIT)
 *		…
 *
 * Nothing of it is on disk: after a death of the supervisor it begins again with the instances that do not run in the
 * wanted configuration, and those that do are not replaced twice.
 */
#ifndef CIST_SUPERVISE_ROLLOUT_H
#define CIST_SUPERVISE_ROLLOUT_H

#include "supervise/react.h"

/* Without readiness of its own, how long an instance that was replaced may take to become available. */
enum { ROLLOUT_PATIENCE = 60 * 1000 };

struct rollout_item {
	struct proc *proc;
	bool pending;		/* runs, or rests, in a configuration that it is not to have */
	bool begun;		/* was replaced by this update: it has until give_up_ms to become available */
	int64_t give_up_ms;
};

struct rollout {
	const char *process;		/* "SANDBOX/PROCESS" */
	uint32_t max_unavailable;	/* at least 1 */
	struct rollout_item *v;		/* all its instances that are wanted, in their order */
	size_t n;
	bool undone;			/* is on its way back: it does not turn around again */
};

enum rollout_kind {
	ROLLOUT_DONE,		/* all are available in the wanted configuration */
	ROLLOUT_WAIT,		/* for an event, or until *ret_when */
	ROLLOUT_REPLACE,	/* feed EV_REPLACE to the proc of item `which`; p->wanted is what it shall have */
	ROLLOUT_UNDO,		/* item `which` did not become available: give every proc its former configuration as
				 * p->wanted, then rollout_turn_around() */
};

struct rollout_answer {
	enum rollout_kind kind;
	size_t which;
};

/*
 * What to do at now_ms.  Asked whenever something has happened to one of its instances, and at *ret_when (PROC_NEVER: not
 * by time).  After ROLLOUT_REPLACE the item is no longer pending.
 */
struct rollout_answer rollout_step(struct rollout *r, int64_t now_ms, int64_t *ret_when);

/*
 * After ROLLOUT_UNDO: those that were replaced are pending again, those that were not are left as they are (the
 * configuration that they have is wanted again: feed EV_WANT to them).
 */
void rollout_turn_around(struct rollout *r);

/* How many of its instances are available. */
size_t rollout_available(const struct rollout *r, int64_t now_ms);

#endif
