/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is done with an instance, and when: a table of states by events.  Pure: the time is an argument (monotonic
 * milliseconds), and what shall be done is a list of wishes that the caller carries out in their order.  So years of
 * restarts run in a test within milliseconds, and whoever wonders why an instance was killed reads one file.
 *
 *	state       there is a container       what is waited for
 *	DOWN        no                         being wanted
 *	ADOPTING    nobody knows yet           an answer about it (EV_FOUND_…)
 *	RESTING     no                         the time of the next start
 *	STARTING    perhaps                    the launching command
 *	UP          yes                        its end
 *	STOPPING    yes, TERM was sent         its end, or the kill-timeout
 *	KILLING     yes, KILL was sent         its end
 *	CLEARING    it has ended               the command that removes it
 *
 * The order of an instance's start is DOWN, STARTING, UP; of its end [STOPPING, [KILLING,]] CLEARING, and then what its
 * goal says.  A new configuration takes effect with the next STARTING, whoever caused that.
 */
#ifndef CIST_SUPERVISE_REACT_H
#define CIST_SUPERVISE_REACT_H

#include "supervise/proc.h"

/* Bounds of ours, in milliseconds; docs/supervisor.md says why. */
enum {
	REACT_LOOK_FIRST   = 20,	/* until a busy instance is looked at again; doubled each time, up to … */
	REACT_LOOK_MOST    = 1000,
	REACT_CLEAR_FIRST  = 1000,	/* until clearing is tried again; doubled each time, up to … */
	REACT_CLEAR_MOST   = 32 * 1000,
	REACT_KILL_AGAIN   = 5 * 1000,
};

#define PROC_EVENTS(X)                                                                                          \
	X(WANT,          "is wanted, in the configuration that it runs with if it runs")                        \
	X(REPLACE,       "is wanted in another configuration, p->wanted")                                       \
	X(UNWANT,        "is not wanted any more: retired, or everything is being stopped")                     \
	X(LAUNCHED,      "the launching command has succeeded")                                                 \
	X(REFUSED,       "it has failed, or could not be executed")                                             \
	X(READY,         "the program says that it is ready")                                                   \
	X(AGAIN,         "its init starts the program again, after ends that proc_count_again() has counted")   \
	X(ENDED,         "the container has ended, p->ending says how")                                         \
	X(CLEARED,       "the clearing command has succeeded: no container, no state directory")                \
	X(STUCK,         "it has failed")                                                                       \
	X(DEADLINE,      "p->deadline_ms has come")                                                             \
	X(FOUND_UP,      "adopting: the container runs, and is watched from now on")                            \
	X(FOUND_ENDED,   "adopting: it has ended, p->ending says how")                                          \
	X(FOUND_HALF,    "adopting: it was never started, or cannot be read")                                   \
	X(FOUND_NONE,    "adopting: there is none")                                                             \
	X(FOUND_BUSY,    "adopting: a command of the predecessor is still at work on it")

#define WISHES(X)                                                                                               \
	X(SAVE,          "write the record; what stands behind it waits for that")                              \
	X(LAUNCH,        "sockets, directories, `run`; answered by LAUNCHED or REFUSED")                        \
	X(TERM,          "send SIGTERM, then proc_termed() and write the record again")                         \
	X(KILL,          "SIGKILL to all processes of the container")                                           \
	X(CLEAR,         "delete the container, remove the state directory; answered by CLEARED or STUCK")      \
	X(LOOK,          "ask again whether somebody is at work on it; answered by FOUND_…")                    \
	X(FORGET,        "the instance is gone: remove record, bundles, lock, and the struct")                  \
	X(TELL_STARTED,  "log: it was started")                                                                 \
	X(TELL_READY,    "log: it is ready")                                                                    \
	X(TELL_LATE,     "log: it is not ready though ready_ms have passed")                                    \
	X(TELL_DEAF,     "log: it did not respond to SIGTERM")                                                  \
	X(TELL_ENDED,    "log: what has ended, or was refused, and has not been told yet")                      \
	X(TELL_STUCK,    "log: it could not be cleared")

#define X(name, ...) EV_##name,
enum proc_event { PROC_EVENTS(X) PROC__EVENTS };
#undef X
#define X(name, ...) WISH_##name,
enum wish { WISHES(X) WISH__COUNT };
#undef X

/* "ENDED", "LAUNCH": for tests. */
const char *proc_event_name(enum proc_event ev);
const char *wish_name(enum wish w);

/* More than any cell of the table asks for. */
enum { TODO_MAX = 8 };

struct todo {
	enum wish v[TODO_MAX];
	size_t n;
};

/* Looks at p, ev and now; changes p, and writes the wishes to *todo, which it empties first. */
void proc_feed(struct proc *p, enum proc_event ev, int64_t now_ms, struct todo *todo);

#endif
