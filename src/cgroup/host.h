/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names and sets of controllers, and texts of procfs, for the other files of this folder. */
#ifndef CIST_CGROUP_HOST_H
#define CIST_CGROUP_HOST_H

#include "cgroup/cgroup.h"

/* 0 when it is no controller that we know. */
uint32_t cg_controller_bit(const char *name, size_t len, bool is_v2);
/* Of a list; unknown names are left out. */
uint32_t cg_controller_set(const char *list, const char *separators, bool is_v2);
/* "cpu,cpuacct"; NULL when the arena is full. */
const char *cg_controller_list(uint32_t set, bool is_v2, struct arena *a);

/* In the text of a /proc/PID/cgroup, the path in this hierarchy (not terminated), or NULL. */
const char *cg_own_path(const char *proc_cgroup, const struct cg_hierarchy *h, size_t *ret_len);

/* A file of procfs or cgroupfs as text; malloc'ed; NULL with *e filled. */
char *cg_read_whole(int dirfd, const char *path, struct err *e);

#endif
