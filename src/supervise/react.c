/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/react.h"

#include <assert.h>

/* ---- names ---- */

#define X(name, ...) [EV_##name] = #name,
static const char *const event_names[PROC__EVENTS] = { PROC_EVENTS(X) };
#undef X
#define X(name, ...) [WISH_##name] = #name,
static const char *const wish_names[WISH__COUNT] = { WISHES(X) };
#undef X

const char *proc_event_name(enum proc_event ev)
{
	return event_names[ev];
}

const char *wish_name(enum wish w)
{
	return wish_names[w];
}

/* ---- what cells share ---- */

static void wish(struct todo *todo, enum wish w)
{
	assert(todo->n < TODO_MAX);
	todo->v[todo->n++] = w;
}

/* Times of a configuration are bounded (a day), so no sum of them and of now overflows; a doubled pause is capped. */
static int64_t doubled(int64_t first, uint32_t times, int64_t most)
{
	int64_t pause = first;

	for (uint32_t i = 0; i < times && pause < most; i++)
		pause *= 2;
	return proc_at_most(pause, most);
}

/* The configuration is taken now: what changes while the command runs is for the next life. */
static enum proc_state launch(struct proc *p, int64_t now_ms, struct todo *todo)
{
	p->rules = p->wanted;
	p->stale = false;
	proc_begin_life(p, now_ms);
	wish(todo, WISH_SAVE);
	wish(todo, WISH_LAUNCH);
	return PROC_STARTING;
}

static enum proc_state clear(struct proc *p, int64_t now_ms, struct todo *todo)
{
	(void)now_ms;
	p->deadline_ms = PROC_NEVER;
	p->tries = 0;
	wish(todo, WISH_SAVE);
	wish(todo, WISH_CLEAR);
	return PROC_CLEARING;
}

/* There is no container: whatever is to be, begins from here. */
static enum proc_state rest(struct proc *p, int64_t now_ms, struct todo *todo)
{
	if (!p->goal_up) {
		p->deadline_ms = PROC_NEVER;
		wish(todo, WISH_FORGET);
		return PROC_DOWN;
	}
	if (p->start_ms <= now_ms)
		return launch(p, now_ms, todo);
	p->deadline_ms = p->start_ms;
	wish(todo, WISH_SAVE);
	return PROC_RESTING;
}

static enum proc_state stop(struct proc *p, int64_t now_ms, struct todo *todo)
{
	p->deadline_ms = now_ms + p->rules.kill_ms;
	wish(todo, WISH_SAVE);
	wish(todo, WISH_TERM);
	return PROC_STOPPING;
}

static enum proc_state kill_all(struct proc *p, int64_t now_ms, struct todo *todo)
{
	p->deadline_ms = now_ms + REACT_KILL_AGAIN;
	wish(todo, WISH_SAVE);
	wish(todo, WISH_KILL);
	return PROC_KILLING;
}

static int64_t ready_until(const struct proc *p)
{
	if (p->rules.ready_ms == 0 || p->ready || p->late)
		return PROC_NEVER;
	return proc_begun(p) + p->rules.ready_ms;
}

/* A container runs: does it stay? */
static enum proc_state keep_or_stop(struct proc *p, int64_t now_ms, struct todo *todo)
{
	if (!p->goal_up || p->stale)
		return stop(p, now_ms, todo);
	p->deadline_ms = ready_until(p);
	return PROC_UP;
}

static void set_goal(struct proc *p, bool up, bool stale)
{
	/* A configuration that was never tried owes nothing to the failures of the one before. */
	if (stale && !p->stale)
		p->streak = 0;
	p->goal_up = up;
	p->stale = stale;
}

/* ---- cells ---- */

typedef enum proc_state react_fn(struct proc *p, int64_t now_ms, struct todo *todo);

/* Nothing to do: it comes late, or cannot be. */
static enum proc_state stay(struct proc *p, int64_t now_ms, struct todo *todo)
{
	(void)now_ms;
	(void)todo;
	return p->state;
}

static enum proc_state want(struct proc *p, int64_t now_ms, struct todo *todo)
{
	(void)now_ms;
	(void)todo;
	set_goal(p, true, false);
	/* The same configuration by its digest; what it does not cover (restart-timeout and its like) holds from now on. */
	p->rules = p->wanted;
	return p->state;
}

