/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Paths as texts; pure. */
#ifndef CIST_LITHOS_PATH_H
#define CIST_LITHOS_PATH_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>

/* "BASE/PATH", or path where it is absolute.  In a; NULL when it is full. */
must_use const char *path_join(struct arena *a, const char *base, const char *path);

/* The same with the directory of the file `beside` as the base. */
must_use const char *path_join_beside(struct arena *a, const char *beside, const char *path);

/* Whether a component is ".."; whether the path, read from the left, is at some point above where it began. */
bool path_has_parent(const char *path);
bool path_climbs_out(const char *path);

/* Whether text is UTF-8 without control characters. */
bool path_is_plain(const char *text);

/* For rows (.check, schema.h): 0, or -EINVAL with a sentence.  A path of the host: absolute. */
int path_check_host(const char *path, struct err *e);
/* A path of a container's own names for things: absolute, without "..", without control characters. */
int path_check_plain(const char *path, struct err *e);

#endif
