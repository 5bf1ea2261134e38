/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lithos/number.h"
#include "lithos/walk.h"

#include <arpa/inet.h>
#include <string.h>

int schema_check_ip(const char *text, struct err *e)
{
	unsigned char address[sizeof(struct in6_addr)];

	if (inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1)
		return 0;
	return err_set(e, -EINVAL, "invalid IP address syntax \"%.*s\"", WALK_SHOWN, text);
}

static void null_found(struct walk *w, const struct schema_row *r, uint32_t node, bool *ret_absent)
{
	if (r->flags & SCHEMA_NEEDED)
		walk_error(w, WALK_DECODE, node, "a value is needed");
	else if (r->flags & SCHEMA_OPTIONAL)
		*ret_absent = true;
	else
		walk_error(w, WALK_VALIDATION, node, "Value must be scalar");
}

const char *walk_scalar(struct walk *w, const struct schema_row *r, uint32_t node, bool *ret_absent)
{
	const char *text = yaml_text(w->y, node);
	const uint32_t kind = w->y->nodes[node].kind;

	walk_look_at_tag(w, node);
	if (kind == YAML_NOTHING || kind == YAML_NULL || (text && r->flags & SCHEMA_NIL && strcmp(text, "nil") == 0)) {
		null_found(w, r, node, ret_absent);
		return NULL;
	}
	if (!text)
		walk_error(w, WALK_VALIDATION, node, "Value must be scalar");
	return text;
}

const char *walk_text(struct walk *w, const struct schema_row *r, uint32_t node, bool *ret_absent)
{
	const char *text = walk_scalar(w, r, node, ret_absent);
	const char *copy;
	struct err e;

	if (!text)
		return NULL;
	if (r->longest > 0 && strlen(text) > r->longest) {
		walk_error(w, WALK_VALIDATION, node, "Value must be at most %u bytes long", r->longest);
		return NULL;
	}
	e = (struct err){ 0 };
	if (r->check && r->check(text, &e) < 0) {
		walk_error(w, WALK_DECODE, node, "%s", e.text);
		return NULL;
	}
	copy = arena_str(w->a, text);
	if (!copy)
		walk_no_memory(w);
	return copy;
}

/* ---- texts and paths ---- */

static void text_absent(const struct schema_row *r, char *base)
{
	*(const char **)(void *)(base + r->offset) = r->text;
}

static void text_read(struct walk *w, const struct schema_row *r, uint32_t node, char *base)
{
	bool absent = false;
	const char *text = walk_text(w, r, node, &absent);

	if (text || absent)
		*(const char **)(void *)(base + r->offset) = text;
}

