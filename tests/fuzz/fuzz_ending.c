/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The exit record: a line that a container's init has left, or somebody else. */
#include "tests/fuzz/fuzz.h"

#include "base/ending.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = malloc(size + 1), line[ENDING_TEXT_MAX], whole[ENDING_LINE_MAX];
	struct ending_line told;
	struct ending end = { .number = -1 };
	size_t n;
	int rc;

	MUST(copy);
	if (size > 0)
		memcpy(copy, data, size);
	rc = ending_parse(copy, size, &end);
	MUST(rc == ENDING_FOUND || rc == -EINVAL || rc == ENDING_NONE);
	if (rc == ENDING_FOUND) {
		MUST(ending_status(&end) >= 0 && ending_status(&end) < 256);
		n = ending_text(&end, line);
		MUST(n < sizeof(line) && ending_parse(line, n, &end) == ENDING_FOUND);
	}
	rc = ending_line_parse(copy, size, &told);
	MUST(rc == -EINVAL || (rc > 0 && (size_t)rc <= size));
	if (rc > 0) {
		n = ending_line_text(&told, whole);
		MUST(n < sizeof(whole) && ending_line_parse(whole, n, &told) == (int)n);
	}
	free(copy);
	return 0;
}
