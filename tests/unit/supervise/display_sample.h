/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of lithos_ps show: two instances as a census sees them. */
#ifndef CIST_TESTS_DISPLAY_SAMPLE_H
#define CIST_TESTS_DISPLAY_SAMPLE_H

#include "supervise/display.h"

#include "base/arr.h"
#include "tests/check.h"

#include <stdlib.h>

enum { NOW = 1534760000, BOOT = 1534700000, UPTIME = 2 * 3600 + 13 * 60 + 7, START = (NOW - BOOT - UPTIME) * 100 };

#define MIB (UINT64_C(1) << 20)

/* Two instances with an init each; the second has a child of the program, and an orphan that came later. */
static struct census_process processes[] = {
	{ .pid = 1203, .parent = 1187, .root = 1203, .start = START, .threads = 1, .rss = 999 },
	{ .pid = 1204, .parent = 1203, .root = 1203, .top = 1204, .start = START, .threads = 3, .rss = 20 * MIB, .swap = 6 * MIB / 10,
	  .user = 80, .system = 12 },
	{ .pid = 1208, .parent = 1187, .root = 1208, .start = START, .threads = 1, .rss = 999 },
	{ .pid = 1209, .parent = 1208, .root = 1208, .top = 1209, .start = START, .threads = 1, .rss = 10 * MIB, .user = 5 },
	{ .pid = 1210, .parent = 1209, .root = 1208, .top = 1209, .start = START + 50, .threads = 1, .rss = 8 * MIB },
	{ .pid = 1211, .parent = 1208, .root = 1208, .top = 1211, .start = START + 90, .threads = 1, .rss = 27 * MIB / 10 },
};
static const struct census census = { processes, ARRAY_LEN(processes) };

static inline struct report_instance worker(const char *name, const char *id, int pid)
{
	return (struct report_instance){
		.id = id, .name = name, .state = PROC_UP, .wanted = true, .available = true, .pid = pid, .pid_start = START, .life = 1,
		.counts = { .started = 1 },
	};
}

static char *text;
static size_t len;

/* One of the three, as text. */
static inline const char *shown(int (*what)(FILE *, const struct display *, struct err *), const struct display *s)
{
	struct err e = { 0 };
	FILE *out;

	free(text);
	out = open_memstream(&text, &len);
	CHECK(what(out, s, &e) == 0);
	fclose(out);
	return text;
}

static inline struct display display_of(const struct report *r)
{
	return (struct display){ .report = r, .census = &census, .clock = { NOW, BOOT, 100 }, .tree_runs = true };
}

#endif
