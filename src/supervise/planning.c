/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When the planner is at work, how long, and what becomes of its answer. */
#include "supervise/tree.h"

#include "base/fmt.h"
#include "sys/scratch.h"

#include <fcntl.h>

enum { PLAN_AGAIN_MS = 10 * 1000 };

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
	auto_tree_set struct tree_set few = { 0 };
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
	tree_set_done(&t->problems);
	t->problems = tree_set_take(&few);
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
	auto_tree_set struct tree_set planned = { 0 };
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
	tree_set_done(&t->problems);
	t->problems = tree_set_take(&planned);
	tell_problems(t);
	/* Of a configuration that says nothing at all only what is already accepted can be kept. */
	if ((usable || t->accepted.there) && accept_planned(t, &t->problems.w, &t->problems.a, &e) < 0) {
		tree_say(t, LINE_ERROR, "%s", e.text);
		plan_later(t);
	}
	set_problems(t, t->problems.w.problems, t->problems.w.n_problems);
	tell_replaced(t);
	t->planned_once = true;
	if (t->phase == TREE_RUNNING)
		goals_apply(t);
	tree_changed(t);
}

/* Of one that is at work its time is over; else it is the time for one. */
static void on_plan_due(void *arg)
{
	struct tree *t = arg;

	if (t->planner.pid > 0)
		plan_late(t);
	else
		planning_begin(t);
}

void planning_begin(struct tree *t)
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

void planning_close(struct tree *t)
{
	if (t->planned.fd >= 0)
		loop_unwatch(&t->loop, &t->planned);
	planner_stop(&t->planner);
	tree_set_done(&t->problems);
}
