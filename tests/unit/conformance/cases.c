/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/unit/conformance/cases.h"

#include <stdlib.h>
#include <string.h>

const struct section *case_section(const struct one_case *c, const char *name)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->sections[i].name, name) == 0)
			return &c->sections[i];
	return NULL;
}

/* "master each" is a name and a word; "file hosts" and "no file hosts" are names. */
static void split_header(char *header, struct section *s)
{
	static const char *const words[] = { " each", " only", " +" };

	s->name = header;
	s->word = "";
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t len = strlen(header), word = strlen(words[i]);

		if (len > word && strcmp(header + len - word, words[i]) == 0) {
			header[len - word] = '\0';
			s->word = words[i] + 1;
			return;
		}
	}
}

/* Blank lines at the end of a section are there for the reader's eye. */
static void trim(char *body)
{
	size_t len = strlen(body);

	while (len > 1 && body[len - 1] == '\n' && body[len - 2] == '\n')
		body[--len] = '\0';
	if (strcmp(body, "\n") == 0)
		*body = '\0';
}

static void finish(struct one_case *c, void (*fn)(const struct one_case *c))
{
	for (size_t i = 0; i < c->n; i++)
		trim(c->sections[i].body);
	if (c->title)
		fn(c);
}

/* A line that begins a case or a section ends the body before it: its first byte becomes that body's NUL. */
bool cases_each(char *text, void (*fn)(const struct one_case *c))
{
	struct one_case c = { .title = NULL };
	char *line, *next;

	for (line = text; *line; line = next) {
		bool title = strncmp(line, "=== ", 4) == 0, header = c.title && strncmp(line, "--- ", 4) == 0;

		next = strchr(line, '\n');
		if (!next)
			return false;
		next++;
		if (!title && !header)
			continue;
		line[0] = next[-1] = '\0';
		if (title) {
			finish(&c, fn);
			c = (struct one_case){ .title = line + 4 };
			continue;
		}
		if (c.n == CASE_SECTIONS_MAX)
			return false;
		split_header(line + 4, &c.sections[c.n]);
		c.sections[c.n++].body = next;
	}
	finish(&c, fn);
	return c.title != NULL;
}

void section_lines(const struct section *s, void (*fn)(const char *line, void *arg), void *arg)
{
	char *copy, *line, *rest;

	if (!s)
		return;
	copy = strdup(s->body);
	if (!copy)
		abort();
	rest = copy;
	while (*rest) {
		line = rest;
		rest = strchr(line, '\n');
		if (!rest)
			rest = line + strlen(line);
		else
			*rest++ = '\0';
		fn(line, arg);
	}
	free(copy);
}
