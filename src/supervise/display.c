/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/display.h"

#include "base/text.h"
#include "supervise/log.h"
#include "supervise/record.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- rows: the instances in the order that people expect ---- */

struct row {
	const struct report_instance *of;
	size_t sandbox_len, process_len;	/* of its name: "SANDBOX", "SANDBOX/PROCESS" */
	unsigned long number;
	bool alive;				/* its init is there */
	const struct census_process *main;	/* the program; NULL: there is none */
	struct census_total total;		/* all but the init */
};

struct rows {
	struct row *v;
	size_t n;
};

static void rows_done(struct rows *r)
{
	free(r->v);
}
#define auto_rows __attribute__((cleanup(rows_done)))

/* "SANDBOX/PROCESS.N" */
static void split_name(struct row *r)
{
	const char *name = r->of->name, *slash = strchr(name, '/'), *dot = strrchr(name, '.');

	r->sandbox_len = slash ? (size_t)(slash - name) : strlen(name);
	r->process_len = dot && slash && dot > slash ? (size_t)(dot - name) : strlen(name);
	r->number = dot ? strtoul(dot + 1, NULL, 10) : 0;
}

/*
 * The program is the first child that the init has had; later ones are orphans that it has inherited.  A zombie is none: the
 * init has not looked yet.
 */
static const struct census_process *find_main(const struct census *c, pid_t init)
{
	const struct census_process *best = NULL;

	for (size_t i = 0; i < c->n; i++) {
		const struct census_process *p = &c->v[i];

		if (p->root == init && p->parent == init && p->state != 'Z' &&
		    (!best || p->start < best->start || (p->start == best->start && p->pid < best->pid)))
			best = p;
	}
	return best;
}

static void count(struct row *r, const struct census *c)
{
	const struct census_process *init = r->of->pid > 0 ? census_find(c, r->of->pid) : NULL;

	r->alive = init && init->start == r->of->pid_start && init->state != 'Z';
	if (!r->alive)
		return;
	r->main = find_main(c, r->of->pid);
	census_add(c, r->of->pid, 0, &r->total);
}

static int compare_names(const char *a, size_t a_len, const char *b, size_t b_len)
{
	int rc = memcmp(a, b, a_len < b_len ? a_len : b_len);

	return rc ? rc : (a_len > b_len) - (a_len < b_len);
}

static int compare_rows(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int rc = compare_names(x->of->name, x->sandbox_len, y->of->name, y->sandbox_len);

	if (rc == 0)
		rc = compare_names(x->of->name, x->process_len, y->of->name, y->process_len);
	return rc ? rc : (x->number > y->number) - (x->number < y->number);
}

static int make_rows(const struct display *s, struct rows *ret, struct err *e)
{
	ret->v = calloc(s->report->n_instances + 1, sizeof(*ret->v));
	if (!ret->v)
		return err_nomem(e);
	for (size_t i = 0; i < s->report->n_instances; i++) {
		ret->v[i].of = &s->report->instances[i];
		split_name(&ret->v[i]);
		count(&ret->v[i], s->census);
	}
	ret->n = s->report->n_instances;
	qsort(ret->v, ret->n, sizeof(*ret->v), compare_rows);
	return 0;
}

static struct census_total sum(const struct row *v, size_t n)
{
	struct census_total t = { 0 };

	for (size_t i = 0; i < n; i++) {
		t.processes += v[i].total.processes;
		t.threads += v[i].total.threads;
		t.rss += v[i].total.rss;
		t.swap += v[i].total.swap;
	}
	return t;
}

int display_roots(const struct report *r, pid_t **ret, size_t *ret_n, struct err *e)
{
	pid_t *v = calloc(r->n_instances + 1, sizeof(*v));
	size_t n = 0;

	if (!v)
		return err_nomem(e);
	for (size_t i = 0; i < r->n_instances; i++)
		if (r->instances[i].pid > 0)
			v[n++] = r->instances[i].pid;
	*ret = v;
	*ret_n = n;
	return 0;
}

/* ---- pieces of text ---- */

enum colour { PLAIN, STRONG, FAINT, GOOD, BAD };

static const char *const colours[] = {
	[PLAIN] = "", [STRONG] = "\033[1m", [FAINT] = "\033[2m", [GOOD] = "\033[32m", [BAD] = "\033[31m",
};

static void put(FILE *out, const char *text)
{
	fwrite(text, 1, strlen(text), out);
}

static void paint(FILE *out, const struct display *s, enum colour c)
{
	if (s->colour)
		put(out, c == PLAIN ? "\033[0m" : colours[c]);
}

