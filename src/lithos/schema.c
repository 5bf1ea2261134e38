/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lithos/schema.h"
#include "lithos/walk.h"

#include "base/fmt.h"

#include <string.h>

enum { ROWS_MAX = 64 };

/* ---- messages ---- */

/* ".volumes./tmp.size", ".arguments[1]"; "." is the document. */
static void put_path(const struct step *at, char *buf, size_t size)
{
	const size_t len = at && at->up ? (put_path(at->up, buf, size), strlen(buf)) : 0;

	if (!at)
		fmt(buf, size, ".");
	else if (at->key)
		fmt(buf + len, size - len, ".%s", at->key);
	else
		fmt(buf + len, size - len, "[%u]", at->index);
}

static void tell(struct walk *w, enum finding_level level, const char *kind, uint32_t node, const char *fmt, va_list ap)
	__attribute__((format(printf, 5, 0)));

static void tell(struct walk *w, enum finding_level level, const char *kind, uint32_t node, const char *format, va_list ap)
{
	struct mark at = yaml_mark_node(w->y, node);
	char path[FINDING_TEXT_MAX];

	put_path(w->at, path, sizeof(path));
	at.path = path;
	finding_add(w->f, level, kind, at, format, ap);
}

void walk_error(struct walk *w, const char *kind, uint32_t node, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	tell(w, FINDING_ERROR, kind, node, format, ap);
	va_end(ap);
	w->n_errors++;
}

void walk_warning(struct walk *w, uint32_t node, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	tell(w, FINDING_WARNING, NULL, node, format, ap);
	va_end(ap);
}

void walk_no_memory(struct walk *w)
{
	w->rc = -ENOMEM;
}

void walk_add_word(char *buf, size_t size, const char *quote, const char *word)
{
	const size_t len = strlen(buf);

	fmt(buf + len, size - len, "%s%s%.*s%s", len ? ", " : "", quote, WALK_SHOWN, word, quote);
}

void walk_look_at_tag(struct walk *w, uint32_t node)
{
	if (w->y->nodes[node].tag && node != w->tagged)
		walk_warning(w, node, "the tag !%.*s has no meaning here", WALK_SHOWN, yaml_tag(w->y, node));
}

static void read_member(struct walk *w, const struct schema_row *r, const char *key, uint32_t node, char *base)
{
	const struct step step = { w->at, key, 0 };

	w->at = &step;
	r->kind->read(w, r, node, base);
	w->at = step.up;
}

/* ---- keys of a structure ---- */

/* 0: not this key; else how it is spelled, a lower number being the better: with `_`, with `-`, as the alias. */
static int spelling(const char *written, const char *key, int rank)
{
	bool underscore = true, dash = true;

	for (; *key; key++, written++) {
		underscore = underscore && *written == *key;
		dash = dash && *written == (*key == '_' ? '-' : *key);
		if (!underscore && !dash)
			return 0;
	}
	return *written ? 0 : underscore ? rank : rank + 1;
}

static int match(const struct schema_row *r, const char *written)
{
	const int rank = spelling(written, r->key, 1);

	return rank || !r->alias ? rank : spelling(written, r->alias, 3);
}

struct keys {
	uint32_t key[ROWS_MAX];	/* node of the key that counts for a row; 0: none */
	int rank[ROWS_MAX];
	uint32_t first_unknown;
	size_t n_unknown;
	char unknown[FINDING_TEXT_MAX / 2];	/* `"a", "b"` */
	char hints[FINDING_TEXT_MAX / 2];	/* `a, b` */
};

static void unknown_key(const struct schema_table *t, const char *written, uint32_t node, struct keys *k)
{
	const char *words[ROWS_MAX + 1] = { NULL }, *nearest;
	char spelled[64];

	for (size_t i = 0; i < t->n_rows; i++)
		words[i] = t->rows[i].key;
	if (k->n_unknown++ == 0)
		k->first_unknown = node;
	walk_add_word(k->unknown, sizeof(k->unknown), "\"", written);
	nearest = walk_nearest(written, words);
	if (!nearest)
		return;
	fmt(spelled, sizeof(spelled), "%s", nearest);
	for (char *p = spelled; *p; p++)
		if (*p == '_')
			*p = '-';
	walk_add_word(k->hints, sizeof(k->hints), "", spelled);
}

