/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The walker.  yajl finds the tokens; for each one the innermost frame says what may stand here (a
 * slot: row, kind, address), and the kind takes it or opens a frame of its own.
 */
#include "libocispec/rows.h"
#include "libocispec/scalar.h"
#include "libocispec/text.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <yajl/yajl_parse.h>

struct frame {
	enum oci_opens type;
	const struct oci_row *row;	/* object: of the member being read; list, map: of the whole */
	char *base;			/* object: the struct; list, map: the struct that has the member */
	const struct oci_table *table;	/* object */
	uint64_t seen;			/* object: rows that have been there */
	size_t hint;			/* object: writers keep to an order, so the next row comes next */
	char *items;			/* list, map */
	size_t n;
	size_t cap;
	size_t each;
};

struct reader {
	struct oci_source src;
	struct frame frames[OCI_DEPTH_MAX];
	size_t depth;
	const struct oci_row *top;	/* the document as a row of nothing */
	enum oci_mode mode;
	struct oci_doc *doc;
	yajl_handle yajl;
};

/* What may stand here, and where it goes. */
struct slot {
	const struct oci_row *row;
	const struct oci_kind *kind;
	char *to;
	bool *has;
};

enum { STOP = 0, GO_ON = 1 };	/* yajl's answers */

static const struct oci_row skipped = OCI_SKIP("");

#define FAIL(r, code, ...) oci_at_fail(&(r)->src.at, (r)->src.err, code, __VA_ARGS__)

static struct frame *innermost(struct reader *r)
{
	return &r->frames[r->depth - 1];
}

static size_t element_size(const struct oci_row *row)
{
	return row->kind->element_size ? row->kind->element_size : row->table->size;
}

/* A new element at the end of a list or map. */
static char *push_element(struct reader *r, struct frame *f)
{
	if (f->n == OCI_LIST_MAX) {
		FAIL(r, -E2BIG, "more than %d elements", OCI_LIST_MAX);
		return NULL;
	}
	if (f->n == f->cap) {
		char *items = oci_arena_grow(r->src.arena, f->items, f->n, f->each, &f->cap);

		if (!items) {
			FAIL(r, -ENOMEM, "out of memory");
			return NULL;
		}
		f->items = items;
	}
	return f->items + f->each * f->n++;
}

static int slot_in_object(struct reader *r, struct frame *f, struct slot *ret_slot)
{
	const struct oci_row *row = f->row;

	(void)r;
	*ret_slot = (struct slot){ row, row->kind, f->base + row->offset, NULL };
	if (row->aux != OCI_NO_AUX && !row->kind->element)
		ret_slot->has = (bool *)(f->base + row->aux);
	return 0;
}

static int slot_in_list(struct reader *r, struct frame *f, struct slot *ret_slot)
{
	char *element;

	r->src.at.seg[r->depth - 1].index = f->n;
	r->src.at.depth = r->depth;
	element = push_element(r, f);
	if (!element)
		return -1;
	*ret_slot = (struct slot){ f->row, f->row->kind->element, element, NULL };
	return 0;
}

/* The element was made when its key was read. */
static int slot_in_map(struct reader *r, struct frame *f, struct slot *ret_slot)
{
	const struct oci_kind *kind = f->row->kind;

	(void)r;
	*ret_slot = (struct slot){ f->row, kind->element, f->items + f->each * (f->n - 1) + kind->value_offset, NULL };
	return 0;
}

static int slot_in_skipped(struct reader *r, struct frame *f, struct slot *ret_slot)
{
	(void)r;
	(void)f;
	*ret_slot = (struct slot){ &skipped, skipped.kind, NULL, NULL };
	return 0;
}

static int next_slot(struct reader *r, struct slot *ret_slot)
{
	static int (*const of[])(struct reader *, struct frame *, struct slot *) = {
		[OCI_OPENS_OBJECT]  = slot_in_object,
		[OCI_OPENS_LIST]    = slot_in_list,
		[OCI_OPENS_MAP]     = slot_in_map,
		[OCI_OPENS_SKIPPED] = slot_in_skipped,
	};

	if (r->depth == 0) {
		*ret_slot = (struct slot){ r->top, r->top->kind, (char *)(uintptr_t)r->doc->root, NULL };
		return 0;
	}
	return of[innermost(r)->type](r, innermost(r), ret_slot);
}

/* Tokens that are one piece of the text know where they begin; of others yajl says where they end. */
static void at_token(struct reader *r, const void *token, size_t before, size_t n)
{
	uintptr_t start = (uintptr_t)r->src.text, p = (uintptr_t)token;

	if (p >= start && p - start <= r->src.at.len) {
		r->src.at.token = p - start - before;
		return;
	}
	r->src.at.token = yajl_get_bytes_consumed(r->yajl);
	r->src.at.token -= n < r->src.at.token ? n : r->src.at.token;
}

