/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sys/process.h"
#include "sys/allow.h"
#include "sys/numbers.h"
#include "base/auto.h"

#include <poll.h>
#include <sched.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

static int result(long rc)
{
	return rc < 0 ? -errno : (int)rc;
}

pid_t sys_clone3(struct k_clone_args *args)
{
	return result(syscall(SYS_clone3, args, sizeof(*args)));
}

pid_t sys_fork(void)
{
#ifdef __s390x__
	return result(syscall(SYS_clone, 0, SIGCHLD, 0, 0, 0));
#else
	return result(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
#endif
}

#if SYS_SANITIZED
/* What a sanitizer notes of the child's stack would stay behind in the caller's. */
pid_t sys_spawn(int (*fn)(void *arg), void *arg, int *ret_pidfd)
{
	struct k_clone_args args = {
		.flags = K_CLONE_PIDFD, .pidfd = (uint64_t)(uintptr_t)ret_pidfd, .exit_signal = SIGCHLD,
	};
	pid_t pid = sys_clone3(&args);

	if (pid == 0)
		_exit(fn(arg));
	return pid;
}
#else
enum { SPAWN_STACK = 64 << 10, SPAWN_GUARD = 64 << 10 };	/* pages have at most 64 KiB */

/*
 * By the C library, since a child with a stack of its own cannot return from here.  That is mapped for the moment: in an array,
 * which the compiler's check for clashes touches page by page, it would stay in the memory of a caller that runs for months.
 */
pid_t sys_spawn(int (*fn)(void *arg), void *arg, int *ret_pidfd)
{
	const size_t size = SPAWN_GUARD + SPAWN_STACK;
	char *stack = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	int pid;

	if (stack == MAP_FAILED)
		return -errno;
	if (mprotect(stack + SPAWN_GUARD, SPAWN_STACK, PROT_READ | PROT_WRITE) < 0)
		pid = -errno;
	else
		pid = result(clone(fn, stack + size, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, arg, ret_pidfd));
	munmap(stack, size);
	return pid;
}
#endif

int sys_execveat(int fd, const char *const argv[], const char *const envp[])
{
	return result(syscall(SYS_execveat, fd, "", argv, envp, K_AT_EMPTY_PATH));
}

int sys_unshare(uint64_t flags)
{
	return result(syscall(SYS_unshare, flags));
}

int sys_setns(int fd, uint64_t flags)
{
	return result(syscall(SYS_setns, fd, flags));
}

int sys_pidfd_open(pid_t pid)
{
	return result(syscall(SYS_pidfd_open, pid, 0));
}

int sys_pidfd_send_signal(int pidfd, int sig)
{
	return result(syscall(SYS_pidfd_send_signal, pidfd, sig, NULL, 0));
}

int sys_pidfd_getfd(int pidfd, int fd)
{
	return result(syscall(SYS_pidfd_getfd, pidfd, fd, 0));
}

int sys_pidfd_wait(int pidfd)
{
	siginfo_t info = { 0 };
	long rc;

	do
		rc = syscall(SYS_waitid, K_P_PIDFD, pidfd, &info, WEXITED, NULL);
	while (rc < 0 && errno == EINTR);
	if (rc < 0)
		return -errno;
	return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

int sys_pidfd_poll(int pidfd, int timeout_ms)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };
	int64_t end = timeout_ms < 0 ? 0 : sys_now_ms() + timeout_ms;
	int rc;

	for (;;) {
		rc = poll(&p, 1, timeout_ms);
		if (rc >= 0)
			return rc > 0;
		if (errno != EINTR)
			return -errno;
		if (timeout_ms > 0) {
			int64_t left = end - sys_now_ms();

			timeout_ms = left > 0 ? (int)left : 0;
		}
	}
}

int sys_pidfd_exit_status(int pidfd, int timeout_ms, int *ret_status)
{
	for (int tried = 0; tried <= 1; tried++) {
		struct k_pidfd_info info = { .mask = K_PIDFD_INFO_EXIT };
		struct pollfd p = { .fd = pidfd };

		/* A kernel that knows the call but not this answer (6.13, 6.14) says ESRCH of one that is gone. */
		if (syscall(SYS_ioctl, pidfd, K_PIDFD_GET_INFO, &info) < 0)
			return errno == EINVAL || errno == ESRCH ? -ENOTTY : -errno;
		if (info.mask & K_PIDFD_INFO_EXIT) {
			*ret_status = info.exit_code;
			return 0;
		}
		/* POLLHUP: it has been waited for.  EINTR is time that is up. */
		if (tried == 0 && poll(&p, 1, timeout_ms) < 0 && errno != EINTR)
			return -errno;
	}
	return -ETIMEDOUT;
}

