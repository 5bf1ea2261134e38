/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tree that lithos_ps prints. */
#include "supervise/display_text.h"

#include <inttypes.h>
#include <string.h>

struct branch {
	FILE *out;
	const struct display *s;
	char indent[32];
	size_t len;
};

/* Two columns further in than what stands above; returns the way back. */
static size_t begin_branch(struct branch *b, bool is_last)
{
	static const char more[] = "│   ", none[] = "    ";
	const char *add = is_last ? none : more;
	size_t was = b->len, n = strlen(add);

	if (b->len + n < sizeof(b->indent)) {
		memcpy(b->indent + b->len, add, n + 1);
		b->len += n;
	}
	return was;
}

static void end_branch(struct branch *b, size_t was)
{
	b->len = was;
	b->indent[was] = '\0';
}

static void begin_line(const struct branch *b, bool is_last)
{
	fprintf(b->out, "  %s%s", b->indent, is_last ? "└─" : "├─");
}

static void put_instance(struct branch *b, const struct display_row *r, bool is_last)
{
	const struct report_instance *i = r->of;

	begin_line(b, is_last);
	if (r->main)
		fprintf(b->out, "%d ", (int)r->main->pid);
	else if (r->alive)
		fprintf(b->out, "(%d) ", i->pid);
	put_colour(b->out, b->s, r->main ? GOOD : BAD);
	put_safe(b->out, i->name);
	put_colour(b->out, b->s, PLAIN);
	if (r->main) {
		put_uptime(b->out, b->s, r->main);
		put_total(b->out, &r->total);
	} else {
		put_absence(b->out, b->s, r);
	}
	put_marks(b->out, b->s, i);
	putc('\n', b->out);
}

static void put_group(struct branch *b, const char *name, size_t len, const struct display_row *v, size_t n, bool is_last)
{
	const struct census_total t = display_sum(v, n);

	begin_line(b, is_last);
	put_colour(b->out, b->s, STRONG);
	fprintf(b->out, "%.*s", (int)len, name);
	put_colour(b->out, b->s, PLAIN);
	put_total(b->out, &t);
	putc('\n', b->out);
}

/* One with the number 0 alone needs no line above it. */
static void put_process(struct branch *b, const struct display_row *v, size_t n, bool is_last)
{
	size_t was;

	if (n == 1 && v->number == 0) {
		put_instance(b, v, is_last);
		return;
	}
	put_group(b, v->of->name + v->sandbox_len + 1, v->process_len - v->sandbox_len - 1, v, n, is_last);
	was = begin_branch(b, is_last);
	for (size_t i = 0; i < n; i++)
		put_instance(b, &v[i], i + 1 == n);
	end_branch(b, was);
}

/* How many rows from the first on have the same name, as far as `len` of each goes. */
static size_t same_sandbox(const struct display_row *v, size_t n)
{
	size_t i = 1;

	while (i < n && display_compare(v[0].of->name, v[0].sandbox_len, v[i].of->name, v[i].sandbox_len) == 0)
		i++;
	return i;
}

static size_t same_process(const struct display_row *v, size_t n)
{
	size_t i = 1;

	while (i < n && display_compare(v[0].of->name, v[0].process_len, v[i].of->name, v[i].process_len) == 0)
		i++;
	return i;
}

static void put_sandbox(struct branch *b, const struct display_row *v, size_t n, bool is_last)
{
	size_t was;

	put_group(b, v->of->name, v->sandbox_len, v, n, is_last);
	was = begin_branch(b, is_last);
	for (size_t i = 0, more; i < n; i += more) {
		more = same_process(v + i, n - i);
		put_process(b, v + i, more, i + more == n);
	}
	end_branch(b, was);
}

static void put_head(FILE *out, const struct display *s, const struct display_rows *rows)
{
	static const char *const phases[] = {
		[REPORT_STARTING] = "starting", [REPORT_READING] = "reading its configuration", [REPORT_SETTLED] = NULL,
		[REPORT_STOPPING] = "stopping",
	};
	const struct report *r = s->report;
	const struct census_total t = display_sum(rows->v, rows->n);

	fprintf(out, s->tree_runs ? "%d tree " : "(%d) tree ", r->pid);
	put_colour(out, s, STRONG);
	put_safe(out, r->master ? r->master : "?");
	put_colour(out, s, PLAIN);
	put_total(out, &t);
	if (!s->tree_runs)
		put_mark(out, s, BAD, "not running");
	else if (phases[r->phase])
		put_mark(out, s, FAINT, phases[r->phase]);
	putc('\n', out);
}

static void put_updates(FILE *out, const struct display *s)
{
	const struct report *r = s->report;

	for (size_t i = 0; i < r->n_updates; i++) {
		const struct report_update *u = &r->updates[i];

		put(out, "update of ");
		put_safe(out, u->process);
		if (u->turned_around)
			put(out, ": turned around");
		else
			fprintf(out, ": %" PRIu64 " of %" PRIu64 " replaced, %" PRIu64 " available", u->replaced, u->instances,
				u->available);
		if (u->why) {
			put(out, ": ");
			put_safe(out, u->why);
		}
		putc('\n', out);
	}
}

/* What is wrong with the configuration, which is why another one may be running. */
static void put_problems(FILE *out, const struct display *s)
{
	const struct report *r = s->report;

	for (size_t i = 0; i < r->n_problems; i++) {
		put_colour(out, s, BAD);
		put(out, "problem: ");
		put_colour(out, s, PLAIN);
		if (r->problems[i].about) {
			put_safe(out, r->problems[i].about);
			put(out, ": ");
		}
		put_safe(out, r->problems[i].text);
		putc('\n', out);
	}
}

int display_tree(FILE *out, const struct display *s, struct err *e)
{
	struct branch b = { .out = out, .s = s };
	struct display_rows auto_display_rows rows = { .v = NULL };

	if (display_rows(s, &rows, e) < 0)
		return e->code;
	put_head(out, s, &rows);
	for (size_t i = 0, more; i < rows.n; i += more) {
		more = same_sandbox(rows.v + i, rows.n - i);
		put_sandbox(&b, rows.v + i, more, i + more == rows.n);
	}
	put_updates(out, s);
	put_problems(out, s);
	return 0;
}
