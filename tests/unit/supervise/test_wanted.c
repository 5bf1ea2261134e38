/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/unit/supervise/wanted_sample.h"

static const char BOOT[] = "11111111-2222-3333-4444-555555555555";

static const struct bundle_directory directories[] = {
	{ .prefix = "/data", .below = "x/y", .mode = 0750, .uid = 1, .gid = 4294967294, .keep = true, .from = "volumes./x" },
	{ .prefix = "/state", .below = "", .mode = 01777, .points = { "hosts", "resolv.conf" }, .from = "volumes./state" },
};

static int read_back(const struct sheet *s, struct arena *a, const char *boot, struct wanted *ret)
{
	static char texts[4][16 << 10];
	static unsigned int turn;
	char *text = texts[turn = (turn + 1) % 4];
	struct err e = { 0 };

	if (!CHECK(s->len < sizeof(texts[0])))
		return -1;
	memcpy(text, s->text, s->len);
	return wanted_read(text, s->len, boot, a, ret, &e);
}

static int round_trip(const struct wanted *w, struct wanted *ret)
{
	auto_sheet struct sheet s = { 0 };
	struct arena a = fresh();
	struct err e = { 0 };

	CHECK(wanted_write(w, BOOT, &s, &e) == 0);
	return read_back(&s, &a, BOOT, ret);
}

static void make_sample(struct wanted *w, struct desired v[3])
{
	static const char *const sandboxes[] = { "app", "db" };
	static const struct desired_gap gaps[] = { { "db", NULL, "it is broken" }, { "app", "bad", "x" } };
	static const struct report_problem problems[] = { { NULL, "of the\nmaster" }, { "db", "it is broken" } };

	v[0] = entry("app+web.1", "app", "web");
	v[1] = entry("app+web.0", "app", "web");
	v[2] = entry("app+web.10", "app", "web");
	v[1].number = 0;
	v[1].rules = (struct proc_rules){ .restart_ms = 1000, .kill_ms = 5000, .ready_ms = 7, .backoff_permille = 1500 };
	proc_rules_allow(&v[1].rules, 130);
	v[1].ports = ports;
	v[1].n_ports = 2;
	v[1].directories = directories;
	v[1].n_directories = 2;
	v[1].max_unavailable = 3;
	v[1].log_file = "/log/app.log";
	v[1].log_level = "debug";
	v[2].kept = true;
	*w = (struct wanted){
		.settings = settings, .set = { v, 3, gaps, 2, sandboxes, 2 }, .problems = problems, .n_problems = 2,
		.n_errors = 9, .accepted = 41,
	};
}

static void test_round(void)
{
	struct desired v[3];
	struct wanted w, r;
	const struct desired *d;

	CASE("what was written is read");
	make_sample(&w, v);
	CHECK(round_trip(&w, &r) == 0);
	CHECK_STR(r.settings.log_file, "/log/a b.log");
	CHECK_STR(r.settings.cgroup_name, "");
	CHECK(!r.settings.syslog_facility && !r.settings.config_log_dir && r.accepted == 41 && r.n_errors == 9);
	CHECK(r.n_problems == 2 && !r.problems[0].about && r.set.n_sandboxes == 2 && r.set.n_gaps == 2 && r.set.n == 3);
	CHECK_STR(r.problems[0].text, "of the\nmaster");
	CHECK_STR(r.set.sandboxes[1], "db");
	CHECK(!r.set.gaps[0].process);
	CHECK_STR(r.set.gaps[1].process, "bad");

	CASE("sorted, each with what is its own");
	CHECK_STR(r.set.v[0].id, "app+web.0");
	CHECK_STR(r.set.v[2].id, "app+web.10");
	CHECK(r.set.v[2].kept && !r.set.v[0].kept && r.set.v[1].n_ports == 0 && r.set.v[2].n_directories == 0);
	d = desired_find(&r.set, "app+web.0");
	CHECK(d && memcmp(&d->rules, &v[1].rules, sizeof(d->rules)) == 0 && d->max_unavailable == 3);
	CHECK(d && d->n_ports == 2 && d->ports[0].uid == 7 && d->ports[0].gid == 8 && d->ports[0].backlog == 128);
	CHECK(d && d->ports[0].reuse_addr && !d->ports[0].reuse_port && d->ports[1].reuse_port && d->ports[1].non_block);
	CHECK(d && d->n_directories == 2 && d->directories[0].mode == 0750 && d->directories[0].gid == 4294967294);
	CHECK(d && d->directories[0].keep && !d->directories[1].keep && !d->directories[0].points[0]);
	CHECK_STR(d ? d->directories[1].points[1] : NULL, "resolv.conf");
	CHECK_STR(d ? d->directories[1].below : NULL, "");
	CHECK_STR(d ? d->log_level : NULL, "debug");
	CHECK(d && !d->output_file);

	CASE("nothing at all");
	w = (struct wanted){ 0 };
	CHECK(round_trip(&w, &r) == 0 && r.set.n == 0 && !r.settings.runtime_dir);
}

static void test_odd(void)
{
	struct desired v[3];
	struct wanted w, r;
	struct arena a;
	auto_sheet struct sheet s = { 0 };
	struct err e = { 0 };

	CASE("what nobody writes");
	make_sample(&w, v);
	v[0].id = "app+web.0";
	CHECK(round_trip(&w, &r) == SHEET_DAMAGED);
	v[0].id = "web";
	CHECK(round_trip(&w, &r) == SHEET_DAMAGED);
	make_sample(&w, v);
	v[2].digest = NULL;
	CHECK(round_trip(&w, &r) == SHEET_DAMAGED);
	make_sample(&w, v);
	w.settings.runtime_dir = NULL;
	CHECK(round_trip(&w, &r) == SHEET_DAMAGED);
	w.settings.runtime_dir = "run";
	CHECK(round_trip(&w, &r) == SHEET_DAMAGED);

	CASE("of another boot, of no instance, unknown");
	make_sample(&w, v);
	CHECK(wanted_write(&w, BOOT, &s, &e) == 0);
	a = fresh();
	CHECK(read_back(&s, &a, "x", &r) == SHEET_BOOT);
	sheet_begin(&s, "wanted", WANTED_VERSION, BOOT);
	sheet_row(&s, "port");
	CHECK(sheet_end(&s, &e) == 0 && read_back(&s, &a, BOOT, &r) == SHEET_DAMAGED);
	sheet_begin(&s, "wanted", WANTED_VERSION, BOOT);
	sheet_row(&s, "future");
	CHECK(sheet_end(&s, &e) == 0 && read_back(&s, &a, BOOT, &r) == 0);

	CASE("no memory");
	a = (struct arena){ .base = memory[0], .size = 1024 };
	CHECK(wanted_write(&w, BOOT, &s, &e) == 0 && read_back(&s, &a, BOOT, &r) == -ENOMEM);
}

int main(void)
{
	test_round();
	test_odd();
	return check_summary();
}
