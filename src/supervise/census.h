/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the processes below some others use, from /proc: those of containers, whose inits are known by pid from the status
 * file.  Nobody is looked for by a name.
 */
#ifndef CIST_SUPERVISE_CENSUS_H
#define CIST_SUPERVISE_CENSUS_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct census_process {
	pid_t pid, parent;
	pid_t root;			/* the one of the roots that it is, or descends from */
	pid_t top;			/* the child of the root that it is, or descends from; 0: the root itself */
	char state;			/* 'R', 'S', 'Z', … */
	uint32_t threads;
	uint64_t start;			/* ticks since boot */
	uint64_t user, system;		/* ticks */
	uint64_t child_user, child_system;	/* of children that were waited for */
	uint64_t rss, swap;		/* bytes */
};

struct census {
	struct census_process *v;	/* ascending by pid */
	size_t n;
};

void census_done(struct census *c);
#define auto_census __attribute__((cleanup(census_done)))

/* The roots that there are, and all that descends from them.  What ends meanwhile is not there. */
must_use int census_take(const pid_t *roots, size_t n_roots, struct census *ret, struct err *e);

/* From the text of /proc/PID/stat; root, top and swap are left alone.  -EPROTO: it has another form.  Pure. */
must_use int census_parse(const char *stat, uint64_t page_bytes, struct census_process *ret);
/* The same of /proc/PID/status: bytes that are swapped out, 0 where it does not tell. */
uint64_t census_parse_swap(const char *status);
/* Keeps of v the roots and their descendants, sorts them, and says of each which ones.  Returns how many.  Pure. */
size_t census_select(struct census_process *v, size_t n, const pid_t *roots, size_t n_roots);

/* NULL: there is none of that pid. */
const struct census_process *census_find(const struct census *c, pid_t pid);

struct census_total {
	uint64_t processes, threads;
	uint64_t rss, swap;
	uint64_t user, system, child_user, child_system;
};

/* Of all below the root, without itself; top not 0: only by way of that child of it.  Added to *total. */
void census_add(const struct census *c, pid_t root, pid_t top, struct census_total *total);

#endif
