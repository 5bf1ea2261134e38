/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lithos/yaml.h"
#include "lithos/raw.h"

#include "base/fmt.h"

#include <stdlib.h>
#include <string.h>

const struct yaml_limits YAML_OF_IMAGE = { 1 << 20, 10000 };
const struct yaml_limits YAML_OF_ADMIN = { 1 << 20, 200000 };

/* ---- making one ---- */

/* One allocation: the struct, the nodes, the bytes, the name. */
static struct yaml *make(const char *file, const void *nodes, uint32_t n_nodes, const char *bytes, uint32_t n_bytes)
{
	const size_t of_nodes = n_nodes * sizeof(struct yaml_node), of_file = strlen(file) + 1;
	struct yaml *y = malloc(sizeof(*y) + of_nodes + n_bytes + of_file);
	char *at;

	if (!y)
		return NULL;
	at = (char *)(y + 1);
	memcpy(at, nodes, of_nodes);
	memcpy(at + of_nodes, bytes, n_bytes);
	memcpy(at + of_nodes + n_bytes, file, of_file);
	*y = (struct yaml){ .file = at + of_nodes + n_bytes, .nodes = (const void *)at, .n_nodes = n_nodes,
			    .bytes = at + of_nodes, .n_bytes = n_bytes };
	return y;
}

void yaml_done(struct yaml *y)
{
	free(y);
}

/*
 * Beside what is no UTF-8: control characters, and those that YAML 1.1 takes for line breaks and nobody else does, so that
 * a reader and this parser would see different lines.
 */
size_t parse_character(const unsigned char *s, size_t n)
{
	const size_t len = *s < 0x80 ? 1 : *s >= 0xc2 && *s < 0xe0 ? 2 : (*s & 0xf0) == 0xe0 ? 3 :
			   *s >= 0xf0 && *s < 0xf5 ? 4 : 0;
	uint32_t c;

	if (len == 0 || len > n)
		return 0;
	if (len == 1)
		return (*s >= 0x20 && *s != 0x7f) || *s == '\t' || *s == '\n' || *s == '\r';
	c = *s & (0xffu >> (len + 1));
	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3fu);
	}
	if (c < 0xa0 || c == 0x2028 || c == 0x2029 || c == 0xfeff || (c & 0xfffe) == 0xfffe)
		return 0;
	if ((len == 3 && (c < 0x800 || (c >= 0xd800 && c < 0xe000))) || (len == 4 && (c < 0x10000 || c > 0x10ffff)))
		return 0;
	return len;
}

static bool check_characters(struct parse *p, const char *data, size_t size)
{
	uint32_t line = 1, column = 1;

	for (size_t i = 0; i < size;) {
		const unsigned char c = (unsigned char)data[i];
		const size_t n = parse_character((const unsigned char *)data + i, size - i);

		if (n == 0)
			return parse_refuse(p, NULL, line, column, "%s \\x%02x%s",
					    c < 0x80 ? "the control character" : "the byte", (unsigned int)c,
					    c < 0x80 ? "" : " is not of a UTF-8 character that may stand here");
		line += c == '\n';
		column = c == '\n' ? 1 : column + 1;
		i += n;
	}
	return true;
}

static bool parse_checked(struct parse *p, const char *text, size_t size, struct yaml **ret)
{
	struct yaml_node *nodes = NULL;
	uint32_t n = 0;

	if (!check_characters(p, text, size) || !parse_events(p, text, size) || !parse_expand(p, &nodes, &n))
		return false;
	*ret = make(p->file, nodes, n, p->raw.bytes, p->raw.n_bytes);
	free(nodes);
	return *ret ? true : parse_no_memory(p);
}

int yaml_parse(const char *data, size_t size, const char *file, const struct yaml_limits *limits, struct findings *f,
	       struct yaml **ret, struct err *e)
{
	struct parse p = { .file = file, .limits = limits, .findings = f };
	const size_t bom = size >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	char *text;
	bool ok;

	if (size > limits->bytes) {
		(void)parse_refuse(&p, NULL, 0, 0, "the file has more than %u bytes", limits->bytes);
		return 0;
	}
	text = malloc(size - bom + 1);
	if (!text)
		return err_nomem(e);
	memcpy(text, data + bom, size - bom);
	text[size - bom] = '\n';	/* the last line of a block is one, also when the file ends before its line break */
	ok = parse_checked(&p, text, size - bom + (size == bom || data[size - 1] != '\n'), ret);
	free(text);
	free(p.raw.nodes);
	free(p.raw.bytes);
	return ok ? 1 : p.rc == 0 ? 0 : err_nomem(e);
}

/* ---- looking into one ---- */

const char *yaml_text(const struct yaml *y, uint32_t node)
{
	return y->nodes[node].kind == YAML_TEXT ? y->bytes + y->nodes[node].text : NULL;
}

const char *yaml_tag(const struct yaml *y, uint32_t node)
{
	return y->nodes[node].tag ? y->bytes + y->nodes[node].tag : NULL;
}

static bool same_key(const char *written, const char *key, char underscore)
{
	for (; *key && (*key == '_' ? underscore : *key) == *written; key++)
		written++;
	return !*key && !*written;
}

static uint32_t find_spelled(const struct yaml *y, uint32_t map, const char *key, char underscore)
{
	uint32_t i = map + 1;

	for (uint32_t n = y->nodes[map].kind == YAML_MAP ? y->nodes[map].n : 0; n > 0; n--) {
		const uint32_t value = yaml_next(y, i);
		const char *written = yaml_text(y, i);

		if (written && same_key(written, key, underscore))
			return value;
		i = yaml_next(y, value);
	}
	return 0;
}

