/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/unit/supervise/wanted_sample.h"

/* "app+web.0 db+main.0*", a star where it was kept */
static const char *shown(const struct desired_set *s)
{
	static char buf[512];

	*buf = '\0';
	for (size_t i = 0; i < s->n; i++)
		snprintf(buf + strlen(buf), sizeof(buf) - strlen(buf), "%s%s%s", i > 0 ? " " : "", s->v[i].id,
			 s->v[i].kept ? "*" : "");
	return buf;
}

static void test_accept(void)
{
	struct desired old[3] = { entry("a+web.0", "a", "web"), entry("b+one.0", "b", "one"), entry("b+two.0", "b", "two") };
	struct desired next[3];
	const struct desired_gap broken = { "a", NULL, "broken" };
	struct wanted was = { .settings = settings, .set = { .v = old, .n = 3 }, .accepted = 4 }, now = was, got;
	struct arena a = fresh();
	struct err e = { 0 };

	CASE("the first one");
	CHECK(wanted_accept(&(struct wanted){ 0 }, &was, &a, &got, &e) == 0 && got.accepted == 1);
	CHECK_STR(shown(&got.set), "a+web.0 b+one.0 b+two.0");

	CASE("no master file: all stays");
	now = (struct wanted){ .problems = (struct report_problem[]){ { NULL, "x" } }, .n_problems = 1, .n_errors = 1 };
	CHECK(wanted_accept(&was, &now, &a, &got, &e) == 0 && got.accepted == 5 && got.n_problems == 1 && got.n_errors == 1);
	CHECK_STR(shown(&got.set), "a+web.0* b+one.0* b+two.0*");
	CHECK_STR(got.settings.runtime_dir, "/run/l");

	CASE("what is kept has its ports still: nobody of another sandbox gets them");
	old[0].ports = ports;
	old[0].n_ports = 1;
	memcpy(next, old, sizeof(next));
	next[0] = entry("b+new.0", "b", "new");
	next[0].ports = next[1].ports = ports;
	next[0].n_ports = next[1].n_ports = 1;
	now = (struct wanted){ .settings = settings, .set = { .v = next, .n = 3, .gaps = &broken, .n_gaps = 1 } };
	CHECK(wanted_accept(&was, &now, &a, &got, &e) == 0);
	CHECK_STR(shown(&got.set), "a+web.0* b+one.0* b+two.0");
	CHECK(got.n_problems == 2 && got.n_errors == 2 && got.set.n_gaps == 3);
	CHECK_STR(got.n_problems == 2 ? got.problems[0].text : NULL,
		  "Port 80 of 0.0.0.0 is that of a/web, whose former configuration is kept");

	CASE("who gives it up loses it");
	now.set.n_gaps = 0;
	CHECK(wanted_accept(&was, &now, &a, &got, &e) == 0 && got.n_problems == 0);
	CHECK_STR(shown(&got.set), "b+new.0 b+one.0 b+two.0");

	a.used = a.size;
	CHECK(wanted_accept(&was, &now, &a, &got, &e) == -ENOMEM);
}

int main(void)
{
	test_accept();
	return check_summary();
}
