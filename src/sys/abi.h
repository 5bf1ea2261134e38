/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel's interface where libc headers lack it or disagree with each other: musl has no
 * linux headers, and glibc's sys/mount.h collides with linux/mount.h.  Nothing below sys/ includes either.
 * Names with k_ in front are the kernel's structs under a name of ours.
 */
#ifndef CIST_SYS_ABI_H
#define CIST_SYS_ABI_H

#include <stdint.h>

/* openat2(2) */
struct k_open_how {
	uint64_t flags;
	uint64_t mode;
	uint64_t resolve;
};
#define K_RESOLVE_NO_XDEV	0x01
#define K_RESOLVE_NO_MAGICLINKS	0x02
#define K_RESOLVE_NO_SYMLINKS	0x04
#define K_RESOLVE_BENEATH	0x08
#define K_RESOLVE_IN_ROOT	0x10

/* statx(2), as far as it is looked at */
struct k_statx {
	uint32_t mask;
	uint32_t blksize;
	uint64_t attributes;
	uint64_t others[30];
};
#define K_STATX_ATTR_MOUNT_ROOT	0x2000

/* mount_setattr(2) */
struct k_mount_attr {
	uint64_t attr_set;
	uint64_t attr_clr;
	uint64_t propagation;
	uint64_t userns_fd;
};
#define K_MOUNT_ATTR_RDONLY		0x00000001
#define K_MOUNT_ATTR_NOSUID		0x00000002
#define K_MOUNT_ATTR_NODEV		0x00000004
#define K_MOUNT_ATTR_NOEXEC		0x00000008
#define K_MOUNT_ATTR__ATIME		0x00000070
#define K_MOUNT_ATTR_RELATIME		0x00000000
#define K_MOUNT_ATTR_NOATIME		0x00000010
#define K_MOUNT_ATTR_STRICTATIME	0x00000020
#define K_MOUNT_ATTR_NODIRATIME		0x00000080
#define K_MOUNT_ATTR_IDMAP		0x00100000
#define K_MOUNT_ATTR_NOSYMFOLLOW	0x00200000

/* mount(2) flags that are still used: propagation, and attributes of a superblock */
#define K_MS_RDONLY		(1ul << 0)
#define K_MS_SYNCHRONOUS	(1ul << 4)
#define K_MS_MANDLOCK		(1ul << 6)
#define K_MS_DIRSYNC		(1ul << 7)
#define K_MS_BIND		(1ul << 12)
#define K_MS_MOVE		(1ul << 13)
#define K_MS_REC		(1ul << 14)
#define K_MS_SILENT		(1ul << 15)
#define K_MS_UNBINDABLE		(1ul << 17)
#define K_MS_PRIVATE		(1ul << 18)
#define K_MS_SLAVE		(1ul << 19)
#define K_MS_SHARED		(1ul << 20)
#define K_MS_LAZYTIME		(1ul << 25)
#define K_MNT_DETACH		2

/* open_tree(2), move_mount(2), fsopen(2), fsconfig(2) */
#define K_OPEN_TREE_CLONE		1u
#define K_MOVE_MOUNT_F_EMPTY_PATH	0x04u
#define K_MOVE_MOUNT_T_EMPTY_PATH	0x40u
#define K_AT_RECURSIVE			0x8000u
#define K_FSOPEN_CLOEXEC		1u
#define K_FSMOUNT_CLOEXEC		1u
#define K_FSCONFIG_SET_FLAG		0u
#define K_FSCONFIG_SET_STRING		1u
#define K_FSCONFIG_CMD_CREATE		6u
#define K_FSCONFIG_CMD_RECONFIGURE	7u
#define K_FSPICK_CLOEXEC		1u
#define K_FSPICK_EMPTY_PATH		8u

/* clone3(2) */
struct k_clone_args {
	uint64_t flags;
	uint64_t pidfd;
	uint64_t child_tid;
	uint64_t parent_tid;
	uint64_t exit_signal;
	uint64_t stack;
	uint64_t stack_size;
	uint64_t tls;
	uint64_t set_tid;
	uint64_t set_tid_size;
	uint64_t cgroup;
};
#define K_CLONE_VM		0x00000100ull
#define K_CLONE_FILES		0x00000400ull
#define K_CLONE_PIDFD		0x00001000ull
#define K_CLONE_VFORK		0x00004000ull
#define K_CLONE_PARENT		0x00008000ull
#define K_CLONE_NEWTIME		0x00000080ull
#define K_CLONE_NEWNS		0x00020000ull
#define K_CLONE_NEWCGROUP	0x02000000ull
#define K_CLONE_NEWUTS		0x04000000ull
#define K_CLONE_NEWIPC		0x08000000ull
#define K_CLONE_NEWUSER		0x10000000ull
#define K_CLONE_NEWPID		0x20000000ull
#define K_CLONE_NEWNET		0x40000000ull
#define K_CLONE_INTO_CGROUP	0x200000000ull

