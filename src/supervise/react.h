/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is done with an instance, and when: a table of states by events.  Pure: the time is an argument (monotonic
 * milliseconds), and what shall be done is a list of wishes that the caller carries out in their order.  So years of
 * restarts run in a test within milliseconds, and whoever wonders why an instance was killed reads one file.
 *
 *	state            there is a container           what is waited for
 *	DOWN             no                             being wanted
 *	ADOPTING         nobody knows yet               an answer about it (EV_FOUND_…)
 *	RESTING          no                             the time of the next start
 *	STARTING         perhaps                        the launching command
 *	UP               yes, its program runs          its end
 *	RESTING_INSIDE   yes, without a program         the time of the program's next start (restart-process-only)
 *	RERUNNING        yes, perhaps with one          the command that starts the program
 *	STOPPING         yes, TERM was sent             its end, or the kill-timeout
 *	KILLING          yes, KILL was sent             its end
 *	CLEARING         it has ended                   the command that removes it
 *
 * The order of an instance's start is DOWN, STARTING, UP; of its end [STOPPING, [KILLING,]] CLEARING, and then what its
 * goal says.  A new configuration takes effect with the next STARTING, whoever caused that.
 */
#ifndef CIST_SUPERVISE_REACT_H
#define CIST_SUPERVISE_REACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REACT_NEVER INT64_MAX

/* Bounds of ours, in milliseconds; docs/supervisor.md says why. */
enum {
	REACT_START_FLOOR  = 100,	/* between two starts of an instance, also with restart-timeout: 0 */
	REACT_REFUSED_FLOOR = 1000,	/* after a launch that failed */
	REACT_LOOK_FIRST   = 20,	/* until a busy instance is looked at again; doubled each time, up to … */
	REACT_LOOK_MOST    = 1000,
	REACT_CLEAR_FIRST  = 1000,	/* until clearing is tried again; doubled each time, up to … */
	REACT_CLEAR_MOST   = 32 * 1000,
	REACT_KILL_AGAIN   = 5 * 1000,
	REACT_AVAILABLE    = 1000,	/* how long an instance without readiness has to run before it counts as available */
};

#define PROC_STATES(X)                                                                              \
	X(DOWN) X(ADOPTING) X(RESTING) X(STARTING) X(UP) X(RESTING_INSIDE) X(RERUNNING) X(STOPPING) \
	X(KILLING) X(CLEARING)

#define PROC_EVENTS(X)                                                                                              \
	X(WANT,          "is wanted, in the configuration that it runs with if it runs")                            \
	X(REPLACE,       "is wanted in another configuration, p->wanted")                                           \
	X(UNWANT,        "is not wanted any more: retired, or everything is being stopped")                         \
	X(LAUNCHED,      "the launching command, or that which starts the program again, has succeeded")            \
	X(REFUSED,       "it has failed, or could not be executed")                                                 \
	X(READY,         "the program says that it is ready")                                                       \
	X(PROGRAM_ENDED, "the program has ended, p->ending says how; its container is there and waits")             \
	X(ENDED,         "the container has ended, p->ending says how")                                             \
	X(CLEARED,       "the clearing command has succeeded: no container, no state directory")                    \
	X(STUCK,         "it has failed")                                                                           \
	X(DEADLINE,      "p->deadline_ms has come")                                                                 \
	X(FOUND_UP,      "adopting: the container runs, and is watched from now on")                                \
	X(FOUND_ENDED,   "adopting: it has ended, p->ending says how")                                              \
	X(FOUND_HALF,    "adopting: it was never started, or cannot be read")                                       \
	X(FOUND_NONE,    "adopting: there is none")                                                                 \
	X(FOUND_BUSY,    "adopting: a command of the predecessor is still at work on it")

