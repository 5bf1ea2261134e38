/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/report.h"

#include "base/arr.h"
#include "supervise/ending.h"

#include <string.h>

static const char *const phases[] = {
	[REPORT_STARTING] = "starting", [REPORT_READING] = "reading", [REPORT_SETTLED] = "settled",
	[REPORT_STOPPING] = "stopping",
};

/* Whatever a newer one may be at, it is nothing that has to be waited for. */
static enum report_phase find_phase(const char *name)
{
	for (size_t i = 0; name && i < ARRAY_LEN(phases); i++)
		if (strcmp(phases[i], name) == 0)
			return (enum report_phase)i;
	return REPORT_SETTLED;
}

/* ---- writing ---- */

static void put_instance(struct sheet *s, const struct report_instance *i)
{
	sheet_row(s, "instance");
	sheet_text(s, "id", i->id);
	sheet_text(s, "name", i->name);
	sheet_text(s, "state", proc_state_name(i->state));
	sheet_flag(s, "wanted", i->wanted);
	sheet_flag(s, "stale", i->stale);
	sheet_flag(s, "kept", i->kept);
	sheet_flag(s, "tells", i->tells);
	sheet_flag(s, "is-ready", i->ready);
	sheet_flag(s, "late", i->late);
	sheet_flag(s, "available", i->available);
	sheet_text(s, "digest", i->digest);
	sheet_number(s, "pid", i->pid);
	sheet_count(s, "pid-start", i->pid_start);
	sheet_count(s, "life", i->life);
	sheet_number(s, "since", i->since_s);
	sheet_number(s, "next", i->next_s);
	sheet_count(s, "started", i->counts.started);
	sheet_count(s, "deaths", i->counts.deaths);
	sheet_count(s, "failures", i->counts.failures);
	sheet_text(s, "refused", i->refused);
	if (i->has_ending)
		ending_put(s, &i->ending);
}

static void put_update(struct sheet *s, const struct report_update *u)
{
	sheet_row(s, "update");
	sheet_text(s, "process", u->process);
	sheet_count(s, "instances", u->instances);
	sheet_count(s, "available", u->available);
	sheet_count(s, "replaced", u->replaced);
	sheet_flag(s, "turned-around", u->turned_around);
	sheet_text(s, "why", u->why);
}

int report_write(const struct report *r, const char *boot_id, struct sheet *s, struct err *e)
{
	sheet_begin(s, "status", REPORT_VERSION, boot_id);
	sheet_row(s, "tree");
	sheet_number(s, "pid", r->pid);
	sheet_count(s, "pid-start", r->pid_start);
	sheet_text(s, "master", r->master);
	sheet_text(s, "version", r->version);
	sheet_text(s, "phase", phases[r->phase]);
	sheet_number(s, "started", r->started_s);
	sheet_number(s, "written", r->written_s);
	sheet_count(s, "restarts", r->restarts);
	sheet_count(s, "accepted", r->accepted);
	sheet_count(s, "dropped-lines", r->dropped_lines);
	for (size_t i = 0; i < r->n_instances; i++)
		put_instance(s, &r->instances[i]);
	for (size_t i = 0; i < r->n_updates; i++)
		put_update(s, &r->updates[i]);
	for (size_t i = 0; i < r->n_problems; i++) {
		sheet_row(s, "problem");
		sheet_text(s, "about", r->problems[i].about);
		sheet_text(s, "text", r->problems[i].text);
	}
	return sheet_end(s, e);
}

/* ---- reading ---- */

/* Lists that are being read; how long they will be is counted first, from what every row of theirs begins with. */
struct lists {
	struct report_instance *instances;
	size_t n_instances, most_instances;
	struct report_update *updates;
	size_t n_updates, most_updates;
	struct report_problem *problems;
	size_t n_problems, most_problems;
};

static size_t count_rows(const char *text, const char *begin)
{
	size_t n = 0;

	for (const char *at = strstr(text, begin); at; at = strstr(at + 1, begin))
		n++;
	return n;
}

static int make_lists(const char *text, struct arena *a, struct lists *ret, struct err *e)
{
	*ret = (struct lists){
		.most_instances = count_rows(text, "\ninstance "), .most_updates = count_rows(text, "\nupdate "),
		.most_problems = count_rows(text, "\nproblem "),
	};
	ret->instances = ARENA_ARRAY(a, ret->most_instances + 1, struct report_instance);
	ret->updates = ARENA_ARRAY(a, ret->most_updates + 1, struct report_update);
	ret->problems = ARENA_ARRAY(a, ret->most_problems + 1, struct report_problem);
	return ret->instances && ret->updates && ret->problems ? 0 : err_nomem(e);
}

