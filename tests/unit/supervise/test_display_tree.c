/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/unit/supervise/display_sample.h"

#include <signal.h>

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
	v[2].ending = (struct proc_ending){ .how = ENDING_EXIT, .number = 3 };
	v[2].next_s = NOW + 65;
	v[3].state = PROC_STARTING;
	v[4].has_ending = true;
	v[4].refused = "no \033room";
	/* A pid that somebody else has now, and one that is not alive. */
	v[5].pid_start = 5;
	v[5].has_ending = true;
	v[5].ending = (struct proc_ending){ .how = ENDING_SIGNAL, .number = SIGKILL };

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
		  "          └─b/x.10 <failing> could not be started: no \\x1broom\n"
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

int main(void)
{
	test_plain();
	test_shapes();
	test_without_program();
	free(text);
	return check_summary();
}
