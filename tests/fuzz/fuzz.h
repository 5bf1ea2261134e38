/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the fuzz targets share.  `make fuzz` builds and runs them (tests/run-fuzz). */
#ifndef CIST_TESTS_FUZZ_H
#define CIST_TESTS_FUZZ_H

#include "base/arena.h"
#include "base/err.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Holds whatever came in. */
#define MUST(expr) ((expr) ? (void)0 : abort())

static inline void fuzz_free(char **p)
{
	free(*p);
}
#define auto_text __attribute__((cleanup(fuzz_free)))

/* The input up to the next separator as a string, in a block of its own so that reading past its end is found. */
static inline char *fuzz_text(const uint8_t **data, size_t *size, const char *separator)
{
	const size_t skip = strlen(separator);
	const uint8_t *end = skip ? memmem(*data, *size, separator, skip) : NULL;
	const size_t n = end ? (size_t)(end - *data) : *size;
	char *text = malloc(n + 1);

	MUST(text);
	memcpy(text, *data, n);
	text[n] = '\0';
	*data += end ? n + skip : n;
	*size -= end ? n + skip : n;
	return text;
}

/* Zeroed, and sometimes so small that it runs out: the input's length decides.  Its base is the caller's to free. */
static inline struct arena fuzz_arena(size_t size)
{
	struct arena a = { .size = (size_t)512 << size % 8 };

	a.base = calloc(1, a.size);
	MUST(a.base);
	return a;
}

/* rc is an answer and *e untouched, or an error with a sentence. */
static inline void fuzz_judge(int rc, const struct err *e)
{
	MUST(memchr(e->text, '\0', sizeof(e->text)));
	MUST(rc < 0 ? e->code == rc && e->text[0] : e->code == 0);
}

#endif
