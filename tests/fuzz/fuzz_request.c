/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What cist-systemd is asked. */
#include "tests/fuzz/fuzz.h"

#include "systemd/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct request q = { 0 };
	struct err e = { 0 };
	int rc = request_parse((const char *)data, size, &q, &e);

	fuzz_judge(rc, &e);
	for (size_t i = 0; rc == 0 && i < q.n_items; i++) {
		MUST(q.items[i].width > 0 && q.items[i].n_values % q.items[i].width == 0);
		for (size_t k = 0; k < q.items[i].n_values; k++)
			MUST(strlen(q.items[i].values[k]) < size);
	}
	if (rc == 0)
		request_free(&q);
	return 0;
}
