/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every table that can be reached is sound: names differ, members lie within the struct, ranges fit. */
#include "libocispec/rows.h"
#include "libocispec/scalar.h"
#include "tests/check.h"

static size_t width(const struct oci_kind *k)
{
	static const struct {
		const struct oci_kind *kind;
		size_t bytes;
	} rows[] = {
		{ &oci_kind_bool, sizeof(bool) }, { &oci_kind_u16, 2 }, { &oci_kind_i32, 4 }, { &oci_kind_u32, 4 },
		{ &oci_kind_i64, 8 }, { &oci_kind_u64, 8 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].kind == k)
			return rows[i].bytes;
	return sizeof(void *);
}

static void sound_row(const struct oci_table *t, const struct oci_row *row)
{
	bool number = row->kind->number || row->kind == &oci_kind_numbers;

	CASE(row->key);
	CHECK(row->key_len == strlen(row->key) && row->key_len > 0);
	CHECK(row->offset + width(row->kind) <= t->size);
	CHECK(row->aux == OCI_NO_AUX || row->aux < t->size);
	CHECK(!row->kind->element || row->aux != OCI_NO_AUX);
	CHECK(!number || row->min < 0 || (uint64_t)row->min < row->max);
	CHECK(row->kind->at_brace != OCI_OPENS_OBJECT || row->table);
	for (const struct oci_row *other = t->rows; other < row; other++) {
		CHECK(strcmp(other->key, row->key) != 0);
		CHECK(row->kind->any || other->kind->any || other->offset != row->offset);
	}
}

static void sound(const struct oci_table *t, int depth)
{
	CHECK(depth < 8);
	CHECK(t->n_rows > 0 && t->n_rows <= 64 && t->size < OCI_NO_AUX);
	for (size_t i = 0; i < t->n_rows; i++) {
		sound_row(t, &t->rows[i]);
		if (t->rows[i].table && depth < 8)
			sound(t->rows[i].table, depth + 1);
	}
}

int main(void)
{
	sound(&oci_config_table, 0);
	sound(&oci_state_table, 0);
	sound(&oci_features_table, 0);
	return check_summary();
}