/* The better spelled of two keys for one thing counts; the other is told. */
static void known_key(struct walk *w, uint32_t node, int rank, uint32_t *at, int *at_rank)
{
	const bool better = *at == 0 || rank < *at_rank;
	const uint32_t loser = better ? *at : node, winner = better ? node : *at;

	if (loser)
		walk_warning(w, loser, "\"%s\" is ignored: there is \"%s\" as well", yaml_text(w->y, loser),
			     yaml_text(w->y, winner));
	if (better) {
		*at = node;
		*at_rank = rank;
	}
}

static void sort_keys(struct walk *w, const struct schema_table *t, uint32_t map, struct keys *k)
{
	uint32_t node = map + 1;

	for (uint32_t n = w->y->nodes[map].n; n > 0; n--) {
		const char *written = yaml_text(w->y, node);
		size_t i = 0;
		int rank = 0;

		while (i < t->n_rows && (rank = match(&t->rows[i], written)) == 0)
			i++;
		if (rank > 0)
			known_key(w, node, rank, &k->key[i], &k->rank[i]);
		else if (written[0] != '_')
			unknown_key(t, written, node, k);
		node = yaml_next(w->y, yaml_next(w->y, node));
	}
	if (k->n_unknown == 0)
		return;
	walk_error(w, WALK_VALIDATION, k->first_unknown, "Keys {%s} are not expected", k->unknown);
	if (k->hints[0])
		finding_hint(w->f, "did you mean %s?", k->hints);
}

/* ---- structures ---- */

static void table_absent(const struct schema_table *t, char *base)
{
	for (size_t i = 0; i < t->n_rows; i++)
		t->rows[i].kind->absent(&t->rows[i], base);
}

/* A key that is not there.  by_decoder: the structure itself was not written, and only its decoding finds what it lacks. */
static void look_at_absent(struct walk *w, const struct schema_row *r, uint32_t node, bool by_decoder)
{
	const bool needed = r->flags & SCHEMA_NEEDED && !r->has_default && !r->text;
	const struct step step = { w->at, r->key, 0 };

	if (r->flags & SCHEMA_REQUIRED && !by_decoder) {
		walk_error(w, WALK_VALIDATION, node, "Field %s is expected", r->key);
	} else if (r->flags & SCHEMA_REQUIRED || needed) {
		w->at = &step;
		walk_error(w, WALK_DECODE, node, "missing field %s", r->key);
		w->at = step.up;
	}
}

/* base has the defaults. */
static void table_read(struct walk *w, const struct schema_table *t, uint32_t node, char *base)
{
	const uint32_t kind = w->y->nodes[node].kind;
	struct keys keys = { .n_unknown = 0 };

	walk_look_at_tag(w, node);
	if (kind == YAML_MAP) {
		sort_keys(w, t, node, &keys);
	} else if (kind != YAML_NOTHING) {
		walk_error(w, WALK_VALIDATION, node, "Value must be mapping");
		return;
	}
	for (size_t i = 0; i < t->n_rows && w->rc == 0; i++) {
		if (keys.key[i])
			read_member(w, &t->rows[i], t->rows[i].key, yaml_next(w->y, keys.key[i]), base);
		else
			look_at_absent(w, &t->rows[i], node, kind == YAML_NOTHING);
	}
}

static void part_absent(const struct schema_row *r, char *base)
{
	table_absent(r->table, base);
}

static void part_read(struct walk *w, const struct schema_row *r, uint32_t node, char *base)
{
	table_read(w, r->table, node, base);
}

static void struct_absent(const struct schema_row *r, char *base)
{
	*(void **)(void *)(base + r->offset) = NULL;
}

static void struct_read(struct walk *w, const struct schema_row *r, uint32_t node, char *base)
{
	char *s;

	if (w->y->nodes[node].kind == YAML_NOTHING)
		return;
	s = arena_alloc(w->a, r->table->size);
	if (!s) {
		walk_no_memory(w);
		return;
	}
	table_absent(r->table, s);
	table_read(w, r->table, node, s);
	*(void **)(void *)(base + r->offset) = s;
}

/* ---- lists and mappings ---- */

void walk_no_items(const struct schema_row *r, char *base)
{
	*(void **)(void *)(base + r->offset) = NULL;
	*(size_t *)(void *)(base + r->aux) = 0;
}

void walk_grown(const struct schema_row *r, char *base)
{
	++*(size_t *)(void *)(base + r->aux);
}