static void get_tree(const struct sheet_reader *r, struct report *ret)
{
	ret->pid = (int)sheet_find_number(r, "pid", 0);
	ret->pid_start = sheet_find_count(r, "pid-start");
	ret->master = sheet_find(r, "master");
	ret->version = sheet_find(r, "version");
	ret->phase = find_phase(sheet_find(r, "phase"));
	ret->started_s = sheet_find_number(r, "started", 0);
	ret->written_s = sheet_find_number(r, "written", 0);
	ret->restarts = sheet_find_count(r, "restarts");
	ret->accepted = sheet_find_count(r, "accepted");
	ret->dropped_lines = sheet_find_count(r, "dropped-lines");
}

/* One without a name is of no use to anybody. */
static void get_instance(const struct sheet_reader *r, struct lists *l)
{
	const char *state = sheet_find(r, "state");
	struct report_instance i = {
		.id = sheet_find(r, "id"), .name = sheet_find(r, "name"), .wanted = sheet_find_flag(r, "wanted"),
		.stale = sheet_find_flag(r, "stale"), .kept = sheet_find_flag(r, "kept"), .tells = sheet_find_flag(r, "tells"),
		.ready = sheet_find_flag(r, "is-ready"), .late = sheet_find_flag(r, "late"),
		.available = sheet_find_flag(r, "available"), .digest = sheet_find(r, "digest"),
		.pid = (int)sheet_find_number(r, "pid", 0), .pid_start = sheet_find_count(r, "pid-start"),
		.life = sheet_find_count(r, "life"), .since_s = sheet_find_number(r, "since", 0),
		.next_s = sheet_find_number(r, "next", 0), .counts.started = sheet_find_count(r, "started"),
		.counts.deaths = sheet_find_count(r, "deaths"), .counts.failures = sheet_find_count(r, "failures"),
		.has_ending = sheet_find(r, "how"), .refused = sheet_find(r, "refused"),
	};

	if (!i.id || !i.name || !state || !proc_state_find(state, &i.state) || l->n_instances == l->most_instances)
		return;
	ending_get(r, &i.ending);
	l->instances[l->n_instances++] = i;
}

static void get_update(const struct sheet_reader *r, struct lists *l)
{
	struct report_update u = {
		.process = sheet_find(r, "process"), .instances = sheet_find_count(r, "instances"),
		.available = sheet_find_count(r, "available"), .replaced = sheet_find_count(r, "replaced"),
		.turned_around = sheet_find_flag(r, "turned-around"), .why = sheet_find(r, "why"),
	};

	if (u.process && l->n_updates < l->most_updates)
		l->updates[l->n_updates++] = u;
}

static void get_problem(const struct sheet_reader *r, struct lists *l)
{
	struct report_problem p = { sheet_find(r, "about"), sheet_find(r, "text") };

	if (p.text && l->n_problems < l->most_problems)
		l->problems[l->n_problems++] = p;
}

static void get_row(const char *row, const struct sheet_reader *r, struct report *ret, struct lists *l)
{
	if (strcmp(row, "tree") == 0)
		get_tree(r, ret);
	else if (strcmp(row, "instance") == 0)
		get_instance(r, l);
	else if (strcmp(row, "update") == 0)
		get_update(r, l);
	else if (strcmp(row, "problem") == 0)
		get_problem(r, l);
}

int report_read(char *text, size_t len, const char *boot_id, struct arena *a, struct report *ret, struct err *e)
{
	struct lists l;
	struct sheet_reader r;
	enum sheet_answer answer;
	const char *row;

	text[len] = '\0';
	if (make_lists(text, a, &l, e) < 0)
		return e->code;
	answer = sheet_open(text, len, "status", REPORT_VERSION, boot_id, &r);
	if (answer != SHEET_READ)
		return (int)answer;
	*ret = (struct report){ .phase = REPORT_SETTLED };
	while ((row = sheet_next(&r)))
		get_row(row, &r, ret, &l);
	ret->instances = l.instances;
	ret->n_instances = l.n_instances;
	ret->updates = l.updates;
	ret->n_updates = l.n_updates;
	ret->problems = l.problems;
	ret->n_problems = l.n_problems;
	return 0;
}
