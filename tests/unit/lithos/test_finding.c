/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/arr.h"
#include "lithos/finding.h"
#include "tests/check.h"

static void add(struct findings *f, enum finding_level level, const char *kind, struct mark at, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

static void add(struct findings *f, enum finding_level level, const char *kind, struct mark at, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	finding_add(f, level, kind, at, format, ap);
	va_end(ap);
}

static const char *printed(const struct finding *x)
{
	static char buf[4096];

	finding_print(x, buf, sizeof(buf));
	return buf;
}

static void test_lines(void)
{
	struct findings auto_findings f = { 0 };

	CASE("one line each");
	add(&f, FINDING_ERROR, "Validation Error", (struct mark){ "a.yaml", 3, 7, ".x" }, "Value must be at most %d", 5);
	CHECK_STR(printed(&f.v[0]), "a.yaml:3:7: Validation Error: Value must be at most 5");
	finding_hint(&f, "did you mean %s?", "6");
	finding_hint(&f, "did you mean %s?", "4");
	CHECK_STR(printed(&f.v[0]), "a.yaml:3:7: Validation Error: Value must be at most 5 (did you mean 4?)");
	add(&f, FINDING_ERROR, "Decode error", (struct mark){ "a.yaml", 3, 7, ".volumes./tmp.size" }, "bad u32: \"-1\"");
	CHECK_STR(printed(&f.v[1]), "a.yaml:3:7: Decode error at .volumes./tmp.size: bad u32: \"-1\"");
	finding_warning(&f, (struct mark){ "a.yaml", 0, 0, NULL }, "empty");
	CHECK_STR(printed(&f.v[2]), "a.yaml: warning: empty");
	f.about = "app/web";
	finding_err(&f, (struct mark){ 0 }, &(struct err){ -1, "no such image" });
	f.about = NULL;
	CHECK_STR(printed(&f.v[3]), "app/web: no such image");
	finding_error(&f, (struct mark){ 0 }, "no master");
	CHECK_STR(printed(&f.v[4]), "no master");
	CHECK(f.n == 5 && f.n_errors == 4 && f.n_dropped == 0);
}

static void test_cut(void)
{
	struct findings auto_findings f = { 0 };
	char small[8] = "xxxxxxx", text[3000];

	CASE("nothing is longer than its buffer");
	finding_error(&f, (struct mark){ "file", 1, 1, NULL }, "text");
	finding_print(&f.v[0], small, sizeof(small));
	CHECK_STR(small, "file:1:");
	finding_print(&f.v[0], small, 1);
	CHECK_STR(small, "");
	memset(text, 'a', sizeof(text));
	text[FINDING_TEXT_MAX - 2] = '\303';	/* an umlaut that would be cut in the middle */
	text[FINDING_TEXT_MAX - 1] = '\244';
	text[sizeof(text) - 1] = '\0';
	finding_error(&f, (struct mark){ text, 1, 1, NULL }, "%s", text);
	CHECK(strlen(f.v[1].text) < FINDING_TEXT_MAX && strspn(f.v[1].text, "a\\xc3") == strlen(f.v[1].text));
	CHECK(strlen(f.v[1].file) == FINDING_TEXT_MAX - 2);
}

static void test_escapes(void)
{
	struct findings auto_findings f = { 0 };
	char json[FINDING_JSON_MAX];

	CASE("what a terminal would obey is shown");
	finding_error(&f, (struct mark){ "a\nb", 1, 2, NULL }, "x%sy", "\033[2J\377\302\233\xc3\xa4");
	finding_hint(&f, "\r\"\\");
	CHECK_STR(printed(&f.v[0]), "a\\x0ab:1:2: x\\x1b[2J\\xff\\xc2\\x9b\xc3\xa4y (\\x0d\"\\)");
	finding_print_json(&f.v[0], json);
	CHECK_STR(json, "{\"level\":\"error\",\"file\":\"a\\\\x0ab\",\"line\":1,\"column\":2,\"kind\":null,\"path\":null,"
			"\"about\":null,\"text\":\"x\\\\x1b[2J\\\\xff\\\\xc2\\\\x9b\xc3\xa4y\",\"hint\":\"\\\\x0d\\\"\\\\\"}");
}

static void test_json_room(void)
{
	struct findings auto_findings f = { 0 };
	char quotes[2 * FINDING_TEXT_MAX], json[FINDING_JSON_MAX + 1];

	CASE("the longest there is");
	memset(quotes, '"', sizeof(quotes));
	quotes[sizeof(quotes) - 1] = '\0';
	f.about = quotes;
	add(&f, FINDING_WARNING, quotes, (struct mark){ quotes, UINT32_MAX, UINT32_MAX, quotes }, "%s", quotes);
	finding_hint(&f, "%s", quotes);
	json[FINDING_JSON_MAX] = 'x';
	finding_print_json(&f.v[0], json);
	CHECK(strlen(json) < FINDING_JSON_MAX && json[strlen(json) - 1] == '}' && json[FINDING_JSON_MAX] == 'x');
}

static void test_bound(void)
{
	struct findings auto_findings f = { 0 };

	CASE("more than anybody reads");
	for (unsigned int i = 0; i < FINDINGS_MAX + 5; i++)
		finding_error(&f, (struct mark){ "f", i + 1, 1, NULL }, "n");
	finding_hint(&f, "of one that was dropped");
	CHECK(f.n == FINDINGS_MAX && f.n_dropped == 5 && f.n_errors == FINDINGS_MAX + 5);
	CHECK(!f.v[FINDINGS_MAX - 1].hint);
}

static void test_order(void)
{
	struct findings auto_findings f = { 0 };
	static const char *const want[] = { "1", "2", "3", "4", "5", "6" };

	CASE("by file, line, column, and as they came");
	finding_error(&f, (struct mark){ 0 }, "6");
	finding_error(&f, (struct mark){ "b", 1, 1, NULL }, "5");
	finding_error(&f, (struct mark){ "a", 2, 1, NULL }, "3");
	finding_error(&f, (struct mark){ "a", 2, 1, NULL }, "4");
	finding_error(&f, (struct mark){ "a", 1, 9, NULL }, "2");
	finding_error(&f, (struct mark){ "a", 1, 1, NULL }, "1");
	findings_sort(&f);
	for (size_t i = 0; i < f.n; i++)
		CHECK_STR(f.v[i].text, want[i]);
}

static void test_repeated(void)
{
	struct findings auto_findings f = { 0 };
	static const bool want[] = { false, false, true, false, true, false };

	CASE("what was said already");
	finding_error(&f, (struct mark){ "a", 1, 1, NULL }, "x");
	finding_error(&f, (struct mark){ "a", 1, 1, NULL }, "y");
	finding_error(&f, (struct mark){ "a", 1, 1, NULL }, "x");
	finding_warning(&f, (struct mark){ "a", 1, 1, NULL }, "x");
	finding_warning(&f, (struct mark){ "a", 1, 1, NULL }, "x");
	finding_error(&f, (struct mark){ "a", 2, 1, NULL }, "x");
	findings_sort(&f);
	for (size_t i = 0; i < f.n; i++)
		CHECK(finding_is_repeated(&f, i) == want[i]);
}

static void test_told(void)
{
	static const struct { const char *about; size_t n; } rows[] = {
		{ "app/web.0", 1 },
		{ "app/web.1", 1 },
		{ "app/web", 1 },
		{ "app/web.12", 1 },
		{ "app/we", 2 },
		{ "app/web.x", 3 },
		{ "two/web.1", 4 },
		{ "app", 5 },		/* of no process: kept whenever it is said */
		{ "app", 6 },
		{ NULL, 7 },
		{ NULL, 8 },
	};
	struct findings auto_findings f = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CASE(rows[i].about ? rows[i].about : "nobody");
		f.about = rows[i].about;
		finding_error(&f, (struct mark){ "a", 1, 1, ".x" }, "text %d", 1);
		CHECK(f.n == rows[i].n && f.n_errors == i + 1 && f.n_dropped == 0);
	}
	CASE("a hint is that of what was just said, or of nothing");
	f.about = "app/web.3";
	finding_error(&f, (struct mark){ "a", 1, 1, ".x" }, "text 1");
	finding_hint(&f, "lost");
	for (size_t i = 0; i < f.n; i++)
		CHECK(!f.v[i].hint);
	CASE("as many as there are instances, and what comes behind them is kept");
	for (int i = 0; i < 2 * FINDINGS_MAX; i++)
		finding_error(&f, (struct mark){ "a", 2, 1, NULL }, "the same");
	finding_error(&f, (struct mark){ "a", 3, 1, NULL }, "another");
	CHECK(f.n_dropped == 0 && f.n == ARRAY_LEN(rows) - 3 + 2);
	CHECK_STR(f.v[f.n - 1].text, "another");
}

int main(void)
{
	test_lines();
	test_cut();
	test_escapes();
	test_json_room();
	test_bound();
	test_order();
	test_repeated();
	test_told();
	return check_summary();
}
