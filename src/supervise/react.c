/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/react.h"

#include "base/arr.h"

#include <assert.h>
#include <signal.h>
#include <string.h>

/* ---- names ---- */

#define X(name, ...) [PROC_##name] = #name,
static const char *const state_names[PROC__STATES] = { PROC_STATES(X) };
#undef X
#define X(name, ...) [EV_##name] = #name,
static const char *const event_names[PROC__EVENTS] = { PROC_EVENTS(X) };
#undef X
#define X(name, ...) [WISH_##name] = #name,
static const char *const wish_names[WISH__COUNT] = { WISHES(X) };
#undef X

const char *proc_state_name(enum proc_state s)
{
	return state_names[s];
}

const char *proc_event_name(enum proc_event ev)
{
	return event_names[ev];
}

const char *wish_name(enum wish w)
{
	return wish_names[w];
}

bool proc_state_find(const char *name, enum proc_state *ret)
{
	for (size_t i = 0; i < PROC__STATES; i++) {
		if (strcmp(state_names[i], name) == 0) {
			*ret = (enum proc_state)i;
			return true;
		}
	}
	return false;
}

/* ---- times ---- */

static int64_t at_least(int64_t a, int64_t floor)
{
	return a > floor ? a : floor;
}

static int64_t at_most(int64_t a, int64_t ceiling)
{
	return a < ceiling ? a : ceiling;
}

/* Times of a configuration are bounded (a day), so no sum of them and of now overflows; a doubled pause is capped. */
static int64_t doubled(int64_t first, uint32_t times, int64_t most)
{
	int64_t pause = first;

	for (uint32_t i = 0; i < times && pause < most; i++)
		pause *= 2;
	return at_most(pause, most);
}

/*
 * A tenth at most, so that instances which failed together do not come back together; from what p knows, as a random
 * number would make it impossible to say what is right.
 */
static int64_t jitter(const struct proc *p, int64_t pause)
{
	uint64_t x = (p->life + 1) * UINT64_C(0x9e3779b97f4a7c15) ^ (uint64_t)p->launched_ms;

	x = (x ^ x >> 31) * UINT64_C(0xbf58476d1ce4e5b9);
	return (int64_t)((x >> 33) % (uint64_t)(pause / 10 + 1));
}

/* The pause after the streak-th short life in a row. */
static int64_t restart_pause(const struct proc *p)
{
	const struct proc_rules *r = &p->wanted;
	int64_t pause = at_least(r->restart_ms, REACT_START_FLOOR), most = at_least(r->backoff_max_ms, pause);

	if (r->backoff_permille == 0 || p->streak < 2)
		return pause;
	for (uint32_t i = 1; i < p->streak && pause < most; i++)
		pause = at_most(pause * r->backoff_permille / 1000, most);
	return at_most(pause + jitter(p, pause), most);
}

static void count_life(struct proc *p, int64_t now_ms)
{
	if (now_ms - p->launched_ms >= p->wanted.backoff_reset_ms)
		p->streak = 0;
	else if (p->streak < UINT32_MAX)
		p->streak++;
}

/* ---- what cells share ---- */

static void wish(struct todo *todo, enum wish w)
{
	assert(todo->n < TODO_MAX);
	todo->v[todo->n++] = w;
}

bool proc_failed(const struct proc *p)
{
	if (p->killed || p->ending.how == ENDING_UNKNOWN)
		return true;
	/* What ends after it was asked to, ends as it likes; and SIGTERM is how an operator restarts an instance. */
	if (p->term_sent || (p->ending.how == ENDING_SIGNAL && p->ending.number == SIGTERM))
		return false;
	return p->ending.how == ENDING_SIGNAL || !(p->rules.normal[(uint8_t)p->ending.number / 8] >> p->ending.number % 8 & 1);
}

static void count_death(struct proc *p, int64_t now_ms)
{
	p->counted = true;
	p->counts.deaths++;
	p->counts.failures += proc_failed(p);
	count_life(p, now_ms);
	p->start_ms = p->launched_ms + restart_pause(p);
}

