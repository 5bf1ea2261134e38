/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* annotations: run.oci.seccomp_bpf_data, the text and the instructions in it. */
#include "tests/fuzz/fuzz.h"

#include "seccomp/listen.h"

static void decode(const char *text)
{
	const size_t room = strlen(text) / 2;	/* sometimes too small */
	uint8_t *out = malloc(room + 1);
	size_t n = SIZE_MAX;
	int rc;

	MUST(out);
	rc = seccomp_base64(text, out, room, &n);
	MUST(rc == 0 || rc == -EINVAL || rc == -E2BIG);
	MUST(rc < 0 || n <= room);
	free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = { .base = calloc(1, 256 << 10), .size = size % 8 ? 256 << 10 : 512 };
	auto_text char *memory = a.base;
	auto_text char *text = fuzz_text(&data, &size, "\n");
	struct seccomp_plan p = { 0 };
	struct err e = { 0 };
	int rc;

	decode(text);
	rc = seccomp_ready(text, NULL, &a, &p, &e);
	fuzz_judge(rc, &e);
	MUST(rc < 0 || (p.wanted && p.n > 0 && p.filter && p.listens == (p.listener != NULL)));
	return 0;
}
