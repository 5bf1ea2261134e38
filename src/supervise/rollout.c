/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/rollout.h"

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* One that is pending serves in its old configuration as long as nobody stops it. */
static bool serves(const struct rollout_item *i, int64_t now_ms, int64_t *when)
{
	int64_t at;
	bool available = proc_available(i->proc, now_ms, &at);

	*when = earlier(*when, at);
	return available;
}

size_t rollout_available(const struct rollout *r, int64_t now_ms)
{
	int64_t when = PROC_NEVER;
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++)
		n += serves(&r->v[i], now_ms, &when);
	return n;
}

/* Its time is over: how often it was restarted meanwhile does not matter, only whether it serves. */
static bool gave_up(struct rollout_item *i, int64_t now_ms, int64_t *when)
{
	if (!i->begun)
		return false;
	if (i->give_up_ms != PROC_NEVER && now_ms >= i->give_up_ms)
		return true;
	*when = earlier(*when, i->give_up_ms);
	return false;
}

static void begin(struct rollout_item *i, int64_t now_ms)
{
	const struct proc_rules *w = &i->proc->wanted;
	/* Stopping the old one is not the new one's fault. */
	int64_t patience = w->ready_ms > 0 ? w->ready_ms : ROLLOUT_PATIENCE;
	int64_t life = w->restart_ms > PROC_AVAILABLE ? w->restart_ms : PROC_AVAILABLE;

	i->pending = false;
	i->begun = true;
	i->give_up_ms = now_ms + i->proc->rules.kill_ms + life + patience;
}

struct rollout_answer rollout_step(struct rollout *r, int64_t now_ms, int64_t *ret_when)
{
	size_t pending = r->n, useless = r->n, unavailable = 0;

	*ret_when = PROC_NEVER;
	for (size_t i = 0; i < r->n; i++) {
		struct rollout_item *item = &r->v[i];
		bool up = serves(item, now_ms, ret_when);

		unavailable += !up;
		if (item->pending && pending == r->n)
			pending = i;
		if (item->pending && !up && useless == r->n)
			useless = i;
		/* It has served: what happens to it later is a death like others. */
		if (up)
			item->give_up_ms = PROC_NEVER;
		else if (!r->undone && gave_up(item, now_ms, ret_when))
			return (struct rollout_answer){ ROLLOUT_UNDO, i };
	}
	/* One that does not serve anyway is replaced at once; waiting for it to serve could take for ever. */
	if (useless < r->n)
		pending = useless;
	else if (unavailable >= r->max_unavailable && pending < r->n)
		return (struct rollout_answer){ ROLLOUT_WAIT, 0 };
	if (pending == r->n)
		return (struct rollout_answer){ unavailable > 0 ? ROLLOUT_WAIT : ROLLOUT_DONE, 0 };
	begin(&r->v[pending], now_ms);
	return (struct rollout_answer){ ROLLOUT_REPLACE, pending };
}

void rollout_turn_around(struct rollout *r)
{
	r->undone = true;
	for (size_t i = 0; i < r->n; i++) {
		r->v[i].pending = r->v[i].begun;
		r->v[i].begun = false;
	}
}
