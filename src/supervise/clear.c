/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A container's end: how it ended, and the commands that kill it and remove what it leaves. */
#include "supervise/tree.h"

#include "base/fmt.h"
#include "supervise/ending.h"
#include "supervise/usage.h"
#include "sys/file.h"
#include "translate/place.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- what is remembered of a life ---- */

static void remember(struct ward *w, struct record_life *life)
{
	const struct proc *p = &w->r.proc;

	/* What is still to be told is about the life before. */
	ward_catch_up(w);
	life->number = p->life;
	life->ended_s = time(NULL);
	life->began_s = w->began_s;
	ward_add_life(w, life);
}

static void remember_ending(struct ward *w)
{
	const struct proc *p = &w->r.proc;
	int64_t since = p->up_ms > 0 ? p->up_ms : p->launched_ms;
	struct usage used = { 0 };
	struct record_life life = {
		.ending = p->ending, .asked = p->term_sent, .killed = p->killed || p->ending.deaf, .failed = proc_failed(p),
		.start = p->again > 0 ? p->again + 1 : 0,
		/* A program that is due to be started again has not been. */
		.uptime_ms = proc_at_least(w->tree->loop.now_ms - since, 0),
	};

	usage_read(w->r.cgroup, &used);
	life.oom_kills = used.oom_kills > w->r.oom_before ? used.oom_kills - w->r.oom_before : 0;
	life.memory_peak = used.memory_peak;
	life.cpu_us = used.cpu_us > w->r.cpu_before ? used.cpu_us - w->r.cpu_before : 0;
	remember(w, &life);
}

/* Of one that is watched, or of which a predecessor has left a descriptor. */
static enum ending_known learn(struct ward *w)
{
	const int pidfd = w->end.fd >= 0 ? w->end.fd : init_find(w);

	w->r.proc.ending = (struct proc_ending){ .how = ENDING_UNKNOWN };
	return ending_learn(w->tree->containers, w->r.id, pidfd, &w->r.proc.ending);
}

/* What has seen the end is let go when the record has it: until then a successor has to be able to ask again. */
static void end_watch_after(struct ward *w, enum proc_event ev)
{
	ward_feed(w, ev);
	init_forget(w);
	ready_end(w);
}

void ward_ended(struct ward *w, enum proc_event ev)
{
	/* Otherwise a predecessor has counted it. */
	if (!w->r.proc.counted) {
		inside_news(w);
		if (learn(w) == ENDING_RUNS && ev == EV_ENDED)
			return;
		remember_ending(w);
	}
	inside_end(w);
	end_watch_after(w, ev);
}

void ward_lost(struct ward *w)
{
	const struct proc *p = &w->r.proc;

	if (!p->counted && (p->was == PROC_UP || p->was == PROC_STOPPING || p->was == PROC_KILLING)) {
		(void)learn(w);
		remember_ending(w);
		end_watch_after(w, EV_FOUND_NONE);
		return;
	}
	init_forget(w);
	ready_end(w);
	ward_feed(w, EV_FOUND_NONE);
}

void ward_refused(struct ward *w, const char *why)
{
	struct record_life life = { .refused = true, .failed = true, .text = why };

	free(w->said);
	w->said = strdup(why);
	remember(w, &life);
	ready_end(w);
	ward_feed(w, EV_REFUSED);
}

/* ---- clearing ---- */

struct clear {
	struct ward *w;
	struct runtime_words words;
	int lock;
	const char *state_below;
};

static int wire(const struct clear *c)
{
	const int null = sys_openat(AT_FDCWD, "/dev/null", O_RDWR, 0), std[3] = { null, null, STDERR_FILENO };
	int rc = null < 0 ? null : command_wire(std, &c->lock, 1);

	if (rc == 0)
		command_sign(3);
	return rc;
}

static int fail(const struct clear *c, int rc)
{
	struct err e = { 0 };

	err_sys(&e, rc, "execute %s", c->words.v[0]);
	return command_fail(c->words.log, &e);
}

static int execute(void *arg)
{
	const struct clear *c = arg;
	int rc = wire(c);

	return fail(c, rc == 0 ? command_execute(c->words.v, c->w->tree->envp) : rc);
}

