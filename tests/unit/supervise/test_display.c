/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/display.h"

#include "base/arr.h"
#include "tests/check.h"

#include <signal.h>
#include <stdlib.h>

enum { NOW = 1534760000, BOOT = 1534700000, UPTIME = 2 * 3600 + 13 * 60 + 7, START = (NOW - BOOT - UPTIME) * 100 };

#define MIB (UINT64_C(1) << 20)

/* Two instances with an init each; the second has a child of the program, and an orphan that came later. */
static struct census_process processes[] = {
	{ .pid = 1203, .parent = 1187, .root = 1203, .start = START, .threads = 1, .rss = 999 },
	{ .pid = 1204, .parent = 1203, .root = 1203, .top = 1204, .start = START, .threads = 3, .rss = 20 * MIB, .swap = 6 * MIB / 10,
	  .user = 80, .system = 12 },
	{ .pid = 1208, .parent = 1187, .root = 1208, .start = START, .threads = 1, .rss = 999 },
	{ .pid = 1209, .parent = 1208, .root = 1208, .top = 1209, .start = START, .threads = 1, .rss = 10 * MIB, .user = 5 },
	{ .pid = 1210, .parent = 1209, .root = 1208, .top = 1209, .start = START + 50, .threads = 1, .rss = 8 * MIB },
	{ .pid = 1211, .parent = 1208, .root = 1208, .top = 1211, .start = START + 90, .threads = 1, .rss = 27 * MIB / 10 },
};
static const struct census census = { processes, ARRAY_LEN(processes) };

static struct report_instance worker(const char *name, const char *id, int pid)
{
	return (struct report_instance){
		.id = id, .name = name, .state = PROC_UP, .wanted = true, .available = true, .pid = pid, .pid_start = START, .life = 1,
		.counts = { .started = 1 },
	};
}

static char *text;
static size_t len;

/* One of the three, as text. */
static const char *shown(int (*what)(FILE *, const struct display *, struct err *), const struct display *s)
{
	struct err e = { 0 };
	FILE *out;

	free(text);
	out = open_memstream(&text, &len);
	CHECK(what(out, s, &e) == 0);
	fclose(out);
	return text;
}

static struct display display_of(const struct report *r)
{
	return (struct display){ .report = r, .census = &census, .clock = { NOW, BOOT, 100 }, .tree_runs = true };
}

static void test_plain(void)
{
	const struct report_instance v[] = {
		worker("django/worker.0", "django+worker.0", 1203), worker("django/worker.1", "django+worker.1", 1208),
	};
	const struct report r = { .pid = 1187, .master = "/etc/lithos/master.yaml", .phase = REPORT_SETTLED, .instances = v,
				  .n_instances = 2, .written_s = NOW };
	struct display s = display_of(&r);

	CASE("all is well");
	CHECK_STR(shown(display_tree, &s),
		  "1187 tree /etc/lithos/master.yaml [4/6] 41.3MiB\n"
		  "  └─django [4/6] 41.3MiB\n"
		  "      └─worker [4/6] 41.3MiB\n"
		  "          ├─1204 django/worker.0 2h13m7s [1/3] 20.6MiB\n"
		  "          └─1209 django/worker.1 2h13m7s [3/3] 20.7MiB\n");

	CASE("the supervisor is not there");
	s.tree_runs = false;
	CHECK(strstr(shown(display_tree, &s), "(1187) tree /etc/lithos/master.yaml [4/6] 41.3MiB <not running>\n") == text);
}

