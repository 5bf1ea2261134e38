/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/proc.h"

#include <signal.h>
#include <string.h>

/* ---- names ---- */

#define X(name, ...) [PROC_##name] = #name,
static const char *const state_names[PROC__STATES] = { PROC_STATES(X) };
#undef X

const char *proc_state_name(enum proc_state s)
{
	return state_names[s];
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

/* ---- a life ---- */

void proc_init(struct proc *p, const struct proc_rules *wanted)
{
	*p = (struct proc){ .state = PROC_DOWN, .was = PROC_DOWN, .rules = *wanted, .wanted = *wanted,
			    .deadline_ms = PROC_NEVER };
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

void proc_begin_life(struct proc *p, int64_t now_ms)
{
	p->term_sent = p->killed = p->ready = p->late = p->counted = false;
	p->ending = (struct proc_ending){ .how = ENDING_UNKNOWN };
	p->tries = 0;
	p->life++;
	p->again = 0;
	p->launched_ms = now_ms;
	p->up_ms = 0;
	p->deadline_ms = PROC_NEVER;
}

bool proc_failed(const struct proc *p)
{
	if (p->killed || p->ending.deaf || p->ending.how == ENDING_UNKNOWN)
		return true;
	/* What ends after it was asked to, ends as it likes; and SIGTERM is how an operator restarts an instance. */
	if (p->term_sent || (p->ending.how == ENDING_SIGNAL && p->ending.number == SIGTERM))
		return false;
	return p->ending.how == ENDING_SIGNAL || !(p->rules.normal[(uint8_t)p->ending.number / 8] >> p->ending.number % 8 & 1);
}

bool proc_available(const struct proc *p, int64_t now_ms, int64_t *ret_when)
{
	int64_t settled = p->up_ms + proc_at_least(p->rules.restart_ms, PROC_AVAILABLE);

	*ret_when = PROC_NEVER;
	if (p->state != PROC_UP || p->stale || !p->goal_up)
		return false;
	if (p->rules.ready_ms > 0)
		return p->ready;
	if (now_ms >= settled)
		return true;
	*ret_when = settled;
	return false;
}

/* ---- pauses ---- */

int64_t proc_begun(const struct proc *p)
{
	return p->again > 0 ? p->up_ms : p->launched_ms;
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

/* After the streak-th short life in a row. */
int64_t proc_pause(const struct proc *p)
{
	const struct proc_rules *r = &p->wanted;
	int64_t pause = proc_at_least(r->restart_ms, PROC_START_FLOOR), most = proc_at_least(r->backoff_max_ms, pause);

	if (r->backoff_permille == 0 || p->streak < 2)
		return pause;
	for (uint32_t i = 1; i < p->streak && pause < most; i++)
		pause = proc_at_most(pause * r->backoff_permille / 1000, most);
	return proc_at_most(pause + jitter(p, pause), most);
}

/* ---- counting ---- */

static void count_life(struct proc *p, int64_t now_ms)
{
	if (now_ms - p->launched_ms >= p->wanted.backoff_reset_ms)
		p->streak = 0;
	else if (p->streak < UINT32_MAX)
		p->streak++;
}

void proc_count_death(struct proc *p, int64_t now_ms)
{
	p->counted = true;
	p->counts.deaths++;
	p->counts.failures += proc_failed(p);
	count_life(p, now_ms);
	/* In a pause of its init the program has been due already. */
	p->start_ms = p->again > 0 && p->up_ms > now_ms ? p->up_ms : proc_begun(p) + proc_pause(p);
}

void proc_count_refusal(struct proc *p, int64_t now_ms)
{
	p->counted = true;
	p->counts.started++;
	p->counts.deaths++;
	p->counts.failures++;
	count_life(p, p->launched_ms);
	p->start_ms = now_ms + proc_at_least(proc_pause(p), PROC_REFUSED_FLOOR);
}

uint64_t proc_again_most(const struct proc *p, int64_t now_ms)
{
	const int64_t since = proc_at_least(now_ms - p->launched_ms, 0);

	/* And one, as now is when this turn of the loop began. */
	return p->rules.again_ms > 0 ? (uint64_t)(since / p->rules.again_ms) + 2 : 0;
}

void proc_count_again(struct proc *p, uint64_t number, int64_t ran_ms, int64_t now_ms)
{
	const uint64_t n = number - p->again;

	p->again = number;
	p->counts.started += n;
	p->counts.deaths += n;
	p->counts.failures += n - 1 + proc_failed(p);
	/* What the program has said of itself was said by the one before. */
	p->ready = p->late = false;
	p->up_ms = now_ms + proc_at_least(p->rules.again_ms - ran_ms, 0);
}
