/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The rows backwards.  A generator that has failed refuses everything after it, so only the last
 * status of a document is looked at.
 */
#include "libocispec/scalar.h"

#include <stdlib.h>

yajl_gen_status oci_write_object(yajl_gen g, const struct oci_table *t, const void *from)
{
	const char *base = from;

	yajl_gen_map_open(g);
	for (size_t i = 0; i < t->n_rows; i++) {
		const struct oci_row *row = &t->rows[i];

		if (!row->kind->present(row, base))
			continue;
		yajl_gen_string(g, (const unsigned char *)row->key, row->key_len);
		row->kind->write(g, row, base);
	}
	return yajl_gen_map_close(g);
}

static yajl_gen open_generator(const char *indent)
{
	yajl_gen g = yajl_gen_alloc(NULL);

	if (g && indent) {
		yajl_gen_config(g, yajl_gen_beautify, 1);
		yajl_gen_config(g, yajl_gen_indent_string, indent);
	}
	return g;
}

/* The text for the caller, without the newline that the indented form ends with. */
static char *close_generator(yajl_gen g, yajl_gen_status st)
{
	const unsigned char *text;
	char *copy = NULL;
	size_t len;

	if ((st == yajl_gen_status_ok || st == yajl_gen_generation_complete) &&
	    yajl_gen_get_buf(g, &text, &len) == yajl_gen_status_ok && len > 0) {
		if (text[len - 1] == '\n')
			len--;
		copy = malloc(len + 1);
		if (copy) {
			memcpy(copy, text, len);
			copy[len] = '\0';
		}
	}
	yajl_gen_free(g);
	return copy;
}

char *oci_strings_write(const char *const *v, size_t n)
{
	yajl_gen g = open_generator(NULL);

	if (!g)
		return NULL;
	yajl_gen_array_open(g);
	for (size_t i = 0; i < n; i++)
		yajl_gen_string(g, (const unsigned char *)v[i], strlen(v[i]));
	return close_generator(g, yajl_gen_array_close(g));
}

char *oci_table_write(const struct oci_table *t, const void *from, const char *indent)
{
	yajl_gen g = open_generator(indent);

	return g ? close_generator(g, oci_write_object(g, t, from)) : NULL;
}

char *oci_table_write_list(const struct oci_table *t, const void *v, size_t n, const char *indent)
{
	yajl_gen g = open_generator(indent);
	const char *element = v;

	if (!g)
		return NULL;
	if (n == 0)
		return close_generator(g, yajl_gen_number(g, "[]", 2));
	yajl_gen_array_open(g);
	for (size_t i = 0; i < n; i++, element += t->size)
		oci_write_object(g, t, element);
	return close_generator(g, yajl_gen_array_close(g));
}
