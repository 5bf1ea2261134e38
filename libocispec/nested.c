/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Kinds that hold other values: lists, maps, objects; and the one that is passed over. */
#include "libocispec/scalar.h"

#include <inttypes.h>
#include <stdio.h>

static size_t count(const struct oci_row *row, const char *base)
{
	return *(const size_t *)(const void *)(base + row->aux);
}

static bool present_list(const struct oci_row *row, const char *base)
{
	return (row->flags & (OCI_ALWAYS | OCI_REQUIRED)) || count(row, base) > 0;
}

static bool present_object(const struct oci_row *row, const char *base)
{
	return oci_pointer(row, base) != NULL;
}

static bool present_inline(const struct oci_row *row, const char *base)
{
	(void)row;
	(void)base;
	return true;
}

static bool present_never(const struct oci_row *row, const char *base)
{
	(void)row;
	(void)base;
	return false;
}

/* yajl writes an empty list in the indented form over three lines; this is shorter in both forms. */
static bool empty(yajl_gen g, size_t n, const char *brackets, yajl_gen_status *ret_status)
{
	if (n > 0)
		return false;
	*ret_status = yajl_gen_number(g, brackets, 2);
	return true;
}

static yajl_gen_status write_strings(yajl_gen g, const struct oci_row *row, const char *base)
{
	const char *const *v = oci_pointer(row, base);
	yajl_gen_status st;

	if (empty(g, count(row, base), "[]", &st))
		return st;
	yajl_gen_array_open(g);
	for (size_t i = 0; i < count(row, base); i++)
		oci_gen_string(g, v[i]);
	return yajl_gen_array_close(g);
}

static yajl_gen_status write_numbers(yajl_gen g, const struct oci_row *row, const char *base)
{
	const uint32_t *v = oci_pointer(row, base);
	yajl_gen_status st;

	if (empty(g, count(row, base), "[]", &st))
		return st;
	yajl_gen_array_open(g);
	for (size_t i = 0; i < count(row, base); i++)
		yajl_gen_integer(g, v[i]);
	return yajl_gen_array_close(g);
}

static yajl_gen_status write_pairs(yajl_gen g, const struct oci_row *row, const char *base)
{
	const struct oci_pair *v = oci_pointer(row, base);
	yajl_gen_status st;

	if (empty(g, count(row, base), "{}", &st))
		return st;
	yajl_gen_map_open(g);
	for (size_t i = 0; i < count(row, base); i++) {
		oci_gen_string(g, v[i].key);
		oci_gen_string(g, v[i].value);
	}
	return yajl_gen_map_close(g);
}

static yajl_gen_status write_object(yajl_gen g, const struct oci_row *row, const char *base)
{
	return oci_write_object(g, row->table, oci_pointer(row, base));
}

static yajl_gen_status write_inline(yajl_gen g, const struct oci_row *row, const char *base)
{
	return oci_write_object(g, row->table, oci_member(row, base));
}

static yajl_gen_status write_objects(yajl_gen g, const struct oci_row *row, const char *base)
{
	const char *v = oci_pointer(row, base);
	yajl_gen_status st;

	if (empty(g, count(row, base), "[]", &st))
		return st;
	yajl_gen_array_open(g);
	for (size_t i = 0; i < count(row, base); i++)
		oci_write_object(g, row->table, v + i * row->table->size);
	return yajl_gen_array_close(g);
}

static yajl_gen_status write_keyed(yajl_gen g, const struct oci_row *row, const char *base)
{
	const char *v = oci_pointer(row, base);
	yajl_gen_status st;

	if (empty(g, count(row, base), "{}", &st))
		return st;
	yajl_gen_map_open(g);
	for (size_t i = 0; i < count(row, base); i++) {
		const char *element = v + i * row->table->size;

		oci_gen_string(g, *(const char *const *)(const void *)element);
		oci_write_object(g, row->table, element);
	}
	return yajl_gen_map_close(g);
}

const struct oci_kind oci_kind_object = {
	.wants = "an object", .at_brace = OCI_OPENS_OBJECT,
	.present = present_object, .write = write_object,
};

const struct oci_kind oci_kind_inline = {
	.wants = "an object", .at_brace = OCI_OPENS_OBJECT, .embedded = true,
	.present = present_inline, .write = write_inline,
};

const struct oci_kind oci_kind_strings = {
	.wants = "a list of strings", .at_bracket = OCI_OPENS_LIST,
	.element = &oci_kind_string, .element_size = sizeof(const char *),
	.present = present_list, .write = write_strings,
};

const struct oci_kind oci_kind_numbers = {
	.wants = "a list of integers", .at_bracket = OCI_OPENS_LIST,
	.element = &oci_kind_u32, .element_size = sizeof(uint32_t),
	.present = present_list, .write = write_numbers,
};

const struct oci_kind oci_kind_pairs = {
	.wants = "an object of strings", .at_brace = OCI_OPENS_MAP,
	.element = &oci_kind_string, .element_size = sizeof(struct oci_pair),
	.value_offset = offsetof(struct oci_pair, value),
	.present = present_list, .write = write_pairs,
};

const struct oci_kind oci_kind_objects = {
	.wants = "a list of objects", .at_bracket = OCI_OPENS_LIST, .element = &oci_kind_inline,
	.present = present_list, .write = write_objects,
};

const struct oci_kind oci_kind_keyed = {
	.wants = "an object of objects", .at_brace = OCI_OPENS_MAP, .element = &oci_kind_inline,
	.present = present_list, .write = write_keyed,
};

const struct oci_kind oci_kind_skip = {
	.wants = "anything", .at_brace = OCI_OPENS_SKIPPED, .at_bracket = OCI_OPENS_SKIPPED, .any = true,
	.present = present_never,
};