char *walk_open(struct walk *w, const struct schema_row *r, uint32_t node, bool is_map, size_t size, char *base)
{
	const struct yaml_node *at = &w->y->nodes[node];
	char *v;

	walk_look_at_tag(w, node);
	if (at->kind == YAML_NOTHING)
		return NULL;
	if (at->kind != (is_map ? YAML_MAP : YAML_LIST)) {
		walk_error(w, WALK_VALIDATION, node, is_map ? "Value must be mapping" : "Value must be sequence");
		return NULL;
	}
	if (r->most > 0 && at->n > r->most) {
		walk_error(w, WALK_VALIDATION, node, "there are %u entries, more than %u", at->n, r->most);
		return NULL;
	}
	if (at->n == 0)
		return NULL;
	v = arena_array(w->a, at->n, size);
	if (!v)
		walk_no_memory(w);
	*(char **)(void *)(base + r->offset) = v;
	return v;
}

/* A key of a mapping, judged and copied, or NULL, which was told. */
static const char *copy_key(struct walk *w, const struct schema_row *r, uint32_t node)
{
	const char *key = yaml_text(w->y, node), *copy;
	struct err e = { 0 };

	if (r->check_key && r->check_key(key, &e) < 0) {
		walk_error(w, WALK_DECODE, node, "%s", e.text);
		return NULL;
	}
	copy = arena_str(w->a, key);
	if (!copy)
		walk_no_memory(w);
	return copy;
}

/* One value of a mapping to an element whose key is there.  False: the element is none. */
typedef bool (*element_fn)(struct walk *w, const struct schema_row *r, uint32_t node, char *element);

static void mapping_read(struct walk *w, const struct schema_row *r, uint32_t node, size_t size, element_fn fn, char *base)
{
	char *element = walk_open(w, r, node, true, size, base);
	uint32_t key = node + 1;

	for (uint32_t n = w->y->nodes[node].n; element && n > 0 && w->rc == 0; n--) {
		const struct step step = { w->at, yaml_text(w->y, key), 0 };
		const uint32_t value = yaml_next(w->y, key);
		const char *name;

		w->at = &step;
		memset(element, 0, size);
		name = copy_key(w, r, key);
		if (fn(w, r, value, element) && name) {
			*(const char **)(void *)element = name;
			element += size;
			walk_grown(r, base);
		}
		w->at = step.up;
		key = yaml_next(w->y, value);
	}
}

static bool pair_element(struct walk *w, const struct schema_row *r, uint32_t node, char *element)
{
	bool absent = false;

	((struct lithos_pair *)(void *)element)->value = walk_text(w, r, node, &absent);
	return ((struct lithos_pair *)(void *)element)->value != NULL;
}

static void pairs_read(struct walk *w, const struct schema_row *r, uint32_t node, char *base)
{
	mapping_read(w, r, node, sizeof(struct lithos_pair), pair_element, base);
}

static bool secret_element(struct walk *w, const struct schema_row *r, uint32_t node, char *element)
{
	const struct schema_row values = { .kind = &schema_texts, .offset = offsetof(struct lithos_secret, values),
		.aux = offsetof(struct lithos_secret, n_values), .most = r->most, .longest = r->longest, .check = r->check };
	struct lithos_secret *s = (void *)element;
	bool absent = false;

	if (w->y->nodes[node].kind == YAML_LIST) {
		values.kind->read(w, &values, node, element);
		return true;
	}
	s->values = ARENA_NEW(w->a, const char *);
	if (!s->values) {
		walk_no_memory(w);
		return false;
	}
	s->values[0] = walk_text(w, r, node, &absent);
	s->n_values = 1;
	return s->values[0] != NULL;
}

static void secrets_read(struct walk *w, const struct schema_row *r, uint32_t node, char *base)
{
	mapping_read(w, r, node, sizeof(struct lithos_secret), secret_element, base);
}

static bool keyed_element(struct walk *w, const struct schema_row *r, uint32_t node, char *element)
{
	table_absent(r->table, element);
	table_read(w, r->table, node, element);
	return true;
}

static void keyed_read(struct walk *w, const struct schema_row *r, uint32_t node, char *base)
{
	mapping_read(w, r, node, r->table->size, keyed_element, base);
}

