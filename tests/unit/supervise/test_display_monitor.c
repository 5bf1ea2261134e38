/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/unit/supervise/display_sample.h"

static const struct census *before;
static size_t lines;

static int monitor(FILE *out, const struct display *s, struct err *e)
{
	return display_monitor(out, s, before, 2000, lines, e);
}

static void test_monitor(void)
{
	const struct report_instance v[] = {
		worker("django/worker.0", "django+worker.0", 1203), worker("django/worker.1", "django+worker.1", 0),
	};
	const struct report r = { .pid = 1187, .instances = v, .n_instances = 2 };
	struct census_process earlier[ARRAY_LEN(processes)];
	struct census then = { earlier, ARRAY_LEN(processes) };
	const struct display s = display_of(&r);

	memcpy(earlier, processes, sizeof(earlier));
	earlier[1].user = 0;
	earlier[1].system = 0;
	CASE("92 ticks in 2 seconds are 46.0 %");
	before = &then;
	CHECK_STR(shown(monitor, &s), "    PID NAME                                CPU  THR  PRC       MEM\n"
				      "   1204 django/worker.0                    46.0    3    1   20.6MiB\n"
				      "      - django/worker.1                     0.0    0    0        0B <failing>\n");
	CASE("the first time: of its whole life");
	before = NULL;
	lines = 2;
	CHECK_STR(shown(monitor, &s), "    PID NAME                                CPU  THR  PRC       MEM\n"
				      "   1204 django/worker.0                     0.0    3    1   20.6MiB\n");
}

int main(void)
{
	test_monitor();
	free(text);
	return check_summary();
}
