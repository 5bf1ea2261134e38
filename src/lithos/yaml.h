/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * YAML as a document of texts: nothing is typed here, `yes`, `0x10` and `1.0` are what was written.  What a reader of the
 * dialect meets beside plain YAML is dealt with before anybody looks: aliases are copies of their target (its tag included),
 * `<<` is merged, `!*Unpack` is spliced.
 *
 * A document is flat.  Its nodes stand in the order of the text, each followed by those within it, and `span` says how many
 * that are; so the first child of node i is i + 1, and what follows node i is i + span.  A map's children are key, value,
 * key, value; a key is always a text.  There is not one pointer in it: it is one block that came out of a confined process
 * (reader.h), and yaml_check() proves all of it by comparing numbers.
 *
 * What is refused, each with its line: a second document, duplicate keys, keys that are not texts, tags such as !!int or
 * !<uri>, includes, recursive aliases, NUL and other characters that no editor shows, and whatever passes a bound below.
 */
#ifndef CIST_LITHOS_YAML_H
#define CIST_LITHOS_YAML_H

#include "lithos/finding.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	YAML_DEPTH_MAX = 32,		/* maps and lists within one another */
	YAML_TEXT_MAX = 64 << 10,	/* bytes of a text or a tag */
	YAML_KEY_MAX = 256,		/* bytes */
	YAML_ANCHORS_MAX = 1000,
};

/* nodes are counted after expansion: an alias, a merge and an unpack count their target each time. */
struct yaml_limits {
	uint32_t bytes;
	uint32_t nodes;
};
extern const struct yaml_limits YAML_OF_IMAGE;	/* whoever made the image wrote it: 1 MiB, 10000 nodes */
extern const struct yaml_limits YAML_OF_ADMIN;	/* 1 MiB, 200000 nodes: a thousand processes are 20000 */

enum yaml_kind {
	YAML_NOTHING,	/* nothing was written: `key:`, an empty file; also `!Tag` alone */
	YAML_NULL,	/* ~ or null, plain */
	YAML_TEXT,
	YAML_LIST,
	YAML_MAP,
};

struct yaml_node {
	uint32_t kind;		/* enum yaml_kind */
	uint32_t span;		/* nodes from this one to its end, itself counted */
	uint32_t n;		/* items of a list, pairs of a map */
	uint32_t text;		/* of a YAML_TEXT: where its bytes begin */
	uint32_t len;		/* how many they are; a NUL follows them, and the parser lets none be within */
	uint32_t tag;		/* of `!Name`: where "Name" begins; 0: no tag */
	uint32_t line;		/* from 1; of an alias: where its target stands */
	uint32_t column;	/* from 1, in characters */
	uint32_t plain;		/* 1: written without quotes and not as a block */
};

struct yaml {
	const char *file;		/* as findings name it */
	const struct yaml_node *nodes;	/* node 0 is the document's */
	uint32_t n_nodes;		/* 1 or more */
	const char *bytes;		/* begins and ends with a NUL */
	uint32_t n_bytes;
};

/*
 * Parses size bytes in this process.  That is for text of our own and for the confined process: whoever has a file uses
 * reader_read().  1: *ret is a document, yaml_done() is the caller's; 0: it is none, a finding about file says why;
 * negative: no memory.
 */
must_use int yaml_parse(const char *data, size_t size, const char *file, const struct yaml_limits *limits,
			struct findings *f, struct yaml **ret, struct err *e);
void yaml_done(struct yaml *y);
static inline void yaml_done_at(struct yaml **y)
{
	yaml_done(*y);
	*y = NULL;
}
#define auto_yaml __attribute__((cleanup(yaml_done_at)))

/* The text of a node, or its tag; NULL when it has none.  Both live as long as the document. */
const char *yaml_text(const struct yaml *y, uint32_t node);
const char *yaml_tag(const struct yaml *y, uint32_t node);

/* The node after this one and all within it: the next item of a list; of a key its value, of a value the next key. */
static inline uint32_t yaml_next(const struct yaml *y, uint32_t node)
{
	return node + y->nodes[node].span;
}

/* The value of key in a map, or 0 (which is nobody's value).  As written; else, when key holds `_`, with `-` for each. */
uint32_t yaml_find(const struct yaml *y, uint32_t map, const char *key);

/* Where a node stands.  ->path is NULL. */
struct mark yaml_mark_node(const struct yaml *y, uint32_t node);

/*
 * Where a value stands, by keys from the document on, the last argument being NULL; a list's items are "[0]", "[1]":
 *
 *	finding_error(f, yaml_mark(c->doc, "volumes", v->mount_point, "size", NULL), "…");
 *
 * What was not written stands where the last of the keys that was written does.  ->path is ".volumes./tmp.size", also of
 * what was not written; it is good until the next call, and a finding copies it.
 */
struct mark yaml_mark(const struct yaml *y, ...) __attribute__((sentinel));

/*
 * A document as one block of bytes, and back.  yaml_pack() allocates *ret_block, the caller's to free().  yaml_unpack()
 * trusts nothing: sizes, kinds, spans, texts, depth; 1: *ret is a copy, 0: the block is no document, negative: no memory.
 */
must_use int yaml_pack(const struct yaml *y, void **ret_block, size_t *ret_size);
must_use int yaml_unpack(const void *block, size_t size, const char *file, struct yaml **ret);
/* The checks alone. */
bool yaml_check(const struct yaml *y);

#endif