/* What stands in files that others wrote: nothing that a terminal obeys. */
static void put_safe(FILE *out, const char *text)
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

static void put_total(FILE *out, const struct census_total *t)
{
	char size[RECORD_SIZE_MAX];

	record_size(t->rss + t->swap, size);
	fprintf(out, " [%" PRIu64 "/%" PRIu64 "] %s", t->processes, t->threads, size);
}

static int64_t started(const struct display *s, const struct census_process *p)
{
	return s->clock.boot_s + (int64_t)(p->start / (s->clock.ticks ? s->clock.ticks : 1));
}

static void put_uptime(FILE *out, const struct display *s, const struct census_process *p)
{
	int64_t seconds = s->clock.now_s - started(s, p);
	char text[RECORD_TIME_MAX];

	record_uptime(seconds > 0 ? seconds * 1000 : 0, text);
	fprintf(out, " %s", text);
}

static void put_mark(FILE *out, const struct display *s, enum colour c, const char *text)
{
	putc(' ', out);
	paint(out, s, c);
	fprintf(out, "<%s>", text);
	paint(out, s, PLAIN);
}

/* What an instance without a program is doing. */
static const char *state_text(enum proc_state state)
{
	static const char *const texts[PROC__STATES] = {
		[PROC_DOWN] = "down", [PROC_ADOPTING] = "being looked for", [PROC_RESTING] = "failing",
		[PROC_STARTING] = "starting", [PROC_UP] = "failing", [PROC_RESTING_INSIDE] = "failing",
		[PROC_RERUNNING] = "starting", [PROC_STOPPING] = "stopping", [PROC_KILLING] = "being killed",
		[PROC_CLEARING] = "being cleared",
	};

	return state < PROC__STATES ? texts[state] : "?";
}

/* Why it is not there, and when it will be. */
static void put_absence(FILE *out, const struct display *s, const struct row *r)
{
	const struct report_instance *i = r->of;
	char text[LINE_STATUS_MAX];

	put_mark(out, s, BAD, state_text(i->state));
	if (i->has_ending) {
		line_status(&i->ending, text);
		fprintf(out, " %s", text);
	}
	if (i->state == PROC_RESTING && i->next_s > s->clock.now_s) {
		record_uptime((i->next_s - s->clock.now_s) * 1000, text);
		fprintf(out, ", starts in %s", text);
	}
}

static void put_marks(FILE *out, const struct display *s, const struct report_instance *i)
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

/* ---- the tree ---- */

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

static void put_instance(struct branch *b, const struct row *r, bool is_last)
{
	const struct report_instance *i = r->of;

	begin_line(b, is_last);
	if (r->main)
		fprintf(b->out, "%d ", (int)r->main->pid);
	else if (r->alive)
		fprintf(b->out, "(%d) ", i->pid);
	paint(b->out, b->s, r->main ? GOOD : BAD);
	put_safe(b->out, i->name);
	paint(b->out, b->s, PLAIN);
	if (r->main) {
		put_uptime(b->out, b->s, r->main);
		put_total(b->out, &r->total);
	} else {
		put_absence(b->out, b->s, r);
	}
	put_marks(b->out, b->s, i);
	putc('\n', b->out);
}

static void put_group(struct branch *b, const char *name, size_t len, const struct row *v, size_t n, bool is_last)
{
	const struct census_total t = sum(v, n);

	begin_line(b, is_last);
	paint(b->out, b->s, STRONG);
	fprintf(b->out, "%.*s", (int)len, name);
	paint(b->out, b->s, PLAIN);
	put_total(b->out, &t);
	putc('\n', b->out);
}

/* One with the number 0 alone needs no line above it. */
static void put_process(struct branch *b, const struct row *v, size_t n, bool is_last)
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
static size_t same_sandbox(const struct row *v, size_t n)
{
	size_t i = 1;

	while (i < n && compare_names(v[0].of->name, v[0].sandbox_len, v[i].of->name, v[i].sandbox_len) == 0)
		i++;
	return i;
}

static size_t same_process(const struct row *v, size_t n)
{
	size_t i = 1;

	while (i < n && compare_names(v[0].of->name, v[0].process_len, v[i].of->name, v[i].process_len) == 0)
		i++;
	return i;
}

static void put_sandbox(struct branch *b, const struct row *v, size_t n, bool is_last)
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

