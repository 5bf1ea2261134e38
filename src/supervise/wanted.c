/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/wanted.h"

#include "base/arr.h"
#include "supervise/rules.h"

#include <stdlib.h>
#include <string.h>

static const struct sheet_text_key instance_keys[] = {
	SHEET_TEXT_KEY(struct desired, "id", id),
	SHEET_TEXT_KEY(struct desired, "name", name),
	SHEET_TEXT_KEY(struct desired, "sandbox", sandbox),
	SHEET_TEXT_KEY(struct desired, "process", process),
	SHEET_TEXT_KEY(struct desired, "digest", digest),
	SHEET_TEXT_KEY(struct desired, "log-file", log_file),
	SHEET_TEXT_KEY(struct desired, "log-level", log_level),
	SHEET_TEXT_KEY(struct desired, "output-file", output_file),
	SHEET_TEXT_KEY(struct desired, "command", command),
	SHEET_TEXT_KEY(struct desired, "state-below", state_below),
};

static const struct sheet_text_key gap_keys[] = {
	SHEET_TEXT_KEY(struct desired_gap, "sandbox", sandbox),
	SHEET_TEXT_KEY(struct desired_gap, "process", process),
	SHEET_TEXT_KEY(struct desired_gap, "why", why),
};

static const struct sheet_text_key problem_keys[] = {
	SHEET_TEXT_KEY(struct report_problem, "about", about),
	SHEET_TEXT_KEY(struct report_problem, "text", text),
};

/* ---- writing ---- */

static void put_port(struct sheet *s, const struct desired_port *p)
{
	sheet_row(s, "port");
	sheet_text(s, "host", p->host);
	sheet_count(s, "port", p->port);
	sheet_count(s, "fd", p->fd);
	sheet_count(s, "backlog", p->backlog);
	sheet_count(s, "uid", p->uid);
	sheet_count(s, "gid", p->gid);
	sheet_flag(s, "reuse-addr", p->reuse_addr);
	sheet_flag(s, "reuse-port", p->reuse_port);
	sheet_flag(s, "non-block", p->non_block);
}

static void put_directory(struct sheet *s, const struct bundle_directory *d)
{
	sheet_row(s, "directory");
	sheet_text(s, "prefix", d->prefix);
	sheet_text(s, "below", d->below);
	sheet_count(s, "mode", d->mode);
	sheet_count(s, "uid", d->uid);
	sheet_count(s, "gid", d->gid);
	sheet_flag(s, "keep", d->keep);
	sheet_text(s, "point", d->points[0]);
	sheet_text(s, "other-point", d->points[1]);
	sheet_text(s, "from", d->from);
}

/* What follows an instance up to the next one is its own. */
static void put_instance(struct sheet *s, const struct desired *d)
{
	sheet_texts(s, "instance", instance_keys, ARRAY_LEN(instance_keys), d);
	sheet_count(s, "number", d->number);
	sheet_count(s, "max-unavailable", d->max_unavailable);
	sheet_flag(s, "kept", d->kept);
	rules_write(s, &d->rules);
	for (size_t i = 0; i < d->n_ports; i++)
		put_port(s, &d->ports[i]);
	for (size_t i = 0; i < d->n_directories; i++)
		put_directory(s, &d->directories[i]);
}

int wanted_write(const struct wanted *w, const char *boot_id, struct sheet *s, struct err *e)
{
	sheet_begin(s, "wanted", WANTED_VERSION, boot_id);
	settings_write(&w->settings, s);
	sheet_row(s, "counts");
	sheet_count(s, "accepted", w->accepted);
	sheet_count(s, "errors", w->n_errors);
	for (size_t i = 0; i < w->n_problems; i++)
		sheet_texts(s, "problem", problem_keys, ARRAY_LEN(problem_keys), &w->problems[i]);
	for (size_t i = 0; i < w->set.n_sandboxes; i++) {
		sheet_row(s, "sandbox");
		sheet_text(s, "name", w->set.sandboxes[i]);
	}
	for (size_t i = 0; i < w->set.n_gaps; i++)
		sheet_texts(s, "gap", gap_keys, ARRAY_LEN(gap_keys), &w->set.gaps[i]);
	for (size_t i = 0; i < w->set.n; i++)
		put_instance(s, &w->set.v[i]);
	return sheet_end(s, e);
}

/* ---- reading ---- */

/* The lists while they are being read. */
struct reading {
	const struct sheet_reader *r;
	struct arena *a;
	struct wanted *ret;
	struct desired *v;
	struct desired_gap *gaps;
	const char **sandboxes;
	struct report_problem *problems;
	struct desired_port *ports;		/* of the newest instance */
	struct bundle_directory *directories;
	bool odd;				/* something that nobody writes */
};

static int read_settings(struct reading *x)
{
	settings_read(x->r, &x->ret->settings);
	return 0;
}

static int read_counts(struct reading *x)
{
	x->ret->accepted = sheet_find_count(x->r, "accepted");
	x->ret->n_errors = sheet_find_count(x->r, "errors");
	return 0;
}

static int read_problem(struct reading *x)
{
	struct report_problem *p = ARENA_ADD(x->a, x->problems, x->ret->n_problems);

	if (!p)
		return -ENOMEM;
	sheet_find_texts(x->r, problem_keys, ARRAY_LEN(problem_keys), p);
	x->odd |= !p->text;
	return 0;
}

static int read_sandbox(struct reading *x)
{
	const char **name = ARENA_ADD(x->a, x->sandboxes, x->ret->set.n_sandboxes);

	if (!name)
		return -ENOMEM;
	*name = sheet_find(x->r, "name");
	x->odd |= !*name;
	return 0;
}

