/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files of these tests, read whole. */
#ifndef CIST_TESTS_LIBOCISPEC_FILE_H
#define CIST_TESTS_LIBOCISPEC_FILE_H

#include <stdio.h>
#include <stdlib.h>

/* The file's text, NUL-terminated, for free(); NULL when it cannot be opened. */
static inline char *file_read(const char *path, size_t *ret_len)
{
	FILE *f = fopen(path, "re");
	char *text = NULL;
	size_t len = 0, cap = 0;

	if (!f)
		return NULL;
	do {
		cap += 65536;
		text = realloc(text, cap + 1);
		if (!text)
			abort();
		len += fread(text + len, 1, cap - len, f);
	} while (len == cap);
	fclose(f);
	text[len] = '\0';
	*ret_len = len;
	return text;
}

/* Where the sources are: make check says so, by hand it is the current directory. */
static inline const char *source_dir(void)
{
	const char *dir = getenv("srcdir");

	return dir ? dir : ".";
}

/* The specification's schema and examples, if somebody has put them beside the sources. */
static inline void spec_path(char *buf, size_t size, const char *file)
{
	const char *dir = getenv("CIST_SPEC_DATA");

	if (dir)
		snprintf(buf, size, "%s/%s", dir, file);
	else
		snprintf(buf, size, "%s/../shared/data/runtime-spec-1.3/%s", source_dir(), file);
}

#endif
