/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/held.h"

#include <stdlib.h>
#include <string.h>

void held_done(struct held_set *s)
{
	for (size_t i = 0; i < s->n; i++) {
		fd_close(&s->v[i].fd);
		free(s->v[i].name);
	}
	free(s->v);
	*s = (struct held_set){ 0 };
}

bool held_is_name(const char *name, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (name[i] <= ' ' || name[i] > '~')
			return false;
	return n > 0 && n < HELD_NAME_MAX;
}

/* Where the name is, or is to be. */
static size_t place_of(const struct held_set *s, const char *name, bool *ret_is_there)
{
	size_t low = 0, high = s->n;

	*ret_is_there = false;
	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		const int order = strcmp(s->v[middle].name, name);

		if (order == 0)
			*ret_is_there = true;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int make_room(struct held_set *s)
{
	const size_t room = s->room ? 2 * s->room : 64;
	struct held *v;

	if (s->n < s->room)
		return 0;
	if (s->n >= HELD_MOST)
		return -ENFILE;
	v = reallocarray(s->v, room, sizeof(*v));
	if (!v)
		return -ENOMEM;
	s->v = v;
	s->room = room;
	return 0;
}

int held_put(struct held_set *s, const char *name, int fd)
{
	char *copy;
	bool is_there;
	size_t at;
	int rc;

	if (!held_is_name(name, strlen(name)) || fd < 0)
		return -EINVAL;
	at = place_of(s, name, &is_there);
	if (is_there) {
		if (s->v[at].fd != fd)
			fd_close(&s->v[at].fd);
		s->v[at].fd = fd;
		return 0;
	}
	rc = make_room(s);
	if (rc < 0)
		return rc;
	copy = strdup(name);
	if (!copy)
		return -ENOMEM;
	memmove(&s->v[at + 1], &s->v[at], (s->n - at) * sizeof(*s->v));
	s->v[at] = (struct held){ .name = copy, .fd = fd };
	s->n++;
	return 0;
}

int held_find(const struct held_set *s, const char *name)
{
	bool is_there;
	const size_t at = place_of(s, name, &is_there);

	return is_there ? s->v[at].fd : -ENOENT;
}

bool held_drop(struct held_set *s, const char *name)
{
	bool is_there;
	const size_t at = place_of(s, name, &is_there);

	if (!is_there)
		return false;
	fd_close(&s->v[at].fd);
	free(s->v[at].name);
	s->n--;
	memmove(&s->v[at], &s->v[at + 1], (s->n - at) * sizeof(*s->v));
	return true;
}
