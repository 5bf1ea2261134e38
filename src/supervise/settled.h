/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether a sandbox has come to rest in a new configuration, as the status file has it: what `lithos_switch --wait` asks.
 * Pure.
 */
#ifndef CIST_SUPERVISE_SETTLED_H
#define CIST_SUPERVISE_SETTLED_H

#include "supervise/report.h"

enum settled_answer {
	SETTLED_NOT_YET,
	SETTLED_DONE,		/* all of its instances are available in the configuration that is wanted, and no others run */
	SETTLED_FAILED,		/* and will not be without somebody's doing: why says what is the matter */
};

enum { SETTLED_WHY_MAX = 1024 };

/*
 * accepted: how many configurations had been accepted before.  why is written to in any case: what is waited for, or what has
 * failed.
 */
enum settled_answer settled(const struct report *r, const char *sandbox, uint64_t accepted, char why[SETTLED_WHY_MAX]);

#endif
