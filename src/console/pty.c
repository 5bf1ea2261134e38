/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "console/console.h"
#include "sys/file.h"

#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

/* Documentation/filesystems/devpts: the ptmx of an instance is its second inode, and always this device. */
enum { PTMX_INODE = 2, PTMX_MAJOR = 5, PTMX_MINOR = 2 };

static int ioctl_result(int fd, unsigned long request, void *arg)
{
	long rc;

	/* The raw call: the C libraries disagree on the type of request. */
	do
		rc = syscall(SYS_ioctl, fd, request, arg);
	while (rc < 0 && errno == EINTR);
	return rc < 0 ? -errno : (int)rc;
}

/*
 * The check is made on a handle and the handle is what is opened, so that neither a link nor an exchanged file of the
 * image is ever taken for a terminal.
 */
static int open_ptmx(int devpts_fd, struct err *e)
{
	auto_close int fd = -EBADF;
	struct stat st;
	int rc;

	if (sys_fs_magic(devpts_fd) != K_DEVPTS_SUPER_MAGIC)
		return err_set(e, -ENOTTY, "/dev/pts of the container is not a devpts");
	fd = sys_openat2(devpts_fd, "ptmx", O_RDWR | O_NOCTTY, 0,
			 K_RESOLVE_BENEATH | K_RESOLVE_NO_XDEV | K_RESOLVE_NO_SYMLINKS);
	if (fd < 0)
		return err_sys(e, fd, "open ptmx of the container's devpts");
	rc = sys_fstat(fd, &st);
	if (rc < 0)
		return err_sys(e, rc, "stat of ptmx");
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(PTMX_MAJOR, PTMX_MINOR) || st.st_ino != PTMX_INODE ||
	    sys_fs_magic(fd) != K_DEVPTS_SUPER_MAGIC)
		return err_set(e, -ENOTTY, "ptmx of the container's devpts is something else");
	return take_fd(fd);
}

static int open_peer(int master, struct err *e)
{
	int unlock = 0, rc = ioctl_result(master, K_TIOCSPTLCK, &unlock);

	if (rc < 0)
		return err_sys(e, rc, "unlock the terminal");
	/* By the master's descriptor and not by the path /dev/pts/N, which may lead anywhere. */
	rc = ioctl_result(master, K_TIOCGPTPEER, (void *)(uintptr_t)(O_RDWR | O_NOCTTY | O_CLOEXEC));
	return rc < 0 ? err_sys(e, rc, "open the terminal's peer") : rc;
}

int console_open(int root_fd, int devpts_fd, const struct console_size *size, uint32_t uid, int *ret_master, int *ret_slave,
		 struct err *e)
{
	auto_close int found = devpts_fd >= 0 ? -EBADF : sys_open_in_root(root_fd, "/dev/pts", O_PATH | O_DIRECTORY);
	auto_close int master = -EBADF;
	auto_close int slave = -EBADF;
	const struct winsize ws = { .ws_row = size->rows, .ws_col = size->columns };
	int rc = 0;

	if (devpts_fd < 0 && found < 0)
		return err_sys(e, found, "/dev/pts of the container");
	master = open_ptmx(devpts_fd >= 0 ? devpts_fd : found, e);
	if (master < 0)
		return master;
	slave = open_peer(master, e);
	if (slave < 0)
		return slave;
	if (size->rows && size->columns)
		rc = ioctl_result(slave, TIOCSWINSZ, (void *)(uintptr_t)&ws);
	if (rc < 0)
		return err_sys(e, rc, "size of the terminal");
	rc = sys_fchown(slave, uid, (gid_t)-1);
	if (rc < 0)
		return err_sys(e, rc, "owner of the terminal");
	*ret_master = take_fd(master);
	*ret_slave = take_fd(slave);
	return 0;
}

int console_control(int fd, struct err *e)
{
	int rc = ioctl_result(fd, TIOCSCTTY, NULL);

	return rc < 0 ? err_sys(e, rc, "make the terminal the controlling one") : 0;
}

int console_attach(int slave_fd, struct err *e)
{
	return console_control(slave_fd, e) < 0 ? e->code : console_use(slave_fd, e);
}

int console_use(int slave_fd, struct err *e)
{
	int rc = 0;

	for (int fd = 0; fd <= 2; fd++) {
		if (fd == slave_fd)
			rc = sys_set_cloexec(fd, false);
		else
			rc = dup2(slave_fd, fd) < 0 ? -errno : 0;
		if (rc < 0)
			return err_sys(e, rc, "give the terminal to the program");
	}
	return 0;
}
