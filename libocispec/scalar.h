/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Kinds of values: what JSON may hold in a row, how it gets into the struct and out again. */
#ifndef OCI_SCALAR_H
#define OCI_SCALAR_H

#include "libocispec/table.h"

#include <string.h>

/* The document being read. */
struct oci_source {
	struct oci_at at;
	char *text;		/* at.text, to be written to */
	struct oci_arena *arena;
	struct oci_err *err;
};

enum oci_opens {
	OCI_OPENS_NOTHING,
	OCI_OPENS_OBJECT,	/* members are rows of row->table */
	OCI_OPENS_LIST,		/* elements of kind->element */
	OCI_OPENS_MAP,		/* the same, each with a key of the user's choice */
	OCI_OPENS_SKIPPED,
};

struct oci_kind {
	const char *wants;			/* "an integer" */
	enum oci_opens at_brace;		/* what { begins */
	enum oci_opens at_bracket;		/* what [ begins */
	bool embedded;				/* the object is the member, not behind a pointer */
	bool any;				/* takes every scalar and does nothing */
	const struct oci_kind *element;
	size_t element_size;			/* 0: as row->table says */
	size_t value_offset;			/* of the value within a map's element */

	/* NULL: this kind is not a number, string, boolean.  0, or negative with src->err filled. */
	int (*number)(struct oci_source *src, const struct oci_row *row, char *to, const char *s, size_t n);
	int (*string)(struct oci_source *src, const struct oci_row *row, char *to, const char *s, size_t n);
	int (*boolean)(struct oci_source *src, const struct oci_row *row, char *to, bool value);

	/* base is the struct that the row describes.  present: false when there is nothing to write. */
	bool (*present)(const struct oci_row *row, const char *base);
	yajl_gen_status (*write)(yajl_gen g, const struct oci_row *row, const char *base);
};

/*
 * s as it will stay: in place with a NUL behind it when it is part of the text (the closing quote has
 * been read by then), a copy when yajl unescaped it somewhere else.  NULL with src->err filled.
 */
const char *oci_keep(struct oci_source *src, const char *s, size_t n);

/* A member of the struct at base, whatever its type: its address, or the pointer that it holds. */
static inline const void *oci_member(const struct oci_row *row, const char *base)
{
	return base + row->offset;
}

static inline const void *oci_pointer(const struct oci_row *row, const char *base)
{
	return *(const void *const *)(const void *)(base + row->offset);
}

static inline yajl_gen_status oci_gen_string(yajl_gen g, const char *s)
{
	return yajl_gen_string(g, (const unsigned char *)s, strlen(s));
}

#endif
