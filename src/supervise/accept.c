/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is wanted: the planner finds it out, what is broken of it keeps its old entry, and the difference becomes events. */
#include "supervise/tree.h"

#include "base/fmt.h"
#include "supervise/stock.h"
#include "supervise/whole.h"
#include "sys/file.h"
#include "sys/scratch.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

enum { PLAN_AGAIN_MS = 10 * 1000 };

/* ---- sets and their memory ---- */

static void set_done(struct tree_set *s)
{
	scratch_done(&s->a);
	free(s->text);
	*s = (struct tree_set){ 0 };
}
#define auto_set __attribute__((cleanup(set_done)))

/* It is the caller's from now on. */
static struct tree_set set_take(struct tree_set *s)
{
	const struct tree_set taken = *s;

	*s = (struct tree_set){ 0 };
	return taken;
}

/* text, of len bytes with room for one more, is the set's from now on. */
static int set_read(struct tree *t, const char *name, char *text, size_t len, struct tree_set *ret, struct err *e)
{
	auto_set struct tree_set s = { .text = text };

	if (scratch_make(&s.a, e) < 0 || whole_judge(wanted_read(text, len, t->boot_id, &s.a, &s.w, e), name, e) < 0)
		return e->code;
	s.there = true;
	*ret = set_take(&s);
	return 0;
}

static void set_load(struct tree *t, const char *name, struct tree_set *ret)
{
	size_t len;
	char *text = whole_text(t->home, name, SHEET_BYTES_MAX, &len);
	struct err e = { 0 };

	if (text && set_read(t, name, text, len, ret, &e) < 0)
		tree_say(t, LINE_WARN, "%s: it is as if it were not there", e.text);
}

void accept_load(struct tree *t)
{
	set_load(t, PLACE_WANTED, &t->accepted);
	set_load(t, PLACE_WANTED_OLD, &t->before);
}

void accept_close(struct tree *t)
{
	if (t->planned.fd >= 0)
		loop_unwatch(&t->loop, &t->planned);
	planner_stop(&t->planner);
	set_done(&t->accepted);
	set_done(&t->before);
	set_done(&t->problems);
}

/* ---- goals ---- */

void accept_point(struct ward *w)
{
	const struct tree *t = w->tree;

	w->wanted = t->phase == TREE_STOPPING ? NULL : desired_find(&t->accepted.w.set, w->r.id);
	if (!w->wanted)
		return;
	w->r.proc.wanted = w->wanted->rules;
	/* Of other runtimes a container ends with its program: tell_replaced() says so. */
	if (!t->runtime.is_cist)
		w->r.proc.wanted.again_ms = 0;
}

static void point(struct tree *t)
{
	for (size_t i = 0; i < t->wards.n; i++)
		accept_point(t->wards.v[i]);
}

enum proc_event accept_goal(struct ward *w)
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

