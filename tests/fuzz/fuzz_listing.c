/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a runtime lists: it may be another program than the one that was meant. */
#include "tests/fuzz/fuzz.h"

#include "supervise/listing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_text char *text = fuzz_text(&data, &size, "");
	auto_listing struct listing all = { 0 };
	struct err e = { 0 };
	int rc = listing_read(text, strlen(text), &all, &e);

	fuzz_judge(rc, &e);
	for (size_t i = 0; rc == 0 && i < all.n; i++) {
		MUST(all.v[i].id && all.v[i].bundle && all.v[i].pid >= 0);
		MUST(listing_find(&all, all.v[i].id));
	}
	return 0;
}
