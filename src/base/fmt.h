/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A formatter that allocates nothing and pulls in no stdio, so that cist-init can build its
 * error sentences.  It knows %s %.*s %c %d %i %u %x %o %% with the sizes l, ll, z and a field width
 * that may be zero-padded (%02x); what it does not know is printed as it stands.
 */
#ifndef CIST_BASE_FMT_H
#define CIST_BASE_FMT_H

#include <stdarg.h>
#include <stddef.h>

/* Always terminates buf (size > 0).  Returns the length that the whole text would have had. */
size_t fmt_v(char *buf, size_t size, const char *fmt, va_list ap);
size_t fmt(char *buf, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
