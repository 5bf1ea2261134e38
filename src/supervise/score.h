/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whom the kernel kills for want of memory.  The supervisor and lithos_hold, without which every container would be one death
 * away from being lost, are among the last; what the supervisor executes is not, and containers least of all, so that each
 * child is put back to what the supervisor was given at its first start.
 */
#ifndef CIST_SUPERVISE_SCORE_H
#define CIST_SUPERVISE_SCORE_H

enum { SCORE_OWN = -900 };
#define SCORE_VARIABLE "LITHOS_TREE_OOM="	/* the first one, for this program when it is executed anew */

/* Lowers that of this process, where it may.  A lower one stays. */
void score_lower(const char *const *envp);
/* "LITHOS_TREE_OOM=NUMBER"; NULL: it was not lowered. */
const char *score_word(void);
/* For a child: puts it back.  Allocates nothing. */
void score_restore(void);

#endif