/* A start that failed is a start, a death and a failure. */
static void count_refusal(struct proc *p, int64_t now_ms)
{
	p->counted = true;
	p->counts.started++;
	p->counts.deaths++;
	p->counts.failures++;
	count_life(p, p->launched_ms);
	p->start_ms = now_ms + at_least(restart_pause(p), REACT_REFUSED_FLOOR);
}

static void begin_life(struct proc *p, int64_t now_ms)
{
	p->term_sent = p->killed = p->ready = p->late = p->counted = false;
	p->ending = (struct proc_ending){ ENDING_UNKNOWN, 0, false };
	p->tries = 0;
	p->life++;
	p->launched_ms = now_ms;
	p->up_ms = 0;
	p->deadline_ms = REACT_NEVER;
}

/* The configuration is taken now: what changes while the command runs is for the next life. */
static enum proc_state launch(struct proc *p, int64_t now_ms, struct todo *todo)
{
	p->rules = p->wanted;
	p->stale = false;
	begin_life(p, now_ms);
	wish(todo, WISH_SAVE);
	wish(todo, WISH_LAUNCH);
	return PROC_STARTING;
}

static enum proc_state clear(struct proc *p, int64_t now_ms, struct todo *todo)
{
	(void)now_ms;
	p->deadline_ms = REACT_NEVER;
	p->tries = 0;
	wish(todo, WISH_SAVE);
	wish(todo, WISH_CLEAR);
	return PROC_CLEARING;
}

