/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CIST_BASE_TEXT_H
#define CIST_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Length of the well-formed, printable UTF-8 character at the NUL-terminated s, or 0 when its first byte has to be
 * escaped before somebody's terminal or parser sees it.
 */
size_t text_printable(const unsigned char *s);

/* Whether len bytes are well-formed UTF-8; a NUL is a character as any other. */
bool text_is_utf8(const void *text, size_t len);

#endif
