/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The text of config.json with the plain text of secrets in it. */
#ifndef CIST_TRANSLATE_REVEAL_H
#define CIST_TRANSLATE_REVEAL_H

#include "secret/secret.h"
#include "translate/translate.h"

/*
 * Opens the secrets of the plan with keys (NULL: there are none, and a secret is an error) and writes config.json into
 * locked memory, which is the caller's for locked_done(): *ret_len bytes of it.  No plain text is left anywhere else.
 */
must_use int reveal_config(const struct bundle_plan *p, const struct secret_keys *keys, struct locked *ret, size_t *ret_len,
			   struct err *e);

#endif
