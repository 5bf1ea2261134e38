/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/history.h"

#include "base/arr.h"
#include "tests/check.h"

#include <stdlib.h>

static char memory[4 << 20] __attribute__((aligned(16)));
static struct arena arena = { .base = memory, .size = sizeof(memory) };

static const char *joined(const struct names *s)
{
	static char text[1024];
	size_t at = 0;

	text[0] = '\0';
	for (size_t i = 0; i < s->n; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s", i ? " " : "", s->v[i]);
	return text;
}

static int read_text(struct history *h, const char *text, uint32_t file, struct err *e)
{
	*e = (struct err){ 0 };
	return history_read(h, text, strlen(text), file, &arena, e);
}

static void test_lines(void)
{
	static const char *const broken[] = {
		"", "x", "2018-08-20T12:34:56Z", "2018-08-20T12:34:56Z ", "2018-08-20 12:34:56Z {}", "2018-13-20T12:34:56Z {}",
		"2018-08-20T12:34:56Z []", "2018-08-20T12:34:56Z {", "2018-08-20T12:34:56Z {}x", "2018-08-20T12:34:56Z {} {}",
		"2018-08-20T12:34:56Z {\"a\":1}", "2018-08-20T12:34:56Z {\"a\":{}}", "2018-08-20T12:34:56Z {\"a\":{\"image\":7}}",
		"2018-08-20T12:34:56Z {\"a\":{\"image\":\"x\"},}", "2018-08-20T12:34:56Z {\"a\":{\"image\":\"\\u0041\"}}",
		"2018-08-20T12:34:56Z {\"a\":{\"image\":\"x", "2018-08-20T12:34:56Z {\"a\":{\"image\":\"x\",\"v\":[}],\"w\":1}}",
		"2018-08-20T12:34:56Z {\"a\":{\"v\":,\"image\":\"x\"}}", "2018-08-20T12:34:56Z {\"a\" {\"image\":\"x\"}}",
	};
	auto_history struct history h = { .v = NULL };
	char text[512];
	struct err e;

	CASE("what the supervisor and what lithos have written");
	CHECK(read_text(&h, "2018-08-20T12:34:56Z {\"worker\":{\"instances\":3,\"image\":\"django.v3\",\"config\":\"/config/w.yaml\","
			    "\"variables\":{\"a\":\"}]\\\"\",\"b\":\"\\u0041\"},\"ip_addresses\":[\"10.0.0.1\",\"x\"],\"kind\":\"Daemon\"},"
			    "\"b\":{\"image\":\"a\\\\b/\\\"c\\\"\"},\"c\":{\"image\":\"django.v3\"}}\n", 0, &e) == 0);
	CHECK(h.n == 1 && h.v[0].time_s == 1534768496);
	CHECK_STR(joined(&h.v[0].images), "a\\b/\"c\" django.v3");
	CHECK(read_text(&h, "2018-08-20T12:34:57Z {}\n", 0, &e) == 0 && h.n == 2 && h.v[1].images.n == 0);
	CHECK(read_text(&h, "", 0, &e) == 0 && h.n == 2);

	for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
		CASE(broken[i]);
		snprintf(text, sizeof(text), "2018-08-20T12:34:56Z {}\n%s\n", broken[i]);
		CHECK(read_text(&h, text, 0, &e) == -EPROTO);
		CHECK_STR(e.text, "line 2 is broken");
	}
	CASE("cut off");
	CHECK(read_text(&h, "2018-08-20T12:34:56Z {}", 0, &e) == -EPROTO);
	memset(text, 0, sizeof(text));
	CHECK(history_read(&h, text, sizeof(text), 0, &arena, &e) == -EPROTO);
}

static void add(struct history *h, const char *day, const char *image, uint32_t file)
{
	char text[256];
	struct err e;

	snprintf(text, sizeof(text), "2020-01-%sT00:00:00Z {\"p\":{\"image\":\"%s\"}}\n", day, image);
	CHECK(read_text(h, text, file, &e) == 0);
}

enum { JANUARY = 1577836800, DAY = 86400 };	/* 2020-01-01T00:00:00Z */

static const char *images(const struct history *h, struct history_rules rules, int64_t now_s, size_t *ret_first)
{
	struct names n;
	struct err e = { 0 };

	*ret_first = history_first(h, &rules, now_s);
	CHECK(history_images(h, *ret_first, &arena, &n, &e) == 0);
	return joined(&n);
}

