/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Open descriptors by name: what lithos_hold keeps, and what the supervisor has of it.  Ascending by name. */
#ifndef CIST_SUPERVISE_HELD_H
#define CIST_SUPERVISE_HELD_H

#include "base/auto.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	HELD_NAME_MAX = 384,		/* bytes of a name with its NUL */
	HELD_MOST     = 1 << 18,	/* entries; descriptors are used up before */
};

struct held {
	char *name;
	int fd;
};

/* Zeroed: empty. */
struct held_set {
	struct held *v;
	size_t n, room;
};

/* Closes all and frees. */
void held_done(struct held_set *s);
#define auto_held __attribute__((cleanup(held_done)))

/* Whether n bytes are a name: 1 … HELD_NAME_MAX - 1 visible characters of ASCII. */
bool held_is_name(const char *name, size_t n);

/*
 * The set has fd under that name, and closes it in the end; what it had under that name before is closed.  On failure fd
 * stays the caller's: -EINVAL no name, -ENOMEM, -ENFILE the set is full.
 */
must_use int held_put(struct held_set *s, const char *name, int fd);
/* The set's descriptor of that name, or -ENOENT. */
int held_find(const struct held_set *s, const char *name);
/* Closes it; false: there is none of that name. */
bool held_drop(struct held_set *s, const char *name);

#endif
