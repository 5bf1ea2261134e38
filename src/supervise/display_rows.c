/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/display_rows.h"

#include <stdlib.h>
#include <string.h>

void display_rows_done(struct display_rows *r)
{
	free(r->v);
}

/* "SANDBOX/PROCESS.N" */
static void split_name(struct display_row *r)
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

static void count(struct display_row *r, const struct census *c)
{
	const struct census_process *init = r->of->pid > 0 ? census_find(c, r->of->pid) : NULL;

	r->alive = init && init->start == r->of->pid_start && init->state != 'Z';
	if (!r->alive)
		return;
	r->main = find_main(c, r->of->pid);
	census_add(c, r->of->pid, 0, &r->total);
}

int display_compare(const char *a, size_t a_len, const char *b, size_t b_len)
{
	int rc = memcmp(a, b, a_len < b_len ? a_len : b_len);

	return rc ? rc : (a_len > b_len) - (a_len < b_len);
}

static int compare_rows(const void *a, const void *b)
{
	const struct display_row *x = a, *y = b;
	int rc = display_compare(x->of->name, x->sandbox_len, y->of->name, y->sandbox_len);

	if (rc == 0)
		rc = display_compare(x->of->name, x->process_len, y->of->name, y->process_len);
	return rc ? rc : (x->number > y->number) - (x->number < y->number);
}

int display_rows(const struct display *s, struct display_rows *ret, struct err *e)
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

struct census_total display_sum(const struct display_row *v, size_t n)
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

int64_t display_started(const struct display *s, const struct census_process *p)
{
	return s->clock.boot_s + (int64_t)(p->start / (s->clock.ticks ? s->clock.ticks : 1));
}
