/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/display_text.h"

#include "base/text.h"
#include "supervise/log.h"
#include "supervise/record.h"

#include <inttypes.h>
#include <string.h>

static const char *const colours[] = {
	[PLAIN] = "", [STRONG] = "\033[1m", [FAINT] = "\033[2m", [GOOD] = "\033[32m", [BAD] = "\033[31m",
};

void put(FILE *out, const char *text)
{
	fwrite(text, 1, strlen(text), out);
}

void put_colour(FILE *out, const struct display *s, enum colour c)
{
	if (s->colour)
		put(out, c == PLAIN ? "\033[0m" : colours[c]);
}

/* What stands in files that others wrote: nothing that a terminal obeys. */
void put_safe(FILE *out, const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p; ) {
		size_t n = text_printable(p);

		if (n > 0)
			fwrite(p, 1, n, out);
		else
			fprintf(out, "\\x%02x", *p);
		p += n > 0 ? n : 1;
	}
}

void put_total(FILE *out, const struct census_total *t)
{
	char size[RECORD_SIZE_MAX];

	record_size(t->rss + t->swap, size);
	fprintf(out, " [%" PRIu64 "/%" PRIu64 "] %s", t->processes, t->threads, size);
}

void put_uptime(FILE *out, const struct display *s, const struct census_process *p)
{
	int64_t seconds = s->clock.now_s - display_started(s, p);
	char text[RECORD_TIME_MAX];

	record_uptime(seconds > 0 ? seconds * 1000 : 0, text);
	fprintf(out, " %s", text);
}

void put_mark(FILE *out, const struct display *s, enum colour c, const char *text)
{
	putc(' ', out);
	put_colour(out, s, c);
	fprintf(out, "<%s>", text);
	put_colour(out, s, PLAIN);
}

/* What an instance without a program is doing. */
static const char *state_text(enum proc_state state)
{
	static const char *const texts[PROC__STATES] = {
		[PROC_DOWN] = "down", [PROC_ADOPTING] = "being looked for", [PROC_RESTING] = "failing",
		[PROC_STARTING] = "starting", [PROC_UP] = "failing", [PROC_STOPPING] = "stopping",
		[PROC_KILLING] = "being killed", [PROC_CLEARING] = "being cleared",
	};

	return state < PROC__STATES ? texts[state] : "?";
}

/* Why it is not there, and when it will be. */
void put_absence(FILE *out, const struct display *s, const struct display_row *r)
{
	const struct report_instance *i = r->of;
	char text[LINE_STATUS_MAX];

	put_mark(out, s, BAD, state_text(i->state));
	if (i->refused) {
		put(out, " could not be started: ");
		put_safe(out, i->refused);
	} else if (i->has_ending) {
		line_status(&i->ending, text);
		fprintf(out, " %s", text);
	}
	if (i->next_s > s->clock.now_s) {
		record_uptime((i->next_s - s->clock.now_s) * 1000, text);
		fprintf(out, ", starts in %s", text);
	}
}

void put_marks(FILE *out, const struct display *s, const struct report_instance *i)
{
	if (i->state == PROC_STOPPING || i->state == PROC_KILLING)
		put_mark(out, s, BAD, state_text(i->state));
	if (!i->wanted)
		put_mark(out, s, BAD, "not wanted");
	else if (i->stale)
		put_mark(out, s, FAINT, "to be replaced");
	if (i->kept)
		put_mark(out, s, BAD, "former configuration");
	if (i->state == PROC_UP && i->tells && !i->ready)
		put_mark(out, s, i->late ? BAD : FAINT, i->late ? "late" : "not ready");
}
