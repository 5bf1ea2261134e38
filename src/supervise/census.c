/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/census.h"

#include "base/fmt.h"
#include "sys/file.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

enum {
	DEPTH_MAX = 4096,		/* of descent; a circle there cannot be, but two looks at /proc are not one */
	STAT_BYTES = 1024,
	STATUS_BYTES = 8192,
};

void census_done(struct census *c)
{
	free(c->v);
	*c = (struct census){ .v = NULL };
}

/* ---- texts ---- */

/* The numbers behind the state, proc_pid_stat(5): the first of them is field 4. */
enum { FIELD_FIRST = 4, FIELD_PARENT = 4, FIELD_USER = 14, FIELD_SYSTEM, FIELD_CHILD_USER, FIELD_CHILD_SYSTEM,
       FIELD_THREADS = 20, FIELD_START = 22, FIELD_RSS = 24, FIELDS };

/* The name in the text may hold anything, a ')' too: the last one ends it. */
int census_parse(const char *stat, uint64_t page_bytes, struct census_process *ret)
{
	const char *p = strrchr(stat, ')');
	uint64_t v[FIELDS];
	char *end;
	long pid = strtol(stat, &end, 10);

	if (end == stat || pid <= 0 || !p || p[1] != ' ' || !p[2])
		return -EPROTO;
	ret->pid = (pid_t)pid;
	ret->state = p[2];
	p += 3;
	for (int i = FIELD_FIRST; i < FIELDS; i++) {
		/* Those that are negative are none of ours. */
		v[i] = (uint64_t)strtoll(p, &end, 10);
		if (end == p)
			return -EPROTO;
		p = end;
	}
	ret->parent = (pid_t)v[FIELD_PARENT];
	ret->user = v[FIELD_USER];
	ret->system = v[FIELD_SYSTEM];
	ret->child_user = v[FIELD_CHILD_USER];
	ret->child_system = v[FIELD_CHILD_SYSTEM];
	ret->threads = (uint32_t)v[FIELD_THREADS];
	ret->start = v[FIELD_START];
	ret->rss = v[FIELD_RSS] * page_bytes;
	return 0;
}

uint64_t census_parse_swap(const char *status)
{
	static const char key[] = "\nVmSwap:";
	const char *p = strstr(status, key);

	return p ? strtoull(p + strlen(key), NULL, 10) * 1024 : 0;
}

/* ---- who descends from whom ---- */

static int compare_processes(const void *a, const void *b)
{
	const struct census_process *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

static int compare_pids(const void *a, const void *b)
{
	const pid_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static const struct census_process *find(const struct census_process *v, size_t n, pid_t pid)
{
	return n > 0 ? bsearch(&(struct census_process){ .pid = pid }, v, n, sizeof(*v), compare_processes) : NULL;
}

static bool is_root(const pid_t *roots, size_t n, pid_t pid)
{
	return n > 0 && bsearch(&pid, roots, n, sizeof(*roots), compare_pids);
}

/* Up to a root; false: there is none above. */
static bool descend(struct census_process *p, const struct census_process *v, size_t n, const pid_t *roots, size_t n_roots)
{
	const struct census_process *at = p;

	p->top = 0;
	for (int depth = 0; at && depth < DEPTH_MAX; depth++) {
		if (is_root(roots, n_roots, at->pid)) {
			p->root = at->pid;
			return true;
		}
		p->top = at->pid;
		at = find(v, n, at->parent);
	}
	return false;
}

size_t census_select(struct census_process *v, size_t n, const pid_t *roots, size_t n_roots)
{
	pid_t *sorted = calloc(n_roots + 1, sizeof(*sorted));
	size_t kept = 0;

	if (!sorted)
		return 0;
	if (n_roots > 0)
		memcpy(sorted, roots, n_roots * sizeof(*sorted));
	qsort(sorted, n_roots, sizeof(*sorted), compare_pids);
	qsort(v, n, sizeof(*v), compare_processes);
	for (size_t i = 0; i < n; i++)
		if (!descend(&v[i], v, n, sorted, n_roots))
			v[i].root = 0;
	for (size_t i = 0; i < n; i++)
		if (v[i].root > 0)
			v[kept++] = v[i];
	free(sorted);
	return kept;
}

const struct census_process *census_find(const struct census *c, pid_t pid)
{
	return find(c->v, c->n, pid);
}

void census_add(const struct census *c, pid_t root, pid_t top, struct census_total *t)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct census_process *p = &c->v[i];

		if (p->root != root || p->top == 0 || (top > 0 && p->top != top))
			continue;
		t->processes++;
		t->threads += p->threads;
		t->rss += p->rss;
		t->swap += p->swap;
		t->user += p->user;
		t->system += p->system;
		t->child_user += p->child_user;
		t->child_system += p->child_system;
	}
}

/* ---- /proc ---- */

static ssize_t read_of(pid_t pid, const char *name, char *buf, size_t size)
{
	char path[64];

	fmt(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	return sys_read_at(AT_FDCWD, path, buf, size);
}

static int add(struct census *c, size_t *room, const struct census_process *p, struct err *e)
{
	if (c->n == *room) {
		size_t more = *room ? *room * 2 : 256;
		struct census_process *v = reallocarray(c->v, more, sizeof(*v));

		if (!v)
			return err_nomem(e);
		c->v = v;
		*room = more;
	}
	c->v[c->n++] = *p;
	return 0;
}

/* One that has ended meanwhile is none. */
static int look_at_all(DIR *list, struct census *ret, struct err *e)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	struct dirent *entry;
	size_t room = 0;

	while ((entry = readdir(list))) {
		struct census_process p = { .pid = 0 };
		char text[STAT_BYTES];
		const char *name = entry->d_name;
		int pid = strspn(name, "0123456789") == strlen(name) ? (int)strtol(name, NULL, 10) : 0;

		if (pid > 0 && read_of(pid, "stat", text, sizeof(text)) > 0 && census_parse(text, page, &p) == 0 &&
		    add(ret, &room, &p, e) < 0)
			return e->code;
	}
	return 0;
}

int census_take(const pid_t *roots, size_t n_roots, struct census *ret, struct err *e)
{
	int fd = sys_openat(AT_FDCWD, "/proc", O_RDONLY | O_DIRECTORY, 0);
	DIR *list = fd < 0 ? NULL : fdopendir(fd);
	char text[STATUS_BYTES];
	int rc;

	*ret = (struct census){ .v = NULL };
	if (!list)
		return err_sys(e, fd < 0 ? fd : -errno, "/proc");
	rc = look_at_all(list, ret, e);
	closedir(list);
	if (rc < 0) {
		census_done(ret);
		return rc;
	}
	ret->n = census_select(ret->v, ret->n, roots, n_roots);
	for (size_t i = 0; i < ret->n; i++)
		if (read_of(ret->v[i].pid, "status", text, sizeof(text)) > 0)
			ret->v[i].swap = census_parse_swap(text);
	return 0;
}
