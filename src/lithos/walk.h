/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The walk of a schema through a document: what schema.c (structures, mappings, lists) and scalar.c (single values) share. */
#ifndef CIST_LITHOS_WALK_H
#define CIST_LITHOS_WALK_H

#include "lithos/schema.h"

/* Where the walk is, for messages. */
struct step {
	const struct step *up;	/* NULL: the document */
	const char *key;	/* NULL: an item of a list */
	uint32_t index;
};

struct walk {
	const struct yaml *y;
	struct arena *a;
	struct findings *f;
	const struct step *at;
	uint32_t tagged;	/* the node whose tag has its meaning; others' are told */
	size_t n_errors;
	int rc;			/* -ENOMEM: the arena is full, and nothing else matters */
};

/* What can be done with the member of a row: base is the struct. */
struct schema_kind {
	/* Absent: as the row says; without a default all of it zero. */
	void (*absent)(const struct schema_row *r, char *base);
	/* As the node says; an error leaves it as it is. */
	void (*read)(struct walk *w, const struct schema_row *r, uint32_t node, char *base);
	const char *name;	/* of a number: "u32" */
	int64_t min, max;
};

#define WALK_VALIDATION "Validation Error"
#define WALK_DECODE "Decode error"
enum { WALK_SHOWN = 200 };	/* bytes of a foreign text in a sentence */

void walk_error(struct walk *w, const char *kind, uint32_t node, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void walk_warning(struct walk *w, uint32_t node, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void walk_no_memory(struct walk *w);

/* Says that node has a tag which means nothing. */
void walk_look_at_tag(struct walk *w, uint32_t node);

/*
 * One scalar: its text, judged and copied, or NULL: then it was told what is wrong, or *ret_absent is set, the row allowing
 * null.
 */
const char *walk_text(struct walk *w, const struct schema_row *r, uint32_t node, bool *ret_absent);
/* The same without the copy and without what a row may add. */
const char *walk_scalar(struct walk *w, const struct schema_row *r, uint32_t node, bool *ret_absent);
/* One number, within the bounds of the row and of k. */
bool walk_number(struct walk *w, const struct schema_row *r, const struct schema_kind *k, const char *text, uint32_t node,
		 int64_t *ret);

/*
 * The member of a list that a row speaks of: room for the items of node, or of the pairs, size bytes each; NULL when there
 * are none, or when node is no such thing, which was told.  is_map says which it has to be.
 */
char *walk_open(struct walk *w, const struct schema_row *r, uint32_t node, bool is_map, size_t size, char *base);
/* One more element is there. */
void walk_grown(const struct schema_row *r, char *base);
void walk_no_items(const struct schema_row *r, char *base);

/* One more word, with quote on both sides, to a list in buf such as `"a", "b"`; what does not fit is cut. */
void walk_add_word(char *buf, size_t size, const char *quote, const char *word);

/* For "did you mean x?": the word of a NULL-terminated list nearest to what was written, `_` and `-` being alike, or NULL. */
const char *walk_nearest(const char *written, const char *const *words);

#endif
