/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Deadlines in their order: a heap of items that their owners embed.  Nothing is asked for the time here, and nothing
 * ticks: the loop sleeps until timers_next().
 */
#ifndef CIST_SUPERVISE_TIMER_H
#define CIST_SUPERVISE_TIMER_H

#include "base/auto.h"

#include <stddef.h>
#include <stdint.h>

#define TIMER_NEVER INT64_MAX

/* Zeroed: not set.  Its owner finds itself by the member's offset. */
struct timer {
	int64_t at;
	uint64_t turn;		/* of two that are due at the same time the one that was set first comes first */
	size_t slot;		/* in the heap, from 1; 0: not set */
};

/* Zeroed: empty. */
struct timers {
	struct timer **v;
	size_t n;
	size_t room;
	uint64_t turns;
};

void timers_done(struct timers *ts);

/*
 * Makes sure that n timers can be set, so that timer_set() cannot fail where there is nobody to tell: an instance gets its
 * place when it is made.  -ENOMEM.
 */
must_use int timers_reserve(struct timers *ts, size_t n);

/* Sets or moves it; TIMER_NEVER clears it.  There is room (timers_reserve). */
void timer_set(struct timers *ts, struct timer *t, int64_t at);
void timer_clear(struct timers *ts, struct timer *t);

/* When the first one is due, or TIMER_NEVER. */
int64_t timers_next(const struct timers *ts);

/* The first one if it is due, cleared; or NULL. */
struct timer *timers_due(struct timers *ts, int64_t now);

#endif
