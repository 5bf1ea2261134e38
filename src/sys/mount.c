/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sys/mount.h"
#include "sys/numbers.h"
#include "base/auto.h"

#include <fcntl.h>
#include <stddef.h>
#include <string.h>

static int result(long rc)
{
	return rc < 0 ? -errno : (int)rc;
}

int sys_open_tree_clone(int dirfd, const char *path, bool recursive)
{
	return result(syscall(SYS_open_tree, dirfd, path,
			      K_OPEN_TREE_CLONE | (unsigned int)O_CLOEXEC |
			      (*path ? 0u : K_AT_EMPTY_PATH) | (recursive ? K_AT_RECURSIVE : 0u)));
}

int sys_move_mount(int tree_fd, int target_fd)
{
	return result(syscall(SYS_move_mount, tree_fd, "", target_fd, "",
			      K_MOVE_MOUNT_F_EMPTY_PATH | K_MOVE_MOUNT_T_EMPTY_PATH));
}

int sys_fsopen(const char *type)
{
	return result(syscall(SYS_fsopen, type, K_FSOPEN_CLOEXEC));
}

int sys_fsconfig(int fs_fd, const char *key, const char *value)
{
	return result(syscall(SYS_fsconfig, fs_fd, value ? K_FSCONFIG_SET_STRING : K_FSCONFIG_SET_FLAG,
			      key, value, 0));
}

int sys_fsmount(int fs_fd, unsigned int attrs)
{
	if (syscall(SYS_fsconfig, fs_fd, K_FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	return result(syscall(SYS_fsmount, fs_fd, K_FSMOUNT_CLOEXEC, attrs));
}

int sys_fspick(int mount_fd)
{
	return result(syscall(SYS_fspick, mount_fd, "", K_FSPICK_CLOEXEC | K_FSPICK_EMPTY_PATH));
}

int sys_fs_reconfigure(int fs_fd)
{
	return result(syscall(SYS_fsconfig, fs_fd, K_FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0));
}

void sys_fs_complaint(int fs_fd, char *buf, unsigned int size)
{
	/* A read gives one message, "e tmpfs: Bad value for 'size'\n", or ENODATA. */
	ssize_t n = read(fs_fd, buf, size - 1);

	buf[n > 0 ? n : 0] = '\0';
	if (n > 2)
		memmove(buf, buf + 2, (size_t)n - 1);
	buf[strcspn(buf, "\n")] = '\0';
}

int sys_mount_setattr(int fd, bool recursive, const struct k_mount_attr *attr)
{
	return result(syscall(SYS_mount_setattr, fd, "", K_AT_EMPTY_PATH | (recursive ? K_AT_RECURSIVE : 0u),
			      attr, sizeof(*attr)));
}

int sys_propagation(const char *path, unsigned long flags)
{
	return result(syscall(SYS_mount, NULL, path, NULL, flags, NULL));
}

int sys_pivot_root(const char *new_root, const char *put_old)
{
	return result(syscall(SYS_pivot_root, new_root, put_old));
}

int sys_umount_detach(const char *path)
{
	return result(syscall(SYS_umount2, path, K_MNT_DETACH));
}

int sys_chroot(const char *path)
{
	return result(syscall(SYS_chroot, path));
}
