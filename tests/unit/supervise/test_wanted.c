/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/wanted.h"

#include "tests/check.h"

#include <stdlib.h>

static const char BOOT[] = "11111111-2222-3333-4444-555555555555";

static char memory[4][256 << 10] __attribute__((aligned(16)));

/* Four at a time. */
static struct arena fresh(void)
{
	static unsigned int turn;

	turn = (turn + 1) % 4;
	memset(memory[turn], 0, sizeof(memory[turn]));
	return (struct arena){ .base = memory[turn], .size = sizeof(memory[turn]) };
}

static const struct settings settings = {
	.master = "/etc/m.yaml", .runtime_dir = "/run/l", .state_dir = "/run/l/state", .mount_dir = "/run/l/mnt",
	.default_log_dir = "/log", .log_file = "/log/a b.log", .log_level = "warn", .stdio_log_dir = "/log/io",
	.syslog_app_name = "lithos", .cgroup_name = "",
};

static const struct desired_port ports[] = {
	{ .host = "0.0.0.0", .port = 80, .fd = 3, .backlog = 128, .uid = 7, .gid = 8, .reuse_addr = true },
	{ .host = "::1", .port = 65535, .fd = 0, .reuse_port = true, .non_block = true },
};

static const struct bundle_directory directories[] = {
	{ .prefix = "/data", .below = "x/y", .mode = 0750, .uid = 1, .gid = 4294967294, .keep = true, .from = "volumes./x" },
	{ .prefix = "/state", .below = "", .mode = 01777, .points = { "hosts", "resolv.conf" }, .from = "volumes./state" },
};

static struct desired entry(const char *id, const char *sandbox, const char *process)
{
	return (struct desired){
		.id = id, .name = id, .sandbox = sandbox, .process = process, .digest = "1", .command = "\"/bin/x\"",
		.state_below = id,
	};
}

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
	CHECK(settings_master(&settings).state_dir == settings.state_dir);
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
	test_round();
	test_odd();
	test_accept();
	return check_summary();
}
