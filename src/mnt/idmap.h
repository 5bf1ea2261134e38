/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Id-mapped mounts on the host's side: user namespaces that carry nothing but maps. */
#ifndef CIST_MNT_IDMAP_H
#define CIST_MNT_IDMAP_H

#include "base/err.h"
#include "mnt/mnt.h"

/* Opens m->fd, unless it is open.  joined_fd: the user namespace that a map without texts stands for. */
int mnt_idmap_open(struct mnt_idmap *m, int joined_fd, struct err *e);

/* Maps the ids of the detached tree s->fd. */
int mnt_idmap_apply(const struct mnt_source *s, struct err *e);

#endif
