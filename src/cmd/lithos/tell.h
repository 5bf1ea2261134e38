/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Findings as a tool prints them: sorted, each once, and forgotten, so that a large deployment costs no memory. */
#ifndef CIST_CMD_LITHOS_TELL_H
#define CIST_CMD_LITHOS_TELL_H

#include "lithos/finding.h"

struct teller {
	bool json;	/* a list of objects to standard output; else lines to standard error */
	size_t n_errors, n_printed;
};

/* Prints what was found so far; f is empty then, ready for more. */
void tell(struct teller *t, struct findings *f);

/* After the last of them: a JSON list ends.  The exit status: 1 when there was an error, else 0. */
int tell_end(const struct teller *t);

#endif