/* memfd_create(2), fcntl(2) seals */
#define K_MFD_CLOEXEC		0x0001u
#define K_MFD_ALLOW_SEALING	0x0002u
#define K_MFD_NOEXEC_SEAL	0x0008u
#define K_MFD_EXEC		0x0010u
#define K_F_ADD_SEALS		1033
#define K_F_GET_SEALS		1034
#define K_F_SEAL_SEAL		0x0001
#define K_F_SEAL_SHRINK		0x0002
#define K_F_SEAL_GROW		0x0004
#define K_F_SEAL_WRITE		0x0008
#define K_F_SEAL_FUTURE_WRITE	0x0010
#define K_F_SEAL_EXEC		0x0020

#define K_CLOSE_RANGE_CLOEXEC	4u
#define K_AT_EMPTY_PATH		0x1000
#define K_P_PIDFD		3

/* ioctl(2) of a pidfd, Linux 6.13; the exit code 6.15 */
struct k_pidfd_info {
	uint64_t mask;
	uint64_t cgroupid;
	uint32_t pid, tgid, ppid, ids[8];
	int32_t exit_code;
};
#define K_PIDFD_GET_INFO	0xc040ff0bu
#define K_PIDFD_INFO_EXIT	(1ull << 3)

/* ioctl(2) */
#define K_NS_GET_USERNS		0xb701u
#define K_NS_GET_NSTYPE		0xb703u
#define K_TIOCGPTPEER		0x5441u
#define K_TIOCSPTLCK		0x40045431u

/* statfs(2) magic numbers */
#define K_PROC_SUPER_MAGIC	0x9fa0
#define K_SYSFS_MAGIC		0x62656572
#define K_DEVPTS_SUPER_MAGIC	0x1cd1
#define K_TMPFS_MAGIC		0x01021994
#define K_CGROUP_SUPER_MAGIC	0x27e0eb
#define K_CGROUP2_SUPER_MAGIC	0x63677270
#define K_RDTGROUP_SUPER_MAGIC	0x07655821
#define K_NSFS_MAGIC		0x6e736673
#define K_SELINUX_MAGIC		0xf97cff8cl

/* prctl(2), seccomp(2) */
#define K_PR_SET_PDEATHSIG	1
#define K_PR_SET_DUMPABLE	4
#define K_PR_SET_KEEPCAPS	8
#define K_PR_SET_NAME		15
#define K_PR_CAPBSET_READ	23
#define K_PR_CAPBSET_DROP	24
#define K_PR_SET_CHILD_SUBREAPER	36
#define K_PR_SET_NO_NEW_PRIVS	38
#define K_PR_CAP_AMBIENT	47
#define K_PR_CAP_AMBIENT_RAISE	2
#define K_PR_CAP_AMBIENT_CLEAR_ALL	4
#define K_SECCOMP_SET_MODE_FILTER	1u
#define K_SECCOMP_FILTER_FLAG_TSYNC	(1u << 0)
#define K_SECCOMP_FILTER_FLAG_LOG	(1u << 1)
#define K_SECCOMP_FILTER_FLAG_SPEC_ALLOW	(1u << 2)
#define K_SECCOMP_FILTER_FLAG_NEW_LISTENER	(1u << 3)
#define K_SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV	(1u << 5)

/* sched_setattr(2), of 5.3 and later */
struct k_sched_attr {
	uint32_t size;
	uint32_t policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime;	/* nanoseconds, as the next two */
	uint64_t deadline;
	uint64_t period;
	uint32_t util_min;
	uint32_t util_max;
};

/* keyctl(2) */
#define K_KEYCTL_JOIN_SESSION_KEYRING	1
#define K_KEYCTL_SETPERM		5
#define K_KEY_POS_ALL			0x3f000000u
#define K_KEY_USR_VIEW			0x00010000u
#define K_KEY_USR_READ			0x00020000u
#define K_KEY_USR_SEARCH		0x00080000u
#define K_KEY_USR_LINK			0x00100000u

struct k_sock_filter {
	uint16_t code;
	uint8_t jt;
	uint8_t jf;
	uint32_t k;
};

#endif