static void test_choice(void)
{
	auto_history struct history h = { .v = NULL };
	const int64_t now = JANUARY + 30 * (int64_t)DAY;	/* the 31st */
	size_t first;

	/* a from the 1st to the 3rd, written four times; b; c; a again; d */
	add(&h, "01", "a", 2);
	add(&h, "02", "a", 2);
	add(&h, "02", "a", 1);
	add(&h, "03", "a", 1);
	add(&h, "10", "b", 1);
	add(&h, "20", "c", 1);
	add(&h, "25", "a", 0);
	add(&h, "30", "d", 0);
	CASE("the same one after another is one, as old as its last line");
	CHECK(h.n == 5 && h.v[0].time_s == JANUARY + 2 * DAY && h.v[0].file == 1);

	CASE("without days nothing is dropped");
	CHECK_STR(images(&h, (struct history_rules){ .at_most = 1000 }, now, &first), "a b c d");
	CASE("at most");
	CHECK_STR(images(&h, (struct history_rules){ .at_most = 2 }, now, &first), "a d");
	CHECK(h.v[first].file == 0);
	CHECK_STR(images(&h, (struct history_rules){ .at_most = 1 }, now, &first), "d");
	CHECK_STR(images(&h, (struct history_rules){ .at_most = 0 }, now, &first), "");
	CASE("days");
	CHECK_STR(images(&h, (struct history_rules){ .has_days = true, .days = 21, .at_most = 1000 }, now, &first), "a b c d");
	CHECK_STR(images(&h, (struct history_rules){ .has_days = true, .days = 20, .at_most = 1000 }, now, &first), "a c d");
	CHECK_STR(images(&h, (struct history_rules){ .has_days = true, .days = 0, .at_most = 1000 }, now, &first), "");
	CASE("at least, however old");
	CHECK_STR(images(&h, (struct history_rules){ .has_days = true, .days = 0, .at_least = 1, .at_most = 1000 }, now, &first), "d");
	CHECK_STR(images(&h, (struct history_rules){ .has_days = true, .days = 20, .at_least = 4, .at_most = 1000 }, now, &first),
		  "a b c d");
	CHECK_STR(images(&h, (struct history_rules){ .has_days = true, .at_least = 9, .at_most = 2 }, now, &first), "a d");
	CASE("nothing at all");
	h.n = 0;
	CHECK_STR(images(&h, (struct history_rules){ .has_days = true, .at_least = 9, .at_most = 2 }, now, &first), "");
}

static void test_names(void)
{
	const char *some[] = { "b", "a", "b" }, *more[] = { "c", "a" };
	struct names x = names_sort(some, 3), y = names_sort(more, 2), both;
	struct err e = { 0 };

	CASE("names");
	CHECK(x.n == 2 && names_have(&x, "a") && !names_have(&x, "c") && !names_have(&(struct names){ 0 }, "a"));
	CHECK(names_join(&x, &y, &arena, &both, &e) == 0);
	CHECK_STR(joined(&both), "a b c");
	CHECK(!names_equal(&x, &y) && !names_equal(&x, &both) && names_equal(&x, &x));
}

static int list(const char *text, uint32_t levels, struct names *ret, struct err *e)
{
	*e = (struct err){ 0 };
	return history_list(text, strlen(text), levels, &arena, ret, e);
}

static void test_list(void)
{
	struct names n;
	struct err e;

	CASE("lists");
	CHECK(list("  b/1 \n\na/2\r\nb/1", 2, &n, &e) == 0);
	CHECK_STR(joined(&n), "a/2 b/1");
	CHECK(list("", 1, &n, &e) == 0 && n.n == 0);
	CHECK(list("a/2\nb\n", 2, &n, &e) == -EPROTO);
	CHECK_STR(e.text, "line 2 is no image with 2 parts");
	CHECK(list("../x", 2, &n, &e) == -EPROTO && list("/x", 1, &n, &e) == -EPROTO);
	CHECK(history_list("a\0b\n", 4, 1, &arena, &n, &e) == -EPROTO);
}

static void test_delta(void)
{
	static const struct {
		const char *text;
		int64_t seconds;
	} cases[] = {
		{ "90", 90 }, { "90s", 90 }, { "30m", 1800 }, { "1h", 3600 }, { "2d", 172800 }, { "1w", 604800 }, { "0", 0 },
		{ "", -1 }, { "h", -1 }, { "-1h", -1 }, { "1 h", -1 }, { "1y", -1 }, { "1hh", -1 }, { "9999999999", -1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t s = -1;

		CASE(cases[i].text);
		CHECK(history_delta(cases[i].text, &s) == (cases[i].seconds >= 0) && s == cases[i].seconds);
	}
}

int main(void)
{
	test_lines();
	test_choice();
	test_names();
	test_list();
	test_delta();
	return check_summary();
}