int sys_prctl(int option, unsigned long a, unsigned long b)
{
	return result(prctl(option, a, b, 0ul, 0ul));
}

int sys_getrlimit(uint32_t resource, uint64_t *ret_soft, uint64_t *ret_hard)
{
	uint64_t l[2];

	if (syscall(SYS_prlimit64, 0, resource, NULL, l) < 0)
		return -errno;
	*ret_soft = l[0];
	*ret_hard = l[1];
	return 0;
}

int sys_setrlimit(uint32_t resource, uint64_t soft, uint64_t hard)
{
	const struct { uint64_t soft, hard; } limit = { soft, hard };

	return result(syscall(SYS_prlimit64, 0, resource, &limit, NULL));
}

int sys_sched_setattr(pid_t pid, const struct k_sched_attr *attr)
{
	return result(syscall(SYS_sched_setattr, pid, attr, 0));
}

int sys_sched_setaffinity(pid_t pid, const uint64_t *mask, size_t bytes)
{
	return result(syscall(SYS_sched_setaffinity, pid, bytes, mask));
}

int sys_ioprio_set(pid_t pid, int value)
{
	enum { WHO_PROCESS = 1 };

	return result(syscall(SYS_ioprio_set, WHO_PROCESS, pid, value));
}

int sys_personality(uint32_t persona)
{
	return result(syscall(SYS_personality, (unsigned long)persona));
}

/* The kernel counts one bit less than it is told (get_nodes() of mm/mempolicy.c). */
int sys_set_mempolicy(uint32_t mode, const uint64_t *nodes, uint32_t n_nodes)
{
	return result(syscall(SYS_set_mempolicy, mode, nodes, nodes ? n_nodes + 1ul : 0ul));
}

int sys_get_mempolicy(uint32_t *ret_mode, uint64_t *ret_nodes, uint32_t n_nodes)
{
	return result(syscall(SYS_get_mempolicy, ret_mode, ret_nodes, n_nodes + 1ul, NULL, 0ul));
}

int sys_reset_signals(uint64_t ignored)
{
	/* The kernel's sigaction: handler, flags, restorer, mask; all zero is SIG_DFL. */
	const struct { void *handler; unsigned long flags; void *restorer; uint64_t mask; } dfl = { 0 };
	const uint64_t none = 0;

	for (int sig = 1; sig <= 64; sig++)
		if (ignored & SYS_SIGNAL_BIT(sig) && sig != SIGKILL && sig != SIGSTOP &&
		    syscall(SYS_rt_sigaction, sig, &dfl, NULL, sizeof(uint64_t)) < 0)
			return -errno;
	return result(syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof(none)));
}

int sys_hold_signals(void)
{
	const uint64_t all = SYS_ALL_SIGNALS;

	return result(syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, sizeof(all)));
}

int sys_wait_signal_for(uint64_t set, int64_t ms, siginfo_t *ret_info)
{
	/* The kernel's, of the old call. */
	const struct { long seconds, nanoseconds; } t = { (long)(ms / 1000), (long)(ms % 1000) * 1000000 };

	return result(syscall(SYS_rt_sigtimedwait, &set, ret_info, ms < 0 ? NULL : &t, sizeof(set)));
}

int sys_pass_signal(pid_t pid, siginfo_t *info)
{
	if (info->si_code == SI_QUEUE)
		return result(syscall(SYS_rt_sigqueueinfo, pid, info->si_signo, info));
	return result(syscall(SYS_kill, pid, info->si_signo));
}

int64_t sys_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t sys_processor_us(pid_t pid)
{
	struct timespec t;
	clockid_t clock;
	const int rc = clock_getcpuclockid(pid, &clock);

	if (rc != 0)
		return -rc;
	if (clock_gettime(clock, &t) < 0)
		return -errno;
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}
