/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/wanted.h"

#include "base/arr.h"
#include "lithos/claim.h"
#include "supervise/rules.h"

#include <stdlib.h>
#include <string.h>

struct lithos_master settings_master(const struct settings *s)
{
	return (struct lithos_master){
		.file = s->master, .runtime_dir = s->runtime_dir, .state_dir = s->state_dir, .mount_dir = s->mount_dir,
		.default_log_dir = s->default_log_dir, .log_file = s->log_file, .log_level = s->log_level,
		.config_log_dir = s->config_log_dir, .stdio_log_dir = s->stdio_log_dir,
		.syslog_facility = s->syslog_facility, .syslog_app_name = s->syslog_app_name, .cgroup_name = s->cgroup_name,
	};
}

/* ---- texts of a struct as keys of a row ---- */

struct text_key {
	const char *key;
	size_t offset;
};
#define KEY(S, name, member) { (name), offsetof(S, member) + 0 * sizeof(char[_Generic(((S *)0)->member, const char *: 1)]) }

static const struct text_key settings_keys[] = {
	KEY(struct settings, "master", master),
	KEY(struct settings, "runtime-dir", runtime_dir),
	KEY(struct settings, "state-dir", state_dir),
	KEY(struct settings, "mount-dir", mount_dir),
	KEY(struct settings, "default-log-dir", default_log_dir),
	KEY(struct settings, "log-file", log_file),
	KEY(struct settings, "log-level", log_level),
	KEY(struct settings, "config-log-dir", config_log_dir),
	KEY(struct settings, "stdio-log-dir", stdio_log_dir),
	KEY(struct settings, "syslog-facility", syslog_facility),
	KEY(struct settings, "syslog-app-name", syslog_app_name),
	KEY(struct settings, "cgroup-name", cgroup_name),
};

static const struct text_key instance_keys[] = {
	KEY(struct desired, "id", id),
	KEY(struct desired, "name", name),
	KEY(struct desired, "sandbox", sandbox),
	KEY(struct desired, "process", process),
	KEY(struct desired, "digest", digest),
	KEY(struct desired, "log-file", log_file),
	KEY(struct desired, "log-level", log_level),
	KEY(struct desired, "output-file", output_file),
	KEY(struct desired, "command", command),
	KEY(struct desired, "state-below", state_below),
};

static const struct text_key gap_keys[] = {
	KEY(struct desired_gap, "sandbox", sandbox),
	KEY(struct desired_gap, "process", process),
	KEY(struct desired_gap, "why", why),
};

static const struct text_key problem_keys[] = {
	KEY(struct report_problem, "about", about),
	KEY(struct report_problem, "text", text),
};

static void put_texts(struct sheet *s, const char *row, const struct text_key *keys, size_t n, const void *from)
{
	sheet_row(s, row);
	for (size_t i = 0; i < n; i++)
		sheet_text(s, keys[i].key, *(const char *const *)((const char *)from + keys[i].offset));
}

static void get_texts(const struct sheet_reader *r, const struct text_key *keys, size_t n, void *to)
{
	for (size_t i = 0; i < n; i++)
		*(const char **)((char *)to + keys[i].offset) = sheet_find(r, keys[i].key);
}

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
	put_texts(s, "instance", instance_keys, ARRAY_LEN(instance_keys), d);
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
	put_texts(s, "settings", settings_keys, ARRAY_LEN(settings_keys), &w->settings);
	sheet_row(s, "counts");
	sheet_count(s, "accepted", w->accepted);
	sheet_count(s, "errors", w->n_errors);
	for (size_t i = 0; i < w->n_problems; i++)
		put_texts(s, "problem", problem_keys, ARRAY_LEN(problem_keys), &w->problems[i]);
	for (size_t i = 0; i < w->set.n_sandboxes; i++) {
		sheet_row(s, "sandbox");
		sheet_text(s, "name", w->set.sandboxes[i]);
	}
	for (size_t i = 0; i < w->set.n_gaps; i++)
		put_texts(s, "gap", gap_keys, ARRAY_LEN(gap_keys), &w->set.gaps[i]);
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
	get_texts(x->r, settings_keys, ARRAY_LEN(settings_keys), &x->ret->settings);
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
	get_texts(x->r, problem_keys, ARRAY_LEN(problem_keys), p);
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
	get_texts(x->r, gap_keys, ARRAY_LEN(gap_keys), g);
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
	get_texts(x->r, instance_keys, ARRAY_LEN(instance_keys), d);
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

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct desired *)a)->id, ((const struct desired *)b)->id);
}

/* Without settings there is nothing else that could be known. */
static bool is_odd(const struct wanted *w)
{
	const struct settings *s = &w->settings;

	for (size_t i = 1; i < w->set.n; i++)
		if (strcmp(w->set.v[i - 1].id, w->set.v[i].id) == 0)
			return true;
	if (!s->runtime_dir)
		return w->set.n > 0;
	return !s->master || *s->runtime_dir != '/' || !s->state_dir || !s->mount_dir || !s->default_log_dir || !s->log_file ||
	       !s->log_level || !s->stdio_log_dir || !s->syslog_app_name;
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
	if (ret->set.n > 0)
		qsort(x.v, ret->set.n, sizeof(*x.v), by_id);
	ret->set.v = x.v;
	ret->set.gaps = x.gaps;
	ret->set.sandboxes = x.sandboxes;
	ret->problems = x.problems;
	return is_odd(ret) ? SHEET_DAMAGED : SHEET_READ;
}