/* The container that is there keeps its rules until its end: its kill-timeout, its normal exit codes. */
static enum proc_state want_again(struct proc *p, int64_t now_ms, struct todo *todo)
{
	(void)now_ms;
	(void)todo;
	p->goal_up = true;
	return p->state;
}

static enum proc_state want_next(struct proc *p, int64_t now_ms, struct todo *todo)
{
	(void)now_ms;
	(void)todo;
	set_goal(p, true, true);
	return p->state;
}

static enum proc_state unwant(struct proc *p, int64_t now_ms, struct todo *todo)
{
	(void)now_ms;
	(void)todo;
	p->goal_up = false;
	return p->state;
}

static enum proc_state want_and_launch(struct proc *p, int64_t now_ms, struct todo *todo)
{
	set_goal(p, true, false);
	return launch(p, now_ms, todo);
}

static enum proc_state unwant_down(struct proc *p, int64_t now_ms, struct todo *todo)
{
	p->goal_up = false;
	return rest(p, now_ms, todo);
}

static enum proc_state unwant_and_stop(struct proc *p, int64_t now_ms, struct todo *todo)
{
	p->goal_up = false;
	return stop(p, now_ms, todo);
}

static enum proc_state replace(struct proc *p, int64_t now_ms, struct todo *todo)
{
	set_goal(p, true, true);
	return stop(p, now_ms, todo);
}

/* Nothing runs; a mended configuration need not wait for the end of a pause that the broken one has earned. */
static enum proc_state replace_resting(struct proc *p, int64_t now_ms, struct todo *todo)
{
	set_goal(p, true, true);
	p->start_ms = proc_at_most(p->start_ms, p->launched_ms + proc_pause(p));
	return rest(p, now_ms, todo);
}

static enum proc_state begin_up(struct proc *p, int64_t now_ms, struct todo *todo)
{
	p->counts.started++;
	p->up_ms = now_ms;
	wish(todo, WISH_SAVE);
	wish(todo, WISH_TELL_STARTED);
	/* stop() wishes to save once more: its deadline belongs to another state. */
	return keep_or_stop(p, now_ms, todo);
}

static enum proc_state refused(struct proc *p, int64_t now_ms, struct todo *todo)
{
	enum proc_state next;

	proc_count_refusal(p, now_ms);
	next = clear(p, now_ms, todo);
	wish(todo, WISH_TELL_ENDED);
	return next;
}

static enum proc_state ready(struct proc *p, int64_t now_ms, struct todo *todo)
{
	(void)now_ms;
	if (p->ready)
		return p->state;
	p->ready = true;
	p->deadline_ms = PROC_NEVER;
	wish(todo, WISH_SAVE);
	wish(todo, WISH_TELL_READY);
	return p->state;
}

static enum proc_state late(struct proc *p, int64_t now_ms, struct todo *todo)
{
	(void)now_ms;
	p->deadline_ms = PROC_NEVER;
	if (p->rules.ready_ms == 0 || p->ready || p->late)
		return p->state;
	p->late = true;
	wish(todo, WISH_TELL_LATE);
	return p->state;
}

/* The successor comes before the log: restarting is what somebody waits for. */
static enum proc_state bury(struct proc *p, int64_t now_ms, struct todo *todo)
{
	enum proc_state next;
	bool untold;

	/* By a predecessor. */
	if (p->counted)
		return clear(p, now_ms, todo);
	/* To a TERM that an operator has sent, or to ours: the init has the same timeout, and may be first. */
	untold = p->ending.deaf && !p->killed;
	p->killed |= p->ending.deaf;
	proc_count_death(p, now_ms);
	next = clear(p, now_ms, todo);
	if (untold)
		wish(todo, WISH_TELL_DEAF);
	wish(todo, WISH_TELL_ENDED);
	return next;
}

static enum proc_state again(struct proc *p, int64_t now_ms, struct todo *todo)
{
	(void)now_ms;
	if (p->state == PROC_UP)
		p->deadline_ms = ready_until(p);
	wish(todo, WISH_SAVE);
	wish(todo, WISH_TELL_ENDED);
	return p->state;
}

static enum proc_state deaf(struct proc *p, int64_t now_ms, struct todo *todo)
{
	p->killed = true;
	wish(todo, WISH_TELL_DEAF);
	return kill_all(p, now_ms, todo);
}

