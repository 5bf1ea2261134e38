/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Volumes: which directory of the host a virtual path means, in which order they are mounted, and with which options. */
#ifndef CIST_TRANSLATE_VOLUME_H
#define CIST_TRANSLATE_VOLUME_H

#include "translate/draft.h"

/*
 * A path from "/", without empty and "." components and without a slash at its end: what two spellings have in common.
 * 1: *ret is it; 0: the path is relative, or has a ".." component, which nothing here follows; negative: no memory.
 */
must_use int volume_normal(const char *path, struct arena *a, const char **ret, struct err *e);

/* Whether path is prefix or below it, both normal: /dbx is not below /db.  *ret_below is the rest, without a slash. */
bool volume_is_below(const char *path, const char *prefix, const char **ret_below);

enum { VOLUME_STATE_MODE = 01777 };	/* of an instance's state directory */

/* Where something of the host is. */
struct volume_place {
	const char *prefix;	/* a directory of the administrator, followed as it is; normal */
	const char *below;	/* the rest, resolved beneath it without following symbolic links; "": prefix itself */
	const char *key;	/* the entry of the table that was taken */
	const char *shorter;	/* where the entry that lithos takes, the shortest that fits, leads; NULL: to the same place */
};

/*
 * The place of a `!Readonly` or `!Persistent` volume by the tables of a sandbox: the longest prefix wins; a `!Readonly` looks
 * into readonly-paths and, when nothing there fits, into writable-paths.  Pure, and silent: translate_volumes() has the
 * findings.  1: found; 0: no entry fits; negative: no memory.
 */
must_use int volume_find(const struct lithos_sandbox *s, const struct lithos_volume *v, struct arena *a,
			 struct volume_place *ret, struct err *e);

/*
 * The indexes of c->volumes in the order of mounting, c->n_volumes of them: by the length of the mount point, then by its
 * bytes.  Those whose mount point is not normal are in it too.  0, or negative: no memory.
 */
must_use int volume_order(const struct lithos_container *c, struct arena *a, size_t **ret, struct err *e);

/* prefix and below as one path; NULL: no memory. */
const char *volume_host_path(const struct volume_place *p, struct arena *a);

/*
 * Appends the mounts of all volumes, what a launch has to make for them, and the annotation about the prefixes beneath which
 * they are.  Findings as translate() has them.
 */
must_use int translate_volumes(struct draft *d);

#endif
