/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The values of org.systemd.property annotations. */
#include "base/arr.h"
#include "cgroup/unit.h"
#include "tests/check.h"

#include <stdlib.h>

static char block[1 << 18];
static struct arena a;

/* "t 1000", "as a b": type and values, as one text. */
static const char *shown(const struct cg_property *p)
{
	static char text[512];
	size_t n = (size_t)snprintf(text, sizeof text, "%s", p->type);

	for (size_t i = 0; i < p->n_values && n < sizeof text; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, " %s", p->values[i]);
	return text;
}

/* In a block of its own, so that the sanitizers find what reads past its end. */
static int value(const char *text, struct cg_property *ret, struct err *e)
{
	char *copy = strdup(text);
	int rc;

	if (!copy)
		abort();
	memset(block, 0, sizeof block);
	a = (struct arena){ block, sizeof block, 0 };
	*e = (struct err){ 0 };
	*ret = (struct cg_property){ 0 };
	rc = cg_unit_value(copy, &a, ret, e);
	free(copy);
	return rc;
}

static void test_good(void)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "uint64 1000", "t 1000" }, { "  uint64   18446744073709551615 ", "t 18446744073709551615" },
		{ "5", "i 5" }, { "-5", "i -5" }, { "+5", "i 5" }, { "0x10", "i 16" }, { "010", "i 8" }, { "-0", "i 0" },
		{ "int32 -2147483648", "i -2147483648" }, { "int64 -9223372036854775808", "x -9223372036854775808" },
		{ "byte 255", "y 255" }, { "uint16 65535", "q 65535" }, { "uint32 4294967295", "u 4294967295" },
		{ "int16 -32768", "n -32768" }, { "1.5", "d 1.5" }, { "1e3", "d 1e3" }, { "double 2", "d 2" },
		{ "true", "b true" }, { "boolean false", "b false" },
		{ "'x'", "s x" }, { "\"it's\"", "s it's" }, { "''", "s " }, { "'a\\'b\\\\c\\n'", "s a'b\\c\n" },
		{ "string 'x'", "s x" }, { "['a','b']", "as a b" }, { "[ 'a' , \"b\" ]", "as a b" },
		{ "@as []", "as" }, { "@at [1, 2]", "at 1 2" }, { "[uint64 1, 2]", "at 1 2" }, { "[1,2]", "ai 1 2" },
		{ "[true, false]", "ab true false" }, { "@ay [0x01]", "ay 1" },
	};

	CASE("values");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct cg_property p;
		struct err e;

		if (CHECK(value(rows[i].text, &p, &e) == 0))
			CHECK_STR(shown(&p), rows[i].want);
		else
			printf("  %s: %s\n", rows[i].text, e.text);
	}
}

static void test_refused(void)
{
	static const char *const rows[] = {
		"", " ", "x", "uint64", "uint64 -1", "uint64 18446744073709551616", "byte 256", "int32 2147483648", "5 6",
		"int16 -32769", "'x", "'\\q'", "'\\", "true false", "truth", "boolean 1", "string 1", "uint32 'x'", "uint32 true", "[", "[]", "[1",
		"[1,]", "[,1]", "[1 2]", "[1,'a']", "[uint64 1, int32 2]", "[[1]]", "@as", "@as 'x'", "@s 'x'", "@aas []",
		"('a', 'b')", "{'a': 1}", "<1>", "1.2.3", "0x", "08", "nan", "inf", "--5", "1e999",
	};

	CASE("refused");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct cg_property p;
		struct err e;

		if (!CHECK(value(rows[i], &p, &e) < 0 && e.text[0]))
			printf("  taken: %s as %s\n", rows[i], shown(&p));
	}
}

static void test_annotations(void)
{
	static const struct {
		const char *name, *text, *want_name, *want;
	} rows[] = {
		{ "TimeoutStopUSec", "uint64 5", "TimeoutStopUSec", "t 5" },
		{ "TimeoutStopSec", "uint64 5", "TimeoutStopUSec", "t 5000000" },
		{ "TimeoutStopSec", "1.5", "TimeoutStopUSec", "t 1500000" },
		{ "RestartSec", "3", "RestartUSec", "t 3000000" },
		{ "ABSec", "3", "ABSec", "i 3" },	/* no lower-case letter before it */
		{ "Sec", "3", "Sec", "i 3" },
		{ "CollectMode", "'inactive'", "CollectMode", "s inactive" },
		{ "Ab", "1", NULL, NULL }, { "", "1", NULL, NULL }, { "A b", "1", NULL, NULL }, { "Abc1", "1", NULL, NULL },
		{ "TimeoutSec", "'x'", NULL, NULL }, { "TimeoutSec", "-1", NULL, NULL },
		{ "TimeoutSec", "uint64 18446744073709551615", NULL, NULL }, { "TimeoutSec", "['x']", NULL, NULL },
		{ "Abc", "", NULL, NULL },
	};

	CASE("annotations");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct cg_property p = { 0 };
		struct err e = { 0 };
		int rc;

		memset(block, 0, sizeof block);
		a = (struct arena){ block, sizeof block, 0 };
		rc = cg_unit_annotation(rows[i].name, rows[i].text, "annotations: X", &a, &p, &e);
		if (!rows[i].want) {
			CHECK(rc < 0 && strstr(e.text, "annotations: X"));
			continue;
		}
		if (CHECK(rc == 0)) {
			CHECK_STR(p.name, rows[i].want_name);
			CHECK_STR(shown(&p), rows[i].want);
		}
	}
}

int main(void)
{
	test_good();
	test_refused();
	test_annotations();
	return check_summary();
}
