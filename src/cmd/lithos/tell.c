/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cmd/lithos/tell.h"

#include <stdio.h>

static void print(struct teller *t, const struct finding *x)
{
	char text[FINDING_JSON_MAX];

	if (t->json) {
		finding_print_json(x, text);
		printf("%s%s", t->n_printed ? ",\n" : "[\n", text);
	} else {
		finding_print(x, text, sizeof(text));
		fprintf(stderr, "%s\n", text);
	}
	t->n_printed++;
}

void tell(struct teller *t, struct findings *f)
{
	findings_sort(f);
	for (size_t i = 0; i < f->n; i++)
		if (!finding_is_repeated(f, i))
			print(t, &f->v[i]);
	if (f->n_dropped > 0) {
		char text[64];

		snprintf(text, sizeof(text), "there is more: %zu findings are not shown", f->n_dropped);
		print(t, &(struct finding){ .level = FINDING_WARNING, .about = f->about, .text = text });
	}
	t->n_errors += f->n_errors;
	findings_done(f);
	*f = (struct findings){ 0 };
}

int tell_end(const struct teller *t)
{
	if (t->json)
		printf("%s\n", t->n_printed ? "\n]" : "[]");
	return t->n_errors > 0;
}
