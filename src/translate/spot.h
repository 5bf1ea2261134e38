/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where a bundle is, or is to be, and what is there already: what writing (bundle.c) and removing (bundle_remove.c) share.
 * Signals that end the process wait from spot_find() to spot_done().
 */
#ifndef CIST_TRANSLATE_SPOT_H
#define CIST_TRANSLATE_SPOT_H

#include "translate/translate.h"

#include <signal.h>

/* All that a bundle may hold, and so all that is ever removed. */
#define BUNDLE_CONFIG "config.json"
#define BUNDLE_DIGEST "digest"
enum { BUNDLE_NAMES = 5 };
extern const char *const bundle_names[BUNDLE_NAMES];

enum { SPOT_NAME_MAX = 255 };

struct spot {
	sigset_t signals;		/* that were blocked before */
	int parent;
	const char *dir;		/* as it was asked for */
	char name[SPOT_NAME_MAX + 1];	/* below parent */
	char beside[SPOT_NAME_MAX + 1];	/* a name of our own below parent: ".NAME.RANDOM" */
	int fd;				/* the directory `beside`, while it is written: locked, so it is not left by somebody */
};

/*
 * Parents that are not there are made with that mode, or not at all with 0 (-ENOENT).  memory: it has to be on a file system
 * that is.  *ret is to be ended with spot_done() in any case, and borrows dir.
 */
must_use int spot_find(const char *dir, unsigned int parents, bool memory, struct spot *ret, struct err *e);
void spot_done(struct spot *s);
#define auto_spot __attribute__((cleanup(spot_done)))

/* 1: a bundle or an empty directory may be replaced; 0: there is nothing; negative: neither, *e says so. */
must_use int spot_check(const struct spot *s, struct err *e);

/* Removes what there is under the name beside it: bundle_remove.c. */
int spot_clear(const struct spot *s, struct err *e);

/* Whether an entry of a directory is ".NAME.RANDOM", of this name or with NULL of any. */
bool spot_is_beside(const char *entry, const char *name);

/*
 * The digest of the bundle in fd; negative: errno.  It has a file of its own, "DIGEST  NAME", since config.json may hold
 * secrets and has to be read by nobody but the runtime.
 */
must_use int bundle_read_digest(int fd, char ret[BUNDLE_DIGEST_LEN + 1]);

/* 1: nothing but files of a bundle are in fd, *ret_empty says whether none at all; 0: something else; negative: errno. */
must_use int bundle_is_alone(int fd, bool *ret_empty);

#endif
