/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Resource limits (config.md#posix-process, rlimits). */
#ifndef CIST_PRIV_RLIMIT_H
#define CIST_PRIV_RLIMIT_H

#include "base/arena.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct explain;
struct oci_rlimit;

struct rlimit_row {
	const char *from;	/* "process.rlimits[2]" */
	const char *name;	/* "RLIMIT_CORE" */
	uint32_t resource;
	uint64_t soft;		/* UINT64_MAX: no limit */
	uint64_t hard;
};

/* RLIMIT_NOFILE is the last row: from there on fewer descriptors may be had than the set-up needs. */
struct rlimit_plan {
	const struct rlimit_row *v;
	uint32_t n;
};

/* Deciding half.  from is the JSON path of the list ("process.rlimits"). */
int rlimit_plan(const struct oci_rlimit *v, size_t n, const char *from, struct arena *a,
		struct rlimit_plan *ret_plan, struct err *e);
void rlimit_explain(const struct rlimit_plan *p, struct explain *x);

/*
 * Acting half: on the calling process.  Raising comes early, while the capability for it is there and `create` can still
 * fail; all that lowers comes last, as it could be less than the set-up needs.
 */
int rlimit_raise(const struct rlimit_plan *p, struct err *e);
int rlimit_apply(const struct rlimit_plan *p, struct err *e);

#endif
