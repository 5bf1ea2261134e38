/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The memory file that cist-init is executed from: sealed, and the caller's for many containers or our own for one. */
#ifndef CIST_RUNTIME_IMAGE_H
#define CIST_RUNTIME_IMAGE_H

#include "base/err.h"

#include <stdbool.h>

/* Written here, outside of the container's cgroup, so that its pages are not charged there. */
must_use int image_make(int *ret_fd, struct err *e);

/*
 * The descriptor that the caller says has one (base/shared_image.h), not below `first`, or -1.  From now on neither hooks nor
 * the container see it or the variable.
 */
int image_offered(unsigned int first);

/*
 * *fd, from image_offered(), becomes one that can be executed: it stays what it is if that is what image_make() would make,
 * or is empty and becomes so; else another is made.
 */
must_use int image_settle(int *fd, struct err *e);

#endif
