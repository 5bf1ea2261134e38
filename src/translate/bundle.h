/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The acting half: a plan becomes a directory.  It is written beside its place and renamed, so that whoever looks sees the
 * whole of an old one or the whole of a new one; signals that end the process wait until a bundle is written or gone.
 */
#ifndef CIST_TRANSLATE_BUNDLE_H
#define CIST_TRANSLATE_BUNDLE_H

#include "secret/secret.h"
#include "translate/translate.h"

/*
 * For reading, comparing, and for a test by hand: secrets are placeholders, directories of volumes are not made, nothing
 * outside of dir is touched.  dir and what is missing of its parents is made with mode 0755; a bundle that is there is
 * replaced, another directory than a bundle, unless it is empty, is an error.
 */
must_use int bundle_write(const struct bundle_plan *p, const char *dir, struct err *e);

/*
 * For the runtime: secrets are opened with keys (NULL: there are none, and a plan with secrets is an error), the
 * directories of volumes are made.  dir must be on a file system in memory (tmpfs, ramfs) and gets mode 0700.  Parents are
 * made with mode 0700.
 */
must_use int bundle_launch(const struct bundle_plan *p, const struct secret_keys *keys, const char *dir, struct err *e);

/*
 * Overwrites and removes the bundle, of either kind, and what was left beside it by those that were killed while they wrote or
 * removed it.  0 also when all that is gone already.
 */
must_use int bundle_wipe(const char *dir, struct err *e);

/*
 * What was left like that by writers of any bundle in the directory parent, `.NAME.` and twelve hexadecimal digits: those that
 * nobody has locked, and that hold nothing but files of a bundle.  0 also when there is no such directory.
 */
must_use int bundle_sweep(const char *parent, struct err *e);

/* The digest that the bundle in dir was written with; config.json is not read.  -ENOENT: there is none. */
must_use int bundle_digest(const char *dir, char ret_digest[BUNDLE_DIGEST_LEN + 1], struct err *e);

#endif
