/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is counted, in a file in memory that others read, and as text. */
#include "supervise/tree.h"

#include "base/fmt.h"
#include "supervise/metrics.h"
#include "supervise/whole.h"
#include "sys/file.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define PROM "metrics.prom"

enum { META_MAX = 64 << 20 };

struct tally {
	int dir;			/* with the files of cantal, which are called: */
	char values_name[NAME_MAX + 1], meta_name[NAME_MAX + 1];
	struct metrics_process *processes;
	char *names;			/* of those */
	struct metrics_layout layout;
	int64_t *values;		/* the file in memory; NULL: it could not be made */
	size_t size;
};

/* ---- which processes there are ---- */

static int compare_processes(const void *a, const void *b)
{
	const struct metrics_process *x = a, *y = b;
	int order = strcmp(x->sandbox, y->sandbox);

	return order != 0 ? order : strcmp(x->process, y->process);
}

/* Each process of the set once; names are copies, since sets come and go. */
static int collect(struct tally *y, const struct desired_set *set)
{
	struct metrics_process *v = calloc(set->n + 1, sizeof(*v));
	size_t n = 0, room = 1;
	char *names, *at;

	for (size_t i = 0; i < set->n; i++)
		room += strlen(set->v[i].sandbox) + strlen(set->v[i].process) + 2;
	names = at = malloc(room);
	if (!v || !names) {
		free(v);
		free(names);
		return -ENOMEM;
	}
	for (size_t i = 0; i < set->n; i++) {
		v[i].sandbox = memcpy(at, set->v[i].sandbox, strlen(set->v[i].sandbox) + 1);
		at += strlen(at) + 1;
		v[i].process = memcpy(at, set->v[i].process, strlen(set->v[i].process) + 1);
		at += strlen(at) + 1;
	}
	if (set->n > 0)
		qsort(v, set->n, sizeof(*v), compare_processes);
	for (size_t i = 0; i < set->n; i++)
		if (n == 0 || compare_processes(&v[n - 1], &v[i]) != 0)
			v[n++] = v[i];
	free(y->processes);
	free(y->names);
	y->processes = v;
	y->names = names;
	y->layout = (struct metrics_layout){ v, n };
	return 0;
}

static bool same_layout(struct tally *y, const struct desired_set *set)
{
	struct tally other = { 0 };
	bool same = collect(&other, set) == 0 && other.layout.n == y->layout.n;

	for (size_t i = 0; same && i < y->layout.n; i++)
		same = compare_processes(&y->layout.v[i], &other.layout.v[i]) == 0;
	free(other.processes);
	free(other.names);
	return same;
}

/* ---- where the files are ---- */

#define CANTAL "CANTAL_PATH="

static const char *asked_path(const struct tree *t)
{
	for (const char *const *p = t->words->envp; *p; p++)
		if (strncmp(*p, CANTAL, strlen(CANTAL)) == 0 && (*p)[strlen(CANTAL)])
			return *p + strlen(CANTAL);
	return NULL;
}

/* PATH.values and PATH.meta, below the directory `below` unless it is absolute. */
static int find_metrics(struct tally *y, int below, const char *path, struct err *e)
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	char dir[PATH_MAX];

	if (!*base || fmt(dir, sizeof dir, "./%.*s", (int)(base - path), path) >= sizeof dir ||
	    fmt(y->values_name, sizeof y->values_name, "%s.values", base) > NAME_MAX - strlen(".new") ||
	    fmt(y->meta_name, sizeof y->meta_name, "%s.meta", base) >= sizeof y->meta_name)
		return err_set(e, -EINVAL, CANTAL "%s is not the beginning of the path of files", path);
	y->dir = sys_openat(below, *path == '/' ? dir + 2 : dir, O_RDONLY | O_DIRECTORY, 0);
	return y->dir < 0 ? err_sys(e, y->dir, "the directory of " CANTAL "%s", path) : 0;
}

/* Where whoever starts the supervisor says; else, or where that cannot be, beside its other files. */
static int place_metrics(struct tree *t, struct err *e)
{
	const char *asked = asked_path(t);
	struct err why = { 0 };

	if (asked && *asked == '/' && find_metrics(t->tally, t->home, asked, &why) == 0)
		return 0;
	if (asked) {
		if (*asked != '/')
			err_set(&why, -EINVAL, CANTAL "%s is not an absolute path", asked);
		tree_say(t, LINE_ERROR, "%s; metrics are in %s", why.text, t->places.runtime_dir);
	}
	return find_metrics(t->tally, t->home, "metrics", e);
}

/* ---- the file in memory ---- */

/* What a predecessor, or the layout before, has counted. */
static void carry(struct tree *t, int64_t *now)
{
	size_t meta_len, len;
	char auto_text *meta = whole_text(t->tally->dir, t->tally->meta_name, META_MAX, &meta_len);
	char auto_text *values = whole_text(t->tally->dir, t->tally->values_name, META_MAX, &len);

	metrics_carry(meta ? meta : "", (const int64_t *)(const void *)values, values ? len / sizeof(int64_t) : 0,
		      &t->tally->layout, now);
}

