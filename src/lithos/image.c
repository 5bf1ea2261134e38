/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lithos/image.h"

#include "base/arr.h"
#include "lithos/allow.h"
#include "sys/abi.h"
#include "sys/file.h"

#include <errno.h>
#include <linux/magic.h>

/* What a file may be, but for a regular one. */
static const struct { mode_t type; const char *name; } others[] = {
	{ S_IFDIR, "a directory" },
	{ S_IFIFO, "a FIFO" },
	{ S_IFSOCK, "a socket" },
	{ S_IFCHR, "a device" },
	{ S_IFBLK, "a device" },
	{ S_IFLNK, "a symbolic link" },
};

static int check_regular(int fd, struct err *e)
{
	struct stat st;
	int rc = sys_fstat(fd, &st);

	if (rc < 0)
		return err_sys(e, rc, "fstat");
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if ((st.st_mode & S_IFMT) == others[i].type)
			return err_set(e, -EINVAL, "it is %s, not a regular file", others[i].name);
	return 0;
}

/* The host's procfs, through which a handle becomes a file that can be read. */
static int open_proc(int *ret_fd, struct err *e)
{
	auto_close int fd = sys_openat(AT_FDCWD, "/proc", O_PATH | O_DIRECTORY, 0);

	if (fd < 0)
		return err_sys(e, fd, "open /proc");
	if (sys_fs_magic(fd) != PROC_SUPER_MAGIC)
		return err_set(e, -EINVAL, "/proc is no procfs");
	*ret_fd = take_fd(fd);
	return 0;
}

/* What the handle holds, if that is a regular file, open for reading. */
static int open_handle(int handle, int *ret_fd, struct err *e)
{
	auto_close int proc = -EBADF, fd = -EBADF;

	if (check_regular(handle, e) < 0 || open_proc(&proc, e) < 0)
		return e->code;
	fd = sys_reopen(proc, handle, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return err_sys(e, fd, "open");
	*ret_fd = take_fd(fd);
	return 0;
}

int image_open(const char *image_dir, const char *image, uint32_t levels, int *ret_fd, struct err *e)
{
	auto_close int dir = -EBADF, fd = -EBADF;

	if (lithos_image_check(image, levels, e) < 0)
		return err_ctx(e, "Image \"%s\" is invalid", image);
	dir = sys_openat(AT_FDCWD, image_dir, O_PATH | O_DIRECTORY, 0);
	if (dir < 0)
		return err_sys(e, dir, "image-dir %s", image_dir);
	fd = sys_openat2(dir, image, O_PATH | O_DIRECTORY, 0, K_RESOLVE_BENEATH | K_RESOLVE_NO_MAGICLINKS);
	if (fd == -EXDEV)
		return err_set(e, fd, "image %s/%s: a symbolic link leads out of image-dir", image_dir, image);
	if (fd < 0)
		return err_sys(e, fd, "image %s/%s", image_dir, image);
	*ret_fd = take_fd(fd);
	return 0;
}

int image_open_handle(int image_fd, const char *path, int *ret_fd, struct err *e)
{
	const int fd = sys_open_in_root(image_fd, path, O_PATH);

	if (fd < 0)
		return err_sys(e, fd, "%s", path);
	*ret_fd = fd;
	return 0;
}

int image_open_file(int image_fd, const char *path, int *ret_fd, struct err *e)
{
	auto_close int handle = -EBADF;

	if (image_open_handle(image_fd, path, &handle, e) < 0)
		return e->code;
	return open_handle(handle, ret_fd, e) < 0 ? err_ctx(e, "%s", path) : 0;
}

int image_open_host_file(const char *path, int *ret_fd, struct err *e)
{
	auto_close int handle = sys_openat(AT_FDCWD, path, O_PATH, 0);

	if (handle < 0)
		return err_set(e, handle, "%s", err_meaning(handle, (char[64]){ 0 }));
	return open_handle(handle, ret_fd, e);
}
