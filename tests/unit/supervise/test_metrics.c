/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/metrics.h"

#include "tests/check.h"

#include <stdlib.h>

static const struct metrics_process two[] = { { "app", "web" }, { "app", "work" } };
static const struct metrics_layout layout = { two, 2 };

static const char meta_text[] =
	"counter 8: {\"group\":\"master\",\"metric\":\"restarts\"}\n"
	"level 8 signed: {\"group\":\"master\",\"metric\":\"sandboxes\"}\n"
	"level 8 signed: {\"group\":\"master\",\"metric\":\"containers\"}\n"
	"level 8 signed: {\"group\":\"master\",\"metric\":\"queue\"}\n"
	"counter 8: {\"group\":\"containers\",\"metric\":\"started\"}\n"
	"counter 8: {\"group\":\"containers\",\"metric\":\"deaths\"}\n"
	"counter 8: {\"group\":\"containers\",\"metric\":\"failures\"}\n"
	"level 8 signed: {\"group\":\"containers\",\"metric\":\"running\"}\n"
	"level 8 signed: {\"group\":\"containers\",\"metric\":\"unknown\"}\n"
	"counter 8: {\"group\":\"processes.app.web\",\"metric\":\"started\"}\n"
	"counter 8: {\"group\":\"processes.app.web\",\"metric\":\"deaths\"}\n"
	"counter 8: {\"group\":\"processes.app.web\",\"metric\":\"failures\"}\n"
	"level 8 signed: {\"group\":\"processes.app.web\",\"metric\":\"running\"}\n"
	"counter 8: {\"group\":\"processes.app.work\",\"metric\":\"started\"}\n"
	"counter 8: {\"group\":\"processes.app.work\",\"metric\":\"deaths\"}\n"
	"counter 8: {\"group\":\"processes.app.work\",\"metric\":\"failures\"}\n"
	"level 8 signed: {\"group\":\"processes.app.work\",\"metric\":\"running\"}\n";

static void test_cantal(void)
{
	const struct metrics_layout none = { NULL, 0 }, many = { two, 126 };
	char *text = NULL;
	size_t len = 0;

	CASE("cantal");
	CHECK(metrics_meta(&layout, &text, &len) == 0 && len == strlen(text));
	CHECK_STR(text, meta_text);
	free(text);
	CHECK(metrics_count(&layout) == 17 && metrics_size(&layout) == 4096);
	CHECK(metrics_count(&none) == 9 && metrics_size(&none) == 4096);
	CHECK(metrics_count(&many) == 513 && metrics_size(&many) == 8192);
	CHECK(metric_process(1, METRIC_PROCESS_running) == 16);
}

static void test_carry(void)
{
	static const struct metrics_process other[] = { { "app", "work" }, { "new", "x" } };
	const struct metrics_layout next = { other, 2 };
	int64_t old[17], now[17];

	CASE("counters go on, levels begin");
	for (int i = 0; i < 17; i++)
		old[i] = 100 + i;
	metrics_carry(meta_text, old, 17, &next, now);
	CHECK(now[metric_master(METRIC_MASTER_restarts)] == 100 && now[metric_master(METRIC_MASTER_queue)] == 0);
	CHECK(now[metric_containers(METRIC_CONTAINERS_deaths)] == 105 && now[metric_containers(METRIC_CONTAINERS_running)] == 0);
	CHECK(now[metric_process(0, METRIC_PROCESS_started)] == 113 && now[metric_process(0, METRIC_PROCESS_failures)] == 115);
	CHECK(now[metric_process(0, METRIC_PROCESS_running)] == 0 && now[metric_process(1, METRIC_PROCESS_started)] == 0);

	CASE("a predecessor that left less, or nonsense");
	metrics_carry(meta_text, old, 5, &layout, now);
	CHECK(now[4] == 104 && now[5] == 0 && now[16] == 0);
	metrics_carry("", old, 17, &layout, now);
	CHECK(now[0] == 0);
	metrics_carry("counter 8: {\"group\":\"master\",\"metric\":\"restarts\"}", old, 17, &layout, now);
	CHECK(now[0] == 100 && now[4] == 0);
	metrics_carry("\n\n\n\ncounter 8: {\"group\":\"master\"", old, 17, &layout, now);
	CHECK(now[0] == 0);
	old[0] = -1;
	metrics_carry(meta_text, old, 17, &layout, now);
	CHECK(now[0] == 0 && now[4] == 104);
}

static void test_open(void)
{
	int64_t values[17];
	const char *web, *work;
	char *text = NULL;
	size_t len = 0;

	CASE("OpenMetrics");
	for (int i = 0; i < 17; i++)
		values[i] = i;
	CHECK(metrics_open(&layout, values, &text, &len) == 0 && len == strlen(text));
	CHECK(strncmp(text, "# TYPE lithos_restarts counter\n# HELP lithos_restarts Starts of the supervisor, reloads included.\n"
			    "lithos_restarts_total 0\n# TYPE lithos_sandboxes gauge\n", 90) == 0);
	CHECK(strstr(text, "\nlithos_containers_unknown 8\n"));
	web = strstr(text, "\nlithos_process_deaths_total{sandbox=\"app\",process=\"web\"} 10\n");
	work = strstr(text, "\nlithos_process_deaths_total{sandbox=\"app\",process=\"work\"} 14\n");
	CHECK(web && work && work == strchr(web + 1, '\n'));
	CHECK(strstr(text, "\nlithos_process_running{sandbox=\"app\",process=\"work\"} 16\n# EOF\n"));
	CHECK_STR(text + len - 6, "# EOF\n");
	free(text);
}

int main(void)
{
	test_cantal();
	test_carry();
	test_open();
	return check_summary();
}
