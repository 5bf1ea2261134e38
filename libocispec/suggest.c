/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "libocispec/suggest.h"

#include <string.h>

enum { WORD_MAX = 48, FAR = 3 };

static size_t least(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* Letters inserted, left out or changed between the two (Levenshtein, one row at a time). */
static size_t apart(const char *a, size_t n_a, const char *b, size_t n_b)
{
	size_t row[WORD_MAX + 1];

	if (n_a > WORD_MAX || n_b > WORD_MAX)
		return FAR;
	for (size_t k = 0; k <= n_b; k++)
		row[k] = k;
	for (size_t i = 1; i <= n_a; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t k = 1; k <= n_b; k++) {
			size_t above = row[k];

			row[k] = least(above + 1, row[k - 1] + 1, diagonal + (a[i - 1] != b[k - 1]));
			diagonal = above;
		}
	}
	return row[n_b];
}

static const struct oci_row *find(const struct oci_table *t, const char *key, size_t n)
{
	for (size_t i = 0; i < t->n_rows; i++)
		if (t->rows[i].key_len == n && memcmp(t->rows[i].key, key, n) == 0)
			return &t->rows[i];
	return NULL;
}

static const char *nearest(const struct oci_table *t, const char *key, size_t n)
{
	size_t best = n > 3 ? FAR : FAR - 1;	/* of a short name two letters are most of it */
	const char *found = NULL;

	for (size_t i = 0; i < t->n_rows; i++) {
		size_t d = apart(key, n, t->rows[i].key, t->rows[i].key_len);

		if (d < best) {
			best = d;
			found = t->rows[i].key;
		}
	}
	return found;
}

const char *oci_suggest(const struct oci_table *t, const char *place)
{
	const struct oci_row *row;

	for (;;) {
		size_t n = strcspn(place, ".[ ");

		if (place[n] == ' ')
			return nearest(t, place, n);
		row = find(t, place, n);
		if (!row || !row->table)
			return NULL;
		t = row->table;
		place += n;
		while (*place == '[')	/* an element; or, in quotes, a name that is no member's */
			place += strcspn(place, "]") + (strchr(place, ']') != NULL);
		if (*place != '.')
			return NULL;
		place++;
	}
}
