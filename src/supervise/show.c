/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The status file and the metrics: what others see of the supervisor. */
#include "supervise/tree.h"

#include "base/arr.h"
#include "base/fmt.h"
#include "supervise/metrics.h"
#include "supervise/update.h"
#include "supervise/whole.h"
#include "sys/file.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

enum {
	SHOW_PAUSE_MS = 100,		/* between two status files, and */
	SHOW_EACH = 4,			/* a millisecond more for so many instances: where many are there, writing takes long */
	SHOW_PROM_MS = 1000,		/* between two files of metrics */
	SHOW_META_MAX = 64 << 20,
};

struct show {
	int dir;			/* with the files of cantal, which are called: */
	char values_name[NAME_MAX + 1], meta_name[NAME_MAX + 1];
	struct metrics_process *processes;
	char *names;			/* of those */
	struct metrics_layout layout;
	int64_t *values;		/* the file in memory */
	size_t size;
	int64_t status_ms, prom_ms;	/* when they were written last */
	int64_t look_ms;		/* when somebody becomes available by time alone */
	bool complained;
};

/* ---- metrics ---- */

static void complain(struct tree *t, const struct err *e)
{
	if (!t->show->complained)
		tree_say(t, LINE_ERROR, "Status and metrics: %s", e->text);
	t->show->complained = true;
}

static int compare_processes(const void *a, const void *b)
{
	const struct metrics_process *x = a, *y = b;
	int order = strcmp(x->sandbox, y->sandbox);

	return order != 0 ? order : strcmp(x->process, y->process);
}

/* Each process of the set once; names are copies, since sets come and go. */
static int collect(struct show *s, const struct desired_set *set)
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
	free(s->processes);
	free(s->names);
	s->processes = v;
	s->names = names;
	s->layout = (struct metrics_layout){ v, n };
	return 0;
}

#define CANTAL "CANTAL_PATH="

static const char *asked_path(const struct tree *t)
{
	for (const char *const *p = t->words->envp; *p; p++)
		if (strncmp(*p, CANTAL, strlen(CANTAL)) == 0 && (*p)[strlen(CANTAL)])
			return *p + strlen(CANTAL);
	return NULL;
}

/* PATH.values and PATH.meta, below the directory `below` unless it is absolute. */
static int find_metrics(struct show *s, int below, const char *path, struct err *e)
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	char dir[PATH_MAX];

	if (!*base || fmt(dir, sizeof dir, "./%.*s", (int)(base - path), path) >= sizeof dir ||
	    fmt(s->values_name, sizeof s->values_name, "%s.values", base) > NAME_MAX - strlen(".new") ||
	    fmt(s->meta_name, sizeof s->meta_name, "%s.meta", base) >= sizeof s->meta_name)
		return err_set(e, -EINVAL, CANTAL "%s is not the beginning of the path of files", path);
	s->dir = sys_openat(below, *path == '/' ? dir + 2 : dir, O_RDONLY | O_DIRECTORY, 0);
	return s->dir < 0 ? err_sys(e, s->dir, "the directory of " CANTAL "%s", path) : 0;
}

/* Where whoever starts the supervisor says; else, or where that cannot be, beside its other files. */
static int place_metrics(struct tree *t, struct err *e)
{
	const char *asked = asked_path(t);
	struct err why = { 0 };

	if (asked && *asked == '/' && find_metrics(t->show, t->home, asked, &why) == 0)
		return 0;
	if (asked) {
		if (*asked != '/')
			err_set(&why, -EINVAL, CANTAL "%s is not an absolute path", asked);
		tree_say(t, LINE_ERROR, "%s; metrics are in %s", why.text, t->places.runtime_dir);
	}
	return find_metrics(t->show, t->home, "metrics", e);
}

/* What a predecessor, or the layout before, has counted. */
static void carry(struct tree *t, int64_t *now)
{
	size_t meta_len, len;
	char auto_text *meta = whole_text(t->show->dir, t->show->meta_name, SHOW_META_MAX, &meta_len);
	char auto_text *values = whole_text(t->show->dir, t->show->values_name, SHOW_META_MAX, &len);

	metrics_carry(meta ? meta : "", (const int64_t *)(const void *)values, values ? len / sizeof(int64_t) : 0,
		      &t->show->layout, now);
}