static int mismatch(struct reader *r, const struct slot *s, const char *got)
{
	FAIL(r, -EINVAL, "expected %s, got %s", s->kind->wants, got);
	return STOP;
}

static int taken(const struct slot *s, int rc)
{
	if (rc < 0)
		return STOP;
	if (s->has)
		*s->has = true;
	return GO_ON;
}

/* ---- scalars ---- */

static int on_null(void *ctx)
{
	struct reader *r = ctx;
	struct slot s;

	at_token(r, NULL, 0, sizeof("null") - 1);
	/* Writers in Go give null for an empty list or an absent object (no "omitempty"). */
	if (r->depth > 0 && innermost(r)->type == OCI_OPENS_OBJECT &&
	    !(innermost(r)->row->flags & OCI_REQUIRED))
		return GO_ON;
	if (r->depth == 0 && r->top->table == &oci_config_table) {
		FAIL(r, -EINVAL, "config cannot be null");	/* runc's words */
		return STOP;
	}
	if (next_slot(r, &s) < 0)
		return STOP;
	return s.kind->any ? GO_ON : mismatch(r, &s, "null");
}

static int on_boolean(void *ctx, int value)
{
	struct reader *r = ctx;
	struct slot s;

	at_token(r, NULL, 0, value ? sizeof("true") - 1 : sizeof("false") - 1);
	if (next_slot(r, &s) < 0)
		return STOP;
	if (s.kind->any)
		return GO_ON;
	if (!s.kind->boolean)
		return mismatch(r, &s, value ? "true" : "false");
	return taken(&s, s.kind->boolean(&r->src, s.row, s.to, value != 0));
}

static int on_number(void *ctx, const char *text, size_t n)
{
	struct reader *r = ctx;
	struct slot s;

	at_token(r, text, 0, n);
	if (next_slot(r, &s) < 0)
		return STOP;
	if (s.kind->any)
		return GO_ON;
	if (!s.kind->number)
		return mismatch(r, &s, "a number");
	return taken(&s, s.kind->number(&r->src, s.row, s.to, text, n));
}

static int on_string(void *ctx, const unsigned char *text, size_t n)
{
	struct reader *r = ctx;
	struct slot s;

	at_token(r, text, 1, n + 2);
	if (next_slot(r, &s) < 0)
		return STOP;
	if (s.kind->any)
		return GO_ON;
	if (!s.kind->string)
		return mismatch(r, &s, "a string");
	return taken(&s, s.kind->string(&r->src, s.row, s.to, (const char *)text, n));
}

/* ---- objects and lists begin ---- */

static int open_frame(struct reader *r, const struct frame *f)
{
	struct oci_seg *seg = &r->src.at.seg[r->depth];

	if (r->depth == OCI_DEPTH_MAX) {
		FAIL(r, -E2BIG, "nested more than %d levels deep", OCI_DEPTH_MAX);
		return STOP;
	}
	r->frames[r->depth] = *f;
	*seg = (struct oci_seg){0};
	seg->free_key = f->type == OCI_OPENS_MAP;
	r->depth++;
	return GO_ON;
}

static int open_object(struct reader *r, const struct slot *s)
{
	struct frame f = { .type = OCI_OPENS_OBJECT, .table = s->row->table, .base = s->to };

	if (!s->kind->embedded) {
		f.base = oci_arena_alloc(r->src.arena, f.table->size);
		if (!f.base) {
			FAIL(r, -ENOMEM, "out of memory");
			return STOP;
		}
		*(char **)(void *)s->to = f.base;
	}
	return open_frame(r, &f);
}

static int open_value(struct reader *r, bool brace)
{
	struct frame f = {0};
	struct slot s;

	at_token(r, NULL, 0, 1);
	if (next_slot(r, &s) < 0)
		return STOP;
	f.type = brace ? s.kind->at_brace : s.kind->at_bracket;
	if (f.type == OCI_OPENS_NOTHING)
		return mismatch(r, &s, brace ? "an object" : "a list");
	if (f.type == OCI_OPENS_OBJECT)
		return open_object(r, &s);
	if (f.type != OCI_OPENS_SKIPPED) {
		f.row = s.row;
		f.base = s.to - s.row->offset;
		f.each = element_size(s.row);
	}
	return open_frame(r, &f);
}

static int on_brace(void *ctx)
{
	return open_value(ctx, true);
}

static int on_bracket(void *ctx)
{
	return open_value(ctx, false);
}

/* ---- keys ---- */

