/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Logs of configurations and lists of images, by which images are deleted. */
#include "tests/fuzz/fuzz.h"

#include "lithos/allow.h"
#include "supervise/history.h"

#include <stdlib.h>

static char memory[8 << 20] __attribute__((aligned(16)));

static void check_names(const struct names *n)
{
	for (size_t i = 1; i < n->n; i++)
		MUST(strcmp(n->v[i - 1], n->v[i]) < 0);
	for (size_t i = 0; i < n->n; i++)
		MUST(names_have(n, n->v[i]));
}

static void read_log(const char *text, size_t len, struct arena *a)
{
	auto_history struct history h = { .v = NULL };
	const struct history_rules rules = { .has_days = true, .days = 10, .at_least = 1, .at_most = 3 };
	struct err e = { 0 };
	struct names n;
	size_t first;

	if (history_read(&h, text, len, 0, a, &e) < 0) {
		MUST(*e.text);
		return;
	}
	/* Whatever was taken as a whole ends with a newline, and two entries that follow each other differ. */
	MUST(len == 0 || text[len - 1] == '\n');
	for (size_t i = 1; i < h.n; i++)
		MUST(!names_equal(&h.v[i - 1].images, &h.v[i].images));
	first = history_first(&h, &rules, 2000000000);
	MUST(h.n - first <= 3 && (h.n == 0 || first < h.n));
	if (history_images(&h, first, a, &n, &e) == 0)
		check_names(&n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = { .base = memory, .size = sizeof(memory) };
	char *text = malloc(size + 1);
	struct err e = { 0 };
	struct names n;

	memcpy(text, data, size);
	read_log(text, size, &a);
	if (history_list(text, size, 2, &a, &n, &e) == 0) {
		check_names(&n);
		for (size_t i = 0; i < n.n; i++)
			MUST(lithos_image_check(n.v[i], 2, &e) == 0);
	}
	memset(memory, 0, a.used);
	free(text);
	return 0;
}
