/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sys/file.h"
#include "sys/numbers.h"
#include "base/auto.h"
#include "base/fmt.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <sys/xattr.h>

/* How often a walk that a rename disturbed is tried again: about two milliseconds' worth. */
enum { WALK_TRIES = 1000 };

static int result(long rc)
{
	return rc < 0 ? -errno : (int)rc;
}

int sys_openat(int dirfd, const char *path, int flags, unsigned int mode)
{
	return result(openat(dirfd, path, flags | O_CLOEXEC, mode));
}

int sys_openat2(int dirfd, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve)
{
	const struct k_open_how how = { flags | O_CLOEXEC, mode, resolve };
	int rc = -EAGAIN;

	for (int i = 0; rc == -EAGAIN && i < WALK_TRIES; i++)
		rc = result(syscall(SYS_openat2, dirfd, path, &how, sizeof(how)));
	return rc;
}

int sys_open_in_root(int root_fd, const char *path, uint64_t flags)
{
	return sys_openat2(root_fd, path, flags, 0, K_RESOLVE_IN_ROOT | K_RESOLVE_NO_MAGICLINKS);
}

int sys_open_in_proc(int proc_fd, const char *path, uint64_t flags)
{
	return sys_openat2(proc_fd, path, flags | O_NOFOLLOW, 0,
			   K_RESOLVE_BENEATH | K_RESOLVE_NO_XDEV | K_RESOLVE_NO_MAGICLINKS);
}

int sys_reopen(int proc_fd, int fd, int flags)
{
	char path[48];

	/* The one place, with sys_fchmod_handle(), that follows a magic link: that of a descriptor of our own. */
	fmt(path, sizeof(path), "thread-self/fd/%d", fd);
	return sys_openat(proc_fd, path, flags, 0);
}

int sys_fstat(int fd, struct stat *ret_st)
{
	return result(fstat(fd, ret_st));
}

int sys_fstatat(int dirfd, const char *path, int flags, struct stat *ret_st)
{
	return result(fstatat(dirfd, path, ret_st, flags));
}

int sys_faccessat(int dirfd, const char *path, int mode)
{
	return result(syscall(SYS_faccessat2, dirfd, path, mode, AT_EACCESS));
}

long sys_fs_magic(int fd)
{
	struct statfs s;

	return fstatfs(fd, &s) < 0 ? -errno : (long)s.f_type;
}

int sys_mkdirat(int dirfd, const char *path, unsigned int mode)
{
	return result(mkdirat(dirfd, path, mode));
}

int sys_mknodat(int dirfd, const char *path, unsigned int mode, dev_t dev)
{
	return result(mknodat(dirfd, path, mode, dev));
}

int sys_symlinkat(const char *target, int dirfd, const char *path)
{
	return result(symlinkat(target, dirfd, path));
}

int sys_unlinkat(int dirfd, const char *path, int flags)
{
	return result(unlinkat(dirfd, path, flags));
}

int sys_rename_between(int from_dir, const char *from, int to_dir, const char *to)
{
	return result(renameat(from_dir, from, to_dir, to));
}

int sys_renameat(int dirfd, const char *from, const char *to)
{
	return result(renameat(dirfd, from, dirfd, to));
}

int sys_renameat2(int dirfd, const char *from, const char *to, unsigned int flags)
{
	return result(syscall(SYS_renameat2, dirfd, from, dirfd, to, flags));
}

int sys_fchown(int fd, uid_t uid, gid_t gid)
{
	return result(syscall(SYS_fchownat, fd, "", uid, gid, K_AT_EMPTY_PATH));
}

int sys_fchmodat(int dirfd, const char *path, unsigned int mode)
{
	return result(syscall(SYS_fchmodat, dirfd, path, mode));
}

int sys_fchmod_handle(int proc_fd, int fd, unsigned int mode)
{
	char path[48];

	/* The magic link of a descriptor of our own, as in sys_reopen(). */
	fmt(path, sizeof(path), "thread-self/fd/%d", fd);
	return sys_fchmodat(proc_fd, path, mode);
}

