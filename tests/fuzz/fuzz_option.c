/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options of a mount, separated by commas. */
#include "tests/fuzz/fuzz.h"

#include "mnt/option.h"

enum { WORDS = 64 };

/* mount_setattr(2) refuses an access time that is set without the whole field being cleared. */
static bool is_for_the_kernel(uint64_t set, uint64_t clr)
{
	const uint64_t field = K_MOUNT_ATTR__ATIME;

	if ((set & field) && (clr & field) != field)
		return false;
	return ((clr & field) == 0 || (clr & field) == field) && !(set & clr & ~field);
}

static void judge(const struct mnt_options *o, size_t n)
{
	MUST(o->n_params <= n && o->words);
	MUST(is_for_the_kernel(o->set, o->clr) && is_for_the_kernel(o->rec_set, o->rec_clr));
	for (uint32_t i = 0; i < o->n_params; i++)
		MUST(o->params[i].key && !strchr(o->params[i].key, '='));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = fuzz_arena(size);
	auto_text char *memory = a.base;
	char *words[WORDS];
	size_t n = 0;
	struct mnt_options o;
	struct err e = { 0 };
	int rc;

	while (size > 0 && n < WORDS)
		words[n++] = fuzz_text(&data, &size, ",");
	rc = mnt_options_read((const char *const *)words, n, &a, &o, &e);
	fuzz_judge(rc, &e);
	if (rc == 0)
		judge(&o, n);
	while (n > 0)
		free(words[--n]);
	return 0;
}
