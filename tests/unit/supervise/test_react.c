/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table, cell by cell; what time makes of it is in test_years.c. */
#include "supervise/react.h"

#include "tests/check.h"

#include <signal.h>

static const struct proc_rules plain = { .restart_ms = 1000, .kill_ms = 5000 };
static const int64_t NOW = 50000;

/* "SAVE LAUNCH" */
static const char *wishes(const struct todo *todo)
{
	static char buf[256];

	*buf = '\0';
	for (size_t i = 0; i < todo->n; i++)
		snprintf(buf + strlen(buf), sizeof(buf) - strlen(buf), "%s%s", i > 0 ? " " : "", wish_name(todo->v[i]));
	return buf;
}

static struct proc in_state(enum proc_state s)
{
	struct proc p;

	proc_init(&p, &plain);
	p.state = s;
	p.goal_up = s != PROC_DOWN;
	p.life = 1;
	p.launched_ms = NOW - 100;
	p.up_ms = NOW - 90;
	return p;
}

/* Feeds, and says what follows: "UP: SAVE TELL_STARTED". */
static const char *fed(struct proc *p, enum proc_event ev)
{
	static char buf[300];
	struct todo todo;

	proc_feed(p, ev, NOW, &todo);
	snprintf(buf, sizeof(buf), "%s: %s", proc_state_name(p->state), wishes(&todo));
	return buf;
}

static void test_names(void)
{
	enum proc_state s;

	CASE("names");
	for (int i = 0; i < PROC__STATES; i++)
		CHECK(proc_state_find(proc_state_name((enum proc_state)i), &s) && s == (enum proc_state)i);
	CHECK(!proc_state_find("", &s) && !proc_state_find("up", &s));
	CHECK_STR(proc_event_name(EV_FOUND_BUSY), "FOUND_BUSY");
	CHECK_STR(wish_name(WISH_TELL_STUCK), "TELL_STUCK");
}

/* No cell is empty, nothing but the listed states comes out, and before each act the record is written. */
static void test_every_cell(void)
{
	CASE("every cell");
	for (int s = 0; s < PROC__STATES; s++) {
		for (int ev = 0; ev < PROC__EVENTS; ev++) {
			for (int was = 0; was < PROC__STATES; was++) {
				struct proc p = in_state((enum proc_state)s);
				bool saved = false;
				struct todo todo;

				p.was = (enum proc_state)was;
				proc_feed(&p, (enum proc_event)ev, NOW, &todo);
				CHECK((int)p.state >= 0 && p.state < PROC__STATES);
				for (size_t i = 0; i < todo.n; i++) {
					enum wish w = todo.v[i];

					saved = saved || w == WISH_SAVE;
					if (w == WISH_LAUNCH)
						CHECK(saved);
					/* repeated acts have been announced before */
					if ((w == WISH_TERM || w == WISH_CLEAR) && s != PROC_CLEARING && s != PROC_ADOPTING)
						CHECK(saved);
				}
			}
		}
	}
}

static void test_life(void)
{
	struct proc p;
	int64_t when;

	CASE("from nothing to a program that runs");
	proc_init(&p, &plain);
	CHECK_STR(fed(&p, EV_WANT), "STARTING: SAVE LAUNCH");
	CHECK(p.life == 1 && p.launched_ms == NOW);
	CHECK_STR(fed(&p, EV_LAUNCHED), "UP: SAVE TELL_STARTED");
	CHECK(p.counts.started == 1 && p.deadline_ms == PROC_NEVER);
	CHECK_STR(fed(&p, EV_WANT), "UP: ");

	CASE("its end");
	p.ending = (struct proc_ending){ .how = ENDING_EXIT, .number = 3 };
	CHECK_STR(fed(&p, EV_ENDED), "CLEARING: SAVE CLEAR TELL_ENDED");
	CHECK(p.counts.deaths == 1 && p.counts.failures == 1 && p.start_ms == NOW + 1000);
	CHECK_STR(fed(&p, EV_CLEARED), "RESTING: SAVE");
	CHECK(p.deadline_ms == NOW + 1000);

	CASE("it lived for longer than the restart-timeout");
	p = in_state(PROC_UP);
	p.launched_ms = NOW - 1000;
	fed(&p, EV_ENDED);
	CHECK_STR(fed(&p, EV_CLEARED), "STARTING: SAVE LAUNCH");

	CASE("available");
	p = in_state(PROC_UP);
	CHECK(!proc_available(&p, NOW, &when) && when == p.up_ms + 1000);
	CHECK(proc_available(&p, when, &when) && when == PROC_NEVER);
	p.stale = true;
	CHECK(!proc_available(&p, NOW + 10000, &when));
}

