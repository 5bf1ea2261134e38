/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The way to a path in the container: handles, resolved below a root's handle, and made where missing.
 */
#ifndef CIST_MNT_TARGET_H
#define CIST_MNT_TARGET_H

#include "base/err.h"
#include "mnt/mnt.h"

#include <stdbool.h>

enum target_flags {
	TARGET_DIR	= 1,	/* make a directory where nothing is; else an empty file */
	TARGET_STRICT	= 2,	/* no symlink on the way, and a directory */
	TARGET_NOFOLLOW	= 4,	/* a symlink at the end is the target itself */
};

/* An O_PATH handle of what is at path.  Returns 1 when it had to be made, 0 when it was there. */
int mnt_target_open(int root_fd, const char *path, int flags, int *ret_fd, struct err *e);

/* The directory that path is in, made where missing, and the last name of path. */
int mnt_target_parent(int root_fd, const char *path, int *ret_dir, const char **ret_name, struct err *e);

/* A symlink at path; one that is there already with the same text will do. */
int mnt_target_symlink(int root_fd, const char *path, const char *text, struct err *e);

/*
 * Refuses the root itself, and in /proc what could feign kernel data to whoever trusts it: the rules are applied
 * to the path that the kernel gives for the handle, whatever string led there.
 */
int mnt_target_check(const struct mnt_init *in, int target_fd, bool mounts_procfs, struct err *e);

/* Likewise for what is to be unmounted: nothing in /proc, nothing that hides a path or keeps it from being written. */
int mnt_target_check_removal(const struct mnt_plan *p, const struct mnt_init *in, int target_fd, struct err *e);

/* The kernel's path of fd; returns its length. */
int mnt_handle_path(int proc_fd, int fd, char *buf, size_t size, struct err *e);

#endif
