/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/arena.h"
#include "base/fmt.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#define ALIGNMENT ((size_t)16)

void *arena_alloc(struct arena *a, size_t bytes)
{
	size_t rounded = (bytes + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
	void *p;

	if (rounded < bytes || rounded > a->size - a->used)
		return NULL;
	p = a->base + a->used;
	a->used += rounded;
	return p;
}

void *arena_array(struct arena *a, size_t n, size_t each)
{
	size_t bytes;

	return __builtin_mul_overflow(n, each, &bytes) ? NULL : arena_alloc(a, bytes);
}

void *arena_grow(struct arena *a, void *v, size_t n, size_t each)
{
	void *bigger;

	if (n > 0 && (n & (n - 1)) != 0)
		return v;
	bigger = arena_array(a, n > 0 ? 2 * n : 1, each);
	if (bigger && n > 0)
		memcpy(bigger, v, n * each);
	return bigger;
}

int arena_align(struct arena *a, size_t to)
{
	const uintptr_t at = (uintptr_t)a->base + a->used;
	const size_t skip = (size_t)(-at & (to - 1));

	if (skip > a->size - a->used)
		return -ENOMEM;
	a->used += skip;
	return 0;
}

const char *arena_str(struct arena *a, const char *s)
{
	size_t n;
	char *copy;

	if (!s)
		return NULL;
	n = strlen(s) + 1;
	copy = arena_alloc(a, n);
	if (copy)
		memcpy(copy, s, n);
	return copy;
}

const char *arena_fmt(struct arena *a, const char *f, ...)
{
	va_list ap;
	size_t n;
	char *p;

	va_start(ap, f);
	n = fmt_v(NULL, 0, f, ap);
	va_end(ap);
	p = arena_alloc(a, n + 1);
	if (p) {
		va_start(ap, f);
		fmt_v(p, n + 1, f, ap);
		va_end(ap);
	}
	return p;
}

const char **arena_strv(struct arena *a, const char *const *v, size_t n)
{
	const char **copy = ARENA_ARRAY(a, n + 1, const char *);

	for (size_t i = 0; copy && i < n; i++) {
		copy[i] = arena_str(a, v[i]);
		if (!copy[i])
			return NULL;
	}
	return copy;
}
