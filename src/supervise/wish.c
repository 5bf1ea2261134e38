/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/wish.h"

#include "supervise/tree.h"
#include "sys/file.h"
#include "sys/process.h"
#include "translate/bundle.h"

#include <signal.h>
#include <string.h>
#include <time.h>

/* ---- what is done ---- */

/* What is launched is in the record before it is launched. */
static void do_save(struct ward *w)
{
	const struct proc *p = &w->r.proc;

	if (p->state == PROC_STARTING && w->taken_life != p->life && w->wanted) {
		w->taken_life = p->life;
		w->began_s = time(NULL);
		/* Without memory what it had stands: it is taken again when its turn has come. */
		if (ward_take(w, w->wanted) < 0)
			tree_say(w->tree, LINE_ERROR, "%s: no memory", w->r.name);
	}
	ward_save(w);
}

static void do_launch(struct ward *w)
{
	work_wish(w, WISH_LAUNCH);
}

static void do_kill(struct ward *w)
{
	work_wish(w, WISH_KILL);
}

static void do_clear(struct ward *w)
{
	work_wish(w, WISH_CLEAR);
}

static void do_term(struct ward *w)
{
	int rc = w->end.fd >= 0 ? sys_pidfd_send_signal(w->end.fd, SIGTERM) : -ESRCH;

	/* What has ended meanwhile tells so by itself. */
	if (rc < 0 && rc != -ESRCH)
		ward_say(w, LINE_ERROR, "Sending SIGTERM to %s failed: %s", w->r.name, strerror(-rc));
	proc_termed(&w->r.proc);
	ward_save(w);
}

static void do_look(struct ward *w)
{
	adopt_look(w);
}

static void do_forget(struct ward *w)
{
	/* Not from within the events of its own: the loop does that when its turn is over. */
	w->forget = true;
	w->tree->forget_due = true;
}

/* ---- what is told ---- */

static const char *command_of(const struct ward *w)
{
	return w->wanted && w->wanted->command ? w->wanted->command : "";
}

static void tell_started(struct ward *w)
{
	ward_say(w, LINE_WARN, "Starting \"%s\": %s", w->r.name, command_of(w));
}

static void tell_ready(struct ward *w)
{
	ward_say(w, LINE_INFO, "Container \"%s\" is ready", w->r.name);
}

static void tell_late(struct ward *w)
{
	ward_say(w, LINE_WARN, "Container \"%s\" has not said within %lld seconds that it is ready", w->r.name,
		 (long long)(w->r.proc.rules.ready_ms / 1000));
}

static void tell_refused(struct ward *w, const struct record_life *life)
{
	const char *why = life->text ? life->text : "nobody said why";

	ward_say(w, LINE_ERROR, "Error starting \"%s\": %s", w->r.name, why);
	tree_say(w->tree, LINE_ERROR, "Error starting \"%s\": %s", w->r.name, why);
}

static void tell_end(struct ward *w, const struct record_life *life)
{
	char line[LINE_MAX_BYTES], status[LINE_STATUS_MAX];

	line_status(&life->ending, status);
	ward_note(w, line, line_ended(line, time(NULL), w->r.name, &life->ending, life->uptime_ms));
	/* One that was told to end has ended as it should. */
	ward_say(w, life->failed ? LINE_ERROR : LINE_WARN, "Container \"%s\" (pid: %d) %s", w->r.name, w->r.pid, status);
	tree_say(w->tree, LINE_ERROR, "Container \"%s\" (pid: %d) %s", w->r.name, w->r.pid, status);
}

/* A container's start has its line from its launch. */
static void tell_start_inside(struct ward *w)
{
	char line[LINE_MAX_BYTES];

	ward_note(w, line, line_starting(line, time(NULL), w->r.name, command_of(w)));
	tell_started(w);
}

/* Where the container goes on nothing else may be saved for days, and no successor is to tell what was told. */
static void tell_ended(struct ward *w)
{
	bool inside = false;

	for (size_t i = w->r.n_lives - w->r.untold; i < w->r.n_lives; i++) {
		const struct record_life *life = &w->r.lives[i];

		if (life->refused)
			tell_refused(w, life);
		else
			tell_end(w, life);
		if (life->inside)
			tell_start_inside(w);
		inside = life->inside;
	}
	w->r.untold = 0;
	if (inside)
		ward_save(w);
}

static void tell_deaf(struct ward *w)
{
	const struct proc *p = &w->r.proc;
	char line[LINE_MAX_BYTES];

	ward_note(w, line, line_deaf(line, time(NULL), w->r.name, p->rules.kill_ms,
				     w->tree->loop.now_ms - (p->up_ms > 0 ? p->up_ms : p->launched_ms)));
	ward_say(w, LINE_ERROR, "Container \"%s\" (pid: %d) did not respond to SIGTERM in %lld seconds", w->r.name, w->r.pid,
		 (long long)(p->rules.kill_ms / 1000));
}

static void tell_stuck(struct ward *w)
{
	/* What a launch that failed has left takes a moment to die, and holds its lock until then. */
	if (w->is_locked && w->r.proc.tries == 1)
		return;
	ward_say(w, LINE_ERROR, "Container \"%s\" could not be removed: %s", w->r.name, w->said ? w->said : "nobody said why");
}

/* ---- the table ---- */

static void (*const wishes[WISH__COUNT])(struct ward *w) = {
	[WISH_SAVE] = do_save,
	[WISH_LAUNCH] = do_launch,
	[WISH_TERM] = do_term,
	[WISH_KILL] = do_kill,
	[WISH_CLEAR] = do_clear,
	[WISH_LOOK] = do_look,
	[WISH_FORGET] = do_forget,
	[WISH_TELL_STARTED] = tell_started,
	[WISH_TELL_READY] = tell_ready,
	[WISH_TELL_LATE] = tell_late,
	[WISH_TELL_DEAF] = tell_deaf,
	[WISH_TELL_ENDED] = tell_ended,
	[WISH_TELL_STUCK] = tell_stuck,
};

void wish_carry_out(struct ward *w, enum wish what)
{
	wishes[what](w);
}

bool wish_can_wait(enum wish what)
{
	return what >= WISH_TELL_STARTED;
}