static void test_ready(void)
{
	struct proc p;
	int64_t when;

	CASE("readiness");
	proc_init(&p, &plain);
	p.wanted.ready_ms = 300;
	fed(&p, EV_WANT);
	CHECK_STR(fed(&p, EV_LAUNCHED), "UP: SAVE TELL_STARTED");
	CHECK(p.deadline_ms == NOW + 300 && !proc_available(&p, NOW + 9000, &when) && when == PROC_NEVER);
	CHECK_STR(fed(&p, EV_READY), "UP: SAVE TELL_READY");
	CHECK(p.deadline_ms == PROC_NEVER && proc_available(&p, NOW, &when));
	CHECK_STR(fed(&p, EV_READY), "UP: ");

	CASE("too late, and then after all");
	p.ready = false;
	CHECK_STR(fed(&p, EV_DEADLINE), "UP: TELL_LATE");
	CHECK_STR(fed(&p, EV_DEADLINE), "UP: ");
	CHECK_STR(fed(&p, EV_READY), "UP: SAVE TELL_READY");

	CASE("it was faster than the command that launched it");
	proc_init(&p, &plain);
	p.wanted.ready_ms = 300;
	fed(&p, EV_WANT);
	CHECK_STR(fed(&p, EV_READY), "STARTING: SAVE TELL_READY");
	fed(&p, EV_LAUNCHED);
	CHECK(p.ready && p.deadline_ms == PROC_NEVER);
}

static void test_stop(void)
{
	struct proc p = in_state(PROC_UP);

	CASE("TERM, KILL, KILL");
	CHECK_STR(fed(&p, EV_UNWANT), "STOPPING: SAVE TERM");
	CHECK(p.deadline_ms == NOW + 5000);
	CHECK_STR(fed(&p, EV_UNWANT), "STOPPING: ");
	CHECK(p.deadline_ms == NOW + 5000);
	CHECK_STR(fed(&p, EV_DEADLINE), "KILLING: TELL_DEAF SAVE KILL");
	CHECK_STR(fed(&p, EV_DEADLINE), "KILLING: SAVE KILL");
	p.ending = (struct proc_ending){ .how = ENDING_SIGNAL, .number = SIGKILL };
	CHECK_STR(fed(&p, EV_ENDED), "CLEARING: SAVE CLEAR TELL_ENDED");
	CHECK(p.counts.failures == 1);
	CHECK_STR(fed(&p, EV_CLEARED), "DOWN: FORGET");

	CASE("its init was first");
	p = in_state(PROC_UP);
	fed(&p, EV_UNWANT);
	p.term_sent = true;
	p.ending = (struct proc_ending){ .how = ENDING_SIGNAL, .number = SIGKILL, .deaf = true };
	CHECK_STR(fed(&p, EV_ENDED), "CLEARING: SAVE CLEAR TELL_DEAF TELL_ENDED");
	CHECK(p.counts.failures == 1 && p.killed);

	CASE("or was not");
	p = in_state(PROC_UP);
	fed(&p, EV_UNWANT);
	p.term_sent = true;
	fed(&p, EV_DEADLINE);
	p.ending = (struct proc_ending){ .how = ENDING_SIGNAL, .number = SIGKILL, .deaf = true };
	CHECK_STR(fed(&p, EV_ENDED), "CLEARING: SAVE CLEAR TELL_ENDED");
	CHECK(p.counts.failures == 1);

	CASE("deaf to somebody else's TERM, it comes back, and that was a failure");
	p = in_state(PROC_UP);
	p.launched_ms = NOW - 5000;
	p.ending = (struct proc_ending){ .how = ENDING_SIGNAL, .number = SIGKILL, .deaf = true };
	CHECK_STR(fed(&p, EV_ENDED), "CLEARING: SAVE CLEAR TELL_DEAF TELL_ENDED");
	CHECK(p.counts.failures == 1 && p.killed);
	CHECK_STR(fed(&p, EV_CLEARED), "STARTING: SAVE LAUNCH");
	CHECK(!p.killed);

	CASE("wanted again while it is being stopped: it ends, and comes back");
	p = in_state(PROC_UP);
	fed(&p, EV_UNWANT);
	CHECK_STR(fed(&p, EV_WANT), "STOPPING: ");
	p.launched_ms = NOW - 5000;
	p.term_sent = true;
	p.ending = (struct proc_ending){ .how = ENDING_EXIT, .number = 1 };
	fed(&p, EV_ENDED);
	CHECK_STR(fed(&p, EV_CLEARED), "STARTING: SAVE LAUNCH");
	CHECK(p.counts.failures == 0);

	CASE("what is being launched is stopped when it runs");
	p = in_state(PROC_STARTING);
	CHECK_STR(fed(&p, EV_UNWANT), "STARTING: ");
	CHECK_STR(fed(&p, EV_LAUNCHED), "STOPPING: SAVE TELL_STARTED SAVE TERM");

	CASE("what rests is gone at once");
	p = in_state(PROC_RESTING);
	CHECK_STR(fed(&p, EV_UNWANT), "DOWN: FORGET");
}