static void test_shapes(void)
{
	struct report_instance v[] = {
		worker("a/one.0", "a+one.0", 1203), worker("a/three.3", "a+three.3", 1208), worker("b/x.0", "b+x.0", 0),
		worker("b/x.1", "b+x.1", 0), worker("b/x.10", "b+x.10", 4711), worker("b/x.2", "b+x.2", 1209),
	};
	const struct report_update updates[] = {
		{ "b/x", 4, 2, 1, false, NULL }, { "a/one", 1, 1, 0, true, "instance 0 did\nnot" },
	};
	const struct report_problem problems[] = { { NULL, "a.yaml:1:2: bad" }, { "a/one", "\033[31mred" } };
	const struct report r = {
		.pid = 1, .master = "m", .phase = REPORT_STOPPING, .instances = v, .n_instances = ARRAY_LEN(v), .updates = updates,
		.n_updates = 2, .problems = problems, .n_problems = 2,
	};
	struct display s = display_of(&r);

	v[0].wanted = false;
	v[0].state = PROC_STOPPING;
	v[1].stale = v[1].kept = v[1].tells = true;
	v[2].state = PROC_RESTING;
	v[2].has_ending = true;
	v[2].ending = (struct proc_ending){ ENDING_EXIT, 3, false };
	v[2].next_s = NOW + 65;
	v[3].state = PROC_STARTING;
	/* A pid that somebody else has now, and one that is not alive. */
	v[5].pid_start = 5;
	v[5].has_ending = true;
	v[5].ending = (struct proc_ending){ ENDING_SIGNAL, SIGKILL, false };

	CASE("one that is alone, several, ordered by number; what they do instead of running; text of others");
	CHECK_STR(shown(display_tree, &s),
		  "1 tree m [4/6] 41.3MiB <stopping>\n"
		  "  ├─a [4/6] 41.3MiB\n"
		  "  │   ├─1204 a/one.0 2h13m7s [1/3] 20.6MiB <stopping> <not wanted>\n"
		  "  │   └─three [3/3] 20.7MiB\n"
		  "  │       └─1209 a/three.3 2h13m7s [3/3] 20.7MiB <to be replaced> <former configuration> <not ready>\n"
		  "  └─b [0/0] 0B\n"
		  "      └─x [0/0] 0B\n"
		  "          ├─b/x.0 <failing> exited with code 3, starts in 1m5s\n"
		  "          ├─b/x.1 <starting>\n"
		  "          ├─b/x.2 <failing> killed by signal SIGKILL[9]\n"
		  "          └─b/x.10 <failing>\n"
		  "update of b/x: 1 of 4 replaced, 2 available\n"
		  "update of a/one: turned around: instance 0 did\\x0anot\n"
		  "problem: a.yaml:1:2: bad\n"
		  "problem: a/one: \\x1b[31mred\n");
}

/* An init without a program: what is there is a zombie that it has not looked at. */
static void test_without_program(void)
{
	struct census_process some[] = {
		{ .pid = 1203, .parent = 1187, .root = 1203, .start = START, .threads = 1 },
		{ .pid = 1204, .parent = 1203, .root = 1203, .top = 1204, .start = START, .threads = 1, .state = 'Z' },
	};
	const struct census few = { some, 2 };
	const struct report_instance v[] = { worker("app/web.0", "app+web.0", 1203) };
	const struct report r = { .pid = 1, .master = "m", .phase = REPORT_SETTLED, .instances = v, .n_instances = 1 };
	struct display s = display_of(&r);

	CASE("an init without its program");
	s.census = &few;
	CHECK_STR(shown(display_tree, &s), "1 tree m [1/1] 0B\n  └─app [1/1] 0B\n      └─(1203) app/web.0 <failing>\n");

	CASE("colours");
	s.colour = true;
	CHECK(strstr(shown(display_tree, &s), "\033[31mapp/web.0\033[0m"));
}

static void test_json(void)
{
	struct report_instance v[] = { worker("app/web.0", "app+web.0", 1203) };
	const struct report_problem problems[] = { { NULL, "a \"b\"\n" } };
	const struct report r = {
		.pid = 1187, .master = "/m.yaml", .version = "1", .phase = REPORT_SETTLED, .instances = v, .n_instances = 1,
		.problems = problems, .n_problems = 1, .started_s = 7, .restarts = 2, .accepted = 3,
	};
	const struct display s = display_of(&r);

	v[0].has_ending = true;
	v[0].ending = (struct proc_ending){ ENDING_EXIT, 1, false };
	CASE("JSON");
	CHECK_STR(shown(display_json, &s),
		  "{\"trees\":[{\"accepted\":3,\"children\":[{\"available\":true,\"deaths\":0,\"failures\":0,"
		  "\"former_configuration\":false,\"id\":\"app+web.0\",\"last_ending\":\"exited with code 1\",\"late\":false,\"life\":1,"
		  "\"name\":\"app/web.0\",\"next_start\":0,\"ok\":true,\"pid\":1203,\"processes\":[{\"child_system_time\":0,"
		  "\"child_user_time\":0,\"mem_rss\":20971520,\"mem_swap\":629145,\"pid\":1204,\"processes\":1,"
		  "\"start_time\":1534752013,\"system_time\":12,\"threads\":3,\"user_time\":80}],\"ready\":false,\"started\":1,"
		  "\"state\":\"UP\",\"tells\":false,\"to_be_replaced\":false,\"wanted\":true}],\"config\":\"/m.yaml\","
		  "\"dropped_lines\":0,\"phase\":\"settled\",\"pid\":1187,\"problems\":[{\"about\":null,\"text\":\"a \\\"b\\\"\\u000a\"}],"
		  "\"restarts\":2,\"running\":true,\"start_time\":7,\"updates\":[],\"version\":\"1\"}]}");
	CHECK_STR(shown(display_json, NULL), "{\"trees\":[]}");
}

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
	test_plain();
	test_shapes();
	test_without_program();
	test_json();
	test_monitor();
	free(text);
	return check_summary();
}
