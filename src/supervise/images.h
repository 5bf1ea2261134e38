/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The images that there are in a directory of images, and their removal.  What is in an image is hostile; what is above it is
 * the administrator's.  No symbolic link is followed below the directory, and no other file system is entered.
 */
#ifndef CIST_SUPERVISE_IMAGES_H
#define CIST_SUPERVISE_IMAGES_H

#include "base/arena.h"
#include "base/err.h"
#include "supervise/history.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Names of images that are about to be gone begin so; hidden names are no images. */
#define IMAGES_GOING ".lithos_clean."

/*
 * All directories exactly `levels` deep below the directory dir (open for reading, or O_PATH), but for those with a hidden name
 * on the way.  Names in a.  Negative: one of the directories cannot be read, and nothing is known.
 */
must_use int images_list(int dir, uint32_t levels, struct arena *a, struct names *ret, struct err *e);

/* When it, or the directory entry of it, was changed last; seconds since 1970. */
must_use int images_changed(int dir, const char *name, int64_t *ret_s, struct err *e);

/*
 * Removes the image, unless a process has it as its root.  It loses its name first, so that nobody begins with half an image.
 * 1: it is gone, 0: it is in use, and there still.
 */
must_use int images_remove(int dir, const char *name, struct err *e);

/* Whether some process of the host has that directory as its root. */
bool images_is_root(dev_t dev, ino_t ino);

/* Removes what a removal that was interrupted has left, wherever images of `levels` are.  Goes on after an error. */
must_use int images_sweep(int dir, uint32_t levels, struct arena *a, struct err *e);

#endif
