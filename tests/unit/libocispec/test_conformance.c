/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * docs/spec-conformance.md has a row for each member that the tables know, and for no other.  With an argument it prints
 * the members instead.
 */
#include "libocispec/rows.h"
#include "libocispec/scalar.h"
#include "tests/check.h"
#include "tests/unit/libocispec/file.h"

enum { PATH_BYTES = 256, MEMBERS_MAX = 512 };

static struct member {
	char path[PATH_BYTES];
} members[MEMBERS_MAX];
static size_t n_members;

static void walk(const struct oci_table *t, const char *above)
{
	for (size_t i = 0; i < t->n_rows; i++) {
		const struct oci_row *row = &t->rows[i];
		/* Parts of other platforms are one row each. */
		bool is_foreign = row->table && strcmp(row->key, "freebsd") == 0;
		const char *inside = row->kind == &oci_kind_objects ? "[]." : row->kind == &oci_kind_keyed ? ".*." : ".";
		char path[PATH_BYTES];

		if (row->table && !is_foreign) {
			snprintf(path, sizeof(path), "%s%s%s", above, row->key, inside);
			walk(row->table, path);
		} else if (CHECK(n_members < MEMBERS_MAX)) {
			snprintf(members[n_members++].path, PATH_BYTES, "%s%s", above, row->key);
		}
	}
}

static bool is_member(const char *path, size_t len)
{
	for (size_t i = 0; i < n_members; i++)
		if (strlen(members[i].path) == len && strncmp(members[i].path, path, len) == 0)
			return true;
	return false;
}

/* Rows of the tables begin with | `MEMBER` |. */
static void check_page(const char *page)
{
	char row[PATH_BYTES + 8];

	for (size_t i = 0; i < n_members; i++) {
		snprintf(row, sizeof(row), "\n| `%.255s` |", members[i].path);
		CASE(members[i].path);
		CHECK(strstr(page, row) && "has a row");
	}
	CASE("no row is about a member that there is not");
	for (const char *at = strstr(page, "\n| `"); at; at = strstr(at + 1, "\n| `")) {
		const char *path = at + strlen("\n| `");
		size_t len = strcspn(path, "`");

		if (!CHECK(is_member(path, len)))
			printf("  %.*s\n", (int)len, path);
	}
}

int main(int argc, char **argv)
{
	char path[4096];
	size_t len;
	char *page;

	(void)argv;
	walk(&oci_config_table, "");
	for (size_t i = 0; argc > 1 && i < n_members; i++)
		puts(members[i].path);
	if (argc > 1)
		return 0;
	snprintf(path, sizeof(path), "%s/docs/spec-conformance.md", source_dir());
	page = file_read(path, &len);
	if (CHECK(page))
		check_page(page);
	free(page);
	return check_summary();
}
