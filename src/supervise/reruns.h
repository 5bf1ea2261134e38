/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which ends of its program an init has seen that starts it again: the lines of the exit record (base/ending.h) that have
 * not been counted yet.  That file is as trustworthy as the program: whoever takes over its init can write into it.
 */
#ifndef CIST_SUPERVISE_RERUNS_H
#define CIST_SUPERVISE_RERUNS_H

#include "base/auto.h"
#include "base/ending.h"

#include <stddef.h>
#include <stdint.h>

enum { RERUNS_BYTES = 68 << 10 };	/* more than an init writes into one; what is longer is read from its end */

/* A record's text, and how far it was read. */
struct reruns {
	const char *at, *end;
	uint64_t last;		/* the number up to which they are known */
	uint64_t most;		/* larger ones cannot be */
	bool damaged;		/* there was a line that no init writes */
};

/* Pure.  From n bytes of text; `whole`: they begin with a line. */
void reruns_begin(struct reruns *r, const char *text, size_t n, bool whole, uint64_t last, uint64_t most);
/*
 * The next end: of a number above r->last, which is that then; between the two are those that have not been recorded, or not
 * any more.  false: there is none, or only the beginning of its line.
 */
bool reruns_next(struct reruns *r, struct ending_line *ret);

/*
 * What fd, a record, has at its end: enough to have the line behind number `last`, if it is there.  *ret is malloc()ed;
 * *ret_whole: it begins with a line.  Negative: it cannot be read.
 */
must_use int reruns_read(int fd, uint64_t last, char **ret, size_t *ret_n, bool *ret_whole);

#endif
