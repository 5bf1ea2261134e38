/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lists of a plan grow one by one, keep what they hold, and say when memory ends. */
#include "tests/check.h"
#include "translate/draft.h"

#include <stdint.h>

static char memory[1 << 16] __attribute__((aligned(16)));

static struct arena arena_of(size_t size)
{
	memset(memory, 0, sizeof memory);
	return (struct arena){ .base = memory, .size = size };
}

static void grows(void)
{
	struct arena a = arena_of(sizeof memory);
	struct err e = { 0 };
	struct draft d = { .a = &a, .e = &e };
	uint32_t *v = NULL;
	size_t n = 0;
	bool zeroed = true, kept = true;

	CASE("a list grows");
	for (uint32_t i = 0; i < 1000; i++) {
		uint32_t *x = DRAFT_ADD(&d, v, n);

		if (!CHECK(x != NULL))
			return;
		zeroed &= *x == 0;
		*x = i + 1;
	}
	for (uint32_t i = 0; i < 1000; i++)
		kept &= v[i] == i + 1;
	CHECK(n == 1000);
	CHECK(zeroed);
	CHECK(kept);
}

static void ends(void)
{
	struct arena a = arena_of(256);
	struct err e = { 0 };
	struct draft d = { .a = &a, .e = &e };
	const char **v = NULL;
	size_t n = 0;
	int rc = 0;

	CASE("memory ends");
	for (int i = 0; i < 100 && rc == 0; i++)
		rc = draft_text(&d, &v, &n, "x");
	CHECK(rc == -ENOMEM);
	CHECK(e.code == -ENOMEM);
	CHECK(n > 1 && n < 100);
	CHECK_STR(v[n - 1], "x");

	CASE("a text that could not be made");
	e.code = 0;
	CHECK(draft_text(&d, &v, &n, NULL) == -ENOMEM);
}

static void annotates(void)
{
	struct arena a = arena_of(sizeof memory);
	struct err e = { 0 };
	struct bundle_plan plan = { 0 };
	struct draft d = { .plan = &plan, .a = &a, .e = &e };

	CASE("annotations");
	CHECK(draft_annotation(&d, "a", "1") == 0);
	CHECK(draft_annotation(&d, "b", "2") == 0);
	CHECK(plan.config.n_annotations == 2);
	CHECK_STR(oci_annotation(&plan.config, "b"), "2");
	CHECK(draft_annotation(&d, "c", NULL) == -ENOMEM);
}

int main(void)
{
	grows();
	ends();
	annotates();
	return check_summary();
}
