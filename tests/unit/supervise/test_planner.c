/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A planner that misbehaves: this program is executed as one, with the name of a master file that says how. */
#include "supervise/planner.h"

#include "sys/process.h"
#include "sys/scratch.h"
#include "tests/check.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static const char boot_id[] = "11111111-2222-3333-4444-555555555555";

/* ---- as a planner ---- */

static int plan(const char *how)
{
	const struct rlimit none = { 0, 0 };

	if (strcmp(how, "hangs") == 0)
		for (;;)
			pause();
	if (strcmp(how, "crashes") == 0) {
		setrlimit(RLIMIT_CORE, &none);
		/* A sanitizer would make something else of it. */
		signal(SIGSEGV, SIG_DFL);
		raise(SIGSEGV);
	}
	if (strcmp(how, "talks") == 0) {
		fputs("no\nmemory\n\n", stderr);
		return 1;
	}
	if (strcmp(how, "garbage") == 0) {
		puts("cist-wanted 1 \xff\xfe");
		return 0;
	}
	return strcmp(how, "nothing") == 0 ? 0 : 3;
}

/* ---- the supervisor's side ---- */

static struct err failure;

/* What is said of it; NULL: it was understood. */
static const char *what_is_said(const char *how, int limit_ms)
{
	const struct plan_request request = { .master = how };
	auto_scratch struct arena a = { 0 };
	struct planner p = PLANNER_INIT;
	struct wanted w;

	failure = (struct err){ 0 };
	CHECK(scratch_make(&a, &failure) == 0);
	if (!CHECK(planner_start(&request, &p, &failure) == 0))
		return NULL;
	planner_wait(&p, limit_ms);
	return planner_finish(&p, boot_id, &a, &w, &failure) < 0 ? failure.text : NULL;
}

static bool has_children(void)
{
	return waitpid(-1, NULL, WNOHANG) >= 0;
}

static void test_misbehaviour(void)
{
	const char *said;

	CASE("it has failed");
	CHECK_STR(what_is_said("talks", -1), "the planner failed: no\nmemory");
	CHECK_STR(what_is_said("silent", -1), "the planner ended with status 3 and said nothing");
	CHECK_STR(what_is_said("crashes", -1), "the planner was killed by signal 11");

	CASE("it says what nobody understands");
	CHECK((said = what_is_said("garbage", -1)) && strstr(said, "cannot be understood"));
	CHECK((said = what_is_said("nothing", -1)) && strstr(said, "cannot be understood"));

	CASE("it does not come to an end");
	CHECK((said = what_is_said("hangs", 1000)) && strstr(said, "did not come to an end within 1 seconds"));
	CHECK(failure.code == -ETIMEDOUT);
	CHECK(!has_children());
}

static void test_stop(void)
{
	const struct plan_request request = { .master = "hangs" };
	struct planner p = PLANNER_INIT;
	struct err e = { 0 };

	CASE("stopped at work: it is gone, and nothing is left of it");
	planner_stop(&p);
	CHECK(planner_start(&request, &p, &e) == 0 && p.pid > 0);
	planner_stop(&p);
	CHECK(p.pid == 0 && p.pidfd < 0 && p.out < 0 && p.words < 0);
	CHECK(!has_children());
}

int main(int argc, char **argv)
{
	/* lithos plan --config HOW */
	if (argc > 3 && strcmp(argv[1], "plan") == 0)
		return plan(argv[3]);
	test_misbehaviour();
	test_stop();
	return check_summary();
}
