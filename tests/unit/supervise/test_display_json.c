/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/unit/supervise/display_sample.h"

#include <signal.h>

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
	v[0].ending = (struct proc_ending){ .how = ENDING_EXIT, .number = 1 };
	CASE("JSON");
	CHECK_STR(shown(display_json, &s),
		  "{\"trees\":[{\"accepted\":3,\"children\":[{\"available\":true,\"deaths\":0,\"failures\":0,"
		  "\"former_configuration\":false,\"id\":\"app+web.0\",\"last_ending\":\"exited with code 1\",\"late\":false,\"life\":1,"
		  "\"name\":\"app/web.0\",\"next_start\":0,\"ok\":true,\"pid\":1203,\"processes\":[{\"child_system_time\":0,"
		  "\"child_user_time\":0,\"mem_rss\":20971520,\"mem_swap\":629145,\"pid\":1204,\"processes\":1,"
		  "\"start_time\":1534752013,\"system_time\":12,\"threads\":3,\"user_time\":80}],\"ready\":false,\"refused\":null,\"started\":1,"
		  "\"state\":\"UP\",\"tells\":false,\"to_be_replaced\":false,\"wanted\":true}],\"config\":\"/m.yaml\","
		  "\"dropped_lines\":0,\"phase\":\"settled\",\"pid\":1187,\"problems\":[{\"about\":null,\"text\":\"a \\\"b\\\"\\u000a\"}],"
		  "\"restarts\":2,\"running\":true,\"start_time\":7,\"updates\":[],\"version\":\"1\"}]}");
	CHECK_STR(shown(display_json, NULL), "{\"trees\":[]}");
}

static struct record_life two[RECORD_LIVES];
static struct record lives = { .lives = two };

static int show_lives(FILE *out, const struct display *s, struct err *e)
{
	(void)s;
	(void)e;
	display_json_lives(out, "app/web.0", &lives);
	return 0;
}

static void test_lives(void)
{
	CASE("lives");
	CHECK_STR(shown(show_lives, NULL), "{\"lives\":[],\"name\":\"app/web.0\"}");
	record_add_life(&lives, &(struct record_life){
		.number = 7, .ending = { .how = ENDING_SIGNAL, .number = SIGKILL }, .asked = true, .killed = true, .failed = true,
		.began_s = 10, .ended_s = 20, .uptime_ms = 9500, .oom_kills = 1, .memory_peak = 4096, .cpu_us = 5 });
	record_add_life(&lives, &(struct record_life){
		.number = 8, .refused = true, .failed = true, .began_s = 21, .ended_s = 22, .text = "no \"room\"\n" });
	CHECK_STR(shown(show_lives, NULL),
		  "{\"lives\":[{\"asked\":true,\"began\":10,\"core\":false,\"cpu_us\":5,\"ended\":20,\"exit_code\":null,"
		  "\"failed\":true,\"killed\":true,\"memory_peak\":4096,\"number\":7,\"oom_kills\":1,\"refused\":null,"
		  "\"sentence\":\"life 7 ran for 9s and was killed by signal SIGKILL[9], as it did not respond to SIGTERM; 1 of its "
		  "processes was killed for want of memory; it had at most 4.0kiB of memory; it used 0.00s of CPU (a failure)\","
		  "\"signal\":9,\"uptime_ms\":9500},"
		  "{\"asked\":false,\"began\":21,\"core\":false,\"cpu_us\":0,\"ended\":22,\"exit_code\":null,"
		  "\"failed\":true,\"killed\":false,\"memory_peak\":0,\"number\":8,\"oom_kills\":0,"
		  "\"refused\":\"no \\\"room\\\"\\u000a\",\"sentence\":\"life 8 did not begin: no \\\"room\\\"\\u000a\","
		  "\"signal\":null,\"uptime_ms\":0}],\"name\":\"app/web.0\"}");
}

int main(void)
{
	test_json();
	test_lives();
	free(text);
	return check_summary();
}