static void structs_read(struct walk *w, const struct schema_row *r, uint32_t node, char *base)
{
	char *element = walk_open(w, r, node, false, r->table->size, base);
	uint32_t item = node + 1;

	for (uint32_t i = 0; element && i < w->y->nodes[node].n && w->rc == 0; i++, item = yaml_next(w->y, item)) {
		const struct step step = { w->at, NULL, i };

		w->at = &step;
		table_absent(r->table, element);
		table_read(w, r->table, item, element);
		w->at = step.up;
		element += r->table->size;
		walk_grown(r, base);
	}
}

/* ---- values with a tag ---- */

static void no_such_tag(struct walk *w, const struct schema_choice *c, const char *tag, uint32_t node)
{
	char list[FINDING_TEXT_MAX / 2] = "";
	const char *words[ROWS_MAX + 1] = { NULL }, *nearest;

	for (size_t i = 0; i < c->n_variants; i++) {
		words[i] = c->variants[i].tag;
		walk_add_word(list, sizeof(list), "\"", c->variants[i].tag);
	}
	if (!tag) {
		walk_error(w, WALK_VALIDATION, node, "One of the tags [%s] expected", list);
		return;
	}
	walk_error(w, WALK_VALIDATION, node, "The tag %.*s is not expected", WALK_SHOWN, tag);
	nearest = walk_nearest(tag, words);
	if (nearest)
		finding_hint(w->f, "did you mean !%s?", nearest);
}

static void nothing_read(struct walk *w, uint32_t node)
{
	static const char *const names[] = { [YAML_TEXT] = "Scalar", [YAML_LIST] = "Sequence", [YAML_MAP] = "Mapping" };
	const uint32_t kind = w->y->nodes[node].kind;

	if (kind >= YAML_TEXT)
		walk_error(w, WALK_VALIDATION, node, "Null expected, %s found", names[kind]);
}

static bool tagged_element(struct walk *w, const struct schema_row *r, uint32_t node, char *element)
{
	const struct schema_choice *c = r->choice;
	const char *tag = yaml_tag(w->y, node);
	const struct schema_variant *v = c->variants, *end = v + c->n_variants;

	while (v < end && tag && strcmp(v->tag, tag) != 0)
		v++;
	if (!tag || v == end) {
		no_such_tag(w, c, tag, node);
		return false;
	}
	w->tagged = node;
	*(uint32_t *)(void *)(element + c->offset) = v->value;
	if (v->table) {
		table_absent(v->table, element);
		table_read(w, v->table, node, element);
	} else if (v->row) {
		v->row->kind->absent(v->row, element);
		v->row->kind->read(w, v->row, node, element);
	} else {
		nothing_read(w, node);
	}
	return true;
}

static void tagged_read(struct walk *w, const struct schema_row *r, uint32_t node, char *base)
{
	mapping_read(w, r, node, r->choice->size, tagged_element, base);
}

/* ---- anything ---- */

static void skip_absent(const struct schema_row *r, char *base)
{
	(void)r;
	(void)base;
}

static void skip_read(struct walk *w, const struct schema_row *r, uint32_t node, char *base)
{
	(void)w;
	(void)r;
	(void)node;
	(void)base;
}

const struct schema_kind
	schema_part = { .absent = part_absent, .read = part_read },
	schema_struct = { .absent = struct_absent, .read = struct_read },
	schema_pairs = { .absent = walk_no_items, .read = pairs_read },
	schema_secrets = { .absent = walk_no_items, .read = secrets_read },
	schema_keyed = { .absent = walk_no_items, .read = keyed_read },
	schema_structs = { .absent = walk_no_items, .read = structs_read },
	schema_tagged = { .absent = walk_no_items, .read = tagged_read },
	schema_skip = { .absent = skip_absent, .read = skip_read };

/* ---- */

static int end_walk(const struct walk *w, struct err *e)
{
	if (w->rc < 0)
		return err_nomem(e);
	return w->n_errors == 0;
}

int schema_read(const struct schema_table *t, const struct yaml *y, struct arena *a, struct findings *f, void *ret,
		struct err *e)
{
	struct walk w = { .y = y, .a = a, .f = f, .tagged = UINT32_MAX };

	table_absent(t, ret);
	table_read(&w, t, 0, ret);
	return end_walk(&w, e);
}

int schema_read_row(const struct schema_row *row, const struct yaml *y, struct arena *a, struct findings *f, void *ret,
		    struct err *e)
{
	struct walk w = { .y = y, .a = a, .f = f, .tagged = UINT32_MAX };

	row->kind->absent(row, ret);
	row->kind->read(&w, row, 0, ret);
	return end_walk(&w, e);
}
