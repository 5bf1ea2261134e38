/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What each instance is to be by the accepted set: the difference becomes events. */
#include "supervise/tree.h"

#include "sys/file.h"

#include <string.h>

void goal_find(struct ward *w)
{
	const struct tree *t = w->tree;

	w->wanted = t->phase == TREE_STOPPING ? NULL : desired_find(&t->accepted.w.set, w->r.id);
	if (!w->wanted)
		return;
	w->r.proc.wanted = w->wanted->rules;
	/* Of other runtimes a container ends with its program: planning.c says so. */
	if (!t->runtime.is_cist)
		w->r.proc.wanted.again_ms = 0;
}

void goals_find(struct tree *t)
{
	for (size_t i = 0; i < t->wards.n; i++)
		goal_find(t->wards.v[i]);
}

enum proc_event goal_of(struct ward *w)
{
	if (!w->wanted)
		return EV_UNWANT;
	/* Of an update it is said when its turn has come. */
	if (!w->r.digest || w->wanted->max_unavailable > 0 || strcmp(w->r.digest, w->wanted->digest) == 0)
		return EV_WANT;
	return EV_REPLACE;
}

static void start(struct tree *t, const struct desired *d)
{
	struct ward *w = ward_new(t, d->id, d->name);

	if (!w) {
		tree_say(t, LINE_ERROR, "no memory for %s", d->name);
		return;
	}
	w->wanted = d;
}

static void tell_change(struct tree *t, const struct ward *w, enum proc_event goal)
{
	if (goal == EV_REPLACE)
		tree_say(t, LINE_WARN, "Config mismatch: %s, pid: %d. Upgrading...", w->r.name, w->r.pid);
	else if (goal == EV_UNWANT && t->phase != TREE_STOPPING)
		tree_say(t, LINE_WARN, "Retired child: %s, pid: %d. Sending SIGTERM...", w->r.name, w->r.pid);
}

/* Runs by its old rules until its turn has come: by those of the new configuration it might not even be ready. */
static bool awaits_update(const struct ward *w)
{
	const struct proc *p = &w->r.proc;

	return w->wanted && w->wanted->max_unavailable > 0 && w->r.digest && p->goal_up &&
	       (p->state == PROC_UP || p->state == PROC_STARTING) && strcmp(w->r.digest, w->wanted->digest) != 0;
}

void goals_apply(struct tree *t)
{
	for (size_t i = 0; t->phase == TREE_RUNNING && i < t->accepted.w.set.n; i++)
		if (!wards_find(&t->wards, t->accepted.w.set.v[i].id))
			start(t, &t->accepted.w.set.v[i]);
	goals_find(t);
	/* Wards are freed at the end of a turn only. */
	for (size_t i = 0; i < t->wards.n; i++) {
		struct ward *w = t->wards.v[i];
		enum proc_event goal = goal_of(w);

		if ((w->r.proc.state == PROC_ADOPTING && w->looking) || awaits_update(w))
			continue;
		if (w->r.proc.goal_up != (goal != EV_UNWANT) || (goal == EV_REPLACE && !w->r.proc.stale))
			tell_change(t, w, goal);
		ward_feed(w, goal);
		inside_watch(w);
	}
	if (t->phase == TREE_STOPPING)
		updates_drop(t);
	else
		updates_begin(t);
	t->sweep_due = true;
	ports_sweep(t);
	tally_layout(t);
	tree_changed(t);
}

void goals_drop(struct tree *t)
{
	t->phase = TREE_STOPPING;
	/* Should this one be killed, its successor is to begin with what is configured, as one does that finds nothing. */
	sys_unlinkat(t->home, PLACE_WANTED, 0);
	sys_unlinkat(t->home, PLACE_WANTED_OLD, 0);
	goals_apply(t);
}
