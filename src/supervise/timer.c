/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/timer.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

void timers_done(struct timers *ts)
{
	for (size_t i = 0; i < ts->n; i++)
		ts->v[i]->slot = 0;
	free(ts->v);
	*ts = (struct timers){ 0 };
}

int timers_reserve(struct timers *ts, size_t n)
{
	size_t room = ts->room > 0 ? ts->room : 16;
	struct timer **v;

	if (n <= ts->room)
		return 0;
	while (room < n)
		room *= 2;
	v = reallocarray(ts->v, room, sizeof(struct timer *));
	if (!v)
		return -ENOMEM;
	ts->v = v;
	ts->room = room;
	return 0;
}

static bool is_before(const struct timer *a, const struct timer *b)
{
	return a->at != b->at ? a->at < b->at : a->turn < b->turn;
}

static void put(struct timers *ts, size_t slot, struct timer *t)
{
	ts->v[slot - 1] = t;
	t->slot = slot;
}

/* Moves t from a free slot to where it belongs. */
static void settle(struct timers *ts, size_t slot, struct timer *t)
{
	while (slot > 1 && is_before(t, ts->v[slot / 2 - 1])) {
		put(ts, slot, ts->v[slot / 2 - 1]);
		slot /= 2;
	}
	for (;;) {
		size_t child = slot * 2;

		if (child < ts->n && is_before(ts->v[child], ts->v[child - 1]))
			child++;
		if (child > ts->n || !is_before(ts->v[child - 1], t))
			break;
		put(ts, slot, ts->v[child - 1]);
		slot = child;
	}
	put(ts, slot, t);
}

void timer_clear(struct timers *ts, struct timer *t)
{
	size_t slot = t->slot;
	struct timer *last;

	if (slot == 0)
		return;
	last = ts->v[--ts->n];
	t->slot = 0;
	if (last != t)
		settle(ts, slot, last);
}

void timer_set(struct timers *ts, struct timer *t, int64_t at)
{
	if (t->slot > 0 && t->at == at)
		return;
	timer_clear(ts, t);
	t->at = at;
	if (at == TIMER_NEVER)
		return;
	assert(ts->n < ts->room);
	t->turn = ts->turns++;
	settle(ts, ++ts->n, t);
}

int64_t timers_next(const struct timers *ts)
{
	return ts->n > 0 ? ts->v[0]->at : TIMER_NEVER;
}

struct timer *timers_due(struct timers *ts, int64_t now)
{
	struct timer *t = ts->n > 0 && ts->v[0]->at <= now ? ts->v[0] : NULL;

	if (t)
		timer_clear(ts, t);
	return t;
}
