/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is put on top of lithos where somebody asks for it: the masks and read-only paths that engines give to every
 * container, no gain of privileges by execve(2), and a filter of system calls.
 */
#include "translate/draft.h"

#include "base/arr.h"

#include <errno.h>
#include <string.h>

/* Files of procfs and sysfs that tell of the host, or of other containers, more than a program has use for. */
static const char *const masked[] = {
	"/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
	"/proc/sched_debug", "/proc/scsi", "/proc/timer_list", "/proc/timer_stats",
	"/sys/devices/virtual/powercap", "/sys/firmware",
};

/* Those with which the host can be changed. */
static const char *const unwritable[] = {
	"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
};

/*
 * The filter says what is allowed, so that a system call which a new kernel brings is refused until somebody has judged it.
 * Names that an architecture does not have are passed over.  Refused are, for who lacks the capability, the calls that are
 * of no use without one; and for everybody: keyrings (not divided by namespaces), io_uring and userfaultfd (which have
 * served most exploits of the last years), calls that nothing uses any more.
 */

/* Files, directories and what is known of them. */
static const char *const files[] = {
	"access", "cachestat", "chdir", "chmod", "chown", "chown32", "close", "close_range", "copy_file_range",
	"creat", "dup", "dup2", "dup3", "faccessat", "faccessat2", "fadvise64", "fadvise64_64", "arm_fadvise64_64",
	"fallocate", "fchdir", "fchmod", "fchmodat", "fchmodat2", "fchown", "fchown32", "fchownat", "fcntl",
	"fcntl64", "fdatasync", "fgetxattr", "file_getattr", "file_setattr", "flistxattr", "flock", "fremovexattr",
	"fsetxattr", "fstat", "fstat64", "fstatat64", "fstatfs", "fstatfs64", "fsync", "ftruncate", "ftruncate64",
	"futimesat", "getcwd", "getdents", "getdents64", "getxattr", "getxattrat", "inotify_add_watch",
	"inotify_init", "inotify_init1", "inotify_rm_watch", "ioctl", "lchown", "lchown32", "lgetxattr", "link",
	"linkat", "listxattr", "listxattrat", "llistxattr", "_llseek", "lremovexattr", "lseek", "lsetxattr", "lstat",
	"lstat64", "mkdir", "mkdirat", "mknod", "mknodat", "name_to_handle_at", "newfstatat", "_newselect", "open",
	"openat", "openat2", "pipe", "pipe2", "pread64", "preadv", "preadv2", "pwrite64", "pwritev", "pwritev2",
	"read", "readahead", "readlink", "readlinkat", "readv", "removexattr", "removexattrat", "rename", "renameat",
	"renameat2", "rmdir", "sendfile", "sendfile64", "setxattr", "setxattrat", "splice", "stat", "stat64",
	"statfs", "statfs64", "statx", "symlink", "symlinkat", "sync", "sync_file_range", "sync_file_range2",
	"arm_sync_file_range", "syncfs", "tee", "truncate", "truncate64", "umask", "unlink", "unlinkat", "utime",
	"utimensat", "utimensat_time64", "utimes", "vmsplice", "write", "writev",
};

/* Memory of its own, and of its descriptors. */
static const char *const memory[] = {
	"brk", "madvise", "map_shadow_stack", "membarrier", "memfd_create", "memfd_secret", "mincore", "mlock",
	"mlock2", "mlockall", "mmap", "mmap2", "mprotect", "mremap", "mseal", "msync", "munlock", "munlockall",
	"munmap", "pkey_alloc", "pkey_free", "pkey_mprotect", "process_mrelease", "remap_file_pages",
};

