/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An instance: what it is doing, by which rules, how its lives end and how often.  Pure; what is done with it, and when, is
 * react.h.  Times are monotonic milliseconds.
 *
 * A life is a container's, from its launch to its end.  In a container whose init starts the program again
 * (restart-process-only) a life has several starts of the program, which are counted like lives: that has happened already
 * when it is seen, so nothing is decided about it.
 */
#ifndef CIST_SUPERVISE_PROC_H
#define CIST_SUPERVISE_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROC_NEVER INT64_MAX

/* Bounds of ours, in milliseconds; docs/supervisor.md says why. */
enum {
	PROC_START_FLOOR   = 100,	/* between two starts of an instance, also with restart-timeout: 0 */
	PROC_REFUSED_FLOOR = 1000,	/* after a launch that failed */
	PROC_AVAILABLE     = 1000,	/* how long an instance without readiness has to run before it counts as available */
};

#define PROC_STATES(X) \
	X(DOWN) X(ADOPTING) X(RESTING) X(STARTING) X(UP) X(STOPPING) X(KILLING) X(CLEARING)

#define X(name, ...) PROC_##name,
enum proc_state { PROC_STATES(X) PROC__STATES };
#undef X

/* "UP", "RESTING": for the record, the log and tests. */
const char *proc_state_name(enum proc_state s);
/* The state of that name; false: there is none. */
bool proc_state_find(const char *name, enum proc_state *ret);

/* What a configuration says about starting and ending. */
struct proc_rules {
	int64_t restart_ms;		/* restart-timeout: between two starts */
	int64_t kill_ms;		/* kill-timeout: from TERM to KILL */
	int64_t ready_ms;		/* 0: the program does not tell when it is ready; else how long it may take */
	int64_t again_ms;		/* its init starts the program again, so far apart at least; 0: it does not */
	uint8_t normal[32];		/* exit codes that are no failure; bit code % 8 of byte code / 8 */
	/* restart-backoff: with lives shorter than reset_ms the n-th pause is restart_ms * (factor / 1000) ^ (n - 1) */
	uint32_t backoff_permille;	/* 0: off, each pause is restart_ms; else at least 1000 */
	int64_t backoff_max_ms;
	int64_t backoff_reset_ms;
};

static inline void proc_rules_allow(struct proc_rules *r, uint8_t code)
{
	r->normal[code / 8] |= (uint8_t)(1U << code % 8);
}

enum ending_how { ENDING_UNKNOWN, ENDING_EXIT, ENDING_SIGNAL };

struct proc_ending {
	enum ending_how how;
	int number;			/* exit code 0…255, or signal */
	bool core;			/* dumped one */
	bool deaf;			/* its init killed it, as it had not ended in the time after SIGTERM */
};

/* Of failed launches and deaths: totals that only grow. */
struct proc_counts {
	uint64_t started;
	uint64_t deaths;
	uint64_t failures;
};

/*
 * The caller fills wanted, and for one that is adopted the members that its record has; proc.c and react.c write the rest,
 * and read ending, which the caller fills before an end is told.
 */
struct proc {
	enum proc_state state;
	enum proc_state was;		/* ADOPTING: what its record says */
	bool goal_up;
	bool stale;			/* what runs, or is being launched, is of another configuration than p->wanted */
	bool term_sent;
	bool killed;			/* it was deaf to TERM */
	bool counted;			/* the end of this life is in counts */
	bool ready;			/* has said so since the program was started */
	bool late;			/* has not, though ready_ms have passed */
	struct proc_rules rules;	/* of the container that there is, was, or is being launched */
	struct proc_rules wanted;	/* of the next one */
	uint64_t life;			/* number of the last launch */
	uint64_t again;			/* ends of the program in this life after which its init starts it again; counted */
	int64_t launched_ms;		/* when it was asked for */
	int64_t up_ms;			/* when the program was known to run, or is due to be started again */
	int64_t start_ms;		/* CLEARING, RESTING: not before this */
	int64_t deadline_ms;		/* when EV_DEADLINE is due; PROC_NEVER: not at all */
	uint32_t streak;		/* lives in a row that were shorter than backoff_reset_ms */
	uint32_t tries;			/* of looking or clearing, for the pause between them */
	struct proc_ending ending;
	struct proc_counts counts;
};

/* A new one that nobody has seen: DOWN, no deadline. */
void proc_init(struct proc *p, const struct proc_rules *wanted);
/* One that may have a container: ADOPTING.  was, and what else its record has, is filled in afterwards. */
void proc_adopt(struct proc *p, const struct proc_rules *wanted);

/* SIGTERM has been sent; if the record says so, a successor does not send it again. */
void proc_termed(struct proc *p);

/*
 * Whether an ending counts as a failure: unknown ones and deaths by KILL after a deaf TERM do; those that were asked for
 * with TERM, death by SIGTERM and normal exit codes do not.
 */
bool proc_failed(const struct proc *p);

/*
 * Whether it serves: UP in the wanted configuration, and ready, or where the program does not tell, has run for long
 * enough.  *ret_when: when that may change by time alone, or PROC_NEVER.
 */
bool proc_available(const struct proc *p, int64_t now_ms, int64_t *ret_when);

/* ---- counting; for react.c ---- */

static inline int64_t proc_at_least(int64_t a, int64_t floor)
{
	return a > floor ? a : floor;
}

static inline int64_t proc_at_most(int64_t a, int64_t ceiling)
{
	return a < ceiling ? a : ceiling;
}

/* A launch is asked for. */
void proc_begin_life(struct proc *p, int64_t now_ms);
/* The life has ended, as p->ending says. */
void proc_count_death(struct proc *p, int64_t now_ms);
/* A start that failed is a start, a death and a failure. */
void proc_count_refusal(struct proc *p, int64_t now_ms);
/* How long it is from one start to the next, as things stand. */
int64_t proc_pause(const struct proc *p);
/* When the program's last start was asked for, or is due. */
int64_t proc_begun(const struct proc *p);

/* ---- starts within a life ---- */

/* The largest number that an end of the program can have by now: there are again_ms between two starts. */
uint64_t proc_again_most(const struct proc *p, int64_t now_ms);

/*
 * The end that has that number, after ran_ms, as p->ending says; its init has started the program again, or will.  Those
 * between it and p->again nobody has seen: they are failures.  number is above p->again.  EV_AGAIN comes after the last one.
 */
void proc_count_again(struct proc *p, uint64_t number, int64_t ran_ms, int64_t now_ms);

#endif
