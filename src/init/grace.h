/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How long the program has to end after a SIGTERM that came through its init (annotation org.cist.init.kill-timeout).  What
 * has not ended by then is killed.  Pure; times are monotonic milliseconds.
 */
#ifndef CIST_INIT_GRACE_H
#define CIST_INIT_GRACE_H

#include "base/ending.h"
#include "init/plan.h"

#include <signal.h>

struct grace {
	bool is_limited;		/* else there is as much time as it takes */
	bool has_begun, is_over;
	uint32_t ms;
	int64_t until_ms;
};

static inline struct grace grace_of(const struct keeper_plan *k)
{
	return (struct grace){ .is_limited = k->kills, .ms = k->kill_ms };
}

/* This signal goes on to the program.  A second SIGTERM does not prolong it. */
static inline void grace_signal(struct grace *g, int sig, int64_t now_ms)
{
	if (sig != SIGTERM || !g->is_limited || g->has_begun)
		return;
	g->has_begun = true;
	g->until_ms = now_ms + g->ms;
}

/* For how long the program's end is waited for; -1: without limit. */
static inline int64_t grace_left(const struct grace *g, int64_t now_ms)
{
	if (!g->has_begun || g->is_over)
		return -1;
	return g->until_ms > now_ms ? g->until_ms - now_ms : 0;
}

static const struct ending grace_deaf = { .by_signal = true, .number = SIGKILL, .deaf = true };

/* How the program has ended; one that was killed because it had not, was deaf. */
static inline struct ending grace_ending(const struct grace *g, struct ending end)
{
	end.deaf = g->is_over && end.by_signal && end.number == SIGKILL;
	return end;
}

#endif
