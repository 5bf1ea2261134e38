/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside this folder and its tests only. */
#ifndef CIST_SECCOMP_LISTEN_H
#define CIST_SECCOMP_LISTEN_H

#include "seccomp/seccomp.h"

/*
 * p has one whole program in ->filter and the profile's flags.  When it returns NOTIFY anywhere it becomes two, else it stays;
 * flags that are about listeners go where a listener is.
 */
int seccomp_split(struct seccomp_plan *p, struct arena *a, struct err *e);

/* RFC 4648, with or without padding, nothing else in between.  -EINVAL, or -E2BIG when there is more than size. */
int seccomp_base64(const char *text, uint8_t *out, size_t size, size_t *ret_n);

/* The flags of a profile (rule.c); s may be NULL. */
int seccomp_flags(const struct oci_seccomp *s, uint32_t *ret_flags, struct err *e);

#endif
