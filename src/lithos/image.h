/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Opening the files that are read.  What is within an image was written by whoever made the image: its links mean what they
 * mean within it, nothing but a regular file is ever opened for reading (first a handle, which waits for no FIFO and wakes no
 * device, then through it the file itself), and what was judged is what is used: by descriptor.
 *
 * All return 0 or a negative errno with a sentence; descriptors are close-on-exec and the caller's.
 */
#ifndef CIST_LITHOS_IMAGE_H
#define CIST_LITHOS_IMAGE_H

#include "base/err.h"

#include <stdint.h>

/*
 * The directory of an image, a handle (O_PATH).  image_dir is the administrator's and followed as it is; below it the name,
 * which is checked (lithos_image_check()), may lead over symbolic links, but not out of image_dir.
 */
must_use int image_open(const char *image_dir, const char *image, uint32_t levels, int *ret_fd, struct err *e);

/* A regular file at path, within the image whose directory is image_fd, open for reading. */
must_use int image_open_file(int image_fd, const char *path, int *ret_fd, struct err *e);

/*
 * What is at path within the image, a handle (O_PATH) of anything at all, symbolic links followed within.  For those who
 * ask whether something is there: -ENOENT, -ENOTDIR, -ELOOP, … tell.
 */
must_use int image_open_handle(int image_fd, const char *path, int *ret_fd, struct err *e);

/*
 * A file of the administrator by its path, symbolic links followed, open for reading; a regular file it is too.  The sentence
 * of an error does not repeat the path: who asks says it in front.
 */
must_use int image_open_host_file(const char *path, int *ret_fd, struct err *e);

#endif