/* Processes and threads; what may be said to those of the same user. */
static const char *const processes[] = {
	"arch_prctl", "capget", "capset", "execve", "execveat", "exit", "exit_group", "fork", "futex",
	"futex_requeue", "futex_time64", "futex_wait", "futex_waitv", "futex_wake", "get_robust_list", "getcpu",
	"getegid", "getegid32", "geteuid", "geteuid32", "getgid", "getgid32", "getgroups", "getgroups32", "getpgid",
	"getpgrp", "getpid", "getppid", "getpriority", "getrandom", "getresgid", "getresgid32", "getresuid",
	"getresuid32", "getrlimit", "getrusage", "getsid", "gettid", "getuid", "getuid32", "ioprio_get",
	"ioprio_set", "kill", "landlock_add_rule", "landlock_create_ruleset", "landlock_restrict_self", "nanosleep",
	"pause", "pidfd_open", "pidfd_send_signal", "prctl", "prlimit64", "process_madvise", "ptrace",
	"process_vm_readv", "process_vm_writev", "restart_syscall", "rseq", "rt_sigaction", "rt_sigpending",
	"rt_sigprocmask", "rt_sigqueueinfo", "rt_sigreturn", "rt_sigsuspend", "rt_sigtimedwait",
	"rt_sigtimedwait_time64", "rt_tgsigqueueinfo", "sched_get_priority_max", "sched_get_priority_min",
	"sched_getaffinity", "sched_getattr", "sched_getparam", "sched_getscheduler", "sched_rr_get_interval",
	"sched_rr_get_interval_time64", "sched_setaffinity", "sched_setattr", "sched_setparam", "sched_setscheduler",
	"sched_yield", "seccomp", "set_robust_list", "set_thread_area", "get_thread_area", "set_tid_address",
	"set_tls", "breakpoint", "cacheflush", "riscv_flush_icache", "riscv_hwprobe", "setfsgid", "setfsgid32",
	"setfsuid", "setfsuid32", "setgid", "setgid32", "setgroups", "setgroups32", "setpgid", "setpriority",
	"setregid", "setregid32", "setresgid", "setresgid32", "setresuid", "setresuid32", "setreuid", "setreuid32",
	"setrlimit", "setsid", "setuid", "setuid32", "sigaction", "sigaltstack", "signal", "signalfd", "signalfd4",
	"sigpending", "sigprocmask", "sigreturn", "sigsuspend", "swapcontext", "sysinfo", "tgkill", "times", "tkill",
	"ugetrlimit", "uname", "vfork", "wait4", "waitid", "waitpid", "modify_ldt", "s390_pci_mmio_read",
	"s390_pci_mmio_write", "s390_runtime_instr", "lsm_get_self_attr", "lsm_list_modules",
};

/* Clocks that are read, timers, waiting. */
static const char *const waiting[] = {
	"adjtimex", "alarm", "clock_getres", "clock_getres_time64", "clock_gettime", "clock_gettime64",
	"clock_nanosleep", "clock_nanosleep_time64", "epoll_create", "epoll_create1", "epoll_ctl", "epoll_ctl_old",
	"epoll_pwait", "epoll_pwait2", "epoll_wait", "epoll_wait_old", "eventfd", "eventfd2", "getitimer",
	"gettimeofday", "io_cancel", "io_destroy", "io_getevents", "io_pgetevents", "io_pgetevents_time64",
	"io_setup", "io_submit", "poll", "ppoll", "ppoll_time64", "pselect6", "pselect6_time64", "select",
	"setitimer", "time", "timer_create", "timer_delete", "timer_getoverrun", "timer_gettime", "timer_gettime64",
	"timer_settime", "timer_settime64", "timerfd_create", "timerfd_gettime", "timerfd_gettime64",
	"timerfd_settime", "timerfd_settime64",
};

/* Sockets, and what System V and POSIX have between processes of one container. */
static const char *const talking[] = {
	"accept", "accept4", "bind", "connect", "getpeername", "getsockname", "getsockopt", "ipc", "listen",
	"mq_getsetattr", "mq_notify", "mq_open", "mq_timedreceive", "mq_timedreceive_time64", "mq_timedsend",
	"mq_timedsend_time64", "mq_unlink", "msgctl", "msgget", "msgrcv", "msgsnd", "recv", "recvfrom", "recvmmsg",
	"recvmmsg_time64", "recvmsg", "semctl", "semget", "semop", "semtimedop", "semtimedop_time64", "send",
	"sendmmsg", "sendmsg", "sendto", "setsockopt", "shmat", "shmctl", "shmdt", "shmget", "shutdown",
	"socketcall", "socketpair",
};

