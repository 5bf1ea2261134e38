/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CIST_STATE_ID_H
#define CIST_STATE_ID_H

#include "base/err.h"

/*
 * Whether id may name a container: 1 to CONTAINER_ID_MAX of A-Z a-z 0-9 _ + - and '.', neither "." nor "..".
 * Such an id is one path component.  To be asked before any path is made of it.  0 or -EINVAL.
 */
must_use int container_id_check(const char *id, struct err *e);

#endif
