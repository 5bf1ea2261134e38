/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Processes whose instances are replaced one after another: rollout.h says who is next, here it is done. */
#include "supervise/update.h"

#include "base/fmt.h"
#include "sys/scratch.h"

#include <stdlib.h>
#include <string.h>

static void update_free(struct update *u)
{
	free(u->r.v);
	free(u->wards);
	free(u->process);
	free(u);
}

void updates_drop(struct tree *t)
{
	while (t->updates) {
		struct update *u = t->updates;

		t->updates = u->next;
		update_free(u);
	}
	loop_set_alarm(&t->loop, &t->update_due, TIMER_NEVER);
}

/* ---- which there are ---- */

static bool is_of(const struct desired *d, const struct desired *other)
{
	return strcmp(d->sandbox, other->sandbox) == 0 && strcmp(d->process, other->process) == 0;
}

/* Runs, or rests, in a configuration that it is not to have. */
static bool is_pending(const struct ward *w)
{
	return w->r.digest && w->r.proc.state != PROC_DOWN && strcmp(w->r.digest, w->wanted->digest) != 0;
}

static bool has_first(const struct desired_set *s, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (is_of(&s->v[i], &s->v[at]))
			return true;
	return false;
}

static struct update *update_new(struct tree *t, const struct desired *first)
{
	struct update *u = calloc(1, sizeof(*u));
	size_t room = strlen(first->sandbox) + strlen(first->process) + 2, pending = 0;

	if (!u || !(u->process = malloc(room)) || !(u->r.v = calloc(t->wards.n + 1, sizeof(*u->r.v))) ||
	    !(u->wards = calloc(t->wards.n + 1, sizeof(*u->wards)))) {
		if (u)
			update_free(u);
		return NULL;
	}
	fmt(u->process, room, "%s/%s", first->sandbox, first->process);
	u->r.process = u->process;
	u->r.max_unavailable = first->max_unavailable;
	for (size_t i = 0; i < t->wards.n; i++) {
		struct ward *w = t->wards.v[i];

		if (!w->wanted || !is_of(w->wanted, first))
			continue;
		u->wards[u->r.n] = w;
		u->r.v[u->r.n++] = (struct rollout_item){ .proc = &w->r.proc, .pending = is_pending(w) };
		pending += is_pending(w);
	}
	if (pending > 0)
		return u;
	update_free(u);
	return NULL;
}

static void on_due(void *arg)
{
	updates_step(arg);
}

void updates_begin(struct tree *t)
{
	const struct desired_set *s = &t->accepted.w.set;
	struct err e;

	updates_drop(t);
	if (!t->update_due.ring && loop_add_alarm(&t->loop, &t->update_due, on_due, t, &e) < 0)
		return;
	for (size_t i = 0; i < s->n; i++) {
		struct update *u;

		if (s->v[i].max_unavailable == 0 || has_first(s, i))
			continue;
		u = update_new(t, &s->v[i]);
		if (!u)
			continue;
		u->next = t->updates;
		t->updates = u;
	}
	updates_step(t);
}

/* ---- turning around ---- */

static const struct desired *entry_of(const struct tree *t, const struct update *u)
{
	return u->r.n > 0 ? desired_find(&t->accepted.w.set, u->wards[0]->r.id) : NULL;
}

/* The entries of before become wanted again, in the file, too. */
static int revert(struct tree *t, const struct update *u, struct err *e)
{
	const struct desired *d = entry_of(t, u);
	auto_scratch struct arena a = { 0 };
	struct wanted next = t->accepted.w;

	if (!d || !t->before.there)
		return err_set(e, -ENOENT, "there is no configuration before this one");
	if (scratch_make(&a, e) < 0 ||
	    desired_revert(&t->accepted.w.set, &t->before.w.set, d->sandbox, d->process, &a, &next.set, e) < 0)
		return e->code;
	return accept_keep(t, &next, e);
}

static void turn_around(struct tree *t, struct update *u, size_t which)
{
	struct err e = { 0 };

	fmt(u->why, sizeof u->why, "%s did not become available", u->wards[which]->r.name);
	if (revert(t, u, &e) < 0)
		tree_say(t, LINE_ERROR, "The update of %s failed: %s, and it cannot be turned around: %s", u->process, u->why,
			 e.text);
	else
		tree_say(t, LINE_ERROR, "The update of %s failed and is turned around: %s", u->process, u->why);
	rollout_turn_around(&u->r);
	for (size_t i = 0; i < u->r.n; i++) {
		u->r.v[i].pending = u->wards[i]->wanted && is_pending(u->wards[i]);
		if (!u->r.v[i].pending)
			ward_feed(u->wards[i], u->wards[i]->wanted ? EV_WANT : EV_UNWANT);
	}
}

/* ---- going on ---- */

/* Returns when it is to be asked again by time alone. */
static int64_t step(struct tree *t, struct update *u)
{
	struct rollout_answer what;
	int64_t when;

	while ((what = rollout_step(&u->r, t->loop.now_ms, &when)).kind > ROLLOUT_WAIT) {
		if (what.kind == ROLLOUT_UNDO) {
			turn_around(t, u, what.which);
			continue;
		}
		u->replaced++;
		tree_say(t, LINE_WARN, "Config mismatch: %s, pid: %d. Upgrading...", u->wards[what.which]->r.name,
			 u->wards[what.which]->r.pid);
		ward_feed(u->wards[what.which], EV_REPLACE);
	}
	u->over = what.kind == ROLLOUT_DONE;
	return u->over ? PROC_NEVER : when;
}

void updates_step(struct tree *t)
{
	struct update **at = &t->updates;
	int64_t when = PROC_NEVER;
	bool going = false;

	while (*at) {
		struct update *u = *at;
		int64_t next = u->over ? PROC_NEVER : step(t, u);

		going = going || !u->over;
		when = next < when ? next : when;
		/* One that was turned around is shown until the next configuration. */
		if (u->over && !u->why[0]) {
			*at = u->next;
			tree_say(t, LINE_INFO, "The update of %s is complete", u->process);
			update_free(u);
			tree_changed(t);
		} else {
			at = &u->next;
		}
	}
	if (t->update_due.ring)
		loop_set_alarm(&t->loop, &t->update_due, when);
	if (!going && t->phase == TREE_RUNNING)
		accept_settled(t);
}
