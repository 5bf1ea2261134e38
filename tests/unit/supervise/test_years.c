/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An instance over years, in milliseconds; and a supervisor that is killed again and again. */
#include "tests/unit/supervise/world.h"

#include "tests/check.h"

#include <signal.h>

#define SECOND ((int64_t)1000)
#define DAY    (86400 * SECOND)

static const struct proc_rules plain = { .restart_ms = 1 * SECOND, .kill_ms = 5 * SECOND };

/* For ten years it ends every ten minutes: each time its successor comes at once, and each end is a failure. */
static void test_ten_years(void)
{
	struct world w;

	CASE("a program that ends after ten minutes");
	world_init(&w, &plain);
	w.next.lasts_ms = 600 * SECOND;
	world_feed(&w, EV_WANT);
	world_run(&w, w.now + 3652 * DAY);
	CHECK(w.lives > 3652 * 143 && w.lives <= 3652 * 144);
	CHECK(w.p.counts.started == w.lives && w.p.counts.deaths == w.deaths && w.p.counts.failures == w.deaths);
	CHECK(w.least_gap_ms == 600 * SECOND + 2 * w.command_ms);
	CHECK(w.told[WISH_TERM] == 0 && w.told[WISH_KILL] == 0);
}

static void test_crash_loop(void)
{
	struct proc_rules now = plain;
	struct world w;

	CASE("restart-timeout is between two starts");
	world_init(&w, &plain);
	w.next.lasts_ms = 200;
	w.next.ending = (struct proc_ending){ .how = ENDING_EXIT, .number = 7 };
	proc_rules_allow(&w.p.wanted, 7);
	world_feed(&w, EV_WANT);
	world_run(&w, w.now + DAY);
	CHECK(w.least_gap_ms == 1 * SECOND);
	CHECK(w.lives >= 86399 && w.lives <= 86401);
	CHECK(w.p.counts.failures == 0 && w.p.counts.deaths == w.deaths);

	CASE("and without one there is a floor");
	now.restart_ms = 0;
	world_init(&w, &now);
	w.next.lasts_ms = 0;
	world_feed(&w, EV_WANT);
	world_run(&w, w.now + 1000 * SECOND);
	CHECK(w.least_gap_ms == PROC_START_FLOOR);
	CHECK(w.lives <= 10001);

	CASE("below which a life that lasted is followed at once");
	world_init(&w, &now);
	w.next.lasts_ms = 150;
	world_feed(&w, EV_WANT);
	world_run(&w, w.now + 1000 * SECOND);
	CHECK(w.least_gap_ms == 150 + 2 * w.command_ms);
}

static void test_backoff(void)
{
	struct proc_rules rules = plain;
	struct world w;
	int64_t last, gap, longest = 0;

	CASE("pauses grow");
	rules.backoff_permille = 2000;
	rules.backoff_max_ms = 60 * SECOND;
	rules.backoff_reset_ms = 30 * SECOND;
	world_init(&w, &rules);
	w.next.lasts_ms = 100;
	world_feed(&w, EV_WANT);
	last = w.last_launch_ms;
	for (int64_t want = 1 * SECOND; w.launches < 12; want = want * 2 > 60 * SECOND ? 60 * SECOND : want * 2) {
		uint64_t before = w.launches;

		while (w.launches == before)
			world_step(&w, PROC_NEVER - 1);
		gap = w.last_launch_ms - last;
		last = w.last_launch_ms;
		longest = gap > longest ? gap : longest;
		CHECK(gap >= want && gap <= want + want / 10);
	}
	CHECK(longest == 60 * SECOND);

	CASE("a good life ends that");
	w.next.lasts_ms = 40 * SECOND;
	world_run(&w, w.now + 200 * SECOND);
	w.next.lasts_ms = 100;
	while (w.p.streak != 1)
		world_step(&w, PROC_NEVER - 1);
	last = w.last_launch_ms;
	for (uint64_t before = w.launches; w.launches == before;)
		world_step(&w, PROC_NEVER - 1);
	CHECK(w.last_launch_ms - last == 1 * SECOND);
}

static void test_refused(void)
{
	struct world w;
	struct proc_rules rules = plain;

	CASE("a launch that fails counts as a start, a death and a failure");
	rules.restart_ms = 0;
	world_init(&w, &rules);
	w.next.refused = true;
	world_feed(&w, EV_WANT);
	world_run(&w, w.now + 1000 * SECOND);
	CHECK(w.lives == 0 && w.launches > 900 && w.launches <= 1000);
	CHECK(w.p.counts.started == w.p.counts.deaths && w.p.counts.failures == w.p.counts.deaths);
	CHECK(w.told[WISH_TELL_ENDED] == w.p.counts.deaths);
	CHECK(w.least_gap_ms >= PROC_REFUSED_FLOOR);
}