static int map_values(struct tally *y, struct err *e)
{
	auto_close int fd = sys_openat(y->dir, y->values_name, O_RDWR | O_NOFOLLOW, 0);
	void *p = fd < 0 ? MAP_FAILED : mmap(NULL, y->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		return err_sys(e, fd < 0 ? fd : -errno, "%s", y->values_name);
	y->values = p;
	return 0;
}

static int lay_out(struct tree *t, struct err *e)
{
	struct tally *y = t->tally;
	size_t size, meta_len;
	int64_t *values;
	char *meta;
	int rc;

	if (collect(y, &t->accepted.w.set) < 0)
		return err_nomem(e);
	size = metrics_size(&y->layout);
	values = calloc(1, size);
	if (!values)
		return err_nomem(e);
	carry(t, values);
	if (y->values)
		munmap(y->values, y->size);
	y->values = NULL;
	y->size = size;
	if (metrics_meta(&y->layout, &meta, &meta_len) < 0) {
		free(values);
		return err_nomem(e);
	}
	rc = whole_replace(y->dir, y->values_name, values, size, e);
	if (rc == 0)
		rc = whole_replace(y->dir, y->meta_name, meta, meta_len, e);
	free(values);
	free(meta);
	return rc < 0 ? rc : map_values(y, e);
}

void tally_layout(struct tree *t)
{
	struct err e = { 0 };

	if (t->tally->values && same_layout(t->tally, &t->accepted.w.set))
		return;
	if (lay_out(t, &e) < 0)
		show_complain(t, &e);
}

/* ---- counting ---- */

static int64_t *values_of(const struct tally *y, const char *id)
{
	char text[DESIRED_ID_MAX], *plus, *dot;
	struct metrics_process key;
	const struct metrics_process *found;

	fmt(text, sizeof text, "%s", id);
	plus = strchr(text, '+');
	dot = strrchr(text, '.');
	if (!plus || !dot || y->layout.n == 0)
		return NULL;
	*plus = *dot = '\0';
	key = (struct metrics_process){ text, plus + 1 };
	found = bsearch(&key, y->layout.v, y->layout.n, sizeof(key), compare_processes);
	return found ? y->values + metric_process((size_t)(found - y->layout.v), 0) : NULL;
}

static void add(int64_t *values, size_t started, size_t deaths, size_t failures, const struct proc_counts *more)
{
	values[started] += (int64_t)more->started;
	values[deaths] += (int64_t)more->deaths;
	values[failures] += (int64_t)more->failures;
}

void tally_count(struct ward *w)
{
	struct tally *y = w->tree->tally;
	const struct proc_counts *now = &w->r.proc.counts;
	const struct proc_counts more = {
		now->started - w->counted.started, now->deaths - w->counted.deaths, now->failures - w->counted.failures,
	};
	int64_t *own;

	if (!y || !y->values || (more.started | more.deaths | more.failures) == 0)
		return;
	w->counted = *now;
	add(y->values, metric_containers(METRIC_CONTAINERS_started), metric_containers(METRIC_CONTAINERS_deaths),
	    metric_containers(METRIC_CONTAINERS_failures), &more);
	own = values_of(y, w->r.id);
	if (own)
		add(own, METRIC_PROCESS_started, METRIC_PROCESS_deaths, METRIC_PROCESS_failures, &more);
}

void tally_levels(struct tree *t)
{
	struct tally *y = t->tally;
	int64_t *v = y->values, *own;

	if (!v)
		return;
	v[metric_master(METRIC_MASTER_sandboxes)] = (int64_t)t->accepted.w.set.n_sandboxes;
	v[metric_master(METRIC_MASTER_containers)] = (int64_t)t->accepted.w.set.n;
	v[metric_master(METRIC_MASTER_queue)] = 0;
	v[metric_containers(METRIC_CONTAINERS_running)] = v[metric_containers(METRIC_CONTAINERS_unknown)] = 0;
	for (size_t i = 0; i < y->layout.n; i++)
		v[metric_process(i, METRIC_PROCESS_running)] = 0;
	for (size_t i = 0; i < t->wards.n; i++) {
		const struct ward *w = t->wards.v[i];

		v[metric_master(METRIC_MASTER_queue)] += w->r.proc.state != PROC_UP;
		v[metric_containers(METRIC_CONTAINERS_running)] += ward_runs(w);
		v[metric_containers(METRIC_CONTAINERS_unknown)] += ward_runs(w) && !w->wanted;
		own = values_of(y, w->r.id);
		if (own)
			own[METRIC_PROCESS_running] += ward_runs(w);
	}
}

int tally_write(struct tree *t, struct err *e)
{
	size_t len;
	char *text;
	int rc;

	if (metrics_open(&t->tally->layout, t->tally->values, &text, &len) < 0)
		return err_nomem(e);
	rc = whole_replace(t->home, PROM, text, len, e);
	free(text);
	return rc;
}

bool tally_counts(const struct tree *t)
{
	return t->tally->values;
}

uint64_t tally_restarts(const struct tree *t)
{
	const int64_t *v = t->tally->values;

	return v ? (uint64_t)v[metric_master(METRIC_MASTER_restarts)] : 0;
}

/* ---- begin and end ---- */

int tally_open(struct tree *t, struct err *e)
{
	t->tally = calloc(1, sizeof(*t->tally));
	if (!t->tally)
		return err_nomem(e);
	t->tally->dir = -EBADF;
	if (place_metrics(t, e) < 0)
		return e->code;
	tally_layout(t);
	if (t->tally->values)
		t->tally->values[metric_master(METRIC_MASTER_restarts)]++;
	return 0;
}

void tally_close(struct tree *t, bool clean)
{
	struct tally *y = t->tally;

	if (!y)
		return;
	if (clean)
		sys_unlinkat(t->home, PROM, 0);
	if (clean && y->dir >= 0) {
		sys_unlinkat(y->dir, y->values_name, 0);
		sys_unlinkat(y->dir, y->meta_name, 0);
	}
	fd_close(&y->dir);
	if (y->values)
		munmap(y->values, y->size);
	free(y->processes);
	free(y->names);
	free(y);
	t->tally = NULL;
}
