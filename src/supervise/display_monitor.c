/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The live view. */
#include "supervise/display_text.h"

#include "supervise/record.h"

#include <inttypes.h>

static uint64_t cpu_ticks(const struct census *c, pid_t root)
{
	struct census_total t = { 0 };

	census_add(c, root, 0, &t);
	return t.user + t.system + t.child_user + t.child_system;
}

/* Tenths of a percent. */
static uint64_t cpu_share(const struct display *s, const struct display_row *r, const struct census *before, int64_t elapsed_ms)
{
	const struct census_process *was = before ? census_find(before, r->of->pid) : NULL;
	bool same = was && was->start == r->of->pid_start;
	uint64_t now = cpu_ticks(s->census, r->of->pid), then = same ? cpu_ticks(before, r->of->pid) : 0;
	int64_t ms = same ? elapsed_ms : (s->clock.now_s - display_started(s, r->main)) * 1000;

	if (ms <= 0 || now < then || s->clock.ticks == 0)
		return 0;
	return (now - then) * 1000 * 1000 / s->clock.ticks / (uint64_t)ms;
}

static void monitor_line(FILE *out, const struct display *s, const struct display_row *r, const struct census *before,
			 int64_t elapsed_ms)
{
	char size[RECORD_SIZE_MAX], pid[16] = "-";
	uint64_t cpu = r->main ? cpu_share(s, r, before, elapsed_ms) : 0;

	if (r->main)
		snprintf(pid, sizeof(pid), "%d", (int)r->main->pid);
	record_size(r->total.rss + r->total.swap, size);
	fprintf(out, "%7s ", pid);
	put_colour(out, s, r->main ? PLAIN : BAD);
	fprintf(out, "%-32s", r->of->name);
	put_colour(out, s, PLAIN);
	fprintf(out, " %4" PRIu64 ".%" PRIu64 " %4" PRIu64 " %4" PRIu64 " %9s", cpu / 10, cpu % 10, r->total.threads,
		r->total.processes, size);
	if (!r->main)
		put_absence(out, s, r);
	put_marks(out, s, r->of);
	putc('\n', out);
}

int display_monitor(FILE *out, const struct display *s, const struct census *before, int64_t elapsed_ms, size_t lines,
		    struct err *e)
{
	struct display_rows auto_display_rows rows = { .v = NULL };

	if (display_rows(s, &rows, e) < 0)
		return e->code;
	put_colour(out, s, STRONG);
	fprintf(out, "%7s %-32s %6s %4s %4s %9s\n", "PID", "NAME", "CPU", "THR", "PRC", "MEM");
	put_colour(out, s, PLAIN);
	for (size_t i = 0; i < rows.n && (lines == 0 || i + 1 < lines); i++)
		monitor_line(out, s, &rows.v[i], before, elapsed_ms);
	return 0;
}
