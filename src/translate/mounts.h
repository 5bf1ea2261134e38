/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CIST_TRANSLATE_MOUNTS_H
#define CIST_TRANSLATE_MOUNTS_H

#include "translate/draft.h"

/* Appends a mount; options end with NULL, and are copied.  destination and source are kept. */
must_use int mounts_add(struct draft *d, const char *destination, const char *type, const char *source,
			const char *const *options);

#endif
