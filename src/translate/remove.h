/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CIST_TRANSLATE_REMOVE_H
#define CIST_TRANSLATE_REMOVE_H

#include "base/err.h"

/* Removes name in the directory dir, whatever it is and whatever is in it, as place_remove() does.  What is not there: 0. */
must_use int remove_at(int dir, const char *name, struct err *e);

#endif