static const struct oci_row *find_row(struct frame *f, const char *key, size_t n)
{
	const struct oci_row *rows = f->table->rows;
	size_t i = f->hint;

	for (size_t tries = f->table->n_rows; tries > 0; tries--, i++) {
		if (i >= f->table->n_rows)
			i = 0;
		if (rows[i].key_len == n && memcmp(rows[i].key, key, n) == 0) {
			f->hint = i + 1;
			return &rows[i];
		}
	}
	return NULL;
}

static int unknown_member(struct reader *r, const char *key, size_t n)
{
	struct oci_seg *seg = &r->src.at.seg[r->depth - 1];
	struct oci_doc *d = r->doc;
	char place[512];

	seg->key = oci_keep(&r->src, key, n);
	if (!seg->key)
		return -1;
	seg->key_len = n;
	if (r->mode != OCI_STRICT)
		return 0;
	if (d->n_unknown < OCI_UNKNOWN_MAX) {
		seg->free_key = true;
		oci_at_print(&r->src.at, place, sizeof(place));
		seg->free_key = false;
		d->unknown[d->n_unknown] = oci_arena_copy(r->src.arena, place, strlen(place));
		if (!d->unknown[d->n_unknown])
			return FAIL(r, -ENOMEM, "out of memory");
	}
	d->n_unknown++;
	return 0;
}

static int key_of_object(struct reader *r, struct frame *f, const char *key, size_t n)
{
	struct oci_seg *seg = &r->src.at.seg[r->depth - 1];
	uint64_t bit;

	f->row = find_row(f, key, n);
	if (!f->row) {
		f->row = &skipped;
		return unknown_member(r, key, n);
	}
	seg->key = f->row->key;
	seg->key_len = n;
	bit = UINT64_C(1) << (f->row - f->table->rows);
	if (f->seen & bit)
		return FAIL(r, -EINVAL, "is given twice");
	f->seen |= bit;
	return 0;
}

static int key_of_map(struct reader *r, struct frame *f, const char *key, size_t n)
{
	struct oci_seg *seg = &r->src.at.seg[r->depth - 1];
	const char *kept = oci_keep(&r->src, key, n);
	char *element;

	if (!kept)
		return -1;
	seg->key = kept;
	seg->key_len = n;
	element = push_element(r, f);
	if (!element)
		return -1;
	*(const char **)(void *)element = kept;	/* struct oci_pair and its like begin with the key */
	return 0;
}

static int on_key(void *ctx, const unsigned char *text, size_t n)
{
	struct reader *r = ctx;
	struct frame *f = innermost(r);
	const char *key = (const char *)text;
	int rc;

	if (f->type == OCI_OPENS_SKIPPED)
		return GO_ON;
	at_token(r, text, 1, n + 2);
	r->src.at.depth = r->depth;
	rc = f->type == OCI_OPENS_MAP ? key_of_map(r, f, key, n) : key_of_object(r, f, key, n);
	return rc < 0 ? STOP : GO_ON;
}

/* ---- objects and lists end ---- */

