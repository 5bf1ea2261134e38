/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/record.h"

#include "tests/check.h"

#include <signal.h>
#include <stdlib.h>

static const char BOOT[] = "11111111-2222-3333-4444-555555555555";

static char memory[64 << 10] __attribute__((aligned(16)));

static struct arena fresh(void)
{
	memset(memory, 0, sizeof(memory));
	return (struct arena){ .base = memory, .size = sizeof(memory) };
}

static const struct desired_port ports[] = {
	{ .host = "0.0.0.0", .port = 80 }, { .host = "::1", .port = 65535, .reuse_port = true },
};

static void make_sample(struct record *r)
{
	static struct record_life lives[RECORD_LIVES];

	*r = (struct record){
		.id = "app+web.0", .name = "app/web.0", .digest = "abc", .pid = 4711, .cgroup = "/lithos.slice/app:web.0.scope",
		.log_file = "/var/log/a b.log", .state_below = "app/web.0", .ports = ports, .n_ports = 2, .oom_before = 3, .cpu_before = 4,
		.lives = lives,
		.proc = {
			.state = PROC_STOPPING, .term_sent = true, .ready = true, .counted = true,
			.rules = { .restart_ms = 1000, .kill_ms = 5000, .ready_ms = 7, .again_ms = 8,
				   .backoff_permille = 2000, .backoff_max_ms = 60000, .backoff_reset_ms = 90000 },
			.life = 12, .again = 6, .launched_ms = 100, .up_ms = 110, .start_ms = 1100, .deadline_ms = 5200, .streak = 3,
			.ending = { .how = ENDING_SIGNAL, .number = SIGSEGV, .core = true }, .counts = { 12, 11, 10 },
		},
	};
	proc_rules_allow(&r->proc.rules, 0);
	proc_rules_allow(&r->proc.rules, 130);
	for (uint64_t i = 1; i <= RECORD_LIVES + 5; i++)
		record_add_life(r, &(struct record_life){ .number = i, .ending = { .how = ENDING_EXIT, .number = (int)i },
							  .failed = true, .text = i == 25 ? "no\nsuch file" : NULL, .uptime_ms = 1000,
							  .inside = i == 24, .start = i == 24 ? UINT64_MAX : 0 });
}

static enum sheet_answer read_back(const struct sheet *s, char **text, const char *boot, struct record *ret)
{
	struct arena a = fresh();

	free(*text);
	*text = malloc(s->len + 1);
	memcpy(*text, s->text, s->len);
	return record_read(*text, s->len, boot, &a, ret);
}

static void test_round(void)
{
	struct sheet auto_sheet s = { 0 };
	static struct record a, b;
	struct err e = { 0 };
	char *text = NULL;

	CASE("what was written is read");
	make_sample(&a);
	CHECK(record_write(&a, BOOT, &s, &e) == 0);
	CHECK(s.len < RECORD_BYTES);
	CHECK(read_back(&s, &text, BOOT, &b) == SHEET_READ);
	CHECK_STR(b.id, a.id);
	CHECK_STR(b.cgroup, a.cgroup);
	CHECK_STR(b.log_file, a.log_file);
	CHECK(!b.output_file && b.pid == 4711 && b.oom_before == 3 && b.cpu_before == 4 && b.proc.again == 6);
	CHECK(b.proc.state == PROC_STOPPING && b.proc.term_sent && b.proc.ready && b.proc.counted && !b.proc.killed);
	CHECK(memcmp(&b.proc.rules, &a.proc.rules, sizeof(a.proc.rules)) == 0);
	CHECK(b.proc.life == 12 && b.proc.deadline_ms == 5200 && b.proc.start_ms == 1100 && b.proc.streak == 3);
	CHECK(b.proc.ending.how == ENDING_SIGNAL && b.proc.ending.number == SIGSEGV && b.proc.ending.core);
	CHECK(b.proc.counts.started == 12 && b.proc.counts.deaths == 11 && b.proc.counts.failures == 10);
	CHECK(b.n_ports == 2 && b.ports[1].port == 65535 && b.ports[1].reuse_port && !b.ports[0].reuse_port);
	CHECK_STR(b.ports[1].host, "::1");

	CASE("the last twenty lives");
	CHECK(b.n_lives == RECORD_LIVES && b.lives[0].number == 6 && b.lives[19].number == 25);
	CHECK_STR(b.lives[19].text, "no\nsuch file");
	CHECK(b.lives[18].inside && b.lives[18].start == UINT64_MAX && !b.lives[19].inside && b.untold == RECORD_LIVES);
	CHECK(!b.lives[0].text && b.lives[0].ending.number == 6 && b.lives[0].failed);

	CASE("no deadline is none");
	a.proc.deadline_ms = PROC_NEVER;
	CHECK(record_write(&a, BOOT, &s, &e) == 0 && read_back(&s, &text, BOOT, &b) == SHEET_READ);
	CHECK(b.proc.deadline_ms == PROC_NEVER);

	CASE("written while it is adopted");
	a.proc.was = PROC_KILLING;
	a.proc.state = PROC_ADOPTING;
	CHECK(record_write(&a, BOOT, &s, &e) == 0 && read_back(&s, &text, BOOT, &b) == SHEET_READ);
	CHECK(b.proc.state == PROC_KILLING);

	CASE("what is not told yet");
	a.untold = 3;
	CHECK(record_write(&a, BOOT, &s, &e) == 0 && read_back(&s, &text, BOOT, &b) == SHEET_READ && b.untold == 3);
	a.untold = 21;
	CHECK(record_write(&a, BOOT, &s, &e) == 0 && read_back(&s, &text, BOOT, &b) == SHEET_READ && b.untold == RECORD_LIVES);

	CASE("of another boot, of nobody");
	CHECK(read_back(&s, &text, "x", &b) == SHEET_BOOT);
	a.id = NULL;
	CHECK(record_write(&a, BOOT, &s, &e) == 0 && read_back(&s, &text, BOOT, &b) == SHEET_DAMAGED);
	free(text);
}

