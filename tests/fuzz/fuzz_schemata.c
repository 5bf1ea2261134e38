/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* linux.intelRdt: l3CacheSchema, memBwSchema and what the file schemata has, with a line %% between them; and mountinfo. */
#include "tests/fuzz/fuzz.h"

#include "rdt/rdt.h"

static void judge(const char *text, const char *have)
{
	const char *line;

	MUST(*text && *text != '\n' && text[strlen(text) - 1] == '\n' && !strstr(text, "\n\n"));
	line = rdt_schema_differs(text, have);
	MUST(!line || (line >= text && line < text + strlen(text)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = fuzz_arena(size);
	auto_text char *memory = a.base;
	auto_text char *l3 = fuzz_text(&data, &size, "\n%%\n");
	auto_text char *mem_bw = fuzz_text(&data, &size, "\n%%\n");
	auto_text char *have = fuzz_text(&data, &size, "");
	const char *text = NULL, *point;
	struct err e = { 0 };
	int rc = rdt_schema_text(l3, mem_bw, &a, &text, &e);

	fuzz_judge(rc, &e);
	if (rc == 0 && text)
		judge(text, have);
	point = rdt_mount_point(have, &a);
	MUST(!point || strlen(point) <= strlen(have));
	return 0;
}
