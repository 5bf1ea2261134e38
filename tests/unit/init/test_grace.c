/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How long an init waits for the end of its program. */
#include "init/grace.h"

#include "tests/check.h"

enum { NOW = 1000 };

static struct grace of(bool kills, uint32_t ms)
{
	const struct keeper_plan k = { .kills = kills, .kill_ms = ms };

	return grace_of(&k);
}

static void test_none(void)
{
	struct grace g = of(false, 0);

	CASE("without a timeout there is no end of it");
	CHECK(grace_left(&g, NOW) == -1);
	grace_signal(&g, SIGTERM, NOW);
	CHECK(grace_left(&g, NOW) == -1 && grace_left(&g, INT64_MAX) == -1);
}

static void test_begun(void)
{
	static const int others[] = { SIGINT, SIGQUIT, SIGHUP, SIGKILL, SIGCHLD, 64 };
	struct grace g = of(true, 500);

	CASE("SIGTERM begins it, and no other signal");
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		grace_signal(&g, others[i], NOW);
		CHECK(grace_left(&g, NOW) == -1);
	}
	grace_signal(&g, SIGTERM, NOW);
	CHECK(grace_left(&g, NOW) == 500 && grace_left(&g, NOW + 499) == 1 && grace_left(&g, NOW + 500) == 0);
	CHECK(grace_left(&g, NOW + 9999) == 0);

	CASE("a second one does not prolong it");
	grace_signal(&g, SIGTERM, NOW + 400);
	CHECK(grace_left(&g, NOW + 400) == 100);

	CASE("it is over once");
	g.is_over = true;
	CHECK(grace_left(&g, NOW + 500) == -1);
	grace_signal(&g, SIGTERM, NOW + 600);
	CHECK(grace_left(&g, NOW + 600) == -1);

	CASE("no time at all");
	g = of(true, 0);
	CHECK(grace_left(&g, NOW) == -1);
	grace_signal(&g, SIGTERM, NOW);
	CHECK(grace_left(&g, NOW) == 0);
}

static void test_ending(void)
{
	struct grace g = of(true, 500);
	const struct ending killed = { .by_signal = true, .number = SIGKILL }, ended = { .number = SIGKILL },
			    termed = { .by_signal = true, .number = SIGTERM };

	CASE("what ends in time is not deaf, whoever has killed it");
	grace_signal(&g, SIGTERM, NOW);
	CHECK(!grace_ending(&g, killed).deaf);
	CASE("nor is what ends by itself in the last moment");
	g.is_over = true;
	CHECK(!grace_ending(&g, ended).deaf && grace_ending(&g, ended).number == SIGKILL);
	CHECK(!grace_ending(&g, termed).deaf && grace_ending(&g, termed).by_signal);
	CHECK(grace_ending(&g, killed).deaf && grace_ending(&g, killed).by_signal);
	CHECK(grace_deaf.deaf && ending_status(&grace_deaf) == 137);
}

int main(void)
{
	test_none();
	test_begun();
	test_ending();
	return check_summary();
}