int sys_fchownat(int dirfd, const char *path, uid_t uid, gid_t gid)
{
	return result(syscall(SYS_fchownat, dirfd, path, uid, gid, AT_SYMLINK_NOFOLLOW));
}

int sys_utimensat(int dirfd, const char *path, const struct timespec times[2])
{
	return result(utimensat(dirfd, path, times, AT_SYMLINK_NOFOLLOW));
}

int sys_fsetxattr(int fd, const char *name, const char *value)
{
	return fsetxattr(fd, name, value, strlen(value), 0) < 0 ? -errno : 0;
}

ssize_t sys_getdents(int fd, void *buf, size_t size)
{
	return result(syscall(SYS_getdents64, fd, buf, size));
}

ssize_t sys_readlinkat(int dirfd, const char *path, char *buf, size_t size)
{
	ssize_t n = readlinkat(dirfd, path, buf, size);

	if (n < 0)
		return -errno;
	if ((size_t)n >= size)
		return -ENAMETOOLONG;
	buf[n] = '\0';
	return n;
}

ssize_t sys_getcwd(char *buf, size_t size)
{
	return result(syscall(SYS_getcwd, buf, size));
}

int sys_fchdir(int fd)
{
	return result(fchdir(fd));
}

int sys_chdir(const char *path)
{
	return result(chdir(path));
}

int sys_write_all(int fd, const void *data, size_t n)
{
	const char *p = data;

	while (n > 0) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

ssize_t sys_read_all(int fd, void *buf, size_t n)
{
	size_t have = 0;

	while (have < n) {
		ssize_t got = read(fd, (char *)buf + have, n - have);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		have += (size_t)got;
	}
	return (ssize_t)have;
}

int sys_write_at(int dirfd, const char *path, const char *text)
{
	auto_close int fd = sys_openat(dirfd, path, O_WRONLY | O_NOFOLLOW, 0);
	size_t n = 0;
	ssize_t done;

	if (fd < 0)
		return fd;
	while (text[n])
		n++;
	/* Files of procfs and cgroupfs take a value in one write or not at all. */
	do
		done = write(fd, text, n);
	while (done < 0 && errno == EINTR);
	if (done < 0)
		return -errno;
	return (size_t)done == n ? 0 : -EIO;
}

ssize_t sys_read_at(int dirfd, const char *path, char *buf, size_t size)
{
	auto_close int fd = sys_openat(dirfd, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = sys_read_all(fd, buf, size);
	if (n < 0)
		return n;
	if ((size_t)n == size)
		return -EFBIG;
	buf[n] = '\0';
	return n;
}

int sys_is_mount_root(int fd)
{
	struct k_statx st;

	if (syscall(SYS_statx, fd, "", K_AT_EMPTY_PATH, 0, &st) < 0)
		return -errno;
	return (st.attributes & K_STATX_ATTR_MOUNT_ROOT) != 0;
}

int sys_dup(int fd)
{
	int rc = fcntl(fd, F_DUPFD_CLOEXEC, 3);

	return rc < 0 ? -errno : rc;
}

int sys_memfd(const char *name, unsigned int flags)
{
	return result(syscall(SYS_memfd_create, name, flags | K_MFD_CLOEXEC));
}

int sys_memfd_program(const char *name)
{
	int fd = sys_memfd(name, K_MFD_ALLOW_SEALING | K_MFD_EXEC);

	/* MFD_EXEC is of Linux 6.3 */
	return fd == -EINVAL ? sys_memfd(name, K_MFD_ALLOW_SEALING) : fd;
}

int sys_add_seals(int fd, int seals)
{
	return result(fcntl(fd, K_F_ADD_SEALS, seals));
}

int sys_get_seals(int fd)
{
	return result(fcntl(fd, K_F_GET_SEALS));
}

int sys_close_range(unsigned int first, unsigned int flags)
{
	return result(syscall(SYS_close_range, first, UINT_MAX, flags));
}

int sys_set_cloexec(int fd, bool on)
{
	return result(fcntl(fd, F_SETFD, on ? FD_CLOEXEC : 0));
}
