/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sys/scratch.h"

#include <string.h>
#include <sys/mman.h>

enum { SCRATCH_BYTES = 512 << 20 };

int scratch_make(struct arena *ret, struct err *e)
{
	void *p = mmap(NULL, SCRATCH_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		return err_sys(e, -errno, "memory for the plan");
	*ret = (struct arena){ .base = p, .size = SCRATCH_BYTES };
	return 0;
}

void scratch_rewind(struct arena *a, size_t kept)
{
	memset(a->base + kept, 0, a->used - kept);
	a->used = kept;
}

void scratch_done(struct arena *a)
{
	if (a->base)
		munmap(a->base, a->size);
	a->base = NULL;
}
