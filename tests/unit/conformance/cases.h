/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files of cases: tests/golden/lithos/README.md says what stands in them. */
#ifndef CIST_TESTS_CONFORMANCE_CASES_H
#define CIST_TESTS_CONFORMANCE_CASES_H

#include <stdbool.h>
#include <stddef.h>

enum { CASE_SECTIONS_MAX = 24 };

struct section {
	const char *name;	/* "master", "error", "file hosts" */
	const char *word;	/* "each", "only", "+", or "" */
	char *body;		/* ends with a newline unless it is empty */
};

struct one_case {
	const char *title;
	struct section sections[CASE_SECTIONS_MAX];
	size_t n;
};

/* The section of that name, or NULL. */
const struct section *case_section(const struct one_case *c, const char *name);

/* Calls fn for each case of the file's text, which is taken apart.  false: the text is no file of cases. */
bool cases_each(char *text, void (*fn)(const struct one_case *c));

/* Calls fn for each line of the section, if it is there; lines that are empty count. */
void section_lines(const struct section *s, void (*fn)(const char *line, void *arg), void *arg);

#endif
