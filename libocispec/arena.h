/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A bump allocator that belongs to one document.  Nothing in it is freed on its own; all of it goes
 * with oci_arena_done().  Chunks never move, so pointers into it hold for as long as it lives.
 */
#ifndef OCI_ARENA_H
#define OCI_ARENA_H

#include <stddef.h>

struct oci_chunk;

struct oci_arena {
	struct oci_chunk *chunks;	/* newest first */
	char *at;			/* free room in the newest: [at, end) */
	char *end;
	size_t next;			/* bytes of the next chunk */
};

/* Zeroed memory aligned for any type, or NULL when memory is used up. */
void *oci_arena_alloc(struct oci_arena *a, size_t bytes);

/* n bytes of s and a NUL behind them, or NULL when memory is used up. */
char *oci_arena_copy(struct oci_arena *a, const char *s, size_t n);

/*
 * Makes a list of n elements room for more: returns a list with the same n elements and room for
 * *cap, which has grown.  The old list stays valid and is wasted, except when it was the last thing
 * allocated.  NULL when memory is used up.
 */
void *oci_arena_grow(struct oci_arena *a, void *list, size_t n, size_t each, size_t *cap);

/* Frees everything.  A zeroed arena is empty and may be given. */
void oci_arena_done(struct oci_arena *a);

#endif