static int map_values(struct show *s, struct err *e)
{
	auto_close int fd = sys_openat(s->dir, s->values_name, O_RDWR | O_NOFOLLOW, 0);
	void *p = fd < 0 ? MAP_FAILED : mmap(NULL, s->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		return err_sys(e, fd < 0 ? fd : -errno, "%s", s->values_name);
	s->values = p;
	return 0;
}

static int lay_out(struct tree *t, struct err *e)
{
	struct show *s = t->show;
	size_t size, meta_len;
	int64_t *values;
	char *meta;
	int rc;

	if (collect(s, &t->accepted.w.set) < 0)
		return err_nomem(e);
	size = metrics_size(&s->layout);
	values = calloc(1, size);
	if (!values)
		return err_nomem(e);
	carry(t, values);
	if (s->values)
		munmap(s->values, s->size);
	s->values = NULL;
	s->size = size;
	if (metrics_meta(&s->layout, &meta, &meta_len) < 0) {
		free(values);
		return err_nomem(e);
	}
	rc = whole_replace(s->dir, s->values_name, values, size, e);
	if (rc == 0)
		rc = whole_replace(s->dir, s->meta_name, meta, meta_len, e);
	free(values);
	free(meta);
	return rc < 0 ? rc : map_values(s, e);
}

static bool same_layout(struct show *s, const struct desired_set *set)
{
	struct show other = { 0 };
	bool same = collect(&other, set) == 0 && other.layout.n == s->layout.n;

	for (size_t i = 0; same && i < s->layout.n; i++)
		same = compare_processes(&s->layout.v[i], &other.layout.v[i]) == 0;
	free(other.processes);
	free(other.names);
	return same;
}

void show_layout(struct tree *t)
{
	struct err e = { 0 };

	if (t->show->values && same_layout(t->show, &t->accepted.w.set))
		return;
	if (lay_out(t, &e) < 0)
		complain(t, &e);
}

static int64_t *values_of(const struct show *s, const char *id)
{
	char text[DESIRED_ID_MAX], *plus, *dot;
	struct metrics_process key;
	const struct metrics_process *found;

	fmt(text, sizeof text, "%s", id);
	plus = strchr(text, '+');
	dot = strrchr(text, '.');
	if (!plus || !dot || s->layout.n == 0)
		return NULL;
	*plus = *dot = '\0';
	key = (struct metrics_process){ text, plus + 1 };
	found = bsearch(&key, s->layout.v, s->layout.n, sizeof(key), compare_processes);
	return found ? s->values + metric_process((size_t)(found - s->layout.v), 0) : NULL;
}

static void add(int64_t *values, size_t started, size_t deaths, size_t failures, const struct proc_counts *more)
{
	values[started] += (int64_t)more->started;
	values[deaths] += (int64_t)more->deaths;
	values[failures] += (int64_t)more->failures;
}

void show_count(struct ward *w)
{
	struct show *s = w->tree->show;
	const struct proc_counts *now = &w->r.proc.counts;
	const struct proc_counts more = {
		now->started - w->counted.started, now->deaths - w->counted.deaths, now->failures - w->counted.failures,
	};
	int64_t *own;

	if (!s || !s->values || (more.started | more.deaths | more.failures) == 0)
		return;
	w->counted = *now;
	add(s->values, metric_containers(METRIC_CONTAINERS_started), metric_containers(METRIC_CONTAINERS_deaths),
	    metric_containers(METRIC_CONTAINERS_failures), &more);
	own = values_of(s, w->r.id);
	if (own)
		add(own, METRIC_PROCESS_started, METRIC_PROCESS_deaths, METRIC_PROCESS_failures, &more);
}

static bool runs(const struct ward *w)
{
	return w->end.fd >= 0;
}

static void set_levels(struct tree *t)
{
	struct show *s = t->show;
	int64_t *v = s->values, *own;

	v[metric_master(METRIC_MASTER_sandboxes)] = (int64_t)t->accepted.w.set.n_sandboxes;
	v[metric_master(METRIC_MASTER_containers)] = (int64_t)t->accepted.w.set.n;
	v[metric_master(METRIC_MASTER_queue)] = 0;
	v[metric_containers(METRIC_CONTAINERS_running)] = v[metric_containers(METRIC_CONTAINERS_unknown)] = 0;
	for (size_t i = 0; i < s->layout.n; i++)
		v[metric_process(i, METRIC_PROCESS_running)] = 0;
	for (size_t i = 0; i < t->wards.n; i++) {
		const struct ward *w = t->wards.v[i];

		v[metric_master(METRIC_MASTER_queue)] += w->r.proc.state != PROC_UP;
		v[metric_containers(METRIC_CONTAINERS_running)] += runs(w);
		v[metric_containers(METRIC_CONTAINERS_unknown)] += runs(w) && !w->wanted;
		own = values_of(s, w->r.id);
		if (own)
			own[METRIC_PROCESS_running] += runs(w);
	}
}

static int write_prom(struct tree *t, struct err *e)
{
	size_t len;
	char *text;
	int rc;

	if (metrics_open(&t->show->layout, t->show->values, &text, &len) < 0)
		return err_nomem(e);
	rc = whole_replace(t->home, "metrics.prom", text, len, e);
	free(text);
	return rc;
}

/* ---- status ---- */

static int64_t wall_of(const struct tree *t, int64_t ms)
{
	return time(NULL) + (ms - t->loop.now_ms) / 1000;
}

/* Of the container, or of the program in it. */
static int64_t next_start(const struct ward *w)
{
	const struct tree *t = w->tree;
	const struct proc *p = &w->r.proc;

	if (p->state == PROC_RESTING)
		return wall_of(t, p->start_ms);
	return p->state == PROC_UP && p->up_ms > t->loop.now_ms ? wall_of(t, p->up_ms) : 0;
}

static void fill_instance(const struct ward *w, struct report_instance *ret)
{
	const struct tree *t = w->tree;
	const struct proc *p = &w->r.proc;
	const struct record_life *last = w->r.n_lives > 0 ? &w->r.lives[w->r.n_lives - 1] : NULL;
	int64_t when;

	*ret = (struct report_instance){
		.id = w->r.id, .name = w->r.name, .state = p->state, .wanted = w->wanted != NULL, .stale = p->stale,
		.kept = w->wanted && w->wanted->kept, .tells = p->rules.ready_ms > 0, .ready = p->ready, .late = p->late,
		.available = proc_available(p, t->loop.now_ms, &when), .digest = w->r.digest,
		.pid = runs(w) ? w->r.pid : 0, .pid_start = runs(w) ? w->pid_start : 0, .life = p->life,
		.since_s = p->life > 0 ? wall_of(t, p->launched_ms) : 0,
		.next_s = next_start(w),
		.counts = p->counts, .has_ending = last,
	};
	if (when < t->show->look_ms)
		t->show->look_ms = when;
	if (last) {
		ret->ending = last->ending;
		ret->refused = !last->refused ? NULL : last->text ? last->text : "the runtime did not say why";
	}
}

static size_t count_updates(const struct tree *t)
{
	size_t n = 0;

	for (const struct update *u = t->updates; u; u = u->next)
		n++;
	return n;
}

static void fill_updates(const struct tree *t, struct report_update *v)
{
	for (const struct update *u = t->updates; u; u = u->next)
		*v++ = (struct report_update){
			.process = u->process, .instances = u->r.n, .available = rollout_available(&u->r, t->loop.now_ms),
			.replaced = u->replaced, .turned_around = u->r.undone, .why = u->why[0] ? u->why : NULL,
		};
}

static enum report_phase phase_of(const struct tree *t)
{
	if (t->phase == TREE_STOPPING)
		return REPORT_STOPPING;
	if (!t->adopted || !t->planned_once)
		return REPORT_STARTING;
	return t->planner.pid > 0 && t->planner.late_ms == 0 ? REPORT_READING : REPORT_SETTLED;
}

static int write_status(struct tree *t, struct err *e)
{
	const size_t n_updates = count_updates(t);
	struct report_instance *v = calloc(t->wards.n + 1, sizeof(*v));
	struct report_update *updates = calloc(n_updates + 1, sizeof(*updates));
	auto_sheet struct sheet s = { 0 };
	struct report r = {
		.pid = getpid(), .pid_start = t->pid_start, .master = t->settings.master, .version = PACKAGE_VERSION,
		.phase = phase_of(t),
		.started_s = t->started_s, .written_s = time(NULL), .accepted = t->accepted.w.accepted,
		.restarts = t->show->values ? (uint64_t)t->show->values[metric_master(METRIC_MASTER_restarts)] : 0,
		.dropped_lines = tree_logs_dropped(t), .instances = v, .n_instances = t->wards.n, .updates = updates,
		.n_updates = n_updates, .problems = t->problems.w.problems, .n_problems = t->problems.w.n_problems,
	};
	int rc;

	if (!v || !updates) {
		free(v);
		free(updates);
		return err_nomem(e);
	}
	for (size_t i = 0; i < t->wards.n; i++)
		fill_instance(t->wards.v[i], &v[i]);
	fill_updates(t, updates);
	rc = report_write(&r, t->boot_id, &s, e);
	if (rc == 0)
		rc = whole_replace(t->home, PLACE_STATUS, s.text, s.len, e);
	free(v);
	free(updates);
	return rc;
}

/* ---- when ---- */

void show_write(struct tree *t)
{
	struct show *s = t->show;
	struct err e = { 0 };
	int64_t now = t->loop.now_ms;

	t->dirty = t->show_is_due = false;
	s->status_ms = now;
	s->look_ms = REACT_NEVER;
	if (s->values)
		set_levels(t);
	if (write_status(t, &e) < 0)
		complain(t, &e);
	if (now - s->prom_ms < SHOW_PROM_MS) {
		if (s->prom_ms + SHOW_PROM_MS < s->look_ms)
			s->look_ms = s->prom_ms + SHOW_PROM_MS;
	} else if (s->values) {
		s->prom_ms = now;
		if (write_prom(t, &e) < 0)
			complain(t, &e);
	}
	loop_set_alarm(&t->loop, &t->show_due, s->look_ms);
}

static void on_show(void *arg)
{
	struct tree *t = arg;

	t->show_is_due = true;
}

void tree_changed(struct tree *t)
{
	if (t->dirty || !t->show)
		return;
	t->dirty = true;
	loop_set_alarm(&t->loop, &t->show_due, t->show->status_ms + SHOW_PAUSE_MS + (int64_t)t->wards.n / SHOW_EACH);
}

int show_open(struct tree *t, struct err *e)
{
	t->show = calloc(1, sizeof(*t->show));
	if (!t->show)
		return err_nomem(e);
	t->show->dir = -EBADF;
	if (loop_add_alarm(&t->loop, &t->show_due, on_show, t, e) < 0 || place_metrics(t, e) < 0)
		return e->code;
	show_layout(t);
	if (t->show->values)
		t->show->values[metric_master(METRIC_MASTER_restarts)]++;
	return 0;
}

/* A clean end leaves no numbers that nobody changes any more. */
void show_close(struct tree *t, bool clean)
{
	static const char *const files[] = { "metrics.prom", PLACE_STATUS };

	if (!t->show)
		return;
	for (size_t i = 0; clean && i < ARRAY_LEN(files); i++)
		sys_unlinkat(t->home, files[i], 0);
	if (clean && t->show->dir >= 0) {
		sys_unlinkat(t->show->dir, t->show->values_name, 0);
		sys_unlinkat(t->show->dir, t->show->meta_name, 0);
	}
	fd_close(&t->show->dir);
	if (t->show->values)
		munmap(t->show->values, t->show->size);
	free(t->show->processes);
	free(t->show->names);
	free(t->show);
	t->show = NULL;
}
