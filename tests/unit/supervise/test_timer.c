/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/timer.h"

#include "tests/check.h"

enum { MANY = 2000 };

static uint64_t next_random(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *state >> 33;
}

static void test_few(void)
{
	struct timer a = { 0 }, b = { 0 }, c = { 0 };
	struct timers ts = { 0 };

	CASE("few");
	CHECK(timers_reserve(&ts, 3) == 0);
	CHECK(timers_next(&ts) == TIMER_NEVER && !timers_due(&ts, TIMER_NEVER));
	timer_set(&ts, &a, 20);
	timer_set(&ts, &b, 10);
	timer_set(&ts, &c, 20);
	CHECK(timers_next(&ts) == 10);
	CHECK(!timers_due(&ts, 9));
	CHECK(timers_due(&ts, 25) == &b && b.slot == 0);
	CHECK(timers_due(&ts, 25) == &a && timers_due(&ts, 25) == &c && !timers_due(&ts, 25));

	CASE("moved, cleared, cleared twice");
	timer_set(&ts, &a, 1);
	timer_set(&ts, &b, 2);
	timer_set(&ts, &a, 3);
	CHECK(timers_next(&ts) == 2);
	timer_set(&ts, &b, TIMER_NEVER);
	timer_clear(&ts, &b);
	CHECK(timers_next(&ts) == 3 && ts.n == 1);

	CASE("what is left does not point into what is gone");
	timers_done(&ts);
	CHECK(a.slot == 0 && timers_next(&ts) == TIMER_NEVER);
	timer_clear(&ts, &a);
}

/* Against the obvious: look through all for the earliest. */
static void test_many(void)
{
	static struct timer all[MANY];
	struct timers ts = { 0 };
	uint64_t state = 7;
	int wrong = 0;

	CASE("many");
	CHECK(timers_reserve(&ts, MANY) == 0);
	for (int round = 0; round < 20000; round++) {
		struct timer *t = &all[next_random(&state) % MANY];

		if (next_random(&state) % 4 == 0)
			timer_clear(&ts, t);
		else
			timer_set(&ts, t, (int64_t)(next_random(&state) % 500));
		if (round % 100 == 0) {
			int64_t first = TIMER_NEVER;

			for (size_t i = 0; i < MANY; i++)
				first = all[i].slot > 0 && all[i].at < first ? all[i].at : first;
			wrong += first != timers_next(&ts);
		}
	}
	CHECK(wrong == 0);
	for (int64_t now = 0, last = 0, turn = -1; now < 507; now += 7) {
		struct timer *t;

		while ((t = timers_due(&ts, now))) {
			wrong += t->at > now || t->at < last || (t->at == last && (int64_t)t->turn < turn);
			turn = (int64_t)t->turn;
			last = t->at;
		}
	}
	CHECK(wrong == 0 && ts.n == 0);
	timers_done(&ts);
}

int main(void)
{
	test_few();
	test_many();
	return check_summary();
}