static void test_replace(void)
{
	struct proc p = in_state(PROC_UP);

	CASE("the old one is stopped by its own kill-timeout");
	p.rules.kill_ms = 7000;
	CHECK_STR(fed(&p, EV_REPLACE), "STOPPING: SAVE TERM");
	CHECK(p.deadline_ms == NOW + 7000);
	fed(&p, EV_ENDED);
	p.start_ms = NOW;
	CHECK_STR(fed(&p, EV_CLEARED), "STARTING: SAVE LAUNCH");
	CHECK(p.rules.kill_ms == 5000 && !p.stale);

	CASE("a new configuration does not wait for what the old one has earned");
	p = in_state(PROC_RESTING);
	p.wanted.backoff_permille = 2000;
	p.wanted.backoff_max_ms = 1000000;
	p.wanted.backoff_reset_ms = 10000;
	p.streak = 9;
	p.start_ms = p.deadline_ms = NOW + 900000;
	CHECK_STR(fed(&p, EV_REPLACE), "RESTING: SAVE");
	CHECK(p.deadline_ms == p.launched_ms + 1000 && p.streak == 0);
	CHECK_STR(fed(&p, EV_DEADLINE), "RESTING: SAVE");
	p.start_ms = NOW;
	CHECK_STR(fed(&p, EV_DEADLINE), "STARTING: SAVE LAUNCH");

	CASE("changed while it is launched: the next life has it");
	p = in_state(PROC_STARTING);
	fed(&p, EV_REPLACE);
	CHECK_STR(fed(&p, EV_LAUNCHED), "STOPPING: SAVE TELL_STARTED SAVE TERM");

	CASE("changed and changed back");
	p = in_state(PROC_STARTING);
	fed(&p, EV_REPLACE);
	fed(&p, EV_WANT);
	CHECK_STR(fed(&p, EV_LAUNCHED), "UP: SAVE TELL_STARTED");
}

static void again(struct proc *p, uint64_t number, int64_t ran_ms, struct proc_ending end)
{
	p->ending = end;
	proc_count_again(p, number, ran_ms, NOW);
}

