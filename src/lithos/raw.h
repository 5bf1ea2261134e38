/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Between libyaml and a document: nodes as the file has them, aliases and merges not yet resolved (parse.c makes it,
 * expand.c resolves it).  For the two of them and yaml.c.
 */
#ifndef CIST_LITHOS_RAW_H
#define CIST_LITHOS_RAW_H

#include "lithos/yaml.h"

/* ->text is the node that is meant; it stands before the alias and does not hold it, so that following aliases ends. */
enum { RAW_ALIAS = YAML_MAP + 1 };

struct raw {
	struct yaml_node *nodes;	/* as in struct yaml, but for aliases */
	uint32_t n_nodes, room;
	char *bytes;			/* begins with a NUL */
	uint32_t n_bytes, bytes_room;
};

/* What parsing and expanding work on, and how they end: a function that returns false has set rc, and told why if that is 0. */
struct parse {
	const char *file;
	const struct yaml_limits *limits;
	struct findings *findings;
	struct raw raw;
	int rc;
};

/* Both false: for `return refuse(…)`.  kind is NULL for a parse error. */
bool parse_refuse(struct parse *p, const char *kind, uint32_t line, uint32_t column, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
bool parse_no_memory(struct parse *p);

/* A larger *v, of room elements of size bytes each, for one more than n; at least doubled. */
bool parse_grow(struct parse *p, void *v, uint32_t *room, uint32_t n, size_t size);

/* Fills p->raw.  data is valid UTF-8 and ends with a line break. */
must_use bool parse_events(struct parse *p, const char *data, size_t size);

/* p->raw's nodes, resolved: *ret_nodes is allocated, its texts are in p->raw.bytes. */
must_use bool parse_expand(struct parse *p, struct yaml_node **ret_nodes, uint32_t *ret_n);

/*
 * Keys that were seen, each of an owner (a map): found in constant time however many there are, and whatever was chosen
 * for them (the hash is salted).
 */
struct seen_key {
	uint32_t owner;		/* a map's node + 1; 0: free */
	uint32_t node;		/* raw */
	uint32_t hash;
};

struct seen {
	struct seen_key *v;
	uint32_t room, n;
};

/* 0: key (a raw node) is new, and seen from now on; else 1 + the raw node of the same text.  *ok is false: no memory. */
uint32_t seen_add(struct parse *p, struct seen *s, uint32_t owner, uint32_t key, bool *ok);

/* Bytes of the UTF-8 character at s, which has n bytes at least one; 0: it is none, or it is one that is refused. */
size_t parse_character(const unsigned char *s, size_t n);

#endif