static const char *path_fault(const char *path)
{
	if (!path[0])
		return "a path is not empty";
	if (strlen(path) > SCHEMA_PATH_MAX)
		return "a path has at most 4095 bytes";
	for (const char *p = path; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return "a control character in a path";
	return NULL;
}

static void path_read(struct walk *w, const struct schema_row *r, uint32_t node, char *base)
{
	const char *path = yaml_text(w->y, node), *fault = path ? path_fault(path) : NULL;

	if (fault)
		walk_error(w, WALK_VALIDATION, node, "%s", fault);
	else
		text_read(w, r, node, base);
}

/* ---- bools ---- */

static void bool_absent(const struct schema_row *r, char *base)
{
	*(bool *)(base + r->offset) = r->number != 0;
}

/* 1, 0, or -1: neither. */
static int bool_of(struct walk *w, const char *text, uint32_t node)
{
	if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
		return text[0] == 't';
	walk_error(w, WALK_DECODE, node, "bad boolean \"%.*s\"", WALK_SHOWN, text);
	finding_hint(w->f, "true or false");
	return -1;
}

static void bool_read(struct walk *w, const struct schema_row *r, uint32_t node, char *base)
{
	bool absent = false;
	const char *text = walk_scalar(w, r, node, &absent);
	const int b = text ? bool_of(w, text, node) : -1;

	if (b >= 0)
		*(bool *)(base + r->offset) = b;
}

static void auto_absent(const struct schema_row *r, char *base)
{
	*(enum lithos_auto *)(void *)(base + r->offset) = LITHOS_AUTO;
}

static void auto_read(struct walk *w, const struct schema_row *r, uint32_t node, char *base)
{
	bool absent = false;
	const char *text = walk_scalar(w, r, node, &absent);
	const int b = text ? bool_of(w, text, node) : -1;

	if (b >= 0)
		*(enum lithos_auto *)(void *)(base + r->offset) = b ? LITHOS_YES : LITHOS_NO;
}

/* ---- numbers ---- */

static void set_has(const struct schema_row *r, char *base, bool has)
{
	if (r->aux != SCHEMA_NO_AUX)
		*(bool *)(base + r->aux) = has;
}

static void u32_set(const struct schema_row *r, char *base, int64_t n)
{
	*(uint32_t *)(void *)(base + r->offset) = (uint32_t)n;
}

static void u64_set(const struct schema_row *r, char *base, int64_t n)
{
	*(uint64_t *)(void *)(base + r->offset) = (uint64_t)n;
}

static void number_set(const struct schema_row *r, char *base, int64_t n)
{
	if (r->kind == &schema_u64)
		u64_set(r, base, n);
	else
		u32_set(r, base, n);	/* a negative one too: two's complement */
}

static void number_absent(const struct schema_row *r, char *base)
{
	number_set(r, base, r->number);
	set_has(r, base, false);
}

static bool parse_as(struct walk *w, const struct schema_row *r, const struct schema_kind *k, const char *text, uint32_t node,
		     int64_t *ret)
{
	struct err e = { 0 };
	uint64_t n;

	if (!(r->flags & SCHEMA_DECIMAL)) {
		if (number_parse(text, ret, &e) == 0)
			return true;
		walk_error(w, WALK_VALIDATION, node, "%s in \"%.*s\"", e.text, WALK_SHOWN, text);
		if (number_hint(text))
			finding_hint(w->f, "%s", number_hint(text));
		return false;
	}
	if (number_parse_decimal(text, (uint64_t)k->max, &n) == 0) {
		*ret = (int64_t)n;
		return true;
	}
	walk_error(w, WALK_DECODE, node, "bad %s: \"%.*s\"", k->name, WALK_SHOWN, text);
	return false;
}

bool walk_number(struct walk *w, const struct schema_row *r, const struct schema_kind *k, const char *text, uint32_t node,
		 int64_t *ret)
{
	if (!parse_as(w, r, k, text, node, ret))
		return false;
	if (*ret < r->min)
		walk_error(w, WALK_VALIDATION, node, "Value must be at least %lld", (long long)r->min);
	else if (*ret > r->max)
		walk_error(w, WALK_VALIDATION, node, "Value must be at most %lld", (long long)r->max);
	else if (*ret < k->min || *ret > k->max)
		walk_error(w, WALK_DECODE, node, "bad %s: \"%lld\"", k->name, (long long)*ret);
	else
		return true;
	return false;
}

static void number_read(struct walk *w, const struct schema_row *r, uint32_t node, char *base)
{
	bool absent = false;
	const char *text = walk_scalar(w, r, node, &absent);
	int64_t n;

	if (!text || !walk_number(w, r, r->kind, text, node, &n))
		return;
	number_set(r, base, n);
	set_has(r, base, true);
}

/* ---- enumerations ---- */

static void enum_absent(const struct schema_row *r, char *base)
{
	u32_set(r, base, r->number);
}

static void enum_read(struct walk *w, const struct schema_row *r, uint32_t node, char *base)
{
	bool absent = false;
	const char *text = walk_scalar(w, r, node, &absent), *nearest;
	char words[FINDING_TEXT_MAX / 2] = "";

	if (!text)
		return;
	for (int64_t i = 0; r->names[i]; i++)
		if (strcmp(r->names[i], text) == 0) {
			u32_set(r, base, i);
			return;
		}
	walk_error(w, WALK_DECODE, node, "unknown variant \"%.*s\"", WALK_SHOWN, text);
	nearest = walk_nearest(text, r->names);
	if (nearest) {
		finding_hint(w->f, "did you mean %s?", nearest);
		return;
	}
	for (int64_t i = 0; r->names[i]; i++)
		walk_add_word(words, sizeof(words), "", r->names[i]);
	finding_hint(w->f, "one of %s", words);
}

static void word_read(struct walk *w, const struct schema_row *r, uint32_t node, char *base)
{
	const char *word = yaml_tag(w->y, node);
	bool absent = false;

	if (!word)
		word = walk_scalar(w, r, node, &absent);
	else if (w->y->nodes[node].kind > YAML_NULL) {
		walk_error(w, WALK_VALIDATION, node, "nothing follows the tag %.*s", WALK_SHOWN, word);
		return;
	}
	if (!word)
		return;
	if (strcmp(word, r->names[0]) == 0) {
		*(bool *)(base + r->offset) = true;
		return;
	}
	walk_error(w, WALK_VALIDATION, node, "The tag %.*s is not expected", WALK_SHOWN, word);
	finding_hint(w->f, "%s, or leave the key out", r->names[0]);
}

/* ---- lists of scalars ---- */

static void texts_read(struct walk *w, const struct schema_row *r, uint32_t node, char *base)
{
	const char **v = (const char **)(void *)walk_open(w, r, node, false, sizeof(*v), base);
	uint32_t item = node + 1;

	for (uint32_t i = 0; v && i < w->y->nodes[node].n; i++, item = yaml_next(w->y, item)) {
		const struct step step = { w->at, NULL, i };
		bool absent = false;
		const char *text;

		w->at = &step;
		text = walk_text(w, r, item, &absent);
		w->at = step.up;
		if (text) {
			*v++ = text;
			walk_grown(r, base);
		}
	}
}

static void numbers_read(struct walk *w, const struct schema_row *r, uint32_t node, char *base)
{
	uint32_t *v = (uint32_t *)(void *)walk_open(w, r, node, false, sizeof(*v), base);
	uint32_t item = node + 1;

	for (uint32_t i = 0; v && i < w->y->nodes[node].n; i++, item = yaml_next(w->y, item)) {
		const struct step step = { w->at, NULL, i };
		bool absent = false;
		const char *text;
		int64_t n;

		w->at = &step;
		text = walk_scalar(w, r, item, &absent);
		if (text && walk_number(w, r, r->kind, text, item, &n)) {
			*v++ = (uint32_t)n;	/* an int32_t too: two's complement */
			walk_grown(r, base);
		}
		w->at = step.up;
	}
}

static void ranges_read(struct walk *w, const struct schema_row *r, uint32_t node, char *base)
{
	struct lithos_range *v = (struct lithos_range *)(void *)walk_open(w, r, node, false, sizeof(*v), base);
	uint32_t item = node + 1;

	for (uint32_t i = 0; v && i < w->y->nodes[node].n; i++, item = yaml_next(w->y, item)) {
		const struct step step = { w->at, NULL, i };
		bool absent = false;
		struct err e = { 0 };
		const char *text;

		w->at = &step;
		text = walk_scalar(w, r, item, &absent);
		if (text && number_parse_range(text, v, &e) < 0) {
			walk_error(w, WALK_VALIDATION, item, "%s \"%.*s\"", e.text, WALK_SHOWN, text);
			finding_hint(w->f, "a range is N or A-B");
		} else if (text) {
			if (v->last < v->first)
				walk_warning(w, item, "the range %u-%u holds nothing", v->first, v->last);
			v++;
			walk_grown(r, base);
		}
		w->at = step.up;
	}
}

const struct schema_kind
	schema_text = { .absent = text_absent, .read = text_read },
	schema_path = { .absent = text_absent, .read = path_read },
	schema_bool = { .absent = bool_absent, .read = bool_read },
	schema_auto = { .absent = auto_absent, .read = auto_read },
	schema_u32 = { .absent = number_absent, .read = number_read, .name = "u32", .min = 0, .max = UINT32_MAX },
	schema_u64 = { .absent = number_absent, .read = number_read, .name = "u64", .min = 0, .max = INT64_MAX },
	schema_i32 = { .absent = number_absent, .read = number_read, .name = "i32", .min = INT32_MIN, .max = INT32_MAX },
	schema_enum = { .absent = enum_absent, .read = enum_read },
	schema_word = { .absent = bool_absent, .read = word_read },
	schema_texts = { .absent = walk_no_items, .read = texts_read },
	schema_u32s = { .absent = walk_no_items, .read = numbers_read, .name = "u32", .min = 0, .max = UINT32_MAX },
	schema_i32s = { .absent = walk_no_items, .read = numbers_read, .name = "i32", .min = INT32_MIN, .max = INT32_MAX },
	schema_ranges = { .absent = walk_no_items, .read = ranges_read };
