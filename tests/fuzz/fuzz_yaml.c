/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* YAML to a document; and bytes that claim to be a packed one, as a parser that was taken over might send. */
#include "tests/fuzz/fuzz.h"

#include "lithos/yaml.h"

static uint32_t judge_node(const struct yaml *y, uint32_t i, uint32_t depth);

static bool same_key(const struct yaml *y, uint32_t a, uint32_t b)
{
	return strcmp(yaml_text(y, a), yaml_text(y, b)) == 0;
}

/* Returns the node behind the map's last.  The parser lets no key be there twice; of a stranger's block nobody says so. */
static uint32_t judge_pairs(const struct yaml *y, uint32_t map, uint32_t depth, bool unique)
{
	uint32_t at = map + 1;

	for (uint32_t n = 0; n < y->nodes[map].n; n++) {
		const uint32_t key = at;

		MUST(yaml_text(y, key));
		if (unique)
			for (uint32_t i = map + 1; i < key; i = yaml_next(y, yaml_next(y, i)))
				MUST(!same_key(y, i, key));
		MUST(!unique || yaml_find(y, map, yaml_text(y, key)) == yaml_next(y, key));
		at = judge_node(y, yaml_next(y, key), depth);
	}
	return at;
}

static bool parsed;

static uint32_t judge_node(const struct yaml *y, uint32_t i, uint32_t depth)
{
	const struct yaml_node *node = &y->nodes[i];
	uint32_t at = i + 1;

	MUST(i < y->n_nodes && node->kind <= YAML_MAP && yaml_next(y, i) <= y->n_nodes);
	MUST(!yaml_tag(y, i) || strlen(yaml_tag(y, i)) < y->n_bytes);
	MUST(!yaml_text(y, i) || strlen(yaml_text(y, i)) <= YAML_TEXT_MAX);
	if (parsed)
		MUST(node->line > 0 && node->column > 0 && (!yaml_text(y, i) || strlen(yaml_text(y, i)) == node->len));
	if (node->kind == YAML_MAP || node->kind == YAML_LIST)
		MUST(depth < YAML_DEPTH_MAX);
	if (node->kind == YAML_MAP)
		at = judge_pairs(y, i, depth + 1, parsed);
	for (uint32_t n = 0; node->kind == YAML_LIST && n < node->n; n++)
		at = judge_node(y, at, depth + 1);
	MUST(at == yaml_next(y, i));
	return at;
}

static void try_again(const struct yaml *y)
{
	struct yaml auto_yaml *again = NULL;
	void *block = NULL;
	size_t size = 0;

	MUST(yaml_pack(y, &block, &size) == 0 && yaml_unpack(block, size, "again", &again) == 1);
	MUST(again->n_nodes == y->n_nodes && again->n_bytes == y->n_bytes && strcmp(again->file, "again") == 0);
	MUST(memcmp(again->nodes, y->nodes, y->n_nodes * sizeof(*y->nodes)) == 0 && memcmp(again->bytes, y->bytes, y->n_bytes) == 0);
	free(block);
}

static void try_text(const uint8_t *data, size_t size)
{
	const struct yaml_limits limits = { 1 << 16, size % 2 ? 10000 : 50 };
	struct findings auto_findings f = { 0 };
	struct yaml auto_yaml *y = NULL;
	struct err e = { 0 };
	char *text = malloc(size + 1);
	int rc;

	MUST(text);
	memcpy(text, data, size);
	rc = yaml_parse(text, size, "f", &limits, &f, &y, &e);
	free(text);
	MUST(rc == 0 || rc == 1);
	MUST(rc ? y && f.n == 0 : !y && f.n == 1 && f.n_errors == 1 && f.v[0].text[0] && f.v[0].kind);
	if (!y)
		return;
	parsed = true;
	MUST(yaml_check(y) && y->n_nodes <= limits.nodes && judge_node(y, 0, 0) == y->n_nodes);
	try_again(y);
}

static void try_block(const uint8_t *data, size_t size)
{
	struct yaml auto_yaml *y = NULL;
	void *block = malloc(size + 1);
	int rc;

	MUST(block);
	memcpy(block, data, size);
	rc = yaml_unpack(block, size, "f", &y);
	free(block);
	MUST(rc == 0 || rc == 1);
	parsed = false;
	if (rc == 1)
		MUST(judge_node(y, 0, 0) == y->n_nodes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	try_text(data, size);
	try_block(data, size);
	return 0;
}