void accept_apply(struct tree *t)
{
	for (size_t i = 0; t->phase == TREE_RUNNING && i < t->accepted.w.set.n; i++)
		if (!wards_find(&t->wards, t->accepted.w.set.v[i].id))
			start(t, &t->accepted.w.set.v[i]);
	point(t);
	/* Wards are freed at the end of a turn only. */
	for (size_t i = 0; i < t->wards.n; i++) {
		struct ward *w = t->wards.v[i];
		enum proc_event goal = accept_goal(w);

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

void accept_nothing(struct tree *t)
{
	t->phase = TREE_STOPPING;
	/* Should this one be killed, its successor is to begin with what is configured, as one does that finds nothing. */
	sys_unlinkat(t->home, PLACE_WANTED, 0);
	sys_unlinkat(t->home, PLACE_WANTED_OLD, 0);
	accept_apply(t);
}

/* ---- bundles that nobody refers to ---- */

static bool is_used(void *arg, const char *id, const char *digest)
{
	const struct tree *t = arg;
	const struct desired *d = desired_find(&t->accepted.w.set, id);
	const struct desired *old = t->before.there ? desired_find(&t->before.w.set, id) : NULL;
	const struct ward *w = wards_find(&t->wards, id);

	return (d && strcmp(d->digest, digest) == 0) || (old && strcmp(old->digest, digest) == 0) ||
	       (w && w->r.digest && strcmp(w->r.digest, digest) == 0);
}

void accept_sweep(struct tree *t)
{
	struct err e = { 0 };

	t->sweep_due = false;
	/* What a planner has just made is not in any set yet; nor is what runs known before it was adopted. */
	if (t->planner.pid > 0 || !t->adopted)
		return;
	if (stock_sweep(t->places.bundles, is_used, t, &e) < 0)
		tree_say(t, LINE_WARN, "%s", e.text);
}

/* ---- accepting ---- */

int accept_keep(struct tree *t, const struct wanted *w, struct err *e)
{
	auto_sheet struct sheet s = { 0 };
	auto_set struct tree_set next = { 0 };
	char *text;

	if (wanted_write(w, t->boot_id, &s, e) < 0 || whole_replace(t->home, PLACE_WANTED, s.text, s.len, e) < 0)
		return e->code;
	text = malloc(s.len + 1);
	if (!text)
		return err_nomem(e);
	memcpy(text, s.text, s.len);
	if (set_read(t, PLACE_WANTED, text, s.len, &next, e) < 0)
		return e->code;
	set_done(&t->accepted);
	t->accepted = set_take(&next);
	point(t);
	return 0;
}

/* The set that was accepted before is kept as long as something may have to turn around to it. */
static int keep_before(struct tree *t, const struct wanted *next, struct err *e)
{
	auto_sheet struct sheet s = { 0 };
	bool updates = false;

	for (size_t i = 0; i < next->set.n; i++)
		updates = updates || next->set.v[i].max_unavailable > 0;
	if (!updates || !t->accepted.there || t->before.there)
		return 0;
	if (wanted_write(&t->accepted.w, t->boot_id, &s, e) < 0 ||
	    whole_replace(t->home, PLACE_WANTED_OLD, s.text, s.len, e) < 0)
		return e->code;
	set_load(t, PLACE_WANTED_OLD, &t->before);
	return 0;
}

void accept_settled(struct tree *t)
{
	if (!t->before.there)
		return;
	sys_unlinkat(t->home, PLACE_WANTED_OLD, 0);
	set_done(&t->before);
	t->sweep_due = true;
}

static int accept(struct tree *t, const struct wanted *planned, struct arena *a, struct err *e)
{
	static const struct wanted nothing;
	struct wanted next;

	if (wanted_accept(t->accepted.there ? &t->accepted.w : &nothing, planned, a, &next, e) < 0)
		return e->code;
	if (!next.settings.runtime_dir)
		next.settings = t->settings;
	if (keep_before(t, &next, e) < 0 || accept_keep(t, &next, e) < 0)
		return err_ctx(e, "The configuration is not accepted");
	return 0;
}

static void tell_problems(struct tree *t)
{
	const struct wanted *w = &t->problems.w;

	for (size_t i = 0; i < w->n_problems; i++)
		tree_say(t, LINE_ERROR, REPORT_PROBLEM_FORMAT, REPORT_PROBLEM_ARGS(&w->problems[i]));
}

static void tell_replaced(struct tree *t)
{
	const struct desired_set *s = &t->accepted.w.set;

	for (size_t i = 0; !t->runtime.is_cist && i < s->n; i++)
		if (s->v[i].rules.again_ms > 0 && s->v[i].number == 0)
			tree_say(t, LINE_WARN, "%s/%s: restart-process-only: only cist starts a program again in its "
				 "container, so that is replaced", s->v[i].sandbox, s->v[i].process);
}

/*
 * Copies them, in the place of those of the configuration before: of what the planner said nothing else is needed any more,
 * and a set takes as much memory as the accepted one.
 */
static void set_problems(struct tree *t, const struct report_problem *all, size_t n)
{
	auto_set struct tree_set few = { 0 };
	struct report_problem *v;
	struct err e = { 0 };

	if (scratch_make(&few.a, &e) < 0 || !(v = ARENA_ARRAY(&few.a, n + 1, struct report_problem)))
		return;
	for (size_t i = 0; i < n; i++) {
		v[i].about = arena_str(&few.a, all[i].about);
		v[i].text = arena_str(&few.a, all[i].text);
		if (!v[i].text)
			return;
	}
	few.w.problems = v;
	few.w.n_problems = n;
	set_done(&t->problems);
	t->problems = set_take(&few);
}

/* Not a word of it was read, and somebody tries again: the accepted set goes on, as with one that is broken. */
static void not_read(struct tree *t, const struct err *e)
{
	char text[ERR_TEXT_MAX + 64];

	fmt(text, sizeof text, "The configuration was not read: %s", e->text);
	tree_say(t, LINE_ERROR, "%s", text);
	set_problems(t, &(struct report_problem){ .text = text }, 1);
	t->planned_once = t->planned_once || t->accepted.there;
	tree_changed(t);
}

static void plan_later(struct tree *t)
{
	loop_set_alarm(&t->loop, &t->plan_due, t->loop.now_ms + PLAN_AGAIN_MS);
}

/* Told now: it may take for ever until it ends. */
static void plan_late(struct tree *t)
{
	struct err e = { 0 };

	(void)planner_late(&t->planner, PLANNER_LIMIT_MS, &e);
	not_read(t, &e);
}

/* What could not be read keeps what it has: also when that is everything. */
static void on_planned(void *arg)
{
	struct tree *t = arg;
	auto_set struct tree_set planned = { 0 };
	struct err e = { 0 };
	bool usable, was_told = t->planner.late_ms > 0;

	loop_unwatch(&t->loop, &t->planned);
	loop_set_alarm(&t->loop, &t->plan_due, PROC_NEVER);
	if (scratch_make(&planned.a, &e) < 0 || planner_finish(&t->planner, t->boot_id, &planned.a, &planned.w, &e) < 0) {
		planner_stop(&t->planner);
		if (!was_told)
			not_read(t, &e);
		t->sweep_due = true;
		plan_later(t);
		return;
	}
	usable = planned.w.settings.runtime_dir != NULL;
	set_done(&t->problems);
	t->problems = set_take(&planned);
	tell_problems(t);
	/* Of a configuration that says nothing at all only what is already accepted can be kept. */
	if ((usable || t->accepted.there) && accept(t, &t->problems.w, &t->problems.a, &e) < 0) {
		tree_say(t, LINE_ERROR, "%s", e.text);
		plan_later(t);
	}
	set_problems(t, t->problems.w.problems, t->problems.w.n_problems);
	tell_replaced(t);
	t->planned_once = true;
	if (t->phase == TREE_RUNNING)
		accept_apply(t);
	tree_changed(t);
}

/* Of one that is at work its time is over; else it is the time for one. */
static void on_plan_due(void *arg)
{
	struct tree *t = arg;

	if (t->planner.pid > 0)
		plan_late(t);
	else
		accept_plan(t);
}

void accept_plan(struct tree *t)
{
	const struct plan_request how = {
		.master = t->settings.master, .runtime_dir = t->settings.runtime_dir, .bundles = true, .log_configs = true,
	};
	struct err e = { 0 };
	int fd;

	if (t->phase == TREE_STOPPING || t->planner.pid > 0)
		return;
	if (!t->plan_due.ring && loop_add_alarm(&t->loop, &t->plan_due, on_plan_due, t, &e) < 0)
		return;
	t->planned = (struct watch){ .fd = -EBADF, .ready = on_planned, .arg = t };
	if (planner_start(&how, &t->planner, &e) == 0) {
		fd = fcntl(t->planner.pidfd, F_DUPFD_CLOEXEC, 3);
		if (fd < 0)
			err_sys(&e, -errno, "watch the planner");
		else if (loop_watch(&t->loop, &t->planned, fd, &e) == 0) {
			loop_set_alarm(&t->loop, &t->plan_due, t->loop.now_ms + PLANNER_LIMIT_MS);
			return;
		}
		planner_stop(&t->planner);
	}
	not_read(t, &e);
	plan_later(t);
}
