/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Programs that are started again in their container (restart-process-only): their init does that, and writes down how each
 * has ended.  One inotify descriptor tells of all those records.  A record that is written to all the time is read once
 * a second: a watch is for one event, and comes again with the next reading.
 */
#include "supervise/tree.h"

#include "base/fmt.h"
#include "supervise/ending.h"
#include "supervise/reruns.h"
#include "supervise/usage.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

enum { PAUSE_MS = 1000 };

/* ---- ends of the program ---- */

static void count(struct ward *w, const struct ending_line *line)
{
	struct proc *p = &w->r.proc;
	const int64_t ran_ms = (int64_t)line->ran_ms, now_s = time(NULL);
	struct record_life life = {
		.number = p->life, .start = line->number, .inside = true, .uptime_ms = ran_ms, .ended_s = now_s,
		.began_s = now_s - ran_ms / 1000,
	};

	p->ending = life.ending = ending_as_known(&line->end);
	life.failed = proc_failed(p);
	proc_count_again(p, line->number, ran_ms, w->tree->loop.now_ms);
	ward_add_life(w, &life);
}

/* What the container has used since the last time, all of its processes together, is the last one's. */
static void add_usage(struct ward *w)
{
	struct record_life *last = w->r.n_lives > 0 ? &w->r.lives[w->r.n_lives - 1] : NULL;
	struct usage used = { 0 };

	/* Without memory none is kept. */
	if (!last)
		return;
	usage_read(w->r.cgroup, &used);
	last->oom_kills = used.oom_kills > w->r.oom_before ? used.oom_kills - w->r.oom_before : 0;
	last->cpu_us = used.cpu_us > w->r.cpu_before ? used.cpu_us - w->r.cpu_before : 0;
	w->r.oom_before += last->oom_kills;
	w->r.cpu_before += last->cpu_us;
}

/* Those that are not recorded any more, and those that are too many for a line each. */
static void tell_left_out(struct ward *w, uint64_t missing, uint64_t n)
{
	if (missing > 0)
		ward_say(w, LINE_WARN, "Container \"%s\" (pid: %d): how %llu ends of its program came about is not recorded "
			 "any more", w->r.name, w->r.pid, (unsigned long long)missing);
	if (n > RECORD_LIVES)
		ward_say(w, LINE_WARN, "Container \"%s\" (pid: %d): %llu ends of its program are counted without a line for "
			 "each", w->r.name, w->r.pid, (unsigned long long)(n - RECORD_LIVES));
}

static void hear(struct ward *w, struct reruns *r)
{
	const uint64_t before = w->r.proc.again;
	struct ending_line line;
	uint64_t n = 0;

	for (; reruns_next(r, &line); n++)
		count(w, &line);
	if (r->damaged && !w->inside.complained) {
		w->inside.complained = true;
		tree_say(w->tree, LINE_WARN, "%s: in the record of its container there is what no init writes: it is left out",
			 w->r.name);
	}
	if (n == 0)
		return;
	tell_left_out(w, w->r.proc.again - before - n, n);
	add_usage(w);
	ward_feed(w, EV_AGAIN);
}

void inside_news(struct ward *w)
{
	const struct proc *p = &w->r.proc;
	auto_close int fd = p->rules.again_ms > 0 ? ending_record(w->tree->containers, w->r.id) : -ENOENT;
	struct reruns r;
	char *text;
	size_t n;
	bool whole;

	if (fd < 0 || reruns_read(fd, p->again, &text, &n, &whole) < 0)
		return;
	reruns_begin(&r, text, n, whole, p->again, proc_again_most(p, w->tree->loop.now_ms));
	hear(w, &r);
	free(text);
}

/* ---- when ---- */

static void wake(struct ward *w)
{
	const int64_t due = w->inside.read_ms + PAUSE_MS;

	w->inside.wd = -1;
	if (due > w->tree->loop.now_ms)
		loop_set_alarm(&w->tree->loop, &w->inside.due, due);
	else
		inside_watch(w);
}

static void on_due(void *arg)
{
	inside_watch(arg);
}

static void take(struct tree *t, const struct inotify_event *ev)
{
	const bool all = (ev->mask & IN_Q_OVERFLOW) != 0;

	for (size_t i = 0; (all || ev->mask & IN_MODIFY) && i < t->wards.n; i++) {
		struct ward *w = t->wards.v[i];

		if (w->inside.wd >= 0 && (all || w->inside.wd == ev->wd))
			wake(w);
	}
}

static void on_written(void *arg)
{
	struct tree *t = arg;
	char buf[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	const ssize_t n = read(t->inside.fd, buf, sizeof(buf));

	for (ssize_t at = 0; at < n;) {
		const struct inotify_event *ev = (const void *)(buf + at);

		take(t, ev);
		at += (ssize_t)(sizeof(*ev) + ev->len);
	}
}

static int open_watch(struct tree *t, struct err *e)
{
	int fd;

	if (t->inside.fd >= 0)
		return 0;
	fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (fd < 0)
		return err_sys(e, -errno, "make an inotify descriptor");
	t->inside = (struct watch){ .fd = -EBADF, .ready = on_written, .arg = t };
	return loop_watch(&t->loop, &t->inside, fd, e);
}

static int arm(struct ward *w, struct err *e)
{
	struct tree *t = w->tree;
	char path[PATH_MAX];

	if (open_watch(t, e) < 0 || (!w->inside.due.ring && loop_add_alarm(&t->loop, &w->inside.due, on_due, w, e) < 0))
		return e->code;
	fmt(path, sizeof(path), "%s/%s/exit", t->places.containers, w->r.id);
	w->inside.wd = inotify_add_watch(t->inside.fd, path, IN_MODIFY | IN_ONESHOT | IN_DONT_FOLLOW);
	return w->inside.wd < 0 ? err_sys(e, -errno, "watch %s", path) : 0;
}

/* What is written while it is being read is an event already. */
void inside_watch(struct ward *w)
{
	struct err e = { 0 };

	if (w->r.proc.rules.again_ms == 0 || w->inside.wd >= 0 || w->end.fd < 0)
		return;
	if (arm(w, &e) < 0 && !w->inside.complained) {
		w->inside.complained = true;
		tree_say(w->tree, LINE_ERROR, "%s: how its program ends is told when its container has ended: %s", w->r.name,
			 e.text);
	}
	w->inside.read_ms = w->tree->loop.now_ms;
	inside_news(w);
}

void inside_end(struct ward *w)
{
	if (w->inside.wd >= 0)
		inotify_rm_watch(w->tree->inside.fd, w->inside.wd);
	loop_drop_alarm(&w->tree->loop, &w->inside.due);
	w->inside = INSIDE_INIT;
}
