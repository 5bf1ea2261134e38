/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lithos_switch --plan: what another process file would start, restart and stop. */
#ifndef CIST_CMD_LITHOS_PREVIEW_H
#define CIST_CMD_LITHOS_PREVIEW_H

#include "supervise/places.h"
#include "supervise/whole.h"

struct preview {
	const char *master;		/* NULL: the usual file */
	const char *sandbox, *file;	/* what it would have instead */
	const struct places *places;
	const char *boot_id;
	struct arena *a;
};

/*
 * Prints it, with what is wrong in the configuration on standard error.  r is what the supervisor says that runs; without one
 * (NULL) that is what the next would find.  Returns 1 when there is an error in the configuration, else 0.
 */
must_use int preview_print(const struct preview *p, const struct report *r, struct err *e);

#endif
