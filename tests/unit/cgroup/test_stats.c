/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cgroup/stats.h"
#include "base/arr.h"
#include "tests/check.h"

#include <stdlib.h>

static struct err e;

static void test_flat(void)
{
	struct cg_stat_list l = { 0 };
	const struct cg_stat_value *v;

	CASE("lines of a name and a number, sorted");
	CHECK(cg_stats_parse_flat("total 9\ncache 18446744073709551615\n\nx y\nonly\n b 1\nrss 0\n", &l, &e) == 0);
	v = l.v;
	CHECK(l.n == 3 && v[0].value == UINT64_MAX && v[2].value == 9);
	CHECK_STR(v[0].name, "cache");
	CHECK_STR(v[1].name, "rss");
	CHECK(cg_stats_get(&l, "total") == 9 && cg_stats_get(&l, "tot") == 0);
	free(l.v);
	CASE("nothing, and a line without an end");
	l = (struct cg_stat_list){ 0 };
	CHECK(cg_stats_parse_flat("", &l, &e) == 0 && l.n == 0);
	CHECK(cg_stats_parse_flat("a 5", &l, &e) == 0 && l.n == 1);
	free(l.v);
}

static void test_blkio(void)
{
	struct cg_stat_list l = { 0 };
	const struct cg_stat_io *v;

	CASE("v1");
	CHECK(cg_stats_parse_blkio("8:0 Read 4096\n8:16 Write 17\n253:1 99\nTotal 4113\n8:0 Read x\n", &l, &e) == 0);
	v = l.v;
	CHECK(l.n == 3 && v[0].major == 8 && v[0].minor == 0 && v[0].value == 4096 && v[1].minor == 16);
	CHECK_STR(v[0].op, "Read");
	CHECK_STR(v[2].op, "");
	CHECK(v[2].major == 253 && v[2].minor == 1 && v[2].value == 99);
	free(l.v);
}

static void test_io(void)
{
	struct cg_stats s = { 0 };
	const struct cg_stat_io *v;

	CASE("v2");
	CHECK(cg_stats_parse_io("8:16 rbytes=1459200 wbytes=314773504 rios=192 wios=353 dbytes=0 dios=0\n7:0 \n9:1 rios=5\n", &s, &e) == 0);
	CHECK(s.blkio[CG_IO_BYTES].n == 2 && s.blkio[CG_IO_SERVICED].n == 3);
	v = s.blkio[CG_IO_BYTES].v;
	CHECK(v[1].value == 314773504 && v[1].major == 8 && v[1].minor == 16);
	CHECK_STR(v[1].op, "Write");
	v = s.blkio[CG_IO_SERVICED].v;
	CHECK(v[2].value == 5 && v[2].major == 9);
	cg_stats_free(&s);
}

static void test_pressure(void)
{
	struct cg_stat_pressure p = { 0 };

	CASE("pressure");
	cg_stats_parse_pressure("some avg10=1.25 avg60=0.50 avg300=0.00 total=987654\nfull avg10=0.00 avg60=2.00 avg300=3.50 total=5\n", &p);
	CHECK(p.present && p.some.total == 987654 && p.full.total == 5);
	CHECK((int)(p.some.avg10 * 100) == 125 && (int)(p.full.avg300 * 100) == 350 && (int)(p.full.avg60 * 100) == 200);
	CASE("none, and a cut one");
	p = (struct cg_stat_pressure){ 0 };
	cg_stats_parse_pressure("", &p);
	CHECK(!p.present);
	cg_stats_parse_pressure("some avg10=", &p);
	CHECK(p.present && p.some.total == 0);
}

static void test_lists(void)
{
	static const struct { const char *text; size_t n; uint64_t last; } rows[] = {
		{ "0-3\n", 4, 3 }, { "0,2,5-6\n", 4, 6 }, { "\n", 0, 0 }, { "7", 1, 7 }, { "3-1\n", 0, 0 },
		{ "0-18446744073709551615", 8192, 8191 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct cg_stat_list l = { 0 };

		CASE(rows[i].text);
		CHECK(cg_stats_parse_ranges(rows[i].text, &l, &e) == 0 && l.n == rows[i].n);
		CHECK(l.n == 0 || ((uint64_t *)l.v)[l.n - 1] == rows[i].last);
		free(l.v);
	}
	CASE("columns");
	struct cg_stat_list all = { 0 }, one = { 0 };
	CHECK(cg_stats_parse_numbers("262 145 \n", -1, &all, &e) == 0 && all.n == 2 && ((uint64_t *)all.v)[1] == 145);
	CHECK(cg_stats_parse_numbers("cpu user system\n0 1 2\n1 3 4\n", 2, &one, &e) == 0 && one.n == 2);
	CHECK(((uint64_t *)one.v)[0] == 2 && ((uint64_t *)one.v)[1] == 4);
	free(all.v);
	free(one.v);
}

int main(void)
{
	test_flat();
	test_blkio();
	test_io();
	test_pressure();
	test_lists();
	return check_summary();
}