static void test_again(void)
{
	static const struct proc_ending bad = { .how = ENDING_EXIT, .number = 1 }, good = { .how = ENDING_SIGNAL, .number = SIGTERM };
	struct proc p = in_state(PROC_UP);
	int64_t when;

	CASE("its init starts the program again: what has happened is counted");
	p.rules.again_ms = 1000;
	again(&p, 1, 5000, bad);
	CHECK_STR(fed(&p, EV_AGAIN), "UP: SAVE TELL_ENDED");
	CHECK(p.life == 1 && p.again == 1 && p.counts.started == 1 && p.counts.deaths == 1 && p.counts.failures == 1);
	CHECK(p.up_ms == NOW && p.deadline_ms == PROC_NEVER && !p.counted);
	CHECK(!proc_available(&p, NOW, &when) && when == NOW + 1000);
	again(&p, 2, 400, good);
	CHECK(p.counts.deaths == 2 && p.counts.failures == 1 && p.up_ms == NOW + 600);

	CASE("those that nobody has seen are failures");
	again(&p, 7, INT64_MAX, good);
	CHECK(p.again == 7 && p.counts.started == 7 && p.counts.deaths == 7 && p.counts.failures == 5 && p.up_ms == NOW);

	CASE("it ends as every other, and the next life begins at its time");
	p.ending = good;
	CHECK_STR(fed(&p, EV_ENDED), "CLEARING: SAVE CLEAR TELL_ENDED");
	CHECK(p.counts.deaths == 8 && p.start_ms == NOW + 1000);
	p.start_ms = NOW;
	CHECK_STR(fed(&p, EV_CLEARED), "STARTING: SAVE LAUNCH");
	CHECK(p.life == 2 && p.again == 0);

	CASE("ended in the pause of its init");
	p = in_state(PROC_UP);
	p.rules.again_ms = 1000;
	again(&p, 1, 300, bad);
	fed(&p, EV_ENDED);
	CHECK(p.start_ms == NOW + 700);

	CASE("what ended before it was told to end is counted then");
	p = in_state(PROC_STOPPING);
	p.rules.again_ms = 1000;
	p.deadline_ms = NOW + 77;
	again(&p, 1, 0, bad);
	CHECK_STR(fed(&p, EV_AGAIN), "STOPPING: SAVE TELL_ENDED");
	CHECK(p.deadline_ms == NOW + 77);
	p = in_state(PROC_KILLING);
	CHECK_STR(fed(&p, EV_AGAIN), "KILLING: SAVE TELL_ENDED");
	/* and saved with what is found */
	p = in_state(PROC_ADOPTING);
	CHECK_STR(fed(&p, EV_AGAIN), "ADOPTING: ");

	CASE("each start of the program is to say that it is ready");
	p = in_state(PROC_UP);
	p.rules.again_ms = 1000;
	p.rules.ready_ms = 300;
	fed(&p, EV_READY);
	CHECK(proc_available(&p, NOW, &when));
	again(&p, 1, 800, bad);
	fed(&p, EV_AGAIN);
	CHECK(!proc_available(&p, NOW, &when) && when == PROC_NEVER && p.deadline_ms == NOW + 200 + 300);
	CHECK_STR(fed(&p, EV_DEADLINE), "UP: TELL_LATE");
	CHECK_STR(fed(&p, EV_READY), "UP: SAVE TELL_READY");
	CHECK(proc_available(&p, NOW, &when));

	CASE("how many there can be");
	CHECK(proc_again_most(&p, p.launched_ms + 9999) == 11);
	CHECK(proc_again_most(&p, p.launched_ms - 1) == 2);
	p.rules.again_ms = 0;
	CHECK(proc_again_most(&p, NOW) == 0);
}

static void test_failures(void)
{
	static const struct {
		enum ending_how how;
		int number;
		bool term_sent, killed, failed;
	} rows[] = {
		{ ENDING_EXIT,    0,       false, false, true  },	/* of a daemon, nothing is normal by itself */
		{ ENDING_EXIT,    7,       false, false, false },
		{ ENDING_EXIT,    130,     false, false, false },
		{ ENDING_EXIT,    143,     false, false, true  },
		{ ENDING_EXIT,    143,     true,  false, false },
		{ ENDING_EXIT,    1,       true,  false, false },
		{ ENDING_SIGNAL,  SIGTERM, false, false, false },
		{ ENDING_SIGNAL,  SIGSEGV, false, false, true  },
		{ ENDING_SIGNAL,  7,       false, false, true  },
		{ ENDING_SIGNAL,  SIGKILL, true,  true,  true  },
		{ ENDING_UNKNOWN, 0,       true,  false, true  },
	};

	CASE("failures");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct proc p = in_state(PROC_UP);

		proc_rules_allow(&p.rules, 7);
		proc_rules_allow(&p.rules, 130);
		p.ending = (struct proc_ending){ .how = rows[i].how, .number = rows[i].number };
		p.term_sent = rows[i].term_sent;
		p.killed = rows[i].killed;
		if (!CHECK(proc_failed(&p) == rows[i].failed))
			printf("  row %zu\n", i);
	}
}

static const char *adopted(enum proc_state was, enum proc_event goal, enum proc_event found)
{
	struct proc p = in_state(PROC_ADOPTING);

	p.was = was;
	p.goal_up = false;
	p.counted = was == PROC_CLEARING || was == PROC_RESTING;
	p.start_ms = NOW - 1;
	p.deadline_ms = NOW + 2000;
	fed(&p, goal);
	return fed(&p, found);
}