/* There is no container: whatever is to be, begins from here. */
static enum proc_state rest(struct proc *p, int64_t now_ms, struct todo *todo)
{
	if (!p->goal_up) {
		p->deadline_ms = REACT_NEVER;
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

/* A container runs: does it stay? */
static enum proc_state keep_or_stop(struct proc *p, int64_t now_ms, struct todo *todo)
{
	if (!p->goal_up || p->stale)
		return stop(p, now_ms, todo);
	p->deadline_ms = p->rules.ready_ms > 0 && !p->ready && !p->late ? p->launched_ms + p->rules.ready_ms : REACT_NEVER;
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
	p->start_ms = at_most(p->start_ms, p->launched_ms + restart_pause(p));
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

	count_refusal(p, now_ms);
	next = clear(p, now_ms, todo);
	wish(todo, WISH_TELL_REFUSED);
	return next;
}

/* The program could not be started in a container that has nothing else to do. */
static enum proc_state refused_inside(struct proc *p, int64_t now_ms, struct todo *todo)
{
	count_refusal(p, now_ms);
	wish(todo, WISH_TELL_REFUSED);
	return kill_all(p, now_ms, todo);
}

static enum proc_state ready(struct proc *p, int64_t now_ms, struct todo *todo)
{
	(void)now_ms;
	if (p->ready)
		return p->state;
	p->ready = true;
	p->deadline_ms = REACT_NEVER;
	wish(todo, WISH_SAVE);
	wish(todo, WISH_TELL_READY);
	return p->state;
}

static enum proc_state late(struct proc *p, int64_t now_ms, struct todo *todo)
{
	(void)now_ms;
	p->deadline_ms = REACT_NEVER;
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

	/* By a predecessor, or when its program ended. */
	if (p->counted)
		return clear(p, now_ms, todo);
	count_death(p, now_ms);
	next = clear(p, now_ms, todo);
	wish(todo, WISH_TELL_ENDED);
	return next;
}

static enum proc_state bury_program(struct proc *p, int64_t now_ms, struct todo *todo)
{
	count_death(p, now_ms);
	wish(todo, WISH_TELL_ENDED);
	if (!p->rules.process_only || !p->goal_up || p->stale)
		return kill_all(p, now_ms, todo);
	p->deadline_ms = at_least(p->start_ms, now_ms);
	wish(todo, WISH_SAVE);
	return PROC_RESTING_INSIDE;
}

/* A program that ended while its container is being stopped; the container's own end is what is waited for. */
static enum proc_state hurry(struct proc *p, int64_t now_ms, struct todo *todo)
{
	return kill_all(p, now_ms, todo);
}

static enum proc_state rerun(struct proc *p, int64_t now_ms, struct todo *todo)
{
	begin_life(p, now_ms);
	wish(todo, WISH_SAVE);
	wish(todo, WISH_RERUN);
	return PROC_RERUNNING;
}

static enum proc_state stop_empty(struct proc *p, int64_t now_ms, struct todo *todo)
{
	p->goal_up = false;
	return kill_all(p, now_ms, todo);
}

static enum proc_state replace_empty(struct proc *p, int64_t now_ms, struct todo *todo)
{
	set_goal(p, true, true);
	return kill_all(p, now_ms, todo);
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
	p->deadline_ms = REACT_NEVER;
	wish(todo, WISH_CLEAR);
	return p->state;
}

/* ---- adopting ---- */

static enum proc_state look(struct proc *p, int64_t now_ms, struct todo *todo)
{
	(void)now_ms;
	p->deadline_ms = REACT_NEVER;
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
		p->deadline_ms = at_most(p->deadline_ms, now_ms + p->rules.kill_ms);
		return PROC_STOPPING;
	}
	/* Killed after the launch and before that was written: it was a start, and nobody has counted it. */
	if (p->was == PROC_STARTING || p->was == PROC_RERUNNING)
		return begin_up(p, now_ms, todo);
	if (p->was == PROC_RESTING_INSIDE && p->goal_up && !p->stale) {
		p->deadline_ms = at_least(p->start_ms, now_ms);
		return PROC_RESTING_INSIDE;
	}
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
	case PROC_RERUNNING:
	case PROC_STOPPING:
	case PROC_KILLING:
		p->ending = (struct proc_ending){ ENDING_UNKNOWN, 0, false };
		return bury(p, now_ms, todo);
	case PROC_STARTING:
	case PROC_CLEARING:
	case PROC_RESTING_INSIDE:
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
		[EV_LAUNCHED] = stay, [EV_REFUSED] = stay, [EV_READY] = stay, [EV_PROGRAM_ENDED] = stay,
		[EV_ENDED] = stay, [EV_CLEARED] = stay, [EV_STUCK] = stay, [EV_DEADLINE] = stay, NOT_ADOPTING,
	},
	[PROC_ADOPTING] = {
		[EV_WANT] = want_again, [EV_REPLACE] = want_next, [EV_UNWANT] = unwant,
		[EV_LAUNCHED] = stay, [EV_REFUSED] = stay, [EV_READY] = stay, [EV_PROGRAM_ENDED] = stay,
		[EV_ENDED] = stay, [EV_CLEARED] = stay, [EV_STUCK] = stay, [EV_DEADLINE] = look,
		[EV_FOUND_UP] = resume, [EV_FOUND_ENDED] = resume_ended, [EV_FOUND_HALF] = resume_half,
		[EV_FOUND_NONE] = resume_none, [EV_FOUND_BUSY] = look_later,
	},
	[PROC_RESTING] = {
		[EV_WANT] = want, [EV_REPLACE] = replace_resting, [EV_UNWANT] = unwant_down,
		[EV_LAUNCHED] = stay, [EV_REFUSED] = stay, [EV_READY] = stay, [EV_PROGRAM_ENDED] = stay,
		[EV_ENDED] = stay, [EV_CLEARED] = stay, [EV_STUCK] = stay, [EV_DEADLINE] = rest, NOT_ADOPTING,
	},
	/* The command goes on to its end: half a container would have to be undone, and it takes milliseconds. */
	[PROC_STARTING] = {
		[EV_WANT] = want, [EV_REPLACE] = want_next, [EV_UNWANT] = unwant,
		[EV_LAUNCHED] = begin_up, [EV_REFUSED] = refused, [EV_READY] = ready, [EV_PROGRAM_ENDED] = stay,
		[EV_ENDED] = stay, [EV_CLEARED] = stay, [EV_STUCK] = stay, [EV_DEADLINE] = stay, NOT_ADOPTING,
	},
	[PROC_UP] = {
		[EV_WANT] = want, [EV_REPLACE] = replace, [EV_UNWANT] = unwant_and_stop,
		[EV_LAUNCHED] = stay, [EV_REFUSED] = stay, [EV_READY] = ready, [EV_PROGRAM_ENDED] = bury_program,
		[EV_ENDED] = bury, [EV_CLEARED] = stay, [EV_STUCK] = stay, [EV_DEADLINE] = late, NOT_ADOPTING,
	},
	[PROC_RESTING_INSIDE] = {
		[EV_WANT] = want, [EV_REPLACE] = replace_empty, [EV_UNWANT] = stop_empty,
		[EV_LAUNCHED] = stay, [EV_REFUSED] = stay, [EV_READY] = stay, [EV_PROGRAM_ENDED] = stay,
		[EV_ENDED] = bury, [EV_CLEARED] = stay, [EV_STUCK] = stay, [EV_DEADLINE] = rerun, NOT_ADOPTING,
	},
	[PROC_RERUNNING] = {
		[EV_WANT] = want, [EV_REPLACE] = want_next, [EV_UNWANT] = unwant,
		[EV_LAUNCHED] = begin_up, [EV_REFUSED] = refused_inside, [EV_READY] = ready,
		[EV_PROGRAM_ENDED] = bury_program, [EV_ENDED] = bury, [EV_CLEARED] = stay, [EV_STUCK] = stay,
		[EV_DEADLINE] = stay, NOT_ADOPTING,
	},
	/* Whoever is wanted again meanwhile ends first: TERM has been sent, and cannot be taken back. */
	[PROC_STOPPING] = {
		[EV_WANT] = want_again, [EV_REPLACE] = want_next, [EV_UNWANT] = unwant,
		[EV_LAUNCHED] = stay, [EV_REFUSED] = stay, [EV_READY] = stay, [EV_PROGRAM_ENDED] = hurry,
		[EV_ENDED] = bury, [EV_CLEARED] = stay, [EV_STUCK] = stay, [EV_DEADLINE] = deaf, NOT_ADOPTING,
	},
	[PROC_KILLING] = {
		[EV_WANT] = want_again, [EV_REPLACE] = want_next, [EV_UNWANT] = unwant,
		[EV_LAUNCHED] = stay, [EV_REFUSED] = stay, [EV_READY] = stay, [EV_PROGRAM_ENDED] = stay,
		[EV_ENDED] = bury, [EV_CLEARED] = stay, [EV_STUCK] = stay, [EV_DEADLINE] = kill_all, NOT_ADOPTING,
	},
	[PROC_CLEARING] = {
		[EV_WANT] = want_again, [EV_REPLACE] = want_next, [EV_UNWANT] = unwant,
		[EV_LAUNCHED] = stay, [EV_REFUSED] = stay, [EV_READY] = stay, [EV_PROGRAM_ENDED] = stay,
		[EV_ENDED] = stay, [EV_CLEARED] = rest, [EV_STUCK] = stuck, [EV_DEADLINE] = clear_again, NOT_ADOPTING,
	},
};

void proc_feed(struct proc *p, enum proc_event ev, int64_t now_ms, struct todo *todo)
{
	todo->n = 0;
	p->state = reactions[p->state][ev](p, now_ms, todo);
}

void proc_init(struct proc *p, const struct proc_rules *wanted)
{
	*p = (struct proc){ .state = PROC_DOWN, .was = PROC_DOWN, .rules = *wanted, .wanted = *wanted,
			    .deadline_ms = REACT_NEVER };
}

void proc_adopt(struct proc *p, const struct proc_rules *wanted)
{
	proc_init(p, wanted);
	p->state = PROC_ADOPTING;
}

void proc_termed(struct proc *p)
{
	p->term_sent = true;
}

bool proc_available(const struct proc *p, int64_t now_ms, int64_t *ret_when)
{
	int64_t settled = p->up_ms + at_least(p->rules.restart_ms, REACT_AVAILABLE);

	*ret_when = REACT_NEVER;
	if (p->state != PROC_UP || p->stale || !p->goal_up)
		return false;
	if (p->rules.ready_ms > 0)
		return p->ready;
	if (now_ms >= settled)
		return true;
	*ret_when = settled;
	return false;
}
