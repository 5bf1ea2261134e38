/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The status file, and when it and the metrics are written: what others see of the supervisor. */
#include "supervise/tree.h"

#include "supervise/update.h"
#include "supervise/whole.h"
#include "sys/file.h"

#include <stdlib.h>
#include <time.h>

enum {
	SHOW_PAUSE_MS = 100,		/* between two status files, and */
	SHOW_EACH = 4,			/* a millisecond more for so many instances: where many are there, writing takes long */
	SHOW_PROM_MS = 1000,		/* between two files of metrics */
};

struct show {
	int64_t status_ms, prom_ms;	/* when they were written last */
	int64_t look_ms;		/* when somebody becomes available by time alone */
	bool complained;
};

void show_complain(struct tree *t, const struct err *e)
{
	if (!t->show->complained)
		tree_say(t, LINE_ERROR, "Status and metrics: %s", e->text);
	t->show->complained = true;
}

/* ---- status ---- */

static int64_t wall_of(const struct tree *t, int64_t ms)
{
	return time(NULL) + (ms - t->loop.now_ms) / 1000;
}

/* Of the container, or of the program in it. */
static int64_t next_start(const struct ward *w)
{
	const struct tree *t = w->tree;
	const struct proc *p = &w->r.proc;

	if (p->state == PROC_RESTING)
		return wall_of(t, p->start_ms);
	return p->state == PROC_UP && p->up_ms > t->loop.now_ms ? wall_of(t, p->up_ms) : 0;
}

static void fill_instance(const struct ward *w, struct report_instance *ret)
{
	const struct tree *t = w->tree;
	const struct proc *p = &w->r.proc;
	const struct record_life *last = w->r.n_lives > 0 ? &w->r.lives[w->r.n_lives - 1] : NULL;
	int64_t when;

	*ret = (struct report_instance){
		.id = w->r.id, .name = w->r.name, .state = p->state, .wanted = w->wanted != NULL, .stale = p->stale,
		.kept = w->wanted && w->wanted->kept, .tells = p->rules.ready_ms > 0, .ready = p->ready, .late = p->late,
		.available = proc_available(p, t->loop.now_ms, &when), .digest = w->r.digest,
		.pid = ward_runs(w) ? w->r.pid : 0, .pid_start = ward_runs(w) ? w->pid_start : 0, .life = p->life,
		.since_s = p->life > 0 ? wall_of(t, p->launched_ms) : 0,
		.next_s = next_start(w),
		.counts = p->counts, .has_ending = last,
	};
	if (when < t->show->look_ms)
		t->show->look_ms = when;
	if (last) {
		ret->ending = last->ending;
		ret->refused = !last->refused ? NULL : last->text ? last->text : "the runtime did not say why";
	}
}

static size_t count_updates(const struct tree *t)
{
	size_t n = 0;

	for (const struct update *u = t->updates; u; u = u->next)
		n++;
	return n;
}

static void fill_updates(const struct tree *t, struct report_update *v)
{
	for (const struct update *u = t->updates; u; u = u->next)
		*v++ = (struct report_update){
			.process = u->process, .instances = u->r.n, .available = rollout_available(&u->r, t->loop.now_ms),
			.replaced = u->replaced, .turned_around = u->r.undone, .why = u->why[0] ? u->why : NULL,
		};
}

static enum report_phase phase_of(const struct tree *t)
{
	if (t->phase == TREE_STOPPING)
		return REPORT_STOPPING;
	if (!t->adopted || !t->planned_once)
		return REPORT_STARTING;
	return t->planner.pid > 0 && t->planner.late_ms == 0 ? REPORT_READING : REPORT_SETTLED;
}

static int write_status(struct tree *t, struct err *e)
{
	const size_t n_updates = count_updates(t);
	struct report_instance *v = calloc(t->wards.n + 1, sizeof(*v));
	struct report_update *updates = calloc(n_updates + 1, sizeof(*updates));
	auto_sheet struct sheet s = { 0 };
	struct report r = {
		.pid = getpid(), .pid_start = t->pid_start, .master = t->settings.master, .version = PACKAGE_VERSION,
		.phase = phase_of(t),
		.started_s = t->started_s, .written_s = time(NULL), .accepted = t->accepted.w.accepted,
		.restarts = tally_restarts(t),
		.dropped_lines = tree_logs_dropped(t), .instances = v, .n_instances = t->wards.n, .updates = updates,
		.n_updates = n_updates, .problems = t->problems.w.problems, .n_problems = t->problems.w.n_problems,
	};
	int rc;

	if (!v || !updates) {
		free(v);
		free(updates);
		return err_nomem(e);
	}
	for (size_t i = 0; i < t->wards.n; i++)
		fill_instance(t->wards.v[i], &v[i]);
	fill_updates(t, updates);
	rc = report_write(&r, t->boot_id, &s, e);
	if (rc == 0)
		rc = whole_replace(t->home, PLACE_STATUS, s.text, s.len, e);
	free(v);
	free(updates);
	return rc;
}

/* ---- when ---- */

void show_write(struct tree *t)
{
	struct show *s = t->show;
	struct err e = { 0 };
	int64_t now = t->loop.now_ms;

	t->dirty = t->show_is_due = false;
	s->status_ms = now;
	s->look_ms = PROC_NEVER;
	tally_levels(t);
	if (write_status(t, &e) < 0)
		show_complain(t, &e);
	if (now - s->prom_ms < SHOW_PROM_MS) {
		if (s->prom_ms + SHOW_PROM_MS < s->look_ms)
			s->look_ms = s->prom_ms + SHOW_PROM_MS;
	} else if (tally_counts(t)) {
		s->prom_ms = now;
		if (tally_write(t, &e) < 0)
			show_complain(t, &e);
	}
	loop_set_alarm(&t->loop, &t->show_due, s->look_ms);
}

static void on_show(void *arg)
{
	struct tree *t = arg;

	t->show_is_due = true;
}

void tree_changed(struct tree *t)
{
	if (t->dirty || !t->show)
		return;
	t->dirty = true;
	loop_set_alarm(&t->loop, &t->show_due, t->show->status_ms + SHOW_PAUSE_MS + (int64_t)t->wards.n / SHOW_EACH);
}

int show_open(struct tree *t, struct err *e)
{
	t->show = calloc(1, sizeof(*t->show));
	if (!t->show)
		return err_nomem(e);
	return loop_add_alarm(&t->loop, &t->show_due, on_show, t, e) < 0 ? e->code : tally_open(t, e);
}

/* A clean end leaves no numbers that nobody changes any more. */
void show_close(struct tree *t, bool clean)
{
	if (!t->show)
		return;
	if (clean)
		sys_unlinkat(t->home, PLACE_STATUS, 0);
	tally_close(t, clean);
	free(t->show);
	t->show = NULL;
}