/* Whole by its checksum, and yet not what this version writes. */
static void test_odd(void)
{
	struct sheet auto_sheet s = { 0 };
	static struct record r;
	struct err e = { 0 };
	char *text = NULL;

	CASE("odd");
	sheet_begin(&s, "record", RECORD_VERSION, BOOT);
	sheet_row(&s, "instance");
	sheet_text(&s, "id", "a+b.0");
	sheet_text(&s, "name", "a/b.0");
	sheet_row(&s, "life");
	sheet_text(&s, "state", "DREAMING");
	sheet_text(&s, "number", "-3");
	sheet_text(&s, "deadline", "soon");
	sheet_row(&s, "rules");
	sheet_text(&s, "normal", "zz8");
	for (int i = 0; i < 100; i++) {
		sheet_row(&s, "port");
		sheet_text(&s, "host", "h");
		sheet_count(&s, "port", (uint64_t)i * 1000);
	}
	sheet_row(&s, "future");
	CHECK(sheet_end(&s, &e) == 0 && read_back(&s, &text, BOOT, &r) == SHEET_READ);
	CHECK(r.proc.state == PROC_ADOPTING && r.proc.life == 0 && r.proc.deadline_ms == PROC_NEVER);
	CHECK(r.proc.rules.normal[1] == 0x80 && r.n_ports == RECORD_PORTS && r.n_lives == 0);
	free(text);
}

/* As the version before wrote it. */
static size_t untold(bool told, int lives)
{
	struct sheet auto_sheet s = { 0 };
	static struct record r;
	struct err e = { 0 };
	char *text = NULL;

	sheet_begin(&s, "record", RECORD_VERSION, BOOT);
	sheet_row(&s, "instance");
	sheet_text(&s, "id", "a+b.0");
	sheet_text(&s, "name", "a/b.0");
	sheet_flag(&s, "told", told);
	sheet_row(&s, "rules");
	sheet_flag(&s, "process-only", true);
	for (int i = 0; i < lives; i++)
		sheet_row(&s, "past");
	CHECK(sheet_end(&s, &e) == 0 && read_back(&s, &text, BOOT, &r) == SHEET_READ);
	CHECK(r.proc.rules.again_ms == 0 && r.proc.again == 0);
	free(text);
	return r.untold;
}

static void test_older(void)
{
	CASE("of an older version");
	CHECK(untold(true, 2) == 0 && untold(false, 2) == 1 && untold(false, 0) == 0);
}

static const char *uptime(int64_t seconds)
{
	static char buf[RECORD_TIME_MAX];

	record_uptime(seconds * 1000 + 999, buf);
	return buf;
}

static const char *size(uint64_t bytes)
{
	static char buf[RECORD_SIZE_MAX];

	record_size(bytes, buf);
	return buf;
}

static void test_words(void)
{
	struct record_life l = { .number = 12, .ending = { .how = ENDING_SIGNAL, .number = SIGKILL }, .failed = true, .uptime_ms = 7987000,
				 .oom_kills = 2, .memory_peak = 104857600, .cpu_us = 1234567 };
	char buf[RECORD_SENTENCE_MAX], lengthy[4000];

	CASE("times and sizes");
	CHECK_STR(uptime(0), "0s");
	CHECK_STR(uptime(59), "59s");
	CHECK_STR(uptime(184), "3m4s");
	CHECK_STR(uptime(7987), "2h13m7s");
	CHECK_STR(uptime(97380), "1d3h3m");
	CHECK_STR(uptime(3 * 86400 - 1), "2d23h59m");
	CHECK_STR(uptime(5 * 86400), "5days");
	CHECK_STR(uptime(-5), "0s");
	CHECK_STR(size(1023), "1023B");
	CHECK_STR(size(1024), "1.0kiB");
	CHECK_STR(size(21600000), "20.6MiB");
	CHECK_STR(size(1048575), "1024.0kiB");
	CHECK_STR(size(UINT64_MAX), "17179869184.0GiB");

	CASE("why it died");
	record_explain(&l, buf);
	CHECK_STR(buf, "life 12 ran for 2h13m7s and was killed by signal SIGKILL[9]; 2 of its processes were killed for want of memory; "
		       "it had at most 100.0MiB of memory; it used 1.23s of CPU (a failure)");
	l = (struct record_life){ .number = 1, .ending = { .how = ENDING_EXIT }, .asked = true };
	record_explain(&l, buf);
	CHECK_STR(buf, "life 1 ran for 0s and exited with code 0, as it was told to");
	l = (struct record_life){ .number = 1, .start = 3, .inside = true, .ending = { .how = ENDING_SIGNAL, .number = SIGSEGV, .core = true }, .uptime_ms = 1 };
	record_explain(&l, buf);
	CHECK_STR(buf, "life 1, start 3, ran for 0s and was killed by signal SIGSEGV[11] (core dumped)");
	memset(lengthy, 'x', sizeof(lengthy) - 1);
	lengthy[sizeof(lengthy) - 1] = '\0';
	l = (struct record_life){ .number = 2, .refused = true, .text = lengthy };
	record_explain(&l, buf);
	CHECK(strlen(buf) < RECORD_SENTENCE_MAX && strncmp(buf, "life 2 did not begin: xxx", 25) == 0);
}

int main(void)
{
	test_round();
	test_odd();
	test_older();
	test_words();
	return check_summary();
}
