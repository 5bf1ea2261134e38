/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/desired.h"

#include "base/fmt.h"

#include <stdlib.h>
#include <string.h>

/* ---- names ---- */

void desired_id(char buf[DESIRED_ID_MAX], const char *sandbox, const char *process, uint32_t number, uint32_t command_pid)
{
	if (command_pid > 0)
		fmt(buf, DESIRED_ID_MAX, "%s+cmd+%s.%u", sandbox, process, command_pid);
	else
		fmt(buf, DESIRED_ID_MAX, "%s+%s.%u", sandbox, process, number);
}

/* SANDBOX+PROCESS.N: one plus sign, something on both sides, digits behind the last dot. */
bool desired_is_id(const char *id)
{
	const char *plus = strchr(id, '+'), *dot = plus ? strrchr(plus, '.') : NULL;

	return dot && plus > id && dot > plus + 1 && !strchr(plus + 1, '+') && dot[1] &&
	       dot[1 + strspn(dot + 1, "0123456789")] == '\0' && strlen(id) < DESIRED_ID_MAX;
}

bool desired_id_of(char buf[DESIRED_ID_MAX], const char *name)
{
	const char *slash = strchr(name, '/');

	if (!slash || fmt(buf, DESIRED_ID_MAX, "%.*s+%s", (int)(slash - name), name, slash + 1) >= DESIRED_ID_MAX)
		return false;
	return desired_is_id(buf);
}

static int compare_key(const void *key, const void *entry)
{
	return strcmp(key, ((const struct desired *)entry)->id);
}

const struct desired *desired_find(const struct desired_set *s, const char *id)
{
	return s->n > 0 ? bsearch(id, s->v, s->n, sizeof(*s->v), compare_key) : NULL;
}

/* ---- merging ---- */

static bool covers(const struct desired_gap *g, const struct desired *d)
{
	return strcmp(g->sandbox, d->sandbox) == 0 && (!g->process || strcmp(g->process, d->process) == 0);
}

bool desired_in_gap(const struct desired_gap *gaps, size_t n_gaps, const struct desired *d)
{
	for (size_t i = 0; i < n_gaps; i++)
		if (covers(&gaps[i], d))
			return true;
	return false;
}

int desired_by_id(const void *a, const void *b)
{
	return strcmp(((const struct desired *)a)->id, ((const struct desired *)b)->id);
}

/* s, but for what the gaps cover the entries that old has. */
static int replace(const struct desired_set *s, const struct desired_set *old, const struct desired_gap *gaps, size_t n_gaps,
		   struct arena *a, struct desired_set *ret, struct err *e)
{
	/* An empty list is memory too: NULL stands for none left. */
	struct desired *v = ARENA_ARRAY(a, s->n + old->n + 1, struct desired);
	size_t n = 0;

	if (!v)
		return err_nomem(e);
	for (size_t i = 0; i < s->n; i++)
		if (!desired_in_gap(gaps, n_gaps, &s->v[i]))
			v[n++] = s->v[i];
	for (size_t i = 0; i < old->n; i++) {
		if (!desired_in_gap(gaps, n_gaps, &old->v[i]))
			continue;
		v[n] = old->v[i];
		v[n++].kept = true;
	}
	qsort(v, n, sizeof(*v), desired_by_id);
	*ret = *s;
	ret->v = v;
	ret->n = n;
	return 0;
}

/* What is broken is taken from old, even where next has some of it: a process whose third instance is refused, say. */
int desired_merge(const struct desired_set *old, const struct desired_set *next, struct arena *a, struct desired_set *ret,
		  struct err *e)
{
	return replace(next, old, next->gaps, next->n_gaps, a, ret, e);
}

int desired_revert(const struct desired_set *s, const struct desired_set *old, const char *sandbox, const char *process,
		   struct arena *a, struct desired_set *ret, struct err *e)
{
	const struct desired_gap only = { .sandbox = sandbox, .process = process };
	return replace(s, old, &only, 1, a, ret, e);
}

/* ---- comparing ---- */

static struct change change_of(const struct present *p, size_t index, const struct desired *d)
{
	if (!d)
		return (struct change){ CHANGE_STOP, p ? p->id : NULL, NULL, index };
	if (!p)
		return (struct change){ CHANGE_START, d->id, d, index };
	return (struct change){ strcmp(p->digest, d->digest) == 0 ? CHANGE_KEEP : CHANGE_REPLACE, d->id, d, index };
}

int desired_compare(const struct present *present, size_t n_present, const struct desired_set *s, struct arena *a,
		    struct change **ret, size_t *ret_n, struct err *e)
{
	size_t most = n_present + s->n, n = 0, i = 0, j = 0;
	struct change *v = ARENA_ARRAY(a, most > 0 ? most : 1, struct change);

	if (!v)
		return err_nomem(e);
	while (i < n_present || j < s->n) {
		int order = i == n_present ? 1 : j == s->n ? -1 : strcmp(present[i].id, s->v[j].id);

		v[n++] = change_of(order <= 0 ? &present[i] : NULL, order <= 0 ? i : n_present, order >= 0 ? &s->v[j] : NULL);
		i += order <= 0;
		j += order >= 0;
	}
	*ret = v;
	*ret_n = n;
	return 0;
}
