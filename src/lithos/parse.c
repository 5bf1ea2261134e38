/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lithos/raw.h"

#include "base/arr.h"
#include "base/fmt.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

enum { SHOWN = 200 };	/* bytes of a foreign text in a sentence */

bool parse_refuse(struct parse *p, const char *kind, uint32_t line, uint32_t column, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	finding_add(p->findings, FINDING_ERROR, kind ? kind : "Parse Error", (struct mark){ p->file, line, column, NULL },
		    format, ap);
	va_end(ap);
	p->rc = 0;
	return false;
}

bool parse_no_memory(struct parse *p)
{
	p->rc = -ENOMEM;
	return false;
}

bool parse_grow(struct parse *p, void *v, uint32_t *room, uint32_t n, size_t size)
{
	const uint64_t want = n < *room ? *room : (uint64_t)n + n / 2 + 64;
	void *old, *more;

	if (n < *room)
		return true;
	memcpy(&old, v, sizeof(old));
	more = want > UINT32_MAX ? NULL : reallocarray(old, (size_t)want, size);
	if (!more)
		return parse_no_memory(p);
	memcpy(v, &more, sizeof(more));
	*room = (uint32_t)want;
	return true;
}

/* ---- what libyaml says, in words that help whoever wrote the file ---- */

static const struct { const char *theirs, *ours, *hint; } sentences[] = {
	{ "mapping values are not allowed in this context", "`: ` is not expected here",
	  "a mapping within a mapping begins on a line of its own; a text with `: ` in it is quoted" },
	{ "block sequence entries are not allowed in this context", "`- ` is not expected here",
	  "the items of a list begin on lines of their own; a text that begins with `- ` is quoted" },
	{ "block mapping entries are not allowed in this context", "`? ` is not expected here", NULL },
	{ "could not find expected ':'", "a key without `: ` behind it", NULL },
	{ "did not find expected key", "neither a key nor the end of the mapping", "is the indentation that of the lines above?" },
	{ "did not find expected '-' indicator", "neither `- ` nor the end of the list", "is the indentation that of the lines above?" },
	{ "did not find expected ',' or ']'", "neither `,` nor `]`", NULL },
	{ "did not find expected ',' or '}'", "neither `,` nor `}`", NULL },
	{ "did not find expected node content", "a value is missing", NULL },
	{ "did not find expected <document start>", "more text behind the end of the document", NULL },
	{ "found undefined tag handle", "a tag that is not of the form !Name", NULL },
	{ "found undefined alias", "an alias of nothing", NULL },
	{ "found unexpected end of stream", "the file ends here", "are all quotes and brackets closed?" },
	{ "found character that cannot start any token", "a text cannot begin with this character", "quote it" },
	{ "found a tab character that violates indentation", "a tab cannot indent", "use blanks" },
	{ "found a tab character where an indentation space is expected", "a tab cannot indent", "use blanks" },
	{ "did not find expected whitespace or line break", "Bad char in tag name", "a blank ends a tag" },
	{ "found unexpected ':'", "`:` with neither a blank nor a value behind it", "write `key: value`, or quote a text with `:`" },
	{ "exceeded maximum nesting level", "nested too deeply", NULL },
};

/* Where and in what: "parsing a block mapping" that began in some other line. */
static void put_context(const yaml_parser_t *y, char *buf, size_t size)
{
	const char *what = y->context && strncmp(y->context, "while ", 6) == 0 ? y->context + 6 : NULL;

	buf[0] = '\0';
	if (what && y->context_mark.line != y->problem_mark.line)
		fmt(buf, size, ", while %s that begins in line %zu", what, y->context_mark.line + 1);
}