static const struct group {
	const char *const *names;
	size_t n;
	const char *capability;	/* only for who has it */
} groups[] = {
#define GROUP(...) (const char *const[]){ __VA_ARGS__ }, sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *)
	{ files,	ARRAY_LEN(files),	NULL },
	{ memory,	ARRAY_LEN(memory),	NULL },
	{ processes,	ARRAY_LEN(processes),	NULL },
	{ waiting,	ARRAY_LEN(waiting),	NULL },
	{ talking,	ARRAY_LEN(talking),	NULL },
	{ GROUP("open_by_handle_at"),						"CAP_DAC_READ_SEARCH" },
	{ GROUP("bpf", "clone", "clone3", "fanotify_init", "fanotify_mark", "fsconfig", "fsmount", "fsopen", "fspick", "listmount",
		"lookup_dcookie", "mount", "mount_setattr", "move_mount", "open_tree", "perf_event_open",
		"pivot_root", "quotactl", "quotactl_fd", "setdomainname", "sethostname", "setns", "statmount",
		"syslog", "umount", "umount2", "unshare"),						"CAP_SYS_ADMIN" },
	{ GROUP("reboot"),							"CAP_SYS_BOOT" },
	{ GROUP("chroot"),							"CAP_SYS_CHROOT" },
	{ GROUP("delete_module", "finit_module", "init_module"),		"CAP_SYS_MODULE" },
	{ GROUP("get_mempolicy", "mbind", "set_mempolicy", "set_mempolicy_home_node", "move_pages",
		"migrate_pages"),						"CAP_SYS_NICE" },
	{ GROUP("acct"),							"CAP_SYS_PACCT" },
	{ GROUP("kcmp", "pidfd_getfd"),						"CAP_SYS_PTRACE" },
	{ GROUP("ioperm", "iopl"),						"CAP_SYS_RAWIO" },
	{ GROUP("clock_adjtime", "clock_adjtime64", "clock_settime", "clock_settime64", "settimeofday",
		"stime"),								"CAP_SYS_TIME" },
	{ GROUP("vhangup"),							"CAP_SYS_TTY_CONFIG" },
	{ GROUP("bpf"),								"CAP_BPF" },
	{ GROUP("perf_event_open"),						"CAP_PERFMON" },
	{ GROUP("syslog"),							"CAP_SYSLOG" },
#undef GROUP
};

/* All that begin a new namespace: CLONE_NEWTIME is not here, since clone(2) takes that bit for a signal's. */
#define NEW_NAMESPACES UINT64_C(0x7e020000)	/* NEWNS NEWCGROUP NEWUTS NEWIPC NEWUSER NEWPID NEWNET */
enum { AF_VSOCK_NUMBER = 40 };			/* reaches the hypervisor past all network namespaces */

/* The execution domains that change nothing but what uname(2) says, and the layout of addresses not at all. */
static const uint64_t personalities[] = { 0x0, 0x0008, 0x20000, 0x20008, 0xffffffff };

/* Other sizes of words that the same kernel runs. */
static const char *const architectures[] = {
#if defined(__x86_64__)
	"SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32",
#elif defined(__aarch64__)
	"SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM",
#elif defined(__i386__)
	"SCMP_ARCH_X86",
#elif defined(__arm__)
	"SCMP_ARCH_ARM",
#elif defined(__riscv)
	"SCMP_ARCH_RISCV64",
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
	"SCMP_ARCH_PPC64LE",
#elif defined(__s390x__)
	"SCMP_ARCH_S390X", "SCMP_ARCH_S390",
#endif
};

static int put_all(struct draft *d, const char ***list, size_t *n, const char *const *from, size_t n_from)
{
	for (size_t i = 0; i < n_from; i++)
		if (draft_text(d, list, n, from[i]) < 0)
			return d->e->code;
	return 0;
}

