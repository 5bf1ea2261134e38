/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files by descriptor.  Results are 0 or more, or a negative errno; descriptors are close-on-exec and
 * the caller's.
 */
#ifndef CIST_SYS_FILE_H
#define CIST_SYS_FILE_H

#include "sys/abi.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

/* openat(2), O_CLOEXEC added. */
int sys_openat(int dirfd, const char *path, int flags, unsigned int mode);

/*
 * openat2(2): resolve is K_RESOLVE_*.  O_CLOEXEC is added.  EAGAIN, which the kernel gives when a rename happened
 * during the walk, is tried again a bounded number of times.
 */
int sys_openat2(int dirfd, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve);

/*
 * The one way to a path below a container's root: symlinks are followed as if root_fd were "/", magic links are
 * refused.  The result is used by descriptor and never joined to a string again.
 */
int sys_open_in_root(int root_fd, const char *path, uint64_t flags);

/* A file below a procfs handle of ours: no symlinks, no magic links, no other mount on the way. */
int sys_open_in_proc(int proc_fd, const char *path, uint64_t flags);

/* Opens again what fd (may be O_PATH) holds, with other flags, through the procfs handle proc_fd. */
int sys_reopen(int proc_fd, int fd, int flags);

int sys_fstat(int fd, struct stat *ret_st);
int sys_fstatat(int dirfd, const char *path, int flags, struct stat *ret_st);
/* f_type of fstatfs(2), or a negative errno. */
long sys_fs_magic(int fd);

/* faccessat2(2) with the effective ids, the file-system ids and the capabilities in effect. */
int sys_faccessat(int dirfd, const char *path, int mode);

int sys_mkdirat(int dirfd, const char *path, unsigned int mode);
int sys_mknodat(int dirfd, const char *path, unsigned int mode, dev_t dev);
int sys_symlinkat(const char *target, int dirfd, const char *path);
int sys_unlinkat(int dirfd, const char *path, int flags);
int sys_renameat(int dirfd, const char *from, const char *to);
/* renameat2(2) within one directory: RENAME_EXCHANGE, RENAME_NOREPLACE. */
int sys_renameat2(int dirfd, const char *from, const char *to, unsigned int flags);
int sys_rename_between(int from_dir, const char *from, int to_dir, const char *to);
/* Of the file fd itself, which may be O_PATH (AT_EMPTY_PATH). */
int sys_fchown(int fd, uid_t uid, gid_t gid);
int sys_fchmodat(int dirfd, const char *path, unsigned int mode);
/* Of what fd (may be O_PATH) holds, through the procfs handle proc_fd: fchmodat2(2) came with Linux 6.6. */
int sys_fchmod_handle(int proc_fd, int fd, unsigned int mode);
int sys_fchownat(int dirfd, const char *path, uid_t uid, gid_t gid);	/* never of what a symlink leads to */
/* Access and modification time, of a symlink itself. */
int sys_utimensat(int dirfd, const char *path, const struct timespec times[2]);
/* Sets a text as an extended attribute, without its NUL; fd is not O_PATH. */
int sys_fsetxattr(int fd, const char *name, const char *value);
/* Entries of a directory as getdents64(2) packs them, aligned as this: bytes used, 0 at the end. */
struct sys_entry {
	uint64_t inode;
	int64_t offset;
	uint16_t bytes;		/* to the next one */
	uint8_t type;
	char name[];
};
ssize_t sys_getdents(int fd, void *buf, size_t size);
/* Terminated; -ENAMETOOLONG when it does not fit.  Returns the length. */
ssize_t sys_readlinkat(int dirfd, const char *path, char *buf, size_t size);
/* The raw system call: a directory outside of the root begins with "(unreachable)", not with '/'. */
ssize_t sys_getcwd(char *buf, size_t size);
int sys_fchdir(int fd);
int sys_chdir(const char *path);

/* All of it, retried over EINTR and short writes. */
int sys_write_all(int fd, const void *data, size_t n);
/* Up to n bytes, until end of file; retried over EINTR. */
ssize_t sys_read_all(int fd, void *buf, size_t n);
/* Opens path below dirfd for writing (no creation, no symlink) and writes text in one write(2). */
int sys_write_at(int dirfd, const char *path, const char *text);
/* Reads a small file below dirfd as text, terminated; returns its length, -EFBIG when it does not fit. */
ssize_t sys_read_at(int dirfd, const char *path, char *buf, size_t size);

/* Whether fd (may be O_PATH) is where a mount begins: 1 or 0. */
int sys_is_mount_root(int fd);
/* Close-on-exec, 3 or more. */
int sys_dup(int fd);
int sys_memfd(const char *name, unsigned int flags);
/* One that may be executed and sealed.  -EACCES: the sysctl vm.memfd_noexec forbids it. */
int sys_memfd_program(const char *name);
int sys_add_seals(int fd, int seals);
/* K_F_SEAL_…; -EINVAL: it is of no file system in memory.  A file of tmpfs, which is no memfd, has K_F_SEAL_SEAL. */
int sys_get_seals(int fd);
/* Close-on-exec from first on, with K_CLOSE_RANGE_CLOEXEC; else closed. */
int sys_close_range(unsigned int first, unsigned int flags);
int sys_set_cloexec(int fd, bool on);

#endif
