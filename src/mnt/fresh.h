/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* New mounts of file systems, detached. */
#ifndef CIST_MNT_FRESH_H
#define CIST_MNT_FRESH_H

#include "base/err.h"
#include "mnt/mnt.h"

/* The mount that op, of kind MNT_FRESH, wants; the caller's. */
int mnt_fresh(const struct mnt_op *op, struct err *e);

/* An empty read-only tmpfs, which covers hidden directories. */
int mnt_fresh_empty(struct err *e);

#endif