static bool has_capability(const struct oci_capabilities *c, const char *name)
{
	for (size_t i = 0; i < c->n_permitted; i++)
		if (strcmp(c->permitted[i], name) == 0)
			return true;
	return false;
}

/* A rule for these names; negative: no memory. */
static int add_rule(struct draft *d, const char *action, const char *const *names, size_t n, struct oci_syscall **ret)
{
	struct oci_seccomp *s = d->plan->config.linux->seccomp;
	struct oci_syscall *rule = DRAFT_ADD(d, s->syscalls, s->n_syscalls);

	if (!rule)
		return err_nomem(d->e);
	rule->action = action;
	*ret = rule;
	return put_all(d, &rule->names, &rule->n_names, names, n);
}

/* One call, allowed or refused by one argument. */
static int add_with_argument(struct draft *d, const char *name, const struct oci_syscall_arg *arg)
{
	struct oci_syscall *rule;

	if (add_rule(d, "SCMP_ACT_ALLOW", &name, 1, &rule) < 0)
		return d->e->code;
	rule->args = ARENA_NEW(d->a, struct oci_syscall_arg);
	if (!rule->args)
		return err_nomem(d->e);
	*rule->args = *arg;
	rule->n_args = 1;
	return 0;
}

/* The arguments of clone3 are in memory, where no filter sees them: without it, libraries use clone. */
static int threads_without_namespaces(struct draft *d)
{
	static const char *const clone3[] = { "clone3" };
	struct oci_syscall *rule;
	const struct oci_syscall_arg flags = {
#if defined(__s390x__)
		.index = 1,
#endif
		.value = NEW_NAMESPACES, .value_two = 0, .op = "SCMP_CMP_MASKED_EQ",
	};

	if (add_with_argument(d, "clone", &flags) < 0 || add_rule(d, "SCMP_ACT_ERRNO", clone3, 1, &rule) < 0)
		return d->e->code;
	rule->has_errno_ret = true;
	rule->errno_ret = ENOSYS;
	return 0;
}

static int by_argument(struct draft *d)
{
	const struct oci_syscall_arg family = { .value = AF_VSOCK_NUMBER, .op = "SCMP_CMP_NE" };

	for (size_t i = 0; i < ARRAY_LEN(personalities); i++)
		if (add_with_argument(d, "personality", &(struct oci_syscall_arg){
			.value = personalities[i], .op = "SCMP_CMP_EQ" }) < 0)
			return d->e->code;
	if (add_with_argument(d, "socket", &family) < 0)
		return d->e->code;
	return has_capability(d->plan->config.process->capabilities, "CAP_SYS_ADMIN") ? 0 : threads_without_namespaces(d);
}

static int filter(struct draft *d)
{
	struct oci_seccomp *s = ARENA_NEW(d->a, struct oci_seccomp);

	if (!s)
		return err_nomem(d->e);
	d->plan->config.linux->seccomp = s;
	s->default_action = "SCMP_ACT_ERRNO";
	s->has_default_errno_ret = true;
	s->default_errno_ret = EPERM;
	if (put_all(d, &s->architectures, &s->n_architectures, architectures, ARRAY_LEN(architectures)) < 0)
		return d->e->code;
	for (size_t i = 0; i < ARRAY_LEN(groups); i++) {
		const struct group *g = &groups[i];
		struct oci_syscall *rule;

		if (g->capability && !has_capability(d->plan->config.process->capabilities, g->capability))
			continue;
		if (add_rule(d, "SCMP_ACT_ALLOW", g->names, g->n, &rule) < 0)
			return d->e->code;
	}
	return by_argument(d);
}

int translate_harden(struct draft *d)
{
	struct oci_linux *l = d->plan->config.linux;

	if (!d->harden)
		return 0;
	d->plan->config.process->no_new_privileges = true;
	if (put_all(d, &l->masked_paths, &l->n_masked_paths, masked, ARRAY_LEN(masked)) < 0 ||
	    put_all(d, &l->readonly_paths, &l->n_readonly_paths, unwritable, ARRAY_LEN(unwritable)) < 0)
		return d->e->code;
	return filter(d);
}