/* ---- accepting ---- */

/* A set to which gaps are added, and the problems that tell of them. */
struct accepting {
	const struct desired_set *old;
	struct desired_set next;
	struct desired_gap *gaps;
	struct report_problem *problems;
	size_t n_problems;
	struct arena *a;
};

static int copy_lists(struct accepting *x, const struct wanted *planned)
{
	for (size_t i = 0; i < planned->set.n_gaps; i++) {
		size_t n = i;
		struct desired_gap *g = ARENA_ADD(x->a, x->gaps, n);

		if (!g)
			return -ENOMEM;
		*g = planned->set.gaps[i];
	}
	for (size_t i = 0; i < planned->n_problems; i++) {
		struct report_problem *p = ARENA_ADD(x->a, x->problems, x->n_problems);

		if (!p)
			return -ENOMEM;
		*p = planned->problems[i];
	}
	return 0;
}

/* The process of d shall not have a port that an entry of the former configuration has still. */
static int add_gap(struct accepting *x, const struct desired *d, const struct desired_port *port, const char *owner)
{
	struct desired_gap *g = ARENA_ADD(x->a, x->gaps, x->next.n_gaps);
	struct report_problem *p = ARENA_ADD(x->a, x->problems, x->n_problems);

	if (!g || !p)
		return -ENOMEM;
	*g = (struct desired_gap){
		.sandbox = d->sandbox, .process = d->process,
		.why = arena_fmt(x->a, "Port %u of %s is that of %s, whose former configuration is kept", port->port,
				 port->host, owner),
	};
	*p = (struct report_problem){ .about = arena_fmt(x->a, "%s/%s", d->sandbox, d->process), .text = g->why };
	x->next.gaps = x->gaps;
	return p->about && p->text ? 0 : -ENOMEM;
}

/* 1: it has one; 0: none; -ENOMEM. */
static int has_others_port(struct claims *c, const struct desired *d, const struct desired_port **ret,
			   const char **ret_owner)
{
	for (size_t i = 0; i < d->n_ports; i++) {
		int rc = claims_port(c, d->sandbox, d->process, d->ports[i].host, d->ports[i].port, ret_owner);

		*ret = &d->ports[i];
		if (rc != 0)
			return rc;
	}
	return 0;
}

static bool is_gap(const struct accepting *x, const struct desired *d)
{
	for (size_t i = 0; i < x->next.n_gaps; i++)
		if (strcmp(x->gaps[i].sandbox, d->sandbox) == 0 &&
		    (!x->gaps[i].process || strcmp(x->gaps[i].process, d->process) == 0))
			return true;
	return false;
}

/* What is kept says first which ports it has.  1: gaps were added; 0: none was needed; -ENOMEM. */
static int find_conflicts(struct accepting *x, const struct desired_set *merged, struct claims *c)
{
	const struct desired_port *port;
	const char *owner;
	int answer = 0;

	for (int kept = 1; kept >= 0; kept--)
		for (size_t i = 0; i < merged->n; i++) {
			const struct desired *d = &merged->v[i];
			int rc = d->kept == (kept == 1) ? has_others_port(c, d, &port, &owner) : 0;

			if (rc > 0 && !kept && !is_gap(x, d)) {
				rc = add_gap(x, d, port, owner);
				answer = 1;
			}
			if (rc < 0)
				return rc;
		}
	return answer;
}

/* Each round makes one more process a gap, so there are not more rounds than processes. */
static int merge(struct accepting *x, struct desired_set *ret, struct err *e)
{
	for (;;) {
		struct claims *c;
		int rc = desired_merge(x->old, &x->next, x->a, ret, e);

		if (rc < 0)
			return rc;
		if (x->next.n_gaps == 0)
			return 0;
		c = claims_new();
		rc = c ? find_conflicts(x, ret, c) : -ENOMEM;
		claims_free(c);
		if (rc < 0)
			return err_nomem(e);
		if (rc == 0)
			return 0;
	}
}

/* Nothing can be said of anything: all of old stays as it is. */
static int keep_all(const struct wanted *old, const struct wanted *planned, struct arena *a, struct wanted *ret,
		    struct err *e)
{
	struct desired *v = ARENA_ARRAY(a, old->set.n + 1, struct desired);

	if (!v)
		return err_nomem(e);
	*ret = *old;
	for (size_t i = 0; i < old->set.n; i++) {
		v[i] = old->set.v[i];
		v[i].kept = true;
	}
	ret->set.v = v;
	ret->problems = planned->problems;
	ret->n_problems = planned->n_problems;
	ret->n_errors = planned->n_errors;
	return 0;
}

int wanted_accept(const struct wanted *old, const struct wanted *planned, struct arena *a, struct wanted *ret, struct err *e)
{
	struct accepting x = { .old = &old->set, .next = planned->set, .a = a };

	if (!planned->settings.runtime_dir) {
		if (keep_all(old, planned, a, ret, e) < 0)
			return e->code;
	} else {
		if (copy_lists(&x, planned) < 0)
			return err_nomem(e);
		*ret = *planned;
		x.next.gaps = x.gaps;
		if (merge(&x, &ret->set, e) < 0)
			return e->code;
		ret->problems = x.problems;
		ret->n_problems = x.n_problems;
		ret->n_errors = planned->n_errors + (x.n_problems - planned->n_problems);
	}
	ret->accepted = old->accepted + 1;
	return 0;
}
