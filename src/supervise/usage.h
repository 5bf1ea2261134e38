/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a life has used, from its cgroups, which are there until the container is cleared.  Where they are is asked for when it
 * starts, since nothing tells after its end.
 */
#ifndef CIST_SUPERVISE_USAGE_H
#define CIST_SUPERVISE_USAGE_H

#include "base/err.h"

#include <stdint.h>
#include <sys/types.h>

enum { USAGE_PLACE_MAX = 4096 };

struct usage {
	uint64_t oom_kills;	/* processes that were killed for want of memory */
	uint64_t memory_peak;	/* bytes; 0: not known */
	uint64_t cpu_us;	/* 0: not known */
};

/*
 * Where the numbers of that process are, for usage_read() and record.cgroup: "MEMORY\nCPU", two directories of v1 or v2, which
 * may be one; "" for what there is not.  -ESRCH: there is no such process; -ENAMETOOLONG.
 */
must_use int usage_where(pid_t pid, char ret_place[USAGE_PLACE_MAX], struct err *e);

/* The same from texts: /proc/PID/cgroup and /proc/self/mountinfo, of the same namespaces.  Pure. */
must_use int usage_place(const char *cgroup, const char *mountinfo, char ret_place[USAGE_PLACE_MAX], struct err *e);

/* What cannot be read is 0: the cgroup may be gone, an old kernel has no peak.  place NULL: nothing. */
void usage_read(const char *place, struct usage *ret);

#endif
