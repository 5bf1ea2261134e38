/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Puts a file in the place of another at once, so that what is judged in between is what comes into force:
 *
 *	install_begin(target, name, from, &i, e);	a copy beside the target, `.tmp.NAME`
 *	… i.path is looked at …
 *	install_finish(&i, e);				the copy is the target
 *	install_done(&i);				what was not finished is removed
 */
#ifndef CIST_SUPERVISE_INSTALL_H
#define CIST_SUPERVISE_INSTALL_H

#include "base/err.h"

#include <limits.h>

enum { INSTALL_BYTES_MAX = 16 << 20 };

struct install {
	int dir;			/* of the target */
	int fd;				/* the copy, locked: nobody else is at the same; negative: there is none */
	char name[NAME_MAX + 1];	/* of the target, in dir */
	char beside[NAME_MAX + 1];	/* of the copy */
	char path[PATH_MAX];		/* of the copy, by the words of the target */
};
#define INSTALL_INIT { .dir = -EBADF, .fd = -EBADF }

/*
 * Copies what from, open for reading, holds.  The copy has its permissions, but for those to write of others than the owner.
 * -EBUSY: somebody else is at work on a copy of this name.
 */
must_use int install_begin(const char *target, const char *name, int from, struct install *ret, struct err *e);
/* On the disk, then in the target's place. */
must_use int install_finish(struct install *i, struct err *e);
void install_done(struct install *i);
#define auto_install __attribute__((cleanup(install_done)))

#endif
