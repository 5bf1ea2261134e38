/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The exit record: lines that a container's init has left, or somebody else. */
#include "tests/fuzz/fuzz.h"

#include "base/ending.h"
#include "supervise/reruns.h"

/* Numbers grow, none is too large, and it comes to an end; of a text without its first bytes, too. */
static void read_reruns(const char *text, size_t size)
{
	const uint64_t most = size % 50;

	for (int cut = 0; cut <= 1; cut++) {
		struct ending_line line;
		struct reruns r;
		uint64_t last = size % 3;
		size_t n = 0;

		reruns_begin(&r, text, size, !cut, last, most);
		for (; reruns_next(&r, &line); n++) {
			MUST(line.is_again && line.number > last && line.number <= most && r.last == line.number);
			MUST(ending_status(&line.end) >= 0 && r.at <= text + size);
			last = line.number;
		}
		MUST(n <= most && n <= size);
	}
}

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
	read_reruns(copy, size);
	free(copy);
	return 0;
}
