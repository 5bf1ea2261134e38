/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "libocispec/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
	ALIGN = 16,
	CHUNK_MIN = 4096 - ALIGN,	/* with malloc's own word it stays within a page */
	CHUNK_MAX = 1 << 20,
	LIST_MIN = 4,
};

struct oci_chunk {
	struct oci_chunk *older;
	_Alignas(ALIGN) char bytes[];
};

static size_t rounded(size_t bytes)
{
	return (bytes + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

static int add_chunk(struct oci_arena *a, size_t at_least)
{
	size_t size = a->next < CHUNK_MIN ? CHUNK_MIN : a->next;
	struct oci_chunk *c;

	if (size < at_least)
		size = at_least;
	c = malloc(sizeof(*c) + size);
	if (!c)
		return -1;
	c->older = a->chunks;
	a->chunks = c;
	a->at = c->bytes;
	a->end = c->bytes + size;
	a->next = size < CHUNK_MAX / 2 ? size * 2 : CHUNK_MAX;
	return 0;
}

static void *room(struct oci_arena *a, size_t bytes)
{
	void *p;

	if (bytes > SIZE_MAX / 4)
		return NULL;
	bytes = rounded(bytes);
	if (bytes > (size_t)(a->end - a->at) && add_chunk(a, bytes) < 0)
		return NULL;
	p = a->at;
	a->at += bytes;
	return p;
}

void *oci_arena_alloc(struct oci_arena *a, size_t bytes)
{
	void *p = room(a, bytes);

	return p ? memset(p, 0, bytes) : NULL;
}

char *oci_arena_copy(struct oci_arena *a, const char *s, size_t n)
{
	char *p = room(a, n + 1);

	if (!p)
		return NULL;
	memcpy(p, s, n);
	p[n] = '\0';
	return p;
}

void *oci_arena_grow(struct oci_arena *a, void *list, size_t n, size_t each, size_t *cap)
{
	size_t more = *cap ? *cap * 2 : LIST_MIN;
	size_t had = rounded(*cap * each);
	char *p;

	if (more > SIZE_MAX / 4 / each)
		return NULL;
	/* The newest allocation can grow where it is. */
	if (list && (char *)list + had == a->at && rounded(more * each) - had <= (size_t)(a->end - a->at)) {
		memset(a->at, 0, rounded(more * each) - had);
		a->at = (char *)list + rounded(more * each);
		*cap = more;
		return list;
	}
	p = oci_arena_alloc(a, more * each);
	if (!p)
		return NULL;
	if (list)
		memcpy(p, list, n * each);
	*cap = more;
	return p;
}

void oci_arena_done(struct oci_arena *a)
{
	while (a->chunks) {
		struct oci_chunk *older = a->chunks->older;

		free(a->chunks);
		a->chunks = older;
	}
	*a = (struct oci_arena){0};
}
