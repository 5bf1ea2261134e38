/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/unit/supervise/world.h"

#include "tests/check.h"

#include <signal.h>

void world_init(struct world *w, const struct proc_rules *rules)
{
	*w = (struct world){
		.now = 1000 * 1000, .random = 1, .command_ms = 3, .fuse = -1, .supervised = true,
		.least_gap_ms = PROC_NEVER, .shortest_term_ms = PROC_NEVER, .command_until = PROC_NEVER,
		.ends_ms = PROC_NEVER, .ready_ms = PROC_NEVER,
		.next = {
			.lasts_ms = PROC_NEVER, .ready_after_ms = PROC_NEVER, .heeds_ms = 10, .ending = { .how = ENDING_EXIT },
		},
		.saved = { .state = PROC_ADOPTING },
	};
	proc_init(&w->p, rules);
}

uint64_t world_random(struct world *w, uint64_t below)
{
	w->random = w->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (w->random >> 33) % below;
}

static void begin_command(struct world *w, enum world_command command)
{
	CHECK(w->command == COMMAND_NONE);
	w->command = command;
	w->command_until = w->now + w->command_ms;
}

static void do_launch(struct world *w)
{
	int64_t gap = w->now - w->last_launch_ms;

	/* The runtime would refuse the id; and the record must say what is being done. */
	CHECK(w->container == WORLD_NOTHING);
	CHECK(w->saved.state == PROC_STARTING && w->saved.life == w->p.life);
	if (w->launches++ > 0 && gap < w->least_gap_ms)
		w->least_gap_ms = gap;
	w->last_launch_ms = w->now;
	if (w->choose)
		w->choose(w);
	w->life = w->next;
	begin_command(w, COMMAND_LAUNCH);
}

static void do_term(struct world *w)
{
	CHECK(w->saved.state == PROC_STOPPING);
	w->terms++;
	if (w->terms > w->most_terms)
		w->most_terms = w->terms;
	if (w->terms == 1)
		w->first_term_ms = w->now;
	if (w->container == WORLD_RUNS && w->life.heeds_ms != PROC_NEVER && w->now + w->life.heeds_ms < w->ends_ms)
		w->ends_ms = w->now + w->life.heeds_ms;
}

static void do_kill(struct world *w)
{
	int64_t after = w->now - w->first_term_ms;

	CHECK(w->saved.state == PROC_KILLING);
	if (w->container != WORLD_RUNS)
		return;
	w->kills++;
	if (w->terms > 0 && after > w->longest_term_ms)
		w->longest_term_ms = after;
	if (w->terms > 0 && after < w->shortest_term_ms)
		w->shortest_term_ms = after;
	w->killed = true;
	w->ends_ms = w->now;
}

static void look(struct world *w)
{
	static const enum proc_event found[] = {
		[WORLD_NOTHING] = EV_FOUND_NONE, [WORLD_HALF] = EV_FOUND_HALF, [WORLD_RUNS] = EV_FOUND_UP,
		[WORLD_ENDED] = EV_FOUND_ENDED,
	};

	w->told_end = true;
	w->told_ready = false;
	if (w->container == WORLD_ENDED)
		w->p.ending = w->ending;
	world_feed(w, w->command != COMMAND_NONE ? EV_FOUND_BUSY : found[w->container]);
	w->told_end = w->container == WORLD_ENDED;
}

static void obey(struct world *w, enum wish wish)
{
	w->told[wish]++;
	switch (wish) {
	case WISH_SAVE:
		w->saved = w->p;
		break;
	case WISH_LAUNCH:
		do_launch(w);
		break;
	case WISH_TERM:
		do_term(w);
		break;
	case WISH_KILL:
		do_kill(w);
		break;
	case WISH_CLEAR:
		CHECK(w->saved.state == PROC_CLEARING);
		begin_command(w, COMMAND_CLEAR);
		break;
	case WISH_FORGET:
		CHECK(w->container == WORLD_NOTHING);
		w->gone = true;
		break;
	case WISH_LOOK:
	case WISH_TELL_STARTED:
	case WISH_TELL_READY:
	case WISH_TELL_LATE:
	case WISH_TELL_ENDED:
	case WISH_TELL_DEAF:
	case WISH_TELL_STUCK:
	case WISH__COUNT:
		break;
	}
}