static void put_head(FILE *out, const struct display *s, const struct rows *rows)
{
	static const char *const phases[] = {
		[REPORT_STARTING] = "starting", [REPORT_READING] = "reading its configuration", [REPORT_SETTLED] = NULL,
		[REPORT_STOPPING] = "stopping",
	};
	const struct report *r = s->report;
	const struct census_total t = sum(rows->v, rows->n);

	fprintf(out, s->tree_runs ? "%d tree " : "(%d) tree ", r->pid);
	paint(out, s, STRONG);
	put_safe(out, r->master ? r->master : "?");
	paint(out, s, PLAIN);
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
		paint(out, s, BAD);
		put(out, "problem: ");
		paint(out, s, PLAIN);
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
	struct rows auto_rows rows = { .v = NULL };

	if (make_rows(s, &rows, e) < 0)
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

/* ---- JSON ---- */

static void put_string(FILE *out, const char *text)
{
	putc('"', out);
	for (const unsigned char *p = (const unsigned char *)text; *p; ) {
		size_t n = text_printable(p);

		if (*p == '"' || *p == '\\')
			fprintf(out, "\\%c", *p);
		else if (n > 0)
			fwrite(p, 1, n, out);
		else
			fprintf(out, "\\u%04x", *p < 0x80 ? *p : 0xfffd);
		p += n > 0 ? n : 1;
	}
	putc('"', out);
}

/* A member; the first one of an object has no comma. */
struct object {
	FILE *out;
	size_t n;
};

static void put_key(struct object *o, const char *key)
{
	fprintf(o->out, "%s\"%s\":", o->n++ ? "," : "", key);
}

static void put_number(struct object *o, const char *key, int64_t value)
{
	put_key(o, key);
	fprintf(o->out, "%" PRId64, value);
}

static void put_count(struct object *o, const char *key, uint64_t value)
{
	put_key(o, key);
	fprintf(o->out, "%" PRIu64, value);
}

static void put_bool(struct object *o, const char *key, bool value)
{
	put_key(o, key);
	put(o->out, value ? "true" : "false");
}

static void put_text(struct object *o, const char *key, const char *value)
{
	put_key(o, key);
	if (value)
		put_string(o->out, value);
	else
		put(o->out, "null");
}

static void json_process(FILE *out, const struct display *s, const struct census_process *p)
{
	struct object o = { out, 0 };
	struct census_total t = { 0 };

	census_add(s->census, p->root, p->top, &t);
	putc('{', out);
	put_count(&o, "child_system_time", t.child_system);
	put_count(&o, "child_user_time", t.child_user);
	put_count(&o, "mem_rss", t.rss);
	put_count(&o, "mem_swap", t.swap);
	put_number(&o, "pid", p->pid);
	put_count(&o, "processes", t.processes);
	put_number(&o, "start_time", started(s, p));
	put_count(&o, "system_time", t.system);
	put_count(&o, "threads", t.threads);
	put_count(&o, "user_time", t.user);
	putc('}', out);
}

/* The children of the init, each with all below it. */
static void json_processes(struct object *o, const struct display *s, const struct row *r)
{
	size_t n = 0;

	put_key(o, "processes");
	putc('[', o->out);
	for (size_t i = 0; r->alive && i < s->census->n; i++) {
		const struct census_process *p = &s->census->v[i];

		if (p->root != r->of->pid || p->parent != p->root)
			continue;
		if (n++ > 0)
			putc(',', o->out);
		json_process(o->out, s, p);
	}
	putc(']', o->out);
}

static void json_ending(struct object *o, const struct report_instance *i)
{
	char text[LINE_STATUS_MAX];

	line_status(&i->ending, text);
	put_text(o, "last_ending", i->has_ending ? text : NULL);
}

static void json_child(FILE *out, const struct display *s, const struct row *r)
{
	const struct report_instance *i = r->of;
	struct object o = { out, 0 };

	putc('{', out);
	put_bool(&o, "available", i->available);
	put_count(&o, "deaths", i->counts.deaths);
	put_count(&o, "failures", i->counts.failures);
	put_bool(&o, "former_configuration", i->kept);
	put_text(&o, "id", i->id);
	json_ending(&o, i);
	put_bool(&o, "late", i->late);
	put_count(&o, "life", i->life);
	put_text(&o, "name", i->name);
	put_number(&o, "next_start", i->next_s);
	put_bool(&o, "ok", r->main != NULL);
	put_number(&o, "pid", r->alive ? i->pid : 0);
	json_processes(&o, s, r);
	put_bool(&o, "ready", i->ready);
	put_count(&o, "started", i->counts.started);
	put_text(&o, "state", proc_state_name(i->state));
	put_bool(&o, "tells", i->tells);
	put_bool(&o, "to_be_replaced", i->stale);
	put_bool(&o, "wanted", i->wanted);
	putc('}', out);
}

static void json_problems(struct object *o, const struct report *r)
{
	put_key(o, "problems");
	putc('[', o->out);
	for (size_t i = 0; i < r->n_problems; i++) {
		struct object p = { o->out, 0 };

		put(o->out, i ? ",{" : "{");
		put_text(&p, "about", r->problems[i].about);
		put_text(&p, "text", r->problems[i].text);
		putc('}', o->out);
	}
	putc(']', o->out);
}

static void json_updates(struct object *o, const struct report *r)
{
	put_key(o, "updates");
	putc('[', o->out);
	for (size_t i = 0; i < r->n_updates; i++) {
		const struct report_update *x = &r->updates[i];
		struct object u = { o->out, 0 };

		put(o->out, i ? ",{" : "{");
		put_count(&u, "available", x->available);
		put_count(&u, "instances", x->instances);
		put_text(&u, "process", x->process);
		put_count(&u, "replaced", x->replaced);
		put_bool(&u, "turned_around", x->turned_around);
		put_text(&u, "why", x->why);
		putc('}', o->out);
	}
	putc(']', o->out);
}

static void json_tree(FILE *out, const struct display *s, const struct rows *rows)
{
	static const char *const phases[] = {
		[REPORT_STARTING] = "starting", [REPORT_READING] = "reading", [REPORT_SETTLED] = "settled",
		[REPORT_STOPPING] = "stopping",
	};
	const struct report *r = s->report;
	struct object o = { out, 0 };

	putc('{', out);
	put_count(&o, "accepted", r->accepted);
	put_key(&o, "children");
	putc('[', out);
	for (size_t i = 0; i < rows->n; i++) {
		if (i > 0)
			putc(',', out);
		json_child(out, s, &rows->v[i]);
	}
	putc(']', out);
	put_text(&o, "config", r->master);
	put_count(&o, "dropped_lines", r->dropped_lines);
	put_text(&o, "phase", phases[r->phase]);
	put_number(&o, "pid", r->pid);
	json_problems(&o, r);
	put_count(&o, "restarts", r->restarts);
	put_bool(&o, "running", s->tree_runs);
	put_number(&o, "start_time", r->started_s);
	json_updates(&o, r);
	put_text(&o, "version", r->version);
	putc('}', out);
}

int display_json(FILE *out, const struct display *s, struct err *e)
{
	struct rows auto_rows rows = { .v = NULL };

	if (s && make_rows(s, &rows, e) < 0)
		return e->code;
	put(out, "{\"trees\":[");
	if (s)
		json_tree(out, s, &rows);
	put(out, "]}");
	return 0;
}

/* ---- the live view ---- */

static uint64_t cpu_ticks(const struct census *c, pid_t root)
{
	struct census_total t = { 0 };

	census_add(c, root, 0, &t);
	return t.user + t.system + t.child_user + t.child_system;
}

/* Tenths of a percent. */
static uint64_t cpu_share(const struct display *s, const struct row *r, const struct census *before, int64_t elapsed_ms)
{
	const struct census_process *was = before ? census_find(before, r->of->pid) : NULL;
	bool same = was && was->start == r->of->pid_start;
	uint64_t now = cpu_ticks(s->census, r->of->pid), then = same ? cpu_ticks(before, r->of->pid) : 0;
	int64_t ms = same ? elapsed_ms : (s->clock.now_s - started(s, r->main)) * 1000;

	if (ms <= 0 || now < then || s->clock.ticks == 0)
		return 0;
	return (now - then) * 1000 * 1000 / s->clock.ticks / (uint64_t)ms;
}

static void monitor_line(FILE *out, const struct display *s, const struct row *r, const struct census *before,
			 int64_t elapsed_ms)
{
	char size[RECORD_SIZE_MAX], pid[16] = "-";
	uint64_t cpu = r->main ? cpu_share(s, r, before, elapsed_ms) : 0;

	if (r->main)
		snprintf(pid, sizeof(pid), "%d", (int)r->main->pid);
	record_size(r->total.rss + r->total.swap, size);
	fprintf(out, "%7s ", pid);
	paint(out, s, r->main ? PLAIN : BAD);
	fprintf(out, "%-32s", r->of->name);
	paint(out, s, PLAIN);
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
	struct rows auto_rows rows = { .v = NULL };

	if (make_rows(s, &rows, e) < 0)
		return e->code;
	paint(out, s, STRONG);
	fprintf(out, "%7s %-32s %6s %4s %4s %9s\n", "PID", "NAME", "CPU", "THR", "PRC", "MEM");
	paint(out, s, PLAIN);
	for (size_t i = 0; i < rows.n && (lines == 0 || i + 1 < lines); i++)
		monitor_line(out, s, &rows.v[i], before, elapsed_ms);
	return 0;
}
