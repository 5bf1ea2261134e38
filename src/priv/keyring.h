/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Session keyrings: a container must not see its caller's keys.  Acting half (cist-init). */
#ifndef CIST_PRIV_KEYRING_H
#define CIST_PRIV_KEYRING_H

#include "base/err.h"

/*
 * Joins the session keyring called name ("_ses.ID"); it is made when there is none, which is how a
 * container's first process does it.  After the user namespace was entered and before the user is switched:
 * the keyring belongs to the one and to the other.  A kernel without keyrings is no error.
 */
int keyring_join(const char *name, struct err *e);

#endif
