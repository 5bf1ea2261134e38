/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A bump allocator over one region that never moves.  A plan lives in one: everything reachable from
 * it is in the same region and dies with it.  For a launch the region is a memfd mapped at the same
 * address in cist and in cist-init (runtime/launch.c), so its pointers hold in both; a test hands in
 * any block of memory.
 */
#ifndef CIST_BASE_ARENA_H
#define CIST_BASE_ARENA_H

#include "base/auto.h"

#include <stddef.h>

struct arena {
	char *base;	/* zeroed by whoever made it, 16-byte aligned */
	size_t size;
	size_t used;
};

/* Zeroed memory, aligned for any type, or NULL when the region is full. */
must_use void *arena_alloc(struct arena *a, size_t bytes);

/* The same for n elements; NULL also when n * each overflows. */
must_use void *arena_array(struct arena *a, size_t n, size_t each);
#define ARENA_NEW(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define ARENA_ARRAY(a, n, type) ((type *)arena_array((a), (n), sizeof(type)))

/*
 * Room for one more at the end of a list of n elements of `each` bytes: v itself, or a copy of twice the room, zeroed behind
 * n; how much room there is follows from n, which therefore grows by this alone.  NULL: the region is full.
 */
must_use void *arena_grow(struct arena *a, void *v, size_t n, size_t each);
/* A zeroed element at the end of list v with its count n, or NULL. */
#define ARENA_ADD(a, v, n) ({						\
	__typeof__(v) room_ = arena_grow((a), (v), (n), sizeof *(v));	\
	if (room_)							\
		(v) = room_;						\
	room_ ? &(v)[(n)++] : NULL; })

/* Lets the next piece begin at a multiple of `to` bytes (a power of two); -ENOMEM when the region is full. */
must_use int arena_align(struct arena *a, size_t to);

/* A copy of s; NULL when s is NULL or the region is full (tell them apart by s). */
must_use const char *arena_str(struct arena *a, const char *s);

/* A formatted copy (base/fmt.h says which conversions), or NULL when the region is full. */
must_use const char *arena_fmt(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A NULL-terminated copy of n strings, as execve(2) wants them, or NULL when the region is full. */
must_use const char **arena_strv(struct arena *a, const char *const *v, size_t n);

#endif
