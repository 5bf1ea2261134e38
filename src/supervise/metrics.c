/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/metrics.h"

#include "base/fmt.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { COUNTER = 1, LEVEL = 0 };
enum { PAGE = 4096, LINE = 640 };

struct metric {
	const char *name;
	bool counts;
	const char *help;
};

#define X(name, kind, help) { #name, kind, help },
static const struct metric of_master[] = { METRICS_MASTER(X) };
static const struct metric of_containers[] = { METRICS_CONTAINERS(X) };
static const struct metric of_process[] = { METRICS_PROCESS(X) };
#undef X

size_t metrics_count(const struct metrics_layout *l)
{
	return metric_process(l->n, 0);
}

size_t metrics_size(const struct metrics_layout *l)
{
	return (metrics_count(l) * sizeof(int64_t) + PAGE - 1) / PAGE * PAGE;
}

/* The metric of a value; *ret_process: of which process, or NULL. */
static const struct metric *metric_at(const struct metrics_layout *l, size_t i, const struct metrics_process **ret_process)
{
	*ret_process = NULL;
	if (i < METRICS_OF_MASTER)
		return &of_master[i];
	i -= METRICS_OF_MASTER;
	if (i < METRICS_OF_CONTAINERS)
		return &of_containers[i];
	i -= METRICS_OF_CONTAINERS;
	*ret_process = &l->v[i / METRICS_OF_PROCESS];
	return &of_process[i % METRICS_OF_PROCESS];
}

/* ---- text that grows ---- */

struct text {
	char *at;
	size_t len;
	size_t room;
	bool failed;
};

static void put(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put(struct text *t, const char *format, ...)
{
	char line[LINE];
	size_t n, room = t->room > 0 ? t->room : 4096;
	va_list ap;
	char *bigger;

	va_start(ap, format);
	fmt_v(line, sizeof(line), format, ap);
	va_end(ap);
	n = strlen(line);
	while (room - t->len <= n)
		room *= 2;
	if (room > t->room && !t->failed) {
		bigger = realloc(t->at, room);
		t->failed = !bigger;
		if (bigger) {
			t->at = bigger;
			t->room = room;
		}
	}
	if (t->failed)
		return;
	memcpy(t->at + t->len, line, n + 1);
	t->len += n;
}

static int done(struct text *t, char **ret, size_t *ret_len)
{
	if (t->failed) {
		free(t->at);
		return -ENOMEM;
	}
	*ret = t->at;
	*ret_len = t->len;
	return 0;
}

/* ---- cantal ---- */

/* Names are words of the model, so nothing of them has to be escaped: letters, digits, '-', '_', '.'. */
static void meta_line(const struct metrics_layout *l, size_t i, char buf[LINE])
{
	const struct metrics_process *p;
	const struct metric *m = metric_at(l, i, &p);
	const char *type = m->counts ? "counter 8" : "level 8 signed";

	if (p)
		fmt(buf, LINE, "%s: {\"group\":\"processes.%s.%s\",\"metric\":\"%s\"}\n", type, p->sandbox, p->process,
		    m->name);
	else
		fmt(buf, LINE, "%s: {\"group\":\"%s\",\"metric\":\"%s\"}\n", type,
		    i < METRICS_OF_MASTER ? "master" : "containers", m->name);
}

int metrics_meta(const struct metrics_layout *l, char **ret, size_t *ret_len)
{
	struct text t = { 0 };
	char line[LINE];

	for (size_t i = 0; i < metrics_count(l); i++) {
		meta_line(l, i, line);
		put(&t, "%s", line);
	}
	return done(&t, ret, ret_len);
}

/* Both are in the same order but for what came and went, so the search goes on where the last one has found. */
static bool find_line(const char *meta, const char *line, size_t n_old, size_t *at, const char **place)
{
	size_t i = *at, len = strlen(line);

	for (const char *p = *place; *p && i < n_old; i++) {
		const char *end = strchrnul(p, '\n');

		if ((size_t)(end - p) + 1 == len && memcmp(p, line, len - 1) == 0) {
			*at = i;
			*place = p;
			return true;
		}
		p = *end ? end + 1 : end;
	}
	if (*place == meta)
		return false;
	*at = 0;
	*place = meta;
	return find_line(meta, line, n_old, at, place);
}

void metrics_carry(const char *meta, const int64_t *old, size_t n_old, const struct metrics_layout *l, int64_t *now)
{
	const char *place = meta;
	size_t at = 0;
	char line[LINE];

	for (size_t i = 0; i < metrics_count(l); i++) {
		const struct metrics_process *p;

		now[i] = 0;
		if (!metric_at(l, i, &p)->counts)
			continue;
		meta_line(l, i, line);
		if (find_line(meta, line, n_old, &at, &place) && old[at] > 0)
			now[i] = old[at];
	}
}

/* ---- OpenMetrics ---- */

static void family(struct text *t, const char *prefix, const struct metric *m)
{
	put(t, "# TYPE lithos_%s%s %s\n", prefix, m->name, m->counts ? "counter" : "gauge");
	put(t, "# HELP lithos_%s%s %s\n", prefix, m->name, m->help);
}

static void plain(struct text *t, const char *prefix, const struct metric *m, size_t n, const int64_t *values)
{
	for (size_t i = 0; i < n; i++) {
		family(t, prefix, &m[i]);
		put(t, "lithos_%s%s%s %lld\n", prefix, m[i].name, m[i].counts ? "_total" : "", (long long)values[i]);
	}
}

int metrics_open(const struct metrics_layout *l, const int64_t *values, char **ret, size_t *ret_len)
{
	struct text t = { 0 };

	plain(&t, "", of_master, METRICS_OF_MASTER, values);
	plain(&t, "containers_", of_containers, METRICS_OF_CONTAINERS, values + METRICS_OF_MASTER);
	/* The samples of a family stand together. */
	for (size_t m = 0; m < METRICS_OF_PROCESS; m++) {
		family(&t, "process_", &of_process[m]);
		for (size_t i = 0; i < l->n; i++)
			put(&t, "lithos_process_%s%s{sandbox=\"%s\",process=\"%s\"} %lld\n", of_process[m].name,
			    of_process[m].counts ? "_total" : "", l->v[i].sandbox, l->v[i].process,
			    (long long)values[metric_process(i, (enum metric_process)m)]);
	}
	put(&t, "# EOF\n");
	return done(&t, ret, ret_len);
}
