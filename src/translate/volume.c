/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "translate/volume.h"

#include <stdlib.h>
#include <string.h>

/* ---- paths ---- */

int volume_normal(const char *path, struct arena *a, const char **ret, struct err *e)
{
	char *s = arena_alloc(a, strlen(path) + 2);
	size_t len = 0;

	if (!s)
		return err_nomem(e);
	if (*path != '/')
		return 0;
	while (*path) {
		size_t n = strcspn(path, "/");

		if (n == 2 && path[0] == '.' && path[1] == '.')
			return 0;
		if (n > 0 && !(n == 1 && *path == '.')) {
			s[len++] = '/';
			memcpy(s + len, path, n);
			len += n;
		}
		path += n + (path[n] == '/');
	}
	if (len == 0)
		s[len] = '/';
	*ret = s;
	return 1;
}

bool volume_is_below(const char *path, const char *prefix, const char **ret_below)
{
	size_t n = strcmp(prefix, "/") == 0 ? 0 : strlen(prefix);

	if (strncmp(path, prefix, n) != 0 || (path[n] && path[n] != '/'))
		return false;
	*ret_below = path + n + (path[n] == '/');
	return true;
}

const char *volume_host_path(const struct volume_place *p, struct arena *a)
{
	size_t n = strlen(p->prefix);

	if (!*p->below)
		return p->prefix;
	return arena_fmt(a, "%s%s%s", p->prefix, p->prefix[n - 1] == '/' ? "" : "/", p->below);
}

/* ---- the tables ---- */

/* Slashes at the end would only be doubled; all else of an administrator's path stays as it is, ".." too. */
static const char *without_slashes(const char *path, struct arena *a)
{
	size_t n = strlen(path);

	while (n > 1 && path[n - 1] == '/')
		n--;
	return path[n] ? arena_fmt(a, "%.*s", (int)n, path) : path;
}

static int take_entry(const struct lithos_pair *entry, const char *below, struct arena *a, struct volume_place *ret,
		      struct err *e)
{
	*ret = (struct volume_place){ .prefix = without_slashes(entry->value, a), .below = below, .key = entry->key };
	return ret->prefix ? 1 : err_nomem(e);
}

static int find_in(const struct lithos_pair *table, size_t n, const char *path, struct arena *a, struct volume_place *ret,
		   struct err *e)
{
	const struct lithos_pair *longest = NULL, *shortest = NULL;
	const char *below[2] = { NULL, NULL };
	struct volume_place other;

	for (size_t i = 0; i < n; i++) {
		const char *key = NULL, *rest;
		int rc = volume_normal(table[i].key, a, &key, e);

		if (rc < 0)
			return rc;
		if (!key || !volume_is_below(path, key, &rest))
			continue;
		if (!longest || strlen(rest) < strlen(below[0])) {
			longest = &table[i];
			below[0] = rest;
		}
		if (!shortest || strlen(rest) > strlen(below[1])) {
			shortest = &table[i];
			below[1] = rest;
		}
	}
	if (!longest)
		return 0;
	if (take_entry(longest, below[0], a, ret, e) < 0 || take_entry(shortest, below[1], a, &other, e) < 0)
		return e->code;
	if (longest != shortest) {
		const char *taken = volume_host_path(ret, a), *shorter = volume_host_path(&other, a);

		if (!taken || !shorter)
			return err_nomem(e);
		ret->shorter = strcmp(taken, shorter) == 0 ? NULL : shorter;
	}
	return 1;
}

int volume_find(const struct lithos_sandbox *s, const struct lithos_volume *v, struct arena *a, struct volume_place *ret,
		struct err *e)
{
	const char *path = NULL;
	int rc = volume_normal(v->path, a, &path, e);

	if (path && v->type == LITHOS_READONLY) {
		rc = find_in(s->readonly_paths, s->n_readonly_paths, path, a, ret, e);
		if (rc != 0)
			return rc;
		rc = 1;
	}
	return path ? find_in(s->writable_paths, s->n_writable_paths, path, a, ret, e) : rc;
}

/* ---- order ---- */

/* By what they mean: /a//// is shorter than /a/b, so that what is above is mounted first. */
struct spot {
	const char *at;
	size_t index;
};

static int by_length(const void *one, const void *other)
{
	const char *a = ((const struct spot *)one)->at, *b = ((const struct spot *)other)->at;
	size_t n = strlen(a), m = strlen(b);

	return n != m ? (n < m ? -1 : 1) : strcmp(a, b);
}

int volume_order(const struct lithos_container *c, struct arena *a, size_t **ret, struct err *e)
{
	struct spot *v = ARENA_ARRAY(a, c->n_volumes, struct spot);
	size_t *order = ARENA_ARRAY(a, c->n_volumes, size_t);

	if (!v || !order)
		return err_nomem(e);
	for (size_t i = 0; i < c->n_volumes; i++) {
		v[i] = (struct spot){ c->volumes[i].mount_point, i };
		if (volume_normal(v[i].at, a, &v[i].at, e) < 0)
			return e->code;
	}
	if (c->n_volumes > 0)
		qsort(v, c->n_volumes, sizeof(*v), by_length);
	for (size_t i = 0; i < c->n_volumes; i++)
		order[i] = v[i].index;
	*ret = order;
	return 0;
}