/* Removing what a container has written may take long, so the child stays for that. */
static int execute_and_remove(void *arg)
{
	const struct clear *c = arg;
	const struct tree *t = c->w->tree;
	struct err e = { 0 };
	int rc = wire(c);

	if (rc == 0)
		rc = command_call(c->words.v, t->envp);
	if (rc < 0)
		return fail(c, rc);
	if (rc > 0)
		return rc;
	return place_remove(t->places.state_dir, c->state_below, &e) < 0 ? command_fail(c->words.log, &e) : 0;
}

static void stuck(struct ward *w, const char *why)
{
	free(w->said);
	w->said = strdup(why);
	ward_feed(w, EV_STUCK);
}

static void on_cleared(struct command *c, int status)
{
	struct ward *w = (struct ward *)((char *)c - offsetof(struct ward, command));
	char said[ERR_TEXT_MAX];

	work_done(w);
	if (status == 0) {
		w->r.pid = 0;
		ward_set_cgroup(w, NULL);
		ward_feed(w, EV_CLEARED);
		return;
	}
	runtime_said(w->tree, w->r.id, said, sizeof said);
	if (!said[0])
		fmt(said, sizeof said, c->late ? "the runtime did not come to an end within 60 seconds" :
		    "the runtime ended with status %d and said nothing", status);
	stuck(w, said);
}

void clear_begin(struct ward *w)
{
	struct tree *t = w->tree;
	struct clear c = { .w = w, .lock = -EBADF, .state_below = w->r.state_below };
	struct err e = { 0 };
	int rc = command_lock(t->locks, w->r.id, &c.lock, &e);

	w->is_locked = rc == COMMAND_BUSY;
	/* A launch that failed may have left a process that was not met. */
	init_forget(w);
	if (rc == 0) {
		sys_unlinkat(t->logs, w->r.id, 0);
		runtime_begin(t, w->r.id, &c.words);
		runtime_add(&c.words, "delete");
		runtime_add(&c.words, "--force");
		runtime_add(&c.words, w->r.id);
		rc = c.state_below
			? command_start(&w->command, &t->loop, execute_and_remove, &c, COMMAND_LIMIT_MS, on_cleared, &e)
			: command_spawn(&w->command, &t->loop, execute, &c, COMMAND_LIMIT_MS, on_cleared, &e);
	}
	fd_close(&c.lock);
	if (rc == 0)
		return;
	work_done(w);
	stuck(w, rc == COMMAND_BUSY ? "another command is at work on it" : e.text);
}

/* ---- killing ---- */

/* Whether it helped is seen by its end; if it did not, it comes again. */
static void on_killed(struct command *c, int status)
{
	struct ward *w = (struct ward *)((char *)c - offsetof(struct ward, command));
	char said[ERR_TEXT_MAX];

	work_done(w);
	if (status == 0 || w->r.proc.state != PROC_KILLING)
		return;
	runtime_said(w->tree, w->r.id, said, sizeof said);
	ward_say(w, LINE_WARN, "%s could not be killed: %s", w->r.name, said);
}

void kill_begin(struct ward *w)
{
	struct tree *t = w->tree;
	struct clear c = { .w = w, .lock = -EBADF };
	struct err e = { 0 };
	int rc = command_lock(t->locks, w->r.id, &c.lock, &e);

	if (rc == 0) {
		sys_unlinkat(t->logs, w->r.id, 0);
		runtime_begin(t, w->r.id, &c.words);
		runtime_add(&c.words, "kill");
		runtime_add(&c.words, "--all");
		runtime_add(&c.words, w->r.id);
		runtime_add(&c.words, "KILL");
		rc = command_spawn(&w->command, &t->loop, execute, &c, COMMAND_LIMIT_MS, on_killed, &e);
	}
	fd_close(&c.lock);
	if (rc == 0)
		return;
	work_done(w);
	ward_say(w, LINE_WARN, "%s could not be killed: %s", w->r.name, rc == COMMAND_BUSY ? "it is being worked on" : e.text);
}
