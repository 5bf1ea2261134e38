/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The one parser of ids that a person typed.  Decimal digits and nothing else, all of the string, and
 * below 4294967295: that one the kernel takes as "leave it as it is", which once left programs running as root.
 */
#ifndef CIST_PRIV_USER_H
#define CIST_PRIV_USER_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

/* what names it in the sentence: "--user", "--additional-gids". */
int user_parse_id(const char *text, const char *what, uint32_t *ret_id, struct err *e);

/* "UID" or "UID:GID".  *ret_gid is written only when *ret_has_gid becomes true. */
int user_parse(const char *text, uint32_t *ret_uid, bool *ret_has_gid, uint32_t *ret_gid, struct err *e);

#endif