static int require(struct reader *r, const struct frame *f)
{
	for (size_t i = 0; i < f->table->n_rows; i++)
		if ((f->table->rows[i].flags & OCI_REQUIRED) && !(f->seen & UINT64_C(1) << i)) {
			struct oci_seg *seg = &r->src.at.seg[r->depth - 1];

			seg->key = f->table->rows[i].key;
			seg->key_len = f->table->rows[i].key_len;
			r->src.at.depth = r->depth;
			return FAIL(r, -EINVAL, "is required");
		}
	return 0;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorted, so that 65536 annotations take no 65536 squared comparisons. */
static int map_is_unique(struct reader *r, const struct frame *f)
{
	const char **keys;
	const char *twice = NULL;
	struct oci_seg *seg = &r->src.at.seg[r->depth - 1];

	if (f->n < 2)
		return 0;
	keys = calloc(f->n, sizeof(*keys));
	if (!keys)
		return FAIL(r, -ENOMEM, "out of memory");
	for (size_t i = 0; i < f->n; i++)
		keys[i] = *(const char *const *)(const void *)(f->items + i * f->each);
	qsort(keys, f->n, sizeof(*keys), by_text);
	for (size_t i = 1; i < f->n && !twice; i++)
		if (strcmp(keys[i - 1], keys[i]) == 0)
			twice = keys[i];
	free(keys);
	if (!twice)
		return 0;
	seg->key = twice;
	seg->key_len = strlen(twice);
	r->src.at.depth = r->depth;
	return FAIL(r, -EINVAL, "is given twice");
}

static int close_value(void *ctx)
{
	struct reader *r = ctx;
	struct frame *f = innermost(r);

	if (f->type != OCI_OPENS_SKIPPED)
		at_token(r, NULL, 0, 1);
	if (f->type == OCI_OPENS_OBJECT && require(r, f) < 0)
		return STOP;
	if (f->type == OCI_OPENS_MAP && map_is_unique(r, f) < 0)
		return STOP;
	if (f->type == OCI_OPENS_MAP || f->type == OCI_OPENS_LIST) {
		*(char **)(void *)(f->base + f->row->offset) = f->items;
		*(size_t *)(void *)(f->base + f->row->aux) = f->n;
	}
	r->depth--;
	/* What follows belongs to the frame below, which has its name in its own segment already. */
	if (r->src.at.depth > r->depth)
		r->src.at.depth = r->depth;
	return GO_ON;
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_boolean,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_brace,
	.yajl_map_key = on_key,
	.yajl_end_map = close_value,
	.yajl_start_array = on_bracket,
	.yajl_end_array = close_value,
};

/* ---- the document ---- */

/* yajl's sentence has a class in front ("parse error: ") and a newline behind. */
static int syntax_error(struct reader *r, size_t token)
{
	unsigned char *text = yajl_get_error(r->yajl, 0, (const unsigned char *)r->src.text, r->src.at.len);
	const char *says = text ? strstr((const char *)text, ": ") : NULL;

	r->src.at.token = token;
	says = says ? says + 2 : "not JSON";
	FAIL(r, -EINVAL, "JSON syntax: %.*s", (int)strcspn(says, "\n"), says);
	if (text)
		yajl_free_error(r->yajl, text);
	return -EINVAL;
}

static int walk(struct reader *r)
{
	yajl_status st;

	r->yajl = yajl_alloc(&callbacks, NULL, r);
	if (!r->yajl)
		return FAIL(r, -ENOMEM, "out of memory");
	yajl_config(r->yajl, yajl_dont_validate_strings, 1);	/* text.c has done it, and better */
	st = yajl_parse(r->yajl, (const unsigned char *)r->src.text, r->src.at.len);
	if (st == yajl_status_error)
		syntax_error(r, yajl_get_bytes_consumed(r->yajl));
	if (st == yajl_status_ok) {
		st = yajl_complete_parse(r->yajl);
		if (st == yajl_status_error)
			syntax_error(r, r->src.at.len);
	}
	yajl_free(r->yajl);
	return st == yajl_status_ok ? 0 : -1;
}

static int read_text(struct oci_doc *d, const struct oci_row *top, size_t size, const char *json, size_t len,
		     enum oci_mode mode, struct oci_err *e)
{
	struct reader r;
	const char *wrong;

	/* Not cleared as a whole: frames and segments are written before they are read. */
	r.src.at.depth = r.src.at.token = r.depth = 0;
	r.src.at.text = json;
	r.src.at.len = len;
	r.src.arena = &d->arena;
	r.src.err = e;
	r.mode = mode;
	r.doc = d;
	r.top = top;
	if (len > OCI_BYTES_MAX)
		return FAIL(&r, -E2BIG, "larger than %d bytes", OCI_BYTES_MAX);
	wrong = oci_text_wrong(json, len, &r.src.at.token);
	if (wrong)
		return FAIL(&r, -EINVAL, "%s", wrong);
	d->root = oci_arena_alloc(&d->arena, size);
	/* Strings stay in this copy, each with a NUL in the place of its closing quote. */
	r.src.text = oci_arena_copy(&d->arena, json, len);
	if (!d->root || !r.src.text)
		return FAIL(&r, -ENOMEM, "out of memory");
	r.src.at.text = r.src.text;
	return walk(&r);
}

struct oci_doc *oci_doc_parse_table(const struct oci_table *t, const char *json, size_t len,
				    enum oci_mode mode, struct oci_err *e)
{
	const struct oci_row top = { .key = "", .kind = &oci_kind_inline, .table = t, .aux = OCI_NO_AUX };

	return oci_doc_parse_row(&top, t->size, json, len, mode, e);
}

struct oci_doc *oci_doc_parse_row(const struct oci_row *top, size_t size, const char *json, size_t len,
				  enum oci_mode mode, struct oci_err *e)
{
	struct oci_doc *d = calloc(1, sizeof(*d));

	assert(!top->table || top->table->n_rows <= 64);
	if (!d) {
		e->code = -ENOMEM;
		snprintf(e->text, sizeof(e->text), "out of memory");
		return NULL;
	}
	d->arena.next = len < OCI_BYTES_MAX ? 2 * len + 4096 : 0;
	if (read_text(d, top, size, json, len, mode, e) < 0)
		return oci_doc_free(d);
	return d;
}

struct oci_doc *oci_doc_free(struct oci_doc *d)
{
	if (d) {
		oci_arena_done(&d->arena);
		free(d);
	}
	return NULL;
}