static enum proc_state stuck(struct proc *p, int64_t now_ms, struct todo *todo)
{
	p->deadline_ms = now_ms + doubled(REACT_CLEAR_FIRST, p->tries, REACT_CLEAR_MOST);
	p->tries += p->tries < 31;
	wish(todo, WISH_TELL_STUCK);
	return p->state;
}

static enum proc_state clear_again(struct proc *p, int64_t now_ms, struct todo *todo)
{
	(void)now_ms;
	p->deadline_ms = PROC_NEVER;
	wish(todo, WISH_CLEAR);
	return p->state;
}

/* ---- adopting ---- */

static enum proc_state look(struct proc *p, int64_t now_ms, struct todo *todo)
{
	(void)now_ms;
	p->deadline_ms = PROC_NEVER;
	wish(todo, WISH_LOOK);
	return p->state;
}

static enum proc_state look_later(struct proc *p, int64_t now_ms, struct todo *todo)
{
	(void)todo;
	p->deadline_ms = now_ms + doubled(REACT_LOOK_FIRST, p->tries, REACT_LOOK_MOST);
	p->tries += p->tries < 31;
	return p->state;
}

/* The deadline of the record holds: a kill-timeout survives its supervisor. */
static enum proc_state resume(struct proc *p, int64_t now_ms, struct todo *todo)
{
	p->tries = 0;
	if (p->was == PROC_KILLING)
		return kill_all(p, now_ms, todo);
	if (p->was == PROC_STOPPING) {
		/* Its time begins when it is told; should that be the second time, it is some microseconds after the first. */
		if (!p->term_sent)
			return stop(p, now_ms, todo);
		/* What cannot have been meant, as it is later than TERM could have been sent, is a damaged record. */
		p->deadline_ms = proc_at_most(p->deadline_ms, now_ms + p->rules.kill_ms);
		return PROC_STOPPING;
	}
	/* Killed after the launch and before that was written: it was a start, and nobody has counted it. */
	if (p->was == PROC_STARTING)
		return begin_up(p, now_ms, todo);
	/* The same, where not even the launch could be written.  By the number that is known its pidfd is held already. */
	if (p->was == PROC_RESTING || p->was == PROC_DOWN) {
		p->counted = p->term_sent = p->killed = p->ready = p->late = false;
		return begin_up(p, now_ms, todo);
	}
	/* A launch that was refused, and has made one after all: it was counted, and goes. */
	if (p->was == PROC_CLEARING)
		return clear(p, now_ms, todo);
	return keep_or_stop(p, now_ms, todo);
}

static enum proc_state resume_ended(struct proc *p, int64_t now_ms, struct todo *todo)
{
	if (p->was == PROC_STARTING)
		p->counts.started++;
	return bury(p, now_ms, todo);
}

static enum proc_state resume_half(struct proc *p, int64_t now_ms, struct todo *todo)
{
	return clear(p, now_ms, todo);
}

/* Removed by somebody else, while it ran: an ending all the same.  The state directory may still be there. */
static enum proc_state resume_none(struct proc *p, int64_t now_ms, struct todo *todo)
{
	switch (p->was) {
	case PROC_UP:
	case PROC_STOPPING:
	case PROC_KILLING:
		p->ending = (struct proc_ending){ .how = ENDING_UNKNOWN };
		return bury(p, now_ms, todo);
	case PROC_STARTING:
	case PROC_CLEARING:
		return clear(p, now_ms, todo);
	case PROC_DOWN:
	case PROC_ADOPTING:
	case PROC_RESTING:
	case PROC__STATES:
		break;
	}
	return rest(p, now_ms, todo);
}

/* ---- the table ---- */

/* What is over, and what has not been asked: an answer to an earlier question, or a signal that came late. */
#define NOT_ADOPTING                                                                                           \
	[EV_FOUND_UP] = stay, [EV_FOUND_ENDED] = stay, [EV_FOUND_HALF] = stay, [EV_FOUND_NONE] = stay,         \
	[EV_FOUND_BUSY] = stay

