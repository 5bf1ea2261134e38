/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lists of CPUs and of memory nodes. */
#include "tests/fuzz/fuzz.h"

#include "priv/numlist.h"

enum { MAX = 100 };	/* no multiple of a word's bits */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_text char *text = fuzz_text(&data, &size, "\n");
	uint64_t mask[3] = { UINT64_MAX, UINT64_MAX, UINT64_MAX };
	struct err e = { 0 };
	int rc = numlist_parse(text, "linux.memoryPolicy.nodes", mask, MAX, &e);

	fuzz_judge(rc, &e);
	MUST(mask[1] >> (MAX - 64) == 0 && mask[2] == UINT64_MAX);
	MUST(rc < 0 || mask[0] || mask[1]);
	return 0;
}
