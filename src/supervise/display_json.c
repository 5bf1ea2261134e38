/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The same for programs. */
#include "supervise/display_text.h"

#include "base/text.h"
#include "supervise/log.h"

#include <inttypes.h>

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
	put_number(&o, "start_time", display_started(s, p));
	put_count(&o, "system_time", t.system);
	put_count(&o, "threads", t.threads);
	put_count(&o, "user_time", t.user);
	putc('}', out);
}

/* The children of the init, each with all below it. */
static void json_processes(struct object *o, const struct display *s, const struct display_row *r)
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
	put_text(o, "last_ending", i->has_ending && !i->refused ? text : NULL);
}

static void json_child(FILE *out, const struct display *s, const struct display_row *r)
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
	put_text(&o, "refused", i->refused);
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

static void json_tree(FILE *out, const struct display *s, const struct display_rows *rows)
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
	struct display_rows auto_display_rows rows = { .v = NULL };

	if (s && display_rows(s, &rows, e) < 0)
		return e->code;
	put(out, "{\"trees\":[");
	if (s)
		json_tree(out, s, &rows);
	put(out, "]}");
	return 0;
}

/* ---- why ---- */

/* A member with what ended it alone: of an exit the code, of a signal its number. */
static void json_how(struct object *o, const char *key, const struct record_life *l, enum ending_how how)
{
	put_key(o, key);
	if (l->refused || l->ending.how != how)
		put(o->out, "null");
	else
		fprintf(o->out, "%d", l->ending.number);
}

static void json_life(FILE *out, const struct record_life *l)
{
	char sentence[RECORD_SENTENCE_MAX];
	struct object o = { out, 0 };

	record_explain(l, sentence);
	putc('{', out);
	put_bool(&o, "asked", l->asked);
	put_number(&o, "began", l->began_s);
	put_bool(&o, "core", l->ending.core);
	put_count(&o, "cpu_us", l->cpu_us);
	put_number(&o, "ended", l->ended_s);
	json_how(&o, "exit_code", l, ENDING_EXIT);
	put_bool(&o, "failed", l->failed);
	put_bool(&o, "killed", l->killed);
	put_count(&o, "memory_peak", l->memory_peak);
	put_count(&o, "number", l->number);
	put_count(&o, "oom_kills", l->oom_kills);
	put_text(&o, "refused", l->refused ? l->text ? l->text : "" : NULL);
	put_text(&o, "sentence", sentence);
	json_how(&o, "signal", l, ENDING_SIGNAL);
	put_number(&o, "uptime_ms", l->uptime_ms);
	putc('}', out);
}

void display_json_lives(FILE *out, const char *name, const struct record *r)
{
	struct object o = { out, 0 };

	putc('{', out);
	put_key(&o, "lives");
	putc('[', out);
	for (size_t i = 0; i < r->n_lives; i++) {
		if (i > 0)
			putc(',', out);
		json_life(out, &r->lives[i]);
	}
	putc(']', out);
	put_text(&o, "name", name);
	putc('}', out);
}