static react_fn *const reactions[PROC__STATES][PROC__EVENTS] = {
	[PROC_DOWN] = {
		[EV_WANT] = want_and_launch, [EV_REPLACE] = want_and_launch, [EV_UNWANT] = unwant_down,
		[EV_LAUNCHED] = stay, [EV_REFUSED] = stay, [EV_READY] = stay, [EV_AGAIN] = stay,
		[EV_ENDED] = stay, [EV_CLEARED] = stay, [EV_STUCK] = stay, [EV_DEADLINE] = stay, NOT_ADOPTING,
	},
	[PROC_ADOPTING] = {
		[EV_WANT] = want_again, [EV_REPLACE] = want_next, [EV_UNWANT] = unwant,
		[EV_LAUNCHED] = stay, [EV_REFUSED] = stay, [EV_READY] = stay, [EV_AGAIN] = stay,
		[EV_ENDED] = stay, [EV_CLEARED] = stay, [EV_STUCK] = stay, [EV_DEADLINE] = look,
		[EV_FOUND_UP] = resume, [EV_FOUND_ENDED] = resume_ended, [EV_FOUND_HALF] = resume_half,
		[EV_FOUND_NONE] = resume_none, [EV_FOUND_BUSY] = look_later,
	},
	[PROC_RESTING] = {
		[EV_WANT] = want, [EV_REPLACE] = replace_resting, [EV_UNWANT] = unwant_down,
		[EV_LAUNCHED] = stay, [EV_REFUSED] = stay, [EV_READY] = stay, [EV_AGAIN] = stay,
		[EV_ENDED] = stay, [EV_CLEARED] = stay, [EV_STUCK] = stay, [EV_DEADLINE] = rest, NOT_ADOPTING,
	},
	/* The command goes on to its end: half a container would have to be undone, and it takes milliseconds. */
	[PROC_STARTING] = {
		[EV_WANT] = want, [EV_REPLACE] = want_next, [EV_UNWANT] = unwant,
		[EV_LAUNCHED] = begin_up, [EV_REFUSED] = refused, [EV_READY] = ready, [EV_AGAIN] = stay,
		[EV_ENDED] = stay, [EV_CLEARED] = stay, [EV_STUCK] = stay, [EV_DEADLINE] = stay, NOT_ADOPTING,
	},
	[PROC_UP] = {
		[EV_WANT] = want, [EV_REPLACE] = replace, [EV_UNWANT] = unwant_and_stop,
		[EV_LAUNCHED] = stay, [EV_REFUSED] = stay, [EV_READY] = ready, [EV_AGAIN] = again,
		[EV_ENDED] = bury, [EV_CLEARED] = stay, [EV_STUCK] = stay, [EV_DEADLINE] = late, NOT_ADOPTING,
	},
	/* Whoever is wanted again meanwhile ends first: TERM has been sent, and cannot be taken back. */
	[PROC_STOPPING] = {
		[EV_WANT] = want_again, [EV_REPLACE] = want_next, [EV_UNWANT] = unwant,
		[EV_LAUNCHED] = stay, [EV_REFUSED] = stay, [EV_READY] = stay, [EV_AGAIN] = again,
		[EV_ENDED] = bury, [EV_CLEARED] = stay, [EV_STUCK] = stay, [EV_DEADLINE] = deaf, NOT_ADOPTING,
	},
	[PROC_KILLING] = {
		[EV_WANT] = want_again, [EV_REPLACE] = want_next, [EV_UNWANT] = unwant,
		[EV_LAUNCHED] = stay, [EV_REFUSED] = stay, [EV_READY] = stay, [EV_AGAIN] = again,
		[EV_ENDED] = bury, [EV_CLEARED] = stay, [EV_STUCK] = stay, [EV_DEADLINE] = kill_all, NOT_ADOPTING,
	},
	[PROC_CLEARING] = {
		[EV_WANT] = want_again, [EV_REPLACE] = want_next, [EV_UNWANT] = unwant,
		[EV_LAUNCHED] = stay, [EV_REFUSED] = stay, [EV_READY] = stay, [EV_AGAIN] = stay,
		[EV_ENDED] = stay, [EV_CLEARED] = rest, [EV_STUCK] = stuck, [EV_DEADLINE] = clear_again, NOT_ADOPTING,
	},
};

void proc_feed(struct proc *p, enum proc_event ev, int64_t now_ms, struct todo *todo)
{
	todo->n = 0;
	p->state = reactions[p->state][ev](p, now_ms, todo);
}