#define WISHES(X)                                                                                                 \
	X(SAVE,           "write the record; what stands behind it waits for that")                               \
	X(LAUNCH,         "sockets, directories, `run`; answered by LAUNCHED or REFUSED")                         \
	X(RERUN,          "start the program in its container; answered by LAUNCHED or REFUSED")                  \
	X(TERM,           "send SIGTERM, then proc_termed() and write the record again")                          \
	X(KILL,           "SIGKILL to all processes of the container")                                            \
	X(CLEAR,          "delete the container, remove the state directory; answered by CLEARED or STUCK")       \
	X(LOOK,           "ask again whether somebody is at work on it; answered by FOUND_…")                     \
	X(FORGET,         "the instance is gone: remove record, bundles, lock, and the struct")                   \
	X(TELL_STARTED,   "log: it was started")                                                                  \
	X(TELL_REFUSED,   "log: it could not be started")                                                         \
	X(TELL_READY,     "log: it is ready")                                                                     \
	X(TELL_LATE,      "log: it is not ready though ready_ms have passed")                                     \
	X(TELL_ENDED,     "log: how it ended, p->ending")                                                         \
	X(TELL_DEAF,      "log: it did not respond to SIGTERM")                                                   \
	X(TELL_STUCK,     "log: it could not be cleared")

#define X(name, ...) PROC_##name,
enum proc_state { PROC_STATES(X) PROC__STATES };
#undef X
#define X(name, ...) EV_##name,
enum proc_event { PROC_EVENTS(X) PROC__EVENTS };
#undef X
#define X(name, ...) WISH_##name,
enum wish { WISHES(X) WISH__COUNT };
#undef X

/* "UP", "EXITED", "LAUNCH": for the log and for tests. */
const char *proc_state_name(enum proc_state s);
const char *proc_event_name(enum proc_event ev);
const char *wish_name(enum wish w);
/* The state of that name; false: there is none. */
bool proc_state_find(const char *name, enum proc_state *ret);

/* What a configuration says about starting and ending. */
struct proc_rules {
	int64_t restart_ms;		/* restart-timeout: between two starts */
	int64_t kill_ms;		/* kill-timeout: from TERM to KILL */
	int64_t ready_ms;		/* 0: the program does not tell when it is ready; else how long it may take */
	bool process_only;		/* restart-process-only, and the runtime can */
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
};

/* Of failed launches and deaths: totals that only grow. */
struct proc_counts {
	uint64_t started;
	uint64_t deaths;
	uint64_t failures;
};

/*
 * An instance.  The caller fills wanted, and for one that is adopted the members that its record has; react.c writes the
 * rest, and reads ending, which the caller fills before EV_…ENDED.
 */
struct proc {
	enum proc_state state;
	enum proc_state was;		/* ADOPTING: what its record says */
	bool goal_up;
	bool stale;			/* what runs, or is being launched, is of another configuration than p->wanted */
	bool term_sent;
	bool killed;			/* it was deaf to TERM */
	bool counted;			/* the end of this life is in counts */
	bool ready;			/* has said so in this life */
	bool late;			/* has not, though ready_ms have passed */
	struct proc_rules rules;	/* of the container that there is, was, or is being launched */
	struct proc_rules wanted;	/* of the next one */
	uint64_t life;			/* number of the last launch */
	int64_t launched_ms;		/* when it was asked for */
	int64_t up_ms;			/* when the program was known to run */
	int64_t start_ms;		/* CLEARING, RESTING, RESTING_INSIDE: not before this */
	int64_t deadline_ms;		/* when EV_DEADLINE is due; REACT_NEVER: not at all */
	uint32_t streak;		/* lives in a row that were shorter than backoff_reset_ms */
	uint32_t tries;			/* of looking or clearing, for the pause between them */
	struct proc_ending ending;
	struct proc_counts counts;
};

/* More than any cell of the table asks for. */
enum { TODO_MAX = 8 };

struct todo {
	enum wish v[TODO_MAX];
	size_t n;
};

/* Looks at p, ev and now; changes p, and writes the wishes to *todo, which it empties first. */
void proc_feed(struct proc *p, enum proc_event ev, int64_t now_ms, struct todo *todo);

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
 * enough.  *ret_when: when that may change by time alone, or REACT_NEVER.
 */
bool proc_available(const struct proc *p, int64_t now_ms, int64_t *ret_when);

#endif
