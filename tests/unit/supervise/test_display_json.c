/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/unit/supervise/display_sample.h"

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

int main(void)
{
	test_json();
	free(text);
	return check_summary();
}