static void test_adoption(void)
{
	struct proc p;

	CASE("adopted: it runs");
	CHECK_STR(adopted(PROC_UP, EV_WANT, EV_FOUND_UP), "UP: ");
	CHECK_STR(adopted(PROC_STARTING, EV_WANT, EV_FOUND_UP), "UP: SAVE TELL_STARTED");
	CHECK_STR(adopted(PROC_ADOPTING, EV_WANT, EV_FOUND_UP), "UP: ");
	CHECK_STR(adopted(PROC_RESTING, EV_WANT, EV_FOUND_UP), "UP: SAVE TELL_STARTED");
	CHECK_STR(adopted(PROC_RESTING, EV_UNWANT, EV_FOUND_UP), "STOPPING: SAVE TELL_STARTED SAVE TERM");
	CHECK_STR(adopted(PROC_CLEARING, EV_WANT, EV_FOUND_UP), "CLEARING: SAVE CLEAR");
	CHECK_STR(adopted(PROC_UP, EV_UNWANT, EV_FOUND_UP), "STOPPING: SAVE TERM");
	CHECK_STR(adopted(PROC_UP, EV_REPLACE, EV_FOUND_UP), "STOPPING: SAVE TERM");
	CHECK_STR(adopted(PROC_KILLING, EV_WANT, EV_FOUND_UP), "KILLING: SAVE KILL");

	CASE("adopted: it has ended");
	CHECK_STR(adopted(PROC_UP, EV_WANT, EV_FOUND_ENDED), "CLEARING: SAVE CLEAR TELL_ENDED");
	CHECK_STR(adopted(PROC_STARTING, EV_WANT, EV_FOUND_ENDED), "CLEARING: SAVE CLEAR TELL_ENDED");
	CHECK_STR(adopted(PROC_CLEARING, EV_WANT, EV_FOUND_ENDED), "CLEARING: SAVE CLEAR");
	CHECK_STR(adopted(PROC_STARTING, EV_WANT, EV_FOUND_HALF), "CLEARING: SAVE CLEAR");

	CASE("adopted: there is none");
	CHECK_STR(adopted(PROC_ADOPTING, EV_WANT, EV_FOUND_NONE), "STARTING: SAVE LAUNCH");
	CHECK_STR(adopted(PROC_RESTING, EV_WANT, EV_FOUND_NONE), "STARTING: SAVE LAUNCH");
	CHECK_STR(adopted(PROC_RESTING, EV_UNWANT, EV_FOUND_NONE), "DOWN: FORGET");
	CHECK_STR(adopted(PROC_STARTING, EV_WANT, EV_FOUND_NONE), "CLEARING: SAVE CLEAR");
	CHECK_STR(adopted(PROC_UP, EV_WANT, EV_FOUND_NONE), "CLEARING: SAVE CLEAR TELL_ENDED");

	CASE("TERM once: the deadline is that of the predecessor");
	p = in_state(PROC_ADOPTING);
	p.was = PROC_STOPPING;
	p.term_sent = true;
	p.deadline_ms = NOW + 2000;
	fed(&p, EV_UNWANT);
	CHECK_STR(fed(&p, EV_FOUND_UP), "STOPPING: ");
	CHECK(p.deadline_ms == NOW + 2000);
	p = in_state(PROC_ADOPTING);
	p.was = PROC_STOPPING;
	p.deadline_ms = PROC_NEVER;
	fed(&p, EV_UNWANT);
	CHECK_STR(fed(&p, EV_FOUND_UP), "STOPPING: SAVE TERM");
	CHECK(p.deadline_ms == NOW + 5000);

	CASE("somebody is still at work on it");
	p = in_state(PROC_ADOPTING);
	for (int64_t pause = REACT_LOOK_FIRST, i = 0; i < 40; i++) {
		CHECK_STR(fed(&p, EV_FOUND_BUSY), "ADOPTING: ");
		CHECK(p.deadline_ms == NOW + pause);
		CHECK_STR(fed(&p, EV_DEADLINE), "ADOPTING: LOOK");
		pause = pause * 2 > REACT_LOOK_MOST ? REACT_LOOK_MOST : pause * 2;
	}
}

int main(void)
{
	test_names();
	test_every_cell();
	test_life();
	test_ready();
	test_stop();
	test_replace();
	test_again();
	test_failures();
	test_adoption();
	return check_summary();
}
