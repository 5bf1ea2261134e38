/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lists of CPUs and of memory nodes: "0-3,7" and the mask that the kernel takes. */
#ifndef CIST_PRIV_NUMLIST_H
#define CIST_PRIV_NUMLIST_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

/* 1024 nodes is what kernels are built with at most, 8192 CPUs likewise (mm/Kconfig, arch/x86/Kconfig). */
enum { NODES_MAX = 1024, CPUS_MAX = 8192 };

/*
 * Numbers and ranges with commas between them; blanks around either are allowed.  Sets bit N of mask for each, of which
 * max are there; the rest of it is cleared.  from is the JSON path, used in errors: a number of max or more, a range that
 * goes down, an empty list, anything that is no number.
 */
must_use int numlist_parse(const char *text, const char *from, uint64_t *mask, uint32_t max, struct err *e);

static inline bool numlist_has(const uint64_t *mask, uint32_t i)
{
	return mask[i / 64] >> (i % 64) & 1;
}

#endif
