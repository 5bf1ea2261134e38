/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/sheet.h"

#include "tests/check.h"

#include <stdlib.h>

static const char BOOT[] = "11111111-2222-3333-4444-555555555555";
static const char HOSTILE[] = "a b\nc\\x41=\033\377\303\244 end 0";

static void write_sample(struct sheet *s)
{
	sheet_begin(s, "test", 2, BOOT);
	sheet_row(s, "one");
	sheet_text(s, "text", HOSTILE);
	sheet_text(s, "empty", "");
	sheet_text(s, "none", NULL);
	sheet_number(s, "least", INT64_MIN);
	sheet_count(s, "most", UINT64_MAX);
	sheet_flag(s, "yes", true);
	sheet_flag(s, "no", false);
	sheet_row(s, "two");
}

static enum sheet_answer open_copy(const struct sheet *s, size_t len, unsigned int version, const char *boot, char **text,
				   struct sheet_reader *r)
{
	free(*text);
	*text = malloc(len + 1);
	memcpy(*text, s->text, len);
	return sheet_open(*text, len, "test", version, boot, r);
}

static void test_round(void)
{
	struct sheet auto_sheet s = { 0 };
	struct sheet_reader r;
	struct err e = { 0 };
	char *text = NULL;

	CASE("what was written is read");
	write_sample(&s);
	CHECK(sheet_end(&s, &e) == 0 && s.len == strlen(s.text));
	CHECK(open_copy(&s, s.len, 2, BOOT, &text, &r) == SHEET_READ);
	CHECK_STR(sheet_next(&r), "one");
	CHECK_STR(sheet_find(&r, "text"), HOSTILE);
	CHECK_STR(sheet_find(&r, "empty"), "");
	CHECK(!sheet_find(&r, "none") && !sheet_find(&r, "no"));
	CHECK(sheet_find_number(&r, "least", 1) == INT64_MIN && sheet_find_count(&r, "most") == UINT64_MAX);
	CHECK(sheet_find_number(&r, "text", 7) == 7 && sheet_find_number(&r, "empty", 7) == 7 && sheet_find_count(&r, "text") == 0);
	CHECK(sheet_find_flag(&r, "yes") && !sheet_find_flag(&r, "no"));
	CHECK_STR(sheet_next(&r), "two");
	CHECK(r.n == 0);
	CHECK(!sheet_next(&r) && !sheet_next(&r));

	CASE("others");
	CHECK(open_copy(&s, s.len, 3, BOOT, &text, &r) == SHEET_READ);
	CHECK(open_copy(&s, s.len, 1, BOOT, &text, &r) == SHEET_VERSION);
	CHECK(open_copy(&s, s.len, 2, "another", &text, &r) == SHEET_BOOT);
	free(text);
}

static void test_damaged(void)
{
	struct sheet auto_sheet s = { 0 };
	struct sheet_reader r;
	struct err e = { 0 };
	char *text = NULL;
	int read = 0;

	CASE("cut anywhere");
	write_sample(&s);
	CHECK(sheet_end(&s, &e) == 0);
	for (size_t len = 0; len < s.len; len++)
		read += open_copy(&s, len, 2, BOOT, &text, &r) != SHEET_DAMAGED;
	CHECK(read == 0);

	CASE("a changed byte");
	for (size_t i = 0; i < s.len; i++) {
		s.text[i] ^= 1;
		read += open_copy(&s, s.len, 2, BOOT, &text, &r) != SHEET_DAMAGED;
		s.text[i] ^= 1;
	}
	CHECK(read == 0);
	CHECK(open_copy(&s, s.len, 2, BOOT, &text, &r) == SHEET_READ);
	free(text);
}

static void test_many_fields(void)
{
	struct sheet auto_sheet s = { 0 };
	struct sheet_reader r;
	struct err e = { 0 };
	char *text = NULL;

	CASE("more fields than a row may have, and a large file");
	sheet_begin(&s, "test", 2, BOOT);
	sheet_row(&s, "row");
	for (int i = 0; i < 1000; i++)
		sheet_number(&s, "key", i);
	for (int i = 0; i < 10000; i++) {
		sheet_row(&s, "more");
		sheet_text(&s, "text", "some words");
	}
	CHECK(sheet_end(&s, &e) == 0);
	CHECK(open_copy(&s, s.len, 2, BOOT, &text, &r) == SHEET_READ);
	CHECK_STR(sheet_next(&r), "row");
	CHECK(r.n == SHEET_FIELDS_MAX && sheet_find_number(&r, "key", -1) == 0);
	for (int i = 0; i < 10000; i++)
		CHECK(sheet_next(&r) && strcmp(sheet_find(&r, "text"), "some words") == 0);
	CHECK(!sheet_next(&r));
	free(text);
}

int main(void)
{
	test_round();
	test_damaged();
	test_many_fields();
	return check_summary();
}