static void put_hint(struct parse *p, char at, const char *sentence, const char *hint)
{
	const bool neither = strncmp(sentence, "neither", 7) == 0;

	if (at == '\t')
		hint = "a tab cannot indent: use blanks";
	else if (neither && (at == '{' || at == '}'))
		hint = "a text with { or } within brackets is quoted";
	else if (neither && at == '*')
		hint = "an alias has the tag of what it stands for, and takes no other";
	if (hint)
		finding_hint(p->findings, "%s", hint);
}

static bool refuse_syntax(struct parse *p, const yaml_parser_t *y, const char *data, size_t size)
{
	const uint32_t line = (uint32_t)y->problem_mark.line + 1, column = (uint32_t)y->problem_mark.column + 1;
	const char *text = y->problem ? y->problem : "this is no YAML", *hint = NULL;
	char context[160];

	if (y->error == YAML_MEMORY_ERROR)
		return parse_no_memory(p);
	if (y->error == YAML_READER_ERROR)	/* all bytes were looked at before */
		return parse_refuse(p, NULL, 0, 0, "%s", text);
	put_context(y, context, sizeof(context));
	for (size_t i = 0; i < ARRAY_LEN(sentences); i++)
		if (strcmp(text, sentences[i].theirs) == 0) {
			hint = sentences[i].hint;
			text = sentences[i].ours;
			break;
		}
	(void)parse_refuse(p, NULL, line, column, "%s%s", text, context);
	put_hint(p, y->problem_mark.index < size ? data[y->problem_mark.index] : '\0', text, hint);
	return false;
}

/* ---- events to nodes ---- */

struct anchor {
	uint32_t name;		/* offset in raw.bytes */
	uint32_t node;
};

struct building {
	struct parse *p;
	struct anchor *anchors;
	uint32_t n_anchors, anchors_room;
	uint32_t open[YAML_DEPTH_MAX];
	uint32_t depth;
	uint32_t documents;
	struct seen seen;
};

static uint32_t line_of(const yaml_event_t *ev)
{
	return (uint32_t)ev->start_mark.line + 1;
}

static uint32_t column_of(const yaml_event_t *ev)
{
	return (uint32_t)ev->start_mark.column + 1;
}

#define REFUSE_AT(p, ev, ...) parse_refuse((p), NULL, line_of(ev), column_of(ev), __VA_ARGS__)

/* A copy among the bytes, terminated. */
static bool add_text(struct parse *p, const void *text, size_t len, uint32_t *ret)
{
	struct raw *r = &p->raw;

	if (!parse_grow(p, &r->bytes, &r->bytes_room, r->n_bytes + (uint32_t)len + 1, 1))
		return false;
	memcpy(r->bytes + r->n_bytes, text, len);
	r->bytes[r->n_bytes + len] = '\0';
	*ret = r->n_bytes;
	r->n_bytes += (uint32_t)len + 1;
	return true;
}

/* Whether what comes next is a key of the innermost map. */
static bool at_key(const struct building *b)
{
	const struct yaml_node *parent = b->depth > 0 ? &b->p->raw.nodes[b->open[b->depth - 1]] : NULL;

	return parent && parent->kind == YAML_MAP && parent->n % 2 == 0;
}

static bool take_tag(struct building *b, const yaml_event_t *ev, const char *tag, struct yaml_node *node)
{
	const size_t len = tag ? strlen(tag) : 0;

	if (!tag)
		return true;
	if (tag[0] != '!' || len < 2 || strchr(tag + 1, '!'))
		return REFUSE_AT(b->p, ev, "the tag %.*s is not expected: tags are of the form !Name",
				 SHOWN, tag);
	if (strncmp(tag, "!*Include", 9) == 0)
		return parse_refuse(b->p, "Preprocess Error", line_of(ev), column_of(ev), "Includes are not supported");
	if (len > YAML_KEY_MAX)
		return REFUSE_AT(b->p, ev, "a tag of more than %u bytes", (unsigned int)YAML_KEY_MAX);
	return add_text(b->p, tag + 1, len - 1, &node->tag);
}

