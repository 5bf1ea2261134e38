/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lines of text, for what is expected and for what came out; tests only, so memory that runs out ends the program. */
#ifndef CIST_TESTS_CONFORMANCE_LINES_H
#define CIST_TESTS_CONFORMANCE_LINES_H

#include <stdbool.h>
#include <stddef.h>

struct lines {
	char **v;
	size_t n;
};

void line_add(struct lines *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void lines_done(struct lines *l);

/* Whether one of them is this; in wanted, "[*]" stands for any index. */
bool lines_have(const struct lines *l, const char *wanted);
/* The same for lines that begin so. */
bool lines_begin(const struct lines *l, const char *wanted);

/* s with newlines as \n, for free(). */
char *one_line(const char *s);

/* Each scalar of a JSON text as "PATH = VALUE", before each of them prefix. */
void lines_add_json(struct lines *l, const char *prefix, const char *json);

#endif