static void test_stuck(void)
{
	struct world w;

	CASE("clearing is tried again, more and more seldom");
	world_init(&w, &plain);
	w.next.lasts_ms = 100;
	w.clear_fails = true;
	world_feed(&w, EV_WANT);
	world_run(&w, w.now + 320 * SECOND);
	CHECK(w.launches == 1 && w.p.state == PROC_CLEARING);
	CHECK(w.told[WISH_CLEAR] >= 12 && w.told[WISH_CLEAR] <= 16);
	w.clear_fails = false;
	world_run(&w, w.now + 40 * SECOND);
	CHECK(w.launches > 1);
}

static void test_stopping(void)
{
	struct world w;

	CASE("retired: TERM once, then it is forgotten");
	world_init(&w, &plain);
	world_feed(&w, EV_WANT);
	world_run(&w, w.now + 10 * SECOND);
	CHECK(w.p.state == PROC_UP);
	world_feed(&w, EV_UNWANT);
	world_run(&w, w.now + 10 * SECOND);
	CHECK(w.gone && w.lives == 1 && w.deaths == 1 && w.most_terms == 1 && w.kills == 0);
	CHECK(w.p.counts.failures == 0);

	CASE("deaf: KILL after the kill-timeout, and a failure");
	world_init(&w, &plain);
	w.next.heeds_ms = PROC_NEVER;
	world_feed(&w, EV_WANT);
	world_run(&w, w.now + 10 * SECOND);
	world_feed(&w, EV_UNWANT);
	world_run(&w, w.now + 10 * SECOND);
	CHECK(w.gone && w.kills == 1 && w.most_terms == 1 && w.told[WISH_TELL_DEAF] == 1);
	CHECK(w.longest_term_ms == 5 * SECOND && w.shortest_term_ms == 5 * SECOND);
	CHECK(w.p.counts.failures == 1);
}

/* Every wish may be the last one of its supervisor; commands go on, the container lives and dies meanwhile. */
static void choose_life(struct world *w)
{
	w->next.lasts_ms = world_random(w, 4) == 0 ? PROC_NEVER : (int64_t)world_random(w, 5000);
	w->next.heeds_ms = world_random(w, 4) == 0 ? PROC_NEVER : (int64_t)world_random(w, 6000);
	w->next.refused = false;
	w->command_ms = (int64_t)world_random(w, 60);
}

static void test_killed_supervisor(void)
{
	struct proc_counts forgotten = { 0 };
	uint64_t orphans = 0;
	struct world w;

	CASE("a supervisor that is killed a hundred thousand times");
	world_init(&w, &plain);
	w.choose = choose_life;
	world_feed(&w, EV_WANT);
	for (int i = 0; i < 100 * 1000; i++) {
		bool wanted = world_random(&w, 3) > 0;

		w.fuse = (int)world_random(&w, 12);
		for (int steps = 0; w.supervised && steps < 40; steps++)
			if (!world_step(&w, w.now + 20 * SECOND))
				break;
		w.supervised = false;
		/* Nobody is there, for a while. */
		world_run(&w, w.now + (int64_t)world_random(&w, i % 2 ? 3000 : 30));
		orphans += w.command != COMMAND_NONE;
		w.fuse = -1;
		if (w.gone) {
			w.gone = false;
			w.saved.state = PROC_ADOPTING;
			CHECK(w.container == WORLD_NOTHING);
			forgotten.started += w.p.counts.started;
			forgotten.deaths += w.p.counts.deaths;
			proc_init(&w.p, &plain);
		}
		world_supervise(&w, wanted);
	}
	w.fuse = -1;
	world_feed(&w, EV_UNWANT);
	world_run(&w, w.now + 100 * SECOND);
	CHECK(w.gone && w.container == WORLD_NOTHING);
	CHECK(w.lives == w.deaths && w.lives > 10000 && orphans > 1000);
	CHECK(w.p.counts.started + forgotten.started == w.lives);
	CHECK(w.p.counts.deaths + forgotten.deaths == w.deaths);
	CHECK(w.most_terms <= 2);
	CHECK(w.shortest_term_ms >= 5 * SECOND);
}

/* Always wanted, never told to end: whatever happens to the supervisor, the program does not notice. */
static void test_undisturbed(void)
{
	struct world w;

	CASE("the program lives through all of them");
	world_init(&w, &plain);
	world_feed(&w, EV_WANT);
	for (int i = 0; i < 10000; i++) {
		w.fuse = (int)world_random(&w, 4);
		for (int steps = 0; w.supervised && steps < 5; steps++)
			if (!world_step(&w, w.now + SECOND))
				break;
		w.supervised = false;
		world_run(&w, w.now + (int64_t)world_random(&w, 100));
		w.fuse = -1;
		world_supervise(&w, true);
	}
	world_run(&w, w.now + SECOND);
	CHECK(w.lives == 1 && w.deaths == 0 && w.p.state == PROC_UP && w.p.counts.started == 1);
	CHECK(w.told[WISH_TERM] == 0 && w.told[WISH_KILL] == 0);
}

int main(void)
{
	test_ten_years();
	test_crash_loop();
	test_backoff();
	test_refused();
	test_stuck();
	test_stopping();
	test_killed_supervisor();
	test_undisturbed();
	return check_summary();
}
