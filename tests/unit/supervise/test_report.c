/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/report.h"

#include "tests/check.h"

#include <signal.h>
#include <stdlib.h>

static const char BOOT[] = "11111111-2222-3333-4444-555555555555";
static char memory[64 << 10] __attribute__((aligned(16)));

static const struct report_instance instances[] = {
	{ .id = "app+web.0", .name = "app/web.0", .state = PROC_UP, .wanted = true, .tells = true, .ready = true, .available = true,
	  .digest = "d1", .pid = 100, .pid_start = 5000, .life = 3, .since_s = 1534768496, .counts = { 3, 2, 1 },
	  .has_ending = true, .ending = { .how = ENDING_SIGNAL, .number = SIGSEGV, .core = true } },
	{ .id = "app+web.1", .name = "app/web.1", .state = PROC_RESTING, .wanted = true, .stale = true, .kept = true, .late = true,
	  .next_s = 1534768500, .refused = "too many open files, \"x y\"" },
};
static const struct report_update updates[] = {
	{ "app/web", 5, 4, 2, false, NULL }, { "db/main", 1, 1, 1, true, "instance 0 did not become ready" },
};
static const struct report_problem problems[] = { { NULL, "master.yaml:3:1: Parse Error" }, { "app/web", "no such image" } };

static const struct report sample = {
	.pid = 77, .master = "/etc/lithos/master.yaml", .version = "1.0", .phase = REPORT_STOPPING, .started_s = 1534768000,
	.pid_start = 123456, .written_s = 1534768400, .restarts = 9, .accepted = 8, .dropped_lines = 7, .instances = instances, .n_instances = 2,
	.updates = updates, .n_updates = 2, .problems = problems, .n_problems = 2,
};

static int read_back(const struct sheet *s, struct arena *a, char **text, struct report *ret, struct err *e)
{
	free(*text);
	*text = malloc(s->len + 1);
	memcpy(*text, s->text, s->len);
	return report_read(*text, s->len, BOOT, a, ret, e);
}

static void check_instances(const struct report_instance *v)
{
	CHECK_STR(v[0].id, "app+web.0");
	CHECK_STR(v[0].name, "app/web.0");
	CHECK_STR(v[0].digest, "d1");
	CHECK(v[0].state == PROC_UP && v[0].wanted && v[0].tells && v[0].ready && v[0].available && !v[0].stale && !v[0].late);
	CHECK(v[0].pid == 100 && v[0].pid_start == 5000 && v[0].life == 3 && v[0].since_s == 1534768496);
	CHECK(v[0].counts.started == 3 && v[0].counts.deaths == 2 && v[0].counts.failures == 1);
	CHECK(v[0].has_ending && v[0].ending.how == ENDING_SIGNAL && v[0].ending.number == SIGSEGV && v[0].ending.core);
	CHECK(v[1].state == PROC_RESTING && v[1].stale && v[1].kept && v[1].late && v[1].next_s == 1534768500 && !v[1].has_ending);
	CHECK(!v[1].digest && !v[0].refused);
	CHECK_STR(v[1].refused, "too many open files, \"x y\"");
}

static void test_round(void)
{
	struct arena a = { .base = memory, .size = sizeof(memory) };
	struct sheet auto_sheet s = { 0 };
	struct err e = { 0 };
	struct report r;
	char *text = NULL;

	CASE("what was written is read");
	CHECK(report_write(&sample, BOOT, &s, &e) == 0 && read_back(&s, &a, &text, &r, &e) == 0);
	CHECK(r.pid == 77 && r.pid_start == 123456 && r.phase == REPORT_STOPPING && r.started_s == 1534768000 && r.written_s == 1534768400);
	CHECK(r.restarts == 9 && r.accepted == 8 && r.dropped_lines == 7);
	CHECK_STR(r.master, "/etc/lithos/master.yaml");
	CHECK_STR(r.version, "1.0");
	if (CHECK(r.n_instances == 2))
		check_instances(r.instances);
	CHECK(r.n_updates == 2 && !r.updates[0].why && r.updates[0].available == 4 && r.updates[1].turned_around);
	CHECK_STR(r.updates[1].why, "instance 0 did not become ready");
	CHECK(r.n_problems == 2 && !r.problems[0].about);
	CHECK_STR(r.problems[1].text, "no such image");

	CASE("cut, and no memory");
	s.len--;
	CHECK(read_back(&s, &a, &text, &r, &e) == SHEET_DAMAGED);
	s.len = 0;
	CHECK(read_back(&s, &a, &text, &r, &e) == SHEET_DAMAGED);
	a.used = a.size;
	CHECK(read_back(&s, &a, &text, &r, &e) == -ENOMEM);
	free(text);
}

int main(void)
{
	test_round();
	return check_summary();
}
