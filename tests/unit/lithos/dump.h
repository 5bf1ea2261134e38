/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A document in one line, for comparing: - is nothing, ~ is null, 'x' a text, [a b] a list, {'k'=v} a map, !T in front a tag.
 * A file that is none is its findings, one a line.
 */
#ifndef CIST_TESTS_DUMP_H
#define CIST_TESTS_DUMP_H

#include "base/fmt.h"
#include "lithos/yaml.h"
#include "tests/check.h"

struct dump {
	char text[8192];
	size_t len;
};

static inline void dump_add(struct dump *d, const char *text)
{
	const size_t room = sizeof(d->text) - d->len, n = fmt(d->text + d->len, room, "%s", text);

	d->len += n < room ? n : room - 1;
}

static inline uint32_t dump_node(struct dump *d, const struct yaml *y, uint32_t i)
{
	const struct yaml_node *node = &y->nodes[i];
	const bool map = node->kind == YAML_MAP;
	uint32_t at = i + 1;

	if (node->tag) {
		dump_add(d, "!");
		dump_add(d, yaml_tag(y, i));
		dump_add(d, " ");
	}
	if (node->kind == YAML_TEXT) {
		dump_add(d, "'");
		dump_add(d, yaml_text(y, i));
		dump_add(d, "'");
	}
	if (node->kind == YAML_NOTHING || node->kind == YAML_NULL)
		dump_add(d, node->kind == YAML_NULL ? "~" : "-");
	if (node->kind != YAML_LIST && !map)
		return at;
	dump_add(d, map ? "{" : "[");
	for (uint32_t n = 0; n < node->n; n++) {
		dump_add(d, n ? " " : "");
		at = dump_node(d, y, at);
		if (map) {
			dump_add(d, "=");
			at = dump_node(d, y, at);
		}
	}
	dump_add(d, map ? "}" : "]");
	return at;
}

static inline void dump_findings(struct dump *d, const struct findings *f)
{
	char line[2 * FINDING_TEXT_MAX];

	for (size_t i = 0; i < f->n; i++) {
		finding_print(&f->v[i], line, sizeof(line));
		dump_add(d, i ? "\n" : "");
		dump_add(d, line);
	}
}

static inline const char *dump_parsed(const char *data, size_t size, const struct yaml_limits *limits)
{
	static struct dump d;
	struct findings auto_findings f = { 0 };
	struct yaml auto_yaml *y = NULL;
	struct err e = { 0 };
	const int rc = yaml_parse(data, size, "f", limits, &f, &y, &e);

	d = (struct dump){ 0 };
	if (rc == 1 && CHECK(y && f.n == 0 && yaml_check(y)))
		CHECK(dump_node(&d, y, 0) == y->n_nodes);
	CHECK(rc == 1 || (rc == 0 && !y && f.n == 1));
	dump_findings(&d, &f);
	return d.text;
}

#define DUMP(text) dump_parsed((text), strlen(text), &YAML_OF_IMAGE)

#endif
