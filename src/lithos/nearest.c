/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lithos/walk.h"

#include <string.h>

enum { WORD_MAX = 40 };

/* Case and the two ways of spelling do not count. */
static char plain(char c)
{
	return c == '_' ? '-' : c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* How many characters are to be added, taken away or changed (Levenshtein's distance), one row of the matrix at a time. */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int row[WORD_MAX + 1];
	const unsigned int n = (unsigned int)strlen(b);

	for (unsigned int i = 0; i <= n; i++)
		row[i] = i;
	for (unsigned int above = 0; *a; a++) {
		unsigned int corner = above++;

		row[0] = above;
		for (unsigned int i = 1; i <= n; i++) {
			const unsigned int changed = corner + (plain(*a) != plain(b[i - 1]));
			const unsigned int added = (row[i] < row[i - 1] ? row[i] : row[i - 1]) + 1;

			corner = row[i];
			row[i] = changed < added ? changed : added;
		}
	}
	return row[n];
}

const char *walk_nearest(const char *written, const char *const *words)
{
	const size_t len = strlen(written);
	unsigned int best = len < 4 ? 2 : len < 9 ? 3 : 4;	/* this far is too far */
	const char *nearest = NULL;

	for (; len <= WORD_MAX && *words; words++) {
		const unsigned int far = strlen(*words) <= WORD_MAX ? distance(written, *words) : best;

		if (far < best) {
			best = far;
			nearest = *words;
		}
	}
	return nearest;
}