/* Killed between any two of its acts. */
static bool dies(struct world *w)
{
	if (w->fuse < 0 || w->fuse-- > 0)
		return false;
	w->supervised = false;
	return true;
}

void world_feed(struct world *w, enum proc_event ev)
{
	struct todo todo;

	if (!w->supervised)
		return;
	proc_feed(&w->p, ev, w->now, &todo);
	for (size_t i = 0; i < todo.n; i++) {
		if (dies(w))
			return;
		obey(w, todo.v[i]);
		if (todo.v[i] == WISH_LOOK) {
			look(w);
			return;
		}
		if (todo.v[i] == WISH_TERM) {
			if (dies(w))
				return;
			proc_termed(&w->p);
			w->saved = w->p;
		}
	}
	dies(w);
}

static void end_launch(struct world *w)
{
	if (w->life.refused) {
		world_feed(w, EV_REFUSED);
		return;
	}
	w->container = WORLD_RUNS;
	w->lives++;
	w->born_ms = w->now;
	w->ends_ms = w->life.lasts_ms == PROC_NEVER ? PROC_NEVER : w->now + w->life.lasts_ms;
	w->ready_ms = w->life.ready_after_ms == PROC_NEVER ? PROC_NEVER : w->now + w->life.ready_after_ms;
	w->killed = w->told_end = w->told_ready = false;
	w->terms = 0;
	world_feed(w, EV_LAUNCHED);
}

static void end_command(struct world *w)
{
	enum world_command command = w->command;

	w->command = COMMAND_NONE;
	w->command_until = PROC_NEVER;
	if (command == COMMAND_LAUNCH) {
		end_launch(w);
	} else if (w->clear_fails) {
		world_feed(w, EV_STUCK);
	} else {
		w->container = WORLD_NOTHING;
		world_feed(w, EV_CLEARED);
	}
}

static void end_life(struct world *w)
{
	w->container = WORLD_ENDED;
	w->deaths++;
	w->ends_ms = w->ready_ms = PROC_NEVER;
	w->ending = w->killed ? (struct proc_ending){ .how = ENDING_SIGNAL, .number = SIGKILL } :
		    w->terms > 0 ? (struct proc_ending){ .how = ENDING_SIGNAL, .number = SIGTERM } : w->life.ending;
	if (!w->supervised || w->p.state == PROC_ADOPTING)
		return;
	w->p.ending = w->ending;
	world_feed(w, EV_ENDED);
}

bool world_step(struct world *w, int64_t until)
{
	int64_t deadline = w->supervised ? w->p.deadline_ms : PROC_NEVER;
	int64_t at = until;

	at = w->command_until < at ? w->command_until : at;
	at = w->ends_ms < at ? w->ends_ms : at;
	at = w->ready_ms < at ? w->ready_ms : at;
	at = deadline < at ? deadline : at;
	w->now = at > w->now ? at : w->now;
	if (w->command_until <= at) {
		end_command(w);
	} else if (w->ends_ms <= at) {
		end_life(w);
	} else if (w->ready_ms <= at) {
		w->ready_ms = PROC_NEVER;
		world_feed(w, EV_READY);
	} else if (deadline <= at) {
		/* As the loop's heap does: it is due once. */
		w->p.deadline_ms = PROC_NEVER;
		world_feed(w, EV_DEADLINE);
	} else {
		return false;
	}
	return true;
}

void world_run(struct world *w, int64_t until)
{
	while (w->now < until && world_step(w, until))
		;
}

void world_supervise(struct world *w, bool wanted)
{
	struct proc_rules rules = w->p.wanted;
	const bool has_record = w->saved.state != PROC_ADOPTING;

	w->supervised = true;
	if (has_record) {
		w->p = w->saved;
		w->p.was = w->saved.state;
		w->p.wanted = rules;
		w->p.state = PROC_ADOPTING;
	} else {
		proc_adopt(&w->p, &rules);
	}
	world_feed(w, wanted ? EV_WANT : EV_UNWANT);
	if (w->supervised)
		look(w);
}
