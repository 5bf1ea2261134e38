/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Standard base64 (RFC 4648, 4): '=' at the end is written, and may be left out; nothing else is tolerated. */
#ifndef CIST_SECRET_BASE64_H
#define CIST_SECRET_BASE64_H

#include "base/err.h"

#include <stddef.h>

/* Room for what n bytes become, with the NUL. */
#define BASE64_ROOM(n) (((n) + 2) / 3 * 4 + 1)

/* Writes BASE64_ROOM(n) bytes at most; returns the length without the NUL. */
size_t base64_write(const void *data, size_t n, char *to);

/*
 * Bytes of len characters into to, which has room for len / 4 * 3 + 2 and may be where the text is.  Errors name the
 * first bad byte by value and offset.
 */
must_use int base64_read(const char *text, size_t len, unsigned char *to, size_t *ret_n, struct err *e);

#endif
