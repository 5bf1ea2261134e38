/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Aliases are copied, merges merged, unpacked lists spliced.  Each raw node that is looked at counts, also one of which
 * nothing comes: so what a hostile file can make of its few lines ends at the bound of nodes, early and cheaply.
 */
#include "lithos/raw.h"

#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

/* ---- keys seen ---- */

/* FNV-1a; sixteen random bytes are in the memory of each process. */
static uint32_t hash_of(const char *text, uint32_t owner)
{
	uint32_t salt = 0, h;

	if (getauxval(AT_RANDOM))
		memcpy(&salt, (const void *)getauxval(AT_RANDOM), sizeof(salt));
	h = 2166136261u ^ salt ^ (owner * 2654435761u);
	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * 16777619u;
	return h ^ (h >> 15);
}

static struct seen_key *place_of(const struct parse *p, const struct seen *s, const struct seen_key *key)
{
	const char *bytes = p->raw.bytes;
	uint32_t i = key->hash;

	for (;; i++) {
		struct seen_key *at = &s->v[i & (s->room - 1)];

		if (at->owner == 0 || (at->owner == key->owner && at->hash == key->hash &&
				       strcmp(bytes + p->raw.nodes[at->node].text, bytes + p->raw.nodes[key->node].text) == 0))
			return at;
	}
}

/* At most half full. */
static bool seen_grow(struct parse *p, struct seen *s)
{
	struct seen more = { .room = s->room ? s->room * 2 : 64, .n = s->n };

	if (s->n + 1 <= s->room / 2)
		return true;
	more.v = calloc(more.room, sizeof(*more.v));
	if (!more.v)
		return parse_no_memory(p);
	for (uint32_t i = 0; i < s->room; i++)
		if (s->v[i].owner)
			*place_of(p, &more, &s->v[i]) = s->v[i];
	free(s->v);
	*s = more;
	return true;
}

uint32_t seen_add(struct parse *p, struct seen *s, uint32_t owner, uint32_t key, bool *ok)
{
	const struct seen_key new = { owner + 1, key, hash_of(p->raw.bytes + p->raw.nodes[key].text, owner) };
	struct seen_key *at;

	*ok = seen_grow(p, s);
	if (!*ok)
		return 0;
	at = place_of(p, s, &new);
	if (at->owner)
		return at->node + 1;
	*at = new;
	s->n++;
	return 0;
}

/* ---- */

struct expansion {
	struct parse *p;
	struct yaml_node *nodes;
	uint32_t n, room;
	uint32_t looked_at;
	struct seen seen;
};

static const struct yaml_node *raw_at(const struct expansion *x, uint32_t i)
{
	return &x->p->raw.nodes[i];
}

static uint32_t target(const struct expansion *x, uint32_t i)
{
	return raw_at(x, i)->kind == RAW_ALIAS ? raw_at(x, i)->text : i;
}

/* Counts a raw node. */
static bool look_at(struct expansion *x, uint32_t i, uint32_t depth)
{
	const struct yaml_node *node = raw_at(x, i);

	if (++x->looked_at > x->p->limits->nodes)
		return parse_refuse(x->p, NULL, node->line, node->column,
				    "more than %u values in one file, aliases and merges counted", x->p->limits->nodes);
	if (depth > YAML_DEPTH_MAX)
		return parse_refuse(x->p, NULL, node->line, node->column,
				    "nested more than %u deep, aliases and merges counted", (unsigned int)YAML_DEPTH_MAX);
	return true;
}

static bool put_node(struct expansion *x, uint32_t i)
{
	if (!parse_grow(x->p, &x->nodes, &x->room, x->n, sizeof(*x->nodes)))
		return false;
	x->nodes[x->n] = *raw_at(x, i);
	x->nodes[x->n++].n = 0;
	return true;
}

static bool is_unpack(const struct expansion *x, uint32_t i)
{
	return strcmp(x->p->raw.bytes + raw_at(x, i)->tag, "*Unpack") == 0;
}

static bool is_merge(const struct expansion *x, uint32_t key)
{
	const struct yaml_node *node = raw_at(x, key);

	return node->kind == YAML_TEXT && node->plain && strcmp(x->p->raw.bytes + node->text, "<<") == 0;
}

static bool put(struct expansion *x, uint32_t i, uint32_t depth);
static bool put_items(struct expansion *x, uint32_t list, uint32_t into, uint32_t depth);
static bool put_pairs(struct expansion *x, uint32_t map, uint32_t into, uint32_t depth);

