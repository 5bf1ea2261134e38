/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/settled.h"

#include "tests/check.h"

static const struct report_problem problems[] = { { "web/x", "not this one" }, { "app/web", "it is broken" } };

static char why[SETTLED_WHY_MAX];

static struct report_instance up(const char *name)
{
	return (struct report_instance){ .id = name, .name = name, .state = PROC_UP, .wanted = true, .available = true };
}

static enum settled_answer ask(const struct report *r)
{
	return settled(r, "app", 4, why);
}

static void test_phases(void)
{
	struct report r = { .phase = REPORT_SETTLED, .accepted = 4 };

	CASE("not read yet, read, going down");
	CHECK(ask(&r) == SETTLED_NOT_YET);
	r.accepted = 5;
	CHECK(ask(&r) == SETTLED_DONE);
	r.phase = REPORT_READING;
	CHECK(ask(&r) == SETTLED_NOT_YET);
	CHECK_STR(why, "the configuration is being read");
	r.phase = REPORT_STOPPING;
	CHECK(ask(&r) == SETTLED_FAILED);
}

static void test_instances(void)
{
	struct report_instance v[3] = { up("app/web.0"), up("app/web.1"), up("apple/web.0") };
	struct report r = {
		.phase = REPORT_SETTLED, .accepted = 5, .instances = v, .n_instances = 3, .problems = problems, .n_problems = 2,
	};

	CASE("those of another sandbox are not asked");
	v[2].available = false;
	v[2].kept = true;
	CHECK(ask(&r) == SETTLED_DONE);

	CASE("each has to be there");
	v[1].available = false;
	CHECK(ask(&r) == SETTLED_NOT_YET);
	CHECK_STR(why, "app/web.1 is not available yet");
	v[0].stale = true;
	CHECK(ask(&r) == SETTLED_NOT_YET);
	CHECK_STR(why, "app/web.0 is to be replaced");
	v[0] = up("app/web.0");
	v[1].wanted = false;
	CHECK(ask(&r) == SETTLED_NOT_YET);
	CHECK_STR(why, "app/web.1 is being stopped");

	CASE("what nobody will mend by waiting");
	v[0].stale = true;
	v[1] = up("app/web.1");
	v[1].available = false;
	v[1].tells = v[1].late = true;
	CHECK(ask(&r) == SETTLED_FAILED);
	CHECK_STR(why, "app/web.1 is not ready, and its ready-timeout is over");
	v[1] = up("app/web.1");
	v[1].kept = true;
	CHECK(ask(&r) == SETTLED_FAILED);
	CHECK_STR(why, "app/web.1 keeps its former configuration: it is broken");
}

static void test_updates(void)
{
	struct report_update u[2] = {
		{ .process = "db/main", .instances = 3, .turned_around = true }, { .process = "app/web", .instances = 3, .replaced = 1 },
	};
	struct report r = { .phase = REPORT_SETTLED, .accepted = 5, .updates = u, .n_updates = 2 };
	struct report_instance late = up("app/web.0");

	late.available = false;
	late.tells = late.late = true;

	CASE("updates");
	CHECK(ask(&r) == SETTLED_NOT_YET);
	CHECK_STR(why, "app/web: 1 of 3 instances are replaced");

	CASE("who is late is the update's business");
	r.instances = &late;
	r.n_instances = 1;
	CHECK(ask(&r) == SETTLED_NOT_YET);
	late.name = "app/webs.0";
	CHECK(ask(&r) == SETTLED_FAILED);
	r.n_instances = 0;

	CASE("turned around");
	u[1].turned_around = true;
	u[1].why = "app/web.0 is late";
	CHECK(ask(&r) == SETTLED_FAILED);
	CHECK_STR(why, "app/web: the update was turned around: app/web.0 is late");
	r.n_updates = 1;
	CHECK(ask(&r) == SETTLED_DONE);
}

int main(void)
{
	test_phases();
	test_instances();
	test_updates();
	return check_summary();
}
