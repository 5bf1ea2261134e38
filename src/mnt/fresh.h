/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* New mounts of file systems, detached. */
#ifndef CIST_MNT_FRESH_H
#define CIST_MNT_FRESH_H

#include "base/err.h"
#include "mnt/mnt.h"

/* The mount that op, of kind MNT_FRESH, wants; the caller's. */
int mnt_fresh(const struct mnt_op *op, struct err *e);

/* Changes the file system of the mount that mount_fd is the root of by the options of op, of kind MNT_REMOUNT. */
int mnt_reconfigure(const struct mnt_op *op, int mount_fd, struct err *e);

/* An empty read-only tmpfs, which covers hidden directories. */
int mnt_fresh_empty(const struct mnt_plan *p, struct err *e);

/* restrict.c: makes the fresh mounts read-only that had to be filled first. */
int mnt_protect_mounts(const struct mnt_plan *p, struct mnt_init *in, struct err *e);

#endif
