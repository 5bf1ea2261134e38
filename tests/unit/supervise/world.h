/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A host for one instance, without a host: a clock that jumps to the next thing that happens, a container that lives and
 * dies as it is told, commands that take their time and go on when the supervisor is killed, a record on a disk.
 * It judges what no supervisor may do: launch what exists, act on what is not saved.
 */
#ifndef CIST_TESTS_SUPERVISE_WORLD_H
#define CIST_TESTS_SUPERVISE_WORLD_H

#include "supervise/react.h"

enum { WORLD_LOG_MAX = 64 };

struct world;

/* How the next life will be. */
struct world_life {
	int64_t lasts_ms;		/* by itself; PROC_NEVER: until it is told to end */
	int64_t ready_after_ms;		/* READY=1; PROC_NEVER: never */
	int64_t heeds_ms;		/* from TERM to its end; PROC_NEVER: deaf */
	struct proc_ending ending;	/* when it ends by itself */
	bool refused;			/* the launch fails */
};

struct world {
	int64_t now;
	struct proc p;
	struct proc saved;		/* the record; saved.state is ADOPTING when there is none */
	bool gone;			/* FORGET */
	struct world_life next;		/* of all lives until somebody changes it */
	void (*choose)(struct world *w);	/* called before each launch; NULL: next stays */
	uint64_t random;

	enum { WORLD_NOTHING, WORLD_HALF, WORLD_RUNS, WORLD_ENDED } container;
	struct world_life life;
	struct proc_ending ending;	/* of the container that has ended */
	int64_t born_ms, ends_ms, ready_ms, first_term_ms;
	bool killed, told_end, told_ready;
	uint32_t terms;			/* in this life */

	enum world_command { COMMAND_NONE, COMMAND_LAUNCH, COMMAND_CLEAR } command;
	int64_t command_until;
	int64_t command_ms;		/* how long commands take */
	bool clear_fails;

	uint64_t launches, lives, deaths, kills, most_terms;	/* what has really happened */
	int64_t last_launch_ms, least_gap_ms, longest_term_ms, shortest_term_ms;
	uint64_t told[WISH__COUNT];
	int fuse;			/* so many wishes until the supervisor is killed; negative: it lives */
	bool supervised;
};

void world_init(struct world *w, const struct proc_rules *rules);
uint64_t world_random(struct world *w, uint64_t below);
void world_feed(struct world *w, enum proc_event ev);
/* The next thing happens, if it does not before `until`, where the clock stops otherwise.  false: nothing did. */
bool world_step(struct world *w, int64_t until);
void world_run(struct world *w, int64_t until);
/* A new supervisor, after one was killed. */
void world_supervise(struct world *w, bool wanted);

#endif
