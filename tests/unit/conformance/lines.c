/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/unit/conformance/lines.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_tree.h>

void line_add(struct lines *l, const char *fmt, ...)
{
	va_list ap;
	int rc;

	l->v = realloc(l->v, (l->n + 1) * sizeof(*l->v));
	if (!l->v)
		abort();
	va_start(ap, fmt);
	rc = vasprintf(&l->v[l->n], fmt, ap);
	va_end(ap);
	if (rc < 0)
		abort();
	l->n++;
}

void lines_done(struct lines *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i]);
	free(l->v);
	*l = (struct lines){ 0 };
}

static bool matches(const char *line, const char *wanted, bool beginning)
{
	while (*wanted) {
		if (strncmp(wanted, "[*]", 3) == 0 && *line == '[') {
			wanted += 3;
			line = strchr(line, ']');
			if (!line)
				return false;
			line++;
		} else if (*line++ != *wanted++) {
			return false;
		}
	}
	return beginning || !*line;
}

static bool any(const struct lines *l, const char *wanted, bool beginning)
{
	for (size_t i = 0; i < l->n; i++)
		if (matches(l->v[i], wanted, beginning))
			return true;
	return false;
}

bool lines_have(const struct lines *l, const char *wanted)
{
	return any(l, wanted, false);
}

bool lines_begin(const struct lines *l, const char *wanted)
{
	return any(l, wanted, true);
}

char *one_line(const char *s)
{
	char *out = malloc(2 * strlen(s) + 1), *to = out;

	if (!out)
		abort();
	for (; *s; s++) {
		if (*s == '\n') {
			*to++ = '\\';
			*to++ = 'n';
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
	return out;
}

static void flatten(struct lines *l, const char *path, yajl_val v);

static void flatten_object(struct lines *l, const char *path, yajl_val v)
{
	for (size_t i = 0; i < v->u.object.len; i++) {
		char *below = NULL;

		if (asprintf(&below, "%s%s%s", path, *path && path[strlen(path) - 1] != ' ' ? "." : "", v->u.object.keys[i]) < 0)
			abort();
		flatten(l, below, v->u.object.values[i]);
		free(below);
	}
}

static void flatten_array(struct lines *l, const char *path, yajl_val v)
{
	for (size_t i = 0; i < v->u.array.len; i++) {
		char *below = NULL;

		if (asprintf(&below, "%s[%zu]", path, i) < 0)
			abort();
		flatten(l, below, v->u.array.values[i]);
		free(below);
	}
}

static void flatten(struct lines *l, const char *path, yajl_val v)
{
	char *text;

	if (YAJL_IS_OBJECT(v)) {
		flatten_object(l, path, v);
	} else if (YAJL_IS_ARRAY(v)) {
		flatten_array(l, path, v);
	} else if (YAJL_IS_STRING(v)) {
		text = one_line(YAJL_GET_STRING(v));
		line_add(l, "%s = %s", path, text);
		free(text);
	} else if (YAJL_IS_NUMBER(v)) {
		line_add(l, "%s = %s", path, YAJL_GET_NUMBER(v));
	} else {
		line_add(l, "%s = %s", path, YAJL_IS_TRUE(v) ? "true" : YAJL_IS_FALSE(v) ? "false" : "null");
	}
}

void lines_add_json(struct lines *l, const char *prefix, const char *json)
{
	char why[256];
	yajl_val v = yajl_tree_parse(json, why, sizeof(why));

	if (!v)
		line_add(l, "%s = %s", prefix, json);
	else
		flatten(l, prefix, v);
	yajl_tree_free(v);
}
