/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Mounts by descriptor.  Like all of sys/: errno intact as a negative result, no policy; a returned
 * descriptor is close-on-exec and the caller's.
 */
#ifndef CIST_SYS_MOUNT_H
#define CIST_SYS_MOUNT_H

#include "sys/abi.h"

#include <stdbool.h>

/*
 * A detached copy of the mount below path, with its submounts when recursive.  An empty path means dirfd
 * itself.  Kernels before 6.15 refuse (EINVAL) to copy a tree that is itself still detached.
 */
int sys_open_tree_clone(int dirfd, const char *path, bool recursive);

/* Attaches the detached mount tree_fd on the file that target_fd holds. */
int sys_move_mount(int tree_fd, int target_fd);

int sys_fsopen(const char *type);
/* One option: key=value, or a bare flag when value is NULL.  EINVAL when the file system knows no such key. */
int sys_fsconfig(int fs_fd, const char *key, const char *value);
/* Makes the superblock; then a detached mount of it with attributes K_MOUNT_ATTR_*. */
int sys_fsmount(int fs_fd, unsigned int attrs);

/* The superblock of the mount whose root mount_fd holds, for sys_fsconfig(); then the change is made. */
int sys_fspick(int mount_fd);
int sys_fs_reconfigure(int fs_fd);

/* What the kernel said about the last failure on fs_fd, as one line without its level letter; or "". */
void sys_fs_complaint(int fs_fd, char *buf, unsigned int size);

int sys_mount_setattr(int fd, bool recursive, const struct k_mount_attr *attr);

/* Changes propagation (K_MS_SHARED …, with K_MS_REC) of the mount at path. */
int sys_propagation(const char *path, unsigned long flags);

int sys_pivot_root(const char *new_root, const char *put_old);
int sys_umount_detach(const char *path);
int sys_chroot(const char *path);

#endif
