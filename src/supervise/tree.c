/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/tree.h"

#include "base/fmt.h"
#include "sys/scratch.h"

#include <stdlib.h>

/* ---- the service manager ---- */

static void on_alive(void *arg)
{
	struct tree *t = arg;

	manager_tell(&t->manager, MANAGER_ALIVE, NULL);
	loop_set_alarm(&t->loop, &t->alive, t->loop.now_ms + t->manager.watchdog_ms);
}

void tree_greet(struct tree *t)
{
	struct err e = { 0 };

	if (manager_open(&t->manager, &e) < 0)
		tree_say(t, LINE_WARN, "%s", e.text);
	if (t->manager.watchdog_ms > 0 && loop_add_alarm(&t->loop, &t->alive, on_alive, t, &e) == 0)
		on_alive(t);
}

static void tell_ready(struct tree *t)
{
	char status[64];
	size_t n = 0;

	if (t->told_ready || !t->adopted || !t->planned_once)
		return;
	t->told_ready = true;
	for (size_t i = 0; i < t->wards.n; i++)
		n += ward_runs(t->wards.v[i]);
	fmt(status, sizeof status, "%zu of %zu instances run", n, t->accepted.w.set.n);
	manager_tell(&t->manager, MANAGER_READY, status);
}

/* ---- the loop ---- */

static void go_again(struct tree *t)
{
	t->again = false;
	loop_unwatch(&t->loop, &t->planned);
	planner_stop(&t->planner);
	manager_tell(&t->manager, MANAGER_RELOADING, NULL);
	master_again(t);
	/* It could not be: then at least the configuration is read. */
	t->told_ready = t->planned_once = false;
	planning_begin(t);
}

/* Logs, lithos_hold, files: a successor does not wait for those. */
static void catch_up(struct tree *t)
{
	wards_catch_up(t);
	if (t->sweep_due)
		accept_sweep(t);
	if (t->show_is_due)
		show_write(t);
}

/* What events have left for later, so that none is handled from within another. */
static void end_turn(struct tree *t)
{
	if (t->updates)
		updates_step(t);
	survey_begin(t);
	work_begin(t);
	catch_up(t);
	if (t->forget_due)
		forget_all(t);
	tell_ready(t);
	if (t->again)
		go_again(t);
}

static bool is_over(const struct tree *t)
{
	return t->phase == TREE_STOPPING && t->adopted && t->wards.n == 0;
}

static int run(struct tree *t, struct err *e)
{
	int rc = 0;

	end_turn(t);
	while (rc == 0 && !is_over(t)) {
		rc = loop_turn(&t->loop, t->work_due || t->forget_due ? 0 : -1, e);
		end_turn(t);
	}
	return rc;
}

static void finish(struct tree *t, bool clean)
{
	while (t->wards.n > 0)
		ward_free(t->wards.v[t->wards.n - 1]);
	free(t->wards.v);
	command_abandon(&t->survey);
	command_abandon(&t->tidy);
	if (clean)
		tidy_finish(t);
	updates_drop(t);
	show_close(t, clean);
	holder_close(t, clean);
	planning_close(t);
	accept_close(t);
	manager_close(&t->manager);
	tree_logs_close(t);
	loop_unwatch(&t->loop, &t->signals);
	loop_unwatch(&t->loop, &t->inside);
	loop_close(&t->loop);
	fd_close(&t->home);
	fd_close(&t->records);
	fd_close(&t->locks);
	fd_close(&t->logs);
	fd_close(&t->containers);
	fd_close(&t->lock);
	scratch_done(&t->a);
}

int tree_run(const struct tree_words *words, struct err *e)
{
	struct tree t = {
		.words = words, .home = -EBADF, .records = -EBADF, .locks = -EBADF, .logs = -EBADF, .containers = -EBADF,
		.lock = -EBADF, .signals = WATCH_INIT, .manager = MANAGER_INIT, .log = JOURNAL_INIT, .planner = PLANNER_INIT,
		.planned = WATCH_INIT, .inside = WATCH_INIT, .hold = HOLD_INIT, .hold_end = WATCH_INIT, .survey_out = -EBADF,
		.loop.epoll = -EBADF,
	};
	int rc = tree_begin(&t, e);

	if (rc == 0)
		rc = run(&t, e);
	if (rc < 0)
		tree_say(&t, LINE_ERROR, "%s", e->text);
	finish(&t, rc == 0);
	return rc;
}
