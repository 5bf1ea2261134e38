/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A network namespace that outlives its processes: its file, mounted in the container's state directory. */
#include "net/net.h"
#include "base/fmt.h"
#include "sys/file.h"
#include "sys/mount.h"

static const char name[] = "netns";

int net_hold(int netns_fd, int state_dir, struct err *e)
{
	auto_close int tree = sys_open_tree_clone(netns_fd, "", false);
	auto_close int place = sys_openat(state_dir, name, O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
	int rc;

	if (tree < 0)
		return err_sys(e, tree, "copy the mount of the container's network namespace");
	if (place < 0)
		return err_sys(e, place, "make a place to keep the container's network namespace at");
	rc = sys_move_mount(tree, place);
	return rc < 0 ? err_sys(e, rc, "keep the container's network namespace") : 0;
}

int net_open_held(int state_dir)
{
	auto_close int fd = sys_openat(state_dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);

	/* Held in a mount namespace that is not this one, or not at all: the file below the mount is what is seen. */
	return fd >= 0 && sys_fs_magic(fd) == K_NSFS_MAGIC ? take_fd(fd) : -1;
}

int net_let_go(int state_dir, struct err *e)
{
	char path[64];
	int rc = 0;

	fmt(path, sizeof(path), "/proc/self/fd/%d/%s", state_dir, name);
	while (rc == 0) {
		auto_close int held = net_open_held(state_dir);

		if (held < 0)
			break;
		rc = sys_umount_detach(path);
	}
	return rc < 0 ? err_sys(e, rc, "let go of the container's network namespace") : 0;
}