/* An item that stands for the items of the lists that it holds. */
static bool unpack(struct expansion *x, uint32_t list, uint32_t into, uint32_t depth)
{
	const struct yaml_node *node = raw_at(x, list);

	if (node->kind != YAML_LIST)
		return parse_refuse(x->p, "Preprocess Error", node->line, node->column, "!*Unpack takes a list of lists");
	for (uint32_t i = list + 1; i < list + node->span; i += raw_at(x, i)->span) {
		const uint32_t inner = target(x, i);

		if (raw_at(x, inner)->kind != YAML_LIST)
			return parse_refuse(x->p, "Preprocess Error", raw_at(x, i)->line, raw_at(x, i)->column,
					    "!*Unpack takes a list of lists");
		if (!look_at(x, i, depth) || !put_items(x, inner, into, depth + 1))
			return false;
	}
	return true;
}

static bool put_items(struct expansion *x, uint32_t list, uint32_t into, uint32_t depth)
{
	if (!look_at(x, list, depth + 1))
		return false;
	for (uint32_t i = list + 1; i < list + raw_at(x, list)->span; i += raw_at(x, i)->span) {
		const uint32_t item = target(x, i);

		if (is_unpack(x, item)) {
			if (!look_at(x, item, depth) || !unpack(x, item, into, depth + 1))
				return false;
			continue;
		}
		x->nodes[into].n++;
		if (!put(x, i, depth + 1))
			return false;
	}
	return true;
}

/* The value of `<<`: a map, or a list of maps, of which the earlier ones win. */
static bool merge(struct expansion *x, uint32_t value, uint32_t into, uint32_t depth)
{
	const uint32_t i = target(x, value);
	const struct yaml_node *node = raw_at(x, i);

	if (!look_at(x, value, depth))
		return false;
	if (node->kind == YAML_MAP)
		return put_pairs(x, i, into, depth + 1);
	if (node->kind != YAML_LIST)
		return parse_refuse(x->p, "Preprocess Error", raw_at(x, value)->line, raw_at(x, value)->column,
				    "`<<` takes a mapping, an alias of one, or a list of these");
	for (uint32_t item = i + 1; item < i + node->span; item += raw_at(x, item)->span) {
		if (raw_at(x, target(x, item))->kind != YAML_MAP)
			return parse_refuse(x->p, "Preprocess Error", raw_at(x, item)->line, raw_at(x, item)->column,
					    "the list of a `<<` holds mappings and aliases of these");
		if (!merge(x, item, into, depth + 1))
			return false;
	}
	return true;
}

/* The pairs of map that the map at into has not got already: its own first, then what it merges. */
static bool put_pairs(struct expansion *x, uint32_t map, uint32_t into, uint32_t depth)
{
	const uint32_t end = map + raw_at(x, map)->span;
	uint32_t merged = 0;

	if (!look_at(x, map, depth + 1))
		return false;
	for (uint32_t key = map + 1; key < end; key += 1 + raw_at(x, key + 1)->span) {
		const uint32_t text = target(x, key);
		bool ok = true;

		if (is_merge(x, key)) {
			merged = key + 1;
			continue;
		}
		if (!look_at(x, key, depth))
			return false;
		if (seen_add(x->p, &x->seen, into, text, &ok) > 0)
			continue;
		if (!ok || !put_node(x, text))
			return false;
		x->nodes[x->n - 1].line = raw_at(x, key)->line;
		x->nodes[x->n - 1].column = raw_at(x, key)->column;
		x->nodes[into].n++;
		if (!put(x, key + 1, depth + 1))
			return false;
	}
	return merged == 0 || merge(x, merged, into, depth);
}

static bool put(struct expansion *x, uint32_t i, uint32_t depth)
{
	const uint32_t at = x->n;
	const struct yaml_node *node;
	bool ok = true;

	if (raw_at(x, i)->kind == RAW_ALIAS) {
		if (!look_at(x, i, depth))
			return false;
		i = raw_at(x, i)->text;
	}
	node = raw_at(x, i);
	if (is_unpack(x, i))
		return parse_refuse(x->p, "Preprocess Error", node->line, node->column, "!*Unpack is for items of a list");
	if (!put_node(x, i))
		return false;
	if (node->kind == YAML_LIST)
		ok = put_items(x, i, at, depth);
	else if (node->kind == YAML_MAP)
		ok = put_pairs(x, i, at, depth);
	else
		ok = look_at(x, i, depth);
	x->nodes[at].span = x->n - at;
	return ok;
}

bool parse_expand(struct parse *p, struct yaml_node **ret_nodes, uint32_t *ret_n)
{
	struct expansion x = { .p = p };
	const bool ok = put(&x, 0, 0);

	free(x.seen.v);
	if (!ok) {
		free(x.nodes);
		return false;
	}
	*ret_nodes = x.nodes;
	*ret_n = x.n;
	return true;
}
