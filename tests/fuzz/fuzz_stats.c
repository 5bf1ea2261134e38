/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The files of a cgroup that `events` reads. */
#include "tests/fuzz/fuzz.h"

#include "cgroup/stats.h"

static void judge(int rc, struct err *e, struct cg_stat_list *l)
{
	fuzz_judge(rc, e);
	MUST(l->n <= l->room && (l->n == 0 || l->v));
	free(l->v);
	*l = (struct cg_stat_list){ 0 };
	*e = (struct err){ 0 };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_text char *text = fuzz_text(&data, &size, "");
	auto_cg_stats struct cg_stats s = { 0 };
	struct cg_stat_list l = { 0 };
	struct cg_stat_pressure pressure = { 0 };
	struct err e = { 0 };
	int rc = cg_stats_parse_flat(text, &l, &e);

	if (rc == 0)
		(void)cg_stats_get(&l, "anon");
	judge(rc, &e, &l);
	judge(cg_stats_parse_blkio(text, &l, &e), &e, &l);
	judge(cg_stats_parse_ranges(text, &l, &e), &e, &l);
	judge(cg_stats_parse_numbers(text, -1, &l, &e), &e, &l);
	judge(cg_stats_parse_numbers(text, 1, &l, &e), &e, &l);
	cg_stats_parse_pressure(text, &pressure);
	fuzz_judge(cg_stats_parse_io(text, &s, &e), &e);
	return 0;
}
