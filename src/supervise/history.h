/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which images of a sandbox are in use, or were so lately that somebody may want to go back to them: from its log of
 * configurations, or from a list that somebody else keeps.  Pure.  What cannot be read is never guessed at, since images
 * are deleted by what is said here.
 */
#ifndef CIST_SUPERVISE_HISTORY_H
#define CIST_SUPERVISE_HISTORY_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Names, each once, in the order of their bytes. */
struct names {
	const char **v;
	size_t n;
};

/* Sorts v in place. */
struct names names_sort(const char **v, size_t n);
bool names_have(const struct names *s, const char *name);
bool names_equal(const struct names *a, const struct names *b);
/* The names of both, in a; -ENOMEM. */
must_use int names_join(const struct names *x, const struct names *y, struct arena *a, struct names *ret, struct err *e);

/* One configuration, as long as it did not change. */
struct history_entry {
	int64_t time_s;		/* of its last line */
	uint32_t file;		/* with that line: 0 NAME.log, otherwise NAME.log.N */
	struct names images;
};

/* Zeroed: nothing.  Oldest first; the strings live in the arena that they were read into. */
struct history {
	struct history_entry *v;
	size_t n, room;
};

void history_done(struct history *h);
#define auto_history __attribute__((cleanup(history_done)))

/*
 * Adds the lines of a file, which are newer than what there is.  -EPROTO: one of them, named by its number, is none of such a
 * log, or has no end; -ENOMEM.
 */
must_use int history_read(struct history *h, const char *text, size_t len, uint32_t file, struct arena *a, struct err *e);

struct history_rules {
	bool has_days;
	uint32_t days;		/* older ones are dropped … */
	uint32_t at_least;	/* … while there are more than these */
	uint32_t at_most;
};

/* The first entry that counts; h->n: none does. */
size_t history_first(const struct history *h, const struct history_rules *rules, int64_t now_s);

/* The images of those from `first` on, in a; -ENOMEM. */
must_use int history_images(const struct history *h, size_t first, struct arena *a, struct names *ret, struct err *e);

/* A list, one image a line, blanks around it left out.  -EPROTO: a line does not have so many parts; -ENOMEM. */
must_use int history_list(const char *text, size_t len, uint32_t levels, struct arena *a, struct names *ret, struct err *e);

/* "90s", "30m", "1h", "2d", "1w", or seconds: how long that is.  false: it is none of them. */
bool history_delta(const char *text, int64_t *ret_seconds);

#endif