/* An anchor that is given again stands for what it was given to last. */
static bool take_anchor(struct building *b, const char *name, uint32_t node)
{
	struct anchor a = { .node = node };

	if (!name)
		return true;
	if (b->n_anchors == YAML_ANCHORS_MAX)
		return parse_refuse(b->p, NULL, 0, 0, "more than %u anchors in one file", (unsigned int)YAML_ANCHORS_MAX);
	if (!parse_grow(b->p, &b->anchors, &b->anchors_room, b->n_anchors, sizeof(a)) ||
	    !add_text(b->p, name, strlen(name), &a.name))
		return false;
	b->anchors[b->n_anchors++] = a;
	return true;
}

static bool add_node(struct building *b, const yaml_event_t *ev, struct yaml_node node, const char *anchor)
{
	struct raw *r = &b->p->raw;

	if (r->n_nodes >= b->p->limits->nodes)
		return REFUSE_AT(b->p, ev, "more than %u values in one file", b->p->limits->nodes);
	if (!parse_grow(b->p, &r->nodes, &r->room, r->n_nodes, sizeof(node)) || !take_anchor(b, anchor, r->n_nodes))
		return false;
	if (b->depth > 0)
		r->nodes[b->open[b->depth - 1]].n++;
	node.line = line_of(ev);
	node.column = column_of(ev);
	r->nodes[r->n_nodes++] = node;
	return true;
}

static bool is_null_word(const char *text, size_t len)
{
	return (len == 1 && text[0] == '~') || (len == 4 && memcmp(text, "null", 4) == 0);
}

static bool add_scalar(struct building *b, const yaml_event_t *ev)
{
	const char *text = (const char *)ev->data.scalar.value;
	const size_t len = ev->data.scalar.length;
	struct yaml_node node = { .kind = YAML_TEXT, .span = 1, .len = (uint32_t)len };

	node.plain = ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	if (at_key(b)) {
		if (node.plain && len == 0)
			return REFUSE_AT(b->p, ev, "a key is missing in front of `:`");
		if (len > YAML_KEY_MAX)
			return REFUSE_AT(b->p, ev, "a key of more than %u bytes", (unsigned int)YAML_KEY_MAX);
	} else if (node.plain && (len == 0 || is_null_word(text, len))) {
		node.kind = len == 0 ? YAML_NOTHING : YAML_NULL;
		node.len = 0;
	}
	if (len > YAML_TEXT_MAX)
		return REFUSE_AT(b->p, ev, "a text of more than %u bytes", (unsigned int)YAML_TEXT_MAX);
	if (memchr(text, '\0', len))
		return REFUSE_AT(b->p, ev, "a text with a NUL in it");
	if (node.kind == YAML_TEXT && !add_text(b->p, text, len, &node.text))
		return false;
	return take_tag(b, ev, (const char *)ev->data.scalar.tag, &node) &&
	       add_node(b, ev, node, (const char *)ev->data.scalar.anchor);
}

static bool add_alias(struct building *b, const yaml_event_t *ev)
{
	const char *name = (const char *)ev->data.alias.anchor;
	struct yaml_node node = { .kind = RAW_ALIAS, .span = 1 };
	uint32_t i = b->n_anchors;

	while (i > 0 && strcmp(b->p->raw.bytes + b->anchors[i - 1].name, name) != 0)
		i--;
	if (i == 0)
		return REFUSE_AT(b->p, ev, "there is no anchor &%.*s above", SHOWN, name);
	node.text = b->anchors[i - 1].node;
	if (b->p->raw.nodes[node.text].span == 0)
		return REFUSE_AT(b->p, ev, "the alias *%.*s stands within what it is an alias of", SHOWN, name);
	if (at_key(b) && b->p->raw.nodes[node.text].kind != YAML_TEXT)
		return REFUSE_AT(b->p, ev, "keys are texts");
	return add_node(b, ev, node, NULL);
}