uint32_t yaml_find(const struct yaml *y, uint32_t map, const char *key)
{
	const uint32_t value = find_spelled(y, map, key, '_');

	return value || !strchr(key, '_') ? value : find_spelled(y, map, key, '-');
}

struct mark yaml_mark_node(const struct yaml *y, uint32_t node)
{
	return (struct mark){ y->file, y->nodes[node].line, y->nodes[node].column, NULL };
}

static uint32_t find_item(const struct yaml *y, uint32_t list, const char *index)
{
	uint32_t i = list + 1;
	char name[16];

	for (uint32_t n = 0; n < y->nodes[list].n; n++) {
		fmt(name, sizeof(name), "[%u]", n);
		if (strcmp(name, index) == 0)
			return i;
		i = yaml_next(y, i);
	}
	return 0;
}

struct mark yaml_mark(const struct yaml *y, ...)
{
	static _Thread_local char path[FINDING_TEXT_MAX];
	uint32_t node = 0;
	bool written = true;
	struct mark at;
	va_list ap;

	path[0] = '\0';
	va_start(ap, y);
	for (const char *key = va_arg(ap, const char *); key; key = va_arg(ap, const char *)) {
		const size_t len = strlen(path);
		const uint32_t next = !written ? 0 : y->nodes[node].kind == YAML_LIST ? find_item(y, node, key) :
				      yaml_find(y, node, key);

		fmt(path + len, sizeof(path) - len, "%s%s", key[0] == '[' ? "" : ".", key);
		written = next > 0;
		node = written ? next : node;
	}
	va_end(ap);
	at = yaml_mark_node(y, node);
	at.path = path;
	return at;
}

/* ---- as a block ---- */

struct packed {
	uint32_t magic;
	uint32_t n_nodes;
	uint32_t n_bytes;
	uint32_t unused;
};
#define PACKED_MAGIC 0x59414d4cu

int yaml_pack(const struct yaml *y, void **ret_block, size_t *ret_size)
{
	const struct packed head = { PACKED_MAGIC, y->n_nodes, y->n_bytes, 0 };
	const size_t of_nodes = y->n_nodes * sizeof(*y->nodes), size = sizeof(head) + of_nodes + y->n_bytes;
	char *block = malloc(size);

	if (!block)
		return -ENOMEM;
	memcpy(block, &head, sizeof(head));
	memcpy(block + sizeof(head), y->nodes, of_nodes);
	memcpy(block + sizeof(head) + of_nodes, y->bytes, y->n_bytes);
	*ret_block = block;
	*ret_size = size;
	return 0;
}

/* What can be said of a node without its children. */
static bool check_node(const struct yaml *y, const struct yaml_node *node, uint32_t room)
{
	const bool holds = node->kind == YAML_LIST || node->kind == YAML_MAP;

	if (node->kind > YAML_MAP || node->span < 1 || node->span > room || node->tag >= y->n_bytes)
		return false;
	if (!holds && (node->span != 1 || node->n != 0))
		return false;
	if (node->kind != YAML_TEXT)
		return true;
	return node->len <= YAML_TEXT_MAX && node->text < y->n_bytes && node->len < y->n_bytes - node->text &&
	       y->bytes[node->text + node->len] == '\0';
}

/* Children fill a node to its end, and are as many as it says; each second one of a map is a text. */
bool yaml_check(const struct yaml *y)
{
	struct { uint32_t end, left, is_map; } open[YAML_DEPTH_MAX + 1] = { { y->n_nodes, 1, 0 } };
	uint32_t depth = 0;

	if (y->n_nodes < 1 || y->n_bytes < 1 || y->bytes[0] != '\0' || y->bytes[y->n_bytes - 1] != '\0')
		return false;
	for (uint32_t i = 0; i < y->n_nodes; i++) {
		const struct yaml_node *node = &y->nodes[i];
		const uint32_t per = node->kind == YAML_MAP ? 2 : 1;

		for (; open[depth].left == 0; depth--)
			if (depth == 0 || open[depth].end != i)
				return false;
		if (!check_node(y, node, open[depth].end - i))
			return false;
		if (open[depth].is_map && open[depth].left % 2 == 0 && node->kind != YAML_TEXT)
			return false;
		open[depth].left--;
		if (node->kind != YAML_LIST && node->kind != YAML_MAP)
			continue;
		if (depth == YAML_DEPTH_MAX || node->n > (node->span - 1) / per)
			return false;
		open[++depth].end = i + node->span;
		open[depth].left = node->n * per;
		open[depth].is_map = node->kind == YAML_MAP;
	}
	for (; depth > 0; depth--)
		if (open[depth].left != 0 || open[depth].end != y->n_nodes)
			return false;
	return open[0].left == 0;
}

int yaml_unpack(const void *block, size_t size, const char *file, struct yaml **ret)
{
	struct packed head;
	struct yaml *y;

	if (size < sizeof(head))
		return 0;
	memcpy(&head, block, sizeof(head));
	size -= sizeof(head);
	if (head.magic != PACKED_MAGIC || head.n_nodes > size / sizeof(*y->nodes) ||
	    size - head.n_nodes * sizeof(*y->nodes) != head.n_bytes)
		return 0;
	y = make(file, (const char *)block + sizeof(head), head.n_nodes,
		 (const char *)block + sizeof(head) + head.n_nodes * sizeof(*y->nodes), head.n_bytes);
	if (!y)
		return -ENOMEM;
	if (!yaml_check(y)) {
		yaml_done(y);
		return 0;
	}
	*ret = y;
	return 1;
}
