/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An update of a process that goes on, or was turned around; update.c makes them, show.c shows them. */
#ifndef CIST_SUPERVISE_UPDATE_H
#define CIST_SUPERVISE_UPDATE_H

#include "supervise/rollout.h"
#include "supervise/tree.h"

enum { UPDATE_WHY_MAX = 512 };

struct update {
	struct rollout r;
	struct ward **wards;		/* of the items */
	char *process;			/* "SANDBOX/PROCESS" */
	uint64_t replaced;
	bool over;
	char why[UPDATE_WHY_MAX];	/* it was turned around; "": it was not */
	struct update *next;
};

#endif
