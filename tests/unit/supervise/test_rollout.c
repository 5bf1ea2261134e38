/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Updates of a process with several instances, each of them a world of its own on one clock. */
#include "supervise/rollout.h"
#include "tests/unit/supervise/world.h"

#include "tests/check.h"

#define SECOND ((int64_t)1000)

enum { INSTANCES = 5 };

static const struct proc_rules plain = { .restart_ms = 1 * SECOND, .kill_ms = 5 * SECOND };

struct deployment {
	struct world w[INSTANCES];
	struct rollout_item items[INSTANCES];
	struct rollout r;
	struct proc_rules before;
	struct world_life good, new_life;
	size_t least_available;
	int replaced, undone;
};

static void begin(struct deployment *d, uint32_t max_unavailable, const struct proc_rules *rules)
{
	*d = (struct deployment){
		.r = { .process = "app/web", .max_unavailable = max_unavailable, .v = d->items, .n = INSTANCES },
		.before = *rules, .least_available = INSTANCES,
	};
	for (int i = 0; i < INSTANCES; i++) {
		world_init(&d->w[i], rules);
		d->w[i].next.ready_after_ms = 200;
		d->items[i] = (struct rollout_item){ .proc = &d->w[i].p, .pending = true };
		world_feed(&d->w[i], EV_WANT);
		world_run(&d->w[i], d->w[i].now + 60 * SECOND);
	}
	d->good = d->new_life = d->w[0].next;
}

static void want_everywhere(struct deployment *d, const struct proc_rules *rules, const struct world_life *life)
{
	for (int i = 0; i < INSTANCES; i++) {
		d->w[i].p.wanted = *rules;
		d->w[i].next = *life;
	}
}

static void turn_around(struct deployment *d)
{
	d->undone++;
	want_everywhere(d, &d->before, &d->good);
	rollout_turn_around(&d->r);
	for (int i = 0; i < INSTANCES; i++)
		if (!d->items[i].pending)
			world_feed(&d->w[i], EV_WANT);
}

/* Until it is done, or `most` is over: when it was. */
static int64_t go(struct deployment *d, int64_t most)
{
	int64_t start = d->w[0].now, now = start, when;

	while (now < start + most) {
		struct rollout_answer what = rollout_step(&d->r, now, &when);
		size_t available = rollout_available(&d->r, now);

		d->least_available = available < d->least_available ? available : d->least_available;
		if (what.kind == ROLLOUT_DONE)
			return now - start;
		if (what.kind == ROLLOUT_UNDO) {
			turn_around(d);
			continue;
		}
		if (what.kind == ROLLOUT_REPLACE) {
			d->replaced++;
			world_feed(&d->w[what.which], EV_REPLACE);
			continue;
		}
		now++;
		for (int i = 0; i < INSTANCES; i++)
			while (world_step(&d->w[i], now))
				;
	}
	return PROC_NEVER;
}

static void test_one_by_one(void)
{
	struct proc_rules rules = plain, next;
	static struct deployment d;

	CASE("one after another, each waits for the next to be ready");
	rules.ready_ms = 10 * SECOND;
	begin(&d, 1, &rules);
	next = rules;
	next.restart_ms = 500;
	want_everywhere(&d, &next, &d.new_life);
	CHECK(go(&d, 60 * SECOND) >= INSTANCES * 200);
	CHECK(d.least_available == INSTANCES - 1 && d.replaced == INSTANCES && d.undone == 0);
	for (int i = 0; i < INSTANCES; i++)
		CHECK(d.w[i].lives == 2 && d.w[i].p.rules.restart_ms == 500 && d.w[i].most_terms == 1);

	CASE("two at a time");
	begin(&d, 2, &rules);
	want_everywhere(&d, &next, &d.new_life);
	CHECK(go(&d, 60 * SECOND) < INSTANCES * 200);
	CHECK(d.least_available == INSTANCES - 2 && d.replaced == INSTANCES);

	CASE("without readiness, each has to live for its restart-timeout");
	begin(&d, 1, &plain);
	want_everywhere(&d, &next, &d.new_life);
	for (int i = 0; i < INSTANCES; i++)
		d.w[i].p.wanted.ready_ms = 0;
	CHECK(go(&d, 60 * SECOND) >= INSTANCES * SECOND);
	CHECK(d.least_available == INSTANCES - 1);
}

static void test_turned_around(void)
{
	struct proc_rules rules = plain, next;
	static struct deployment d;

	CASE("the new one is never ready: the old one comes back");
	rules.ready_ms = 10 * SECOND;
	begin(&d, 1, &rules);
	next = rules;
	next.restart_ms = 500;
	d.new_life.ready_after_ms = PROC_NEVER;
	want_everywhere(&d, &next, &d.new_life);
	CHECK(go(&d, 120 * SECOND) != PROC_NEVER);
	CHECK(d.undone == 1 && d.replaced == 2 && d.least_available == INSTANCES - 1);
	CHECK(d.w[0].lives == 3 && d.w[0].p.rules.restart_ms == 1000);
	for (int i = 1; i < INSTANCES; i++)
		CHECK(d.w[i].lives == 1 && d.w[i].most_terms == 0);

	CASE("it dies at once: the same");
	begin(&d, 2, &plain);
	d.new_life.lasts_ms = 10;
	next.ready_ms = 0;
	want_everywhere(&d, &next, &d.new_life);
	CHECK(go(&d, 120 * SECOND) != PROC_NEVER);
	CHECK(d.undone == 1 && d.replaced == 4 && d.least_available == INSTANCES - 2);
	for (int i = 2; i < INSTANCES; i++)
		CHECK(d.w[i].lives == 1);

	CASE("the first attempts fail, a later one is in time");
	begin(&d, 1, &rules);
	d.new_life.refused = true;
	next.ready_ms = 10 * SECOND;
	want_everywhere(&d, &next, &d.new_life);
	CHECK(go(&d, 3 * SECOND) == PROC_NEVER && d.replaced == 1);
	d.good.refused = false;
	want_everywhere(&d, &next, &d.good);
	CHECK(go(&d, 60 * SECOND) != PROC_NEVER);
	CHECK(d.undone == 0 && d.replaced == INSTANCES);
}

static void test_what_does_not_serve(void)
{
	static struct deployment d;

	CASE("all crash in the old configuration: nobody is waited for");
	begin(&d, 1, &plain);
	for (int i = 0; i < INSTANCES; i++) {
		d.w[i].next.lasts_ms = 10;
		d.w[i].ends_ms = d.w[i].now + 1;
		world_run(&d.w[i], d.w[i].now + 10 * SECOND);
	}
	want_everywhere(&d, &plain, &d.good);
	CHECK(go(&d, 20 * SECOND) != PROC_NEVER);
	CHECK(d.replaced == INSTANCES && d.undone == 0);

	CASE("nothing to do");
	begin(&d, 1, &plain);
	for (int i = 0; i < INSTANCES; i++)
		d.items[i].pending = false;
	CHECK(go(&d, SECOND) == 0 && d.replaced == 0);
}

int main(void)
{
	test_one_by_one();
	test_turned_around();
	test_what_does_not_serve();
	return check_summary();
}