static int read_gap(struct reading *x)
{
	struct desired_gap *g = ARENA_ADD(x->a, x->gaps, x->ret->set.n_gaps);

	if (!g)
		return -ENOMEM;
	sheet_find_texts(x->r, gap_keys, ARRAY_LEN(gap_keys), g);
	x->odd |= !g->sandbox || !g->why;
	return 0;
}

static int read_instance(struct reading *x)
{
	struct desired *d = ARENA_ADD(x->a, x->v, x->ret->set.n);

	if (!d)
		return -ENOMEM;
	*d = (struct desired){
		.number = (uint32_t)sheet_find_count(x->r, "number"), .kept = sheet_find_flag(x->r, "kept"),
		.max_unavailable = (uint32_t)sheet_find_count(x->r, "max-unavailable"),
	};
	sheet_find_texts(x->r, instance_keys, ARRAY_LEN(instance_keys), d);
	x->ports = NULL;
	x->directories = NULL;
	x->odd |= !d->id || !d->name || !d->sandbox || !d->process || !d->digest || !d->command || !desired_is_id(d->id);
	return 0;
}

/* The instance that a row is about. */
static struct desired *newest(const struct reading *x)
{
	return x->ret->set.n > 0 ? &x->v[x->ret->set.n - 1] : NULL;
}

static int read_rules(struct reading *x)
{
	struct desired *d = newest(x);

	x->odd |= !d;
	if (d)
		rules_read(x->r, &d->rules);
	return 0;
}

static int read_port(struct reading *x)
{
	struct desired *d = newest(x);
	struct desired_port *p = d ? ARENA_ADD(x->a, x->ports, d->n_ports) : NULL;
	uint64_t number = sheet_find_count(x->r, "port");

	x->odd |= !d;
	if (!p)
		return d ? -ENOMEM : 0;
	*p = (struct desired_port){
		.host = sheet_find(x->r, "host"), .port = (uint16_t)number,
		.fd = (uint32_t)sheet_find_count(x->r, "fd"), .backlog = (uint32_t)sheet_find_count(x->r, "backlog"),
		.uid = (uid_t)sheet_find_count(x->r, "uid"), .gid = (gid_t)sheet_find_count(x->r, "gid"),
		.reuse_addr = sheet_find_flag(x->r, "reuse-addr"), .reuse_port = sheet_find_flag(x->r, "reuse-port"),
		.non_block = sheet_find_flag(x->r, "non-block"),
	};
	d->ports = x->ports;
	x->odd |= !p->host || number > UINT16_MAX;
	return 0;
}

static int read_directory(struct reading *x)
{
	struct desired *d = newest(x);
	struct bundle_directory *p = d ? ARENA_ADD(x->a, x->directories, d->n_directories) : NULL;

	x->odd |= !d;
	if (!p)
		return d ? -ENOMEM : 0;
	*p = (struct bundle_directory){
		.prefix = sheet_find(x->r, "prefix"), .below = sheet_find(x->r, "below"),
		.mode = (mode_t)sheet_find_count(x->r, "mode"), .uid = (uid_t)sheet_find_count(x->r, "uid"),
		.gid = (gid_t)sheet_find_count(x->r, "gid"), .keep = sheet_find_flag(x->r, "keep"),
		.points = { sheet_find(x->r, "point"), sheet_find(x->r, "other-point") }, .from = sheet_find(x->r, "from"),
	};
	d->directories = x->directories;
	x->odd |= !p->prefix || !p->below || !p->from;
	return 0;
}

static const struct row_reader {
	const char *name;
	int (*read)(struct reading *x);		/* 0, or -ENOMEM */
} row_readers[] = {
	{ "settings", read_settings }, { "counts", read_counts }, { "problem", read_problem }, { "sandbox", read_sandbox },
	{ "gap", read_gap }, { "instance", read_instance }, { "rules", read_rules }, { "port", read_port },
	{ "directory", read_directory },
};

static int read_row(struct reading *x, const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(row_readers); i++)
		if (strcmp(row_readers[i].name, name) == 0)
			return row_readers[i].read(x);
	return 0;
}

/* Without settings there is nothing else that could be known. */
static bool is_odd(const struct wanted *w)
{
	const struct settings *s = &w->settings;

	for (size_t i = 1; w->set.v && i < w->set.n; i++)
		if (strcmp(w->set.v[i - 1].id, w->set.v[i].id) == 0)
			return true;
	return s->runtime_dir ? !settings_are_whole(s) : w->set.n > 0;
}

int wanted_read(char *text, size_t len, const char *boot_id, struct arena *a, struct wanted *ret, struct err *e)
{
	struct sheet_reader r;
	struct reading x = { .r = &r, .a = a, .ret = ret };
	int rc = (int)sheet_open(text, len, "wanted", WANTED_VERSION, boot_id, &r);
	const char *row;

	*ret = (struct wanted){ 0 };
	if (rc != SHEET_READ)
		return rc;
	while ((row = sheet_next(&r)))
		if (read_row(&x, row) < 0)
			return err_nomem(e);
	if (x.odd)
		return SHEET_DAMAGED;
	if (x.v && ret->set.n > 0)
		qsort(x.v, ret->set.n, sizeof(*x.v), desired_by_id);
	ret->set.v = x.v;
	ret->set.gaps = x.gaps;
	ret->set.sandboxes = x.sandboxes;
	ret->problems = x.problems;
	return is_odd(ret) ? SHEET_DAMAGED : SHEET_READ;
}