static bool open_node(struct building *b, const yaml_event_t *ev, enum yaml_kind kind, const yaml_char_t *tag,
		      const yaml_char_t *anchor)
{
	struct yaml_node node = { .kind = (uint32_t)kind };

	if (at_key(b))
		return REFUSE_AT(b->p, ev, "keys are texts");
	if (b->depth == YAML_DEPTH_MAX)
		return REFUSE_AT(b->p, ev, "nested more than %u deep", (unsigned int)YAML_DEPTH_MAX);
	if (!take_tag(b, ev, (const char *)tag, &node) || !add_node(b, ev, node, (const char *)anchor))
		return false;
	b->open[b->depth++] = b->p->raw.n_nodes - 1;
	return true;
}

static bool check_keys(struct building *b, uint32_t map)
{
	const struct yaml_node *nodes = b->p->raw.nodes;
	bool ok = true;

	for (uint32_t i = map + 1; i < map + nodes[map].span; i += 1 + nodes[i + 1].span) {
		const uint32_t key = nodes[i].kind == RAW_ALIAS ? nodes[i].text : i;
		const uint32_t first = seen_add(b->p, &b->seen, map, key, &ok);

		if (!ok)
			return false;
		if (first > 0)
			return parse_refuse(b->p, NULL, nodes[i].line, nodes[i].column,
					    "Duplicate key \"%.*s\", first in line %u", SHOWN,
					    b->p->raw.bytes + nodes[key].text, nodes[first - 1].line);
	}
	return true;
}

static bool close_node(struct building *b)
{
	const uint32_t i = b->open[--b->depth];
	struct yaml_node *node = &b->p->raw.nodes[i];

	node->span = b->p->raw.n_nodes - i;
	if (node->kind != YAML_MAP)
		return true;
	node->n /= 2;
	return check_keys(b, i);
}

static bool take_event(struct building *b, const yaml_event_t *ev)
{
	switch (ev->type) {
	case YAML_DOCUMENT_START_EVENT:
		return ++b->documents == 1 || REFUSE_AT(b->p, ev, "a second document begins here: a file holds one");
	case YAML_ALIAS_EVENT:
		return add_alias(b, ev);
	case YAML_SCALAR_EVENT:
		return add_scalar(b, ev);
	case YAML_SEQUENCE_START_EVENT:
		return open_node(b, ev, YAML_LIST, ev->data.sequence_start.tag, ev->data.sequence_start.anchor);
	case YAML_MAPPING_START_EVENT:
		return open_node(b, ev, YAML_MAP, ev->data.mapping_start.tag, ev->data.mapping_start.anchor);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return close_node(b);
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		break;
	}
	return true;
}

static bool take_events(struct building *b, yaml_parser_t *parser, const char *data, size_t size)
{
	bool more = true;

	while (more) {
		yaml_event_t ev;
		bool ok;

		if (!yaml_parser_parse(parser, &ev))
			return refuse_syntax(b->p, parser, data, size);
		ok = take_event(b, &ev);
		more = ev.type != YAML_STREAM_END_EVENT;
		yaml_event_delete(&ev);
		if (!ok)
			return false;
	}
	return true;
}

bool parse_events(struct parse *p, const char *data, size_t size)
{
	const yaml_event_t at_start = { .type = YAML_NO_EVENT };
	struct building b = { .p = p };
	yaml_parser_t parser;
	uint32_t zero;
	bool ok;

	if (!yaml_parser_initialize(&parser))
		return parse_no_memory(p);
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)data, size);
	ok = add_text(p, "", 0, &zero) && take_events(&b, &parser, data, size);
	if (ok && p->raw.n_nodes == 0)
		ok = add_node(&b, &at_start, (struct yaml_node){ .kind = YAML_NOTHING, .span = 1, .plain = 1 }, NULL);
	yaml_parser_delete(&parser);
	free(b.anchors);
	free(b.seen.v);
	return ok;
}
