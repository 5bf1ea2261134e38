/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Processes and namespaces: clone3, pidfds, setns, prctl.  Negative errno as everywhere in sys/. */
#ifndef CIST_SYS_PROCESS_H
#define CIST_SYS_PROCESS_H

#include "sys/abi.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/* As fork(2), with the kernel's flags: returns twice.  ->pidfd, if asked for, is close-on-exec. */
pid_t sys_clone3(struct k_clone_args *args);

/* By the oldest call for it, which filters of programs let through. */
pid_t sys_fork(void);

/*
 * A child that calls fn(arg), exits with what that returns, and borrows the memory of the caller, who stands still until it
 * has executed a program or ended: no page table is copied, however large the caller is.  So fn does little else than that,
 * and what it changes is changed.  *ret_pidfd is close-on-exec.  A sanitized build makes an ordinary child.
 */
pid_t sys_spawn(int (*fn)(void *arg), void *arg, int *ret_pidfd);

int sys_execveat(int fd, const char *const argv[], const char *const envp[]);
int sys_unshare(uint64_t flags);
int sys_setns(int fd, uint64_t flags);

int sys_pidfd_open(pid_t pid);
int sys_pidfd_send_signal(int pidfd, int sig);
/* A close-on-exec copy of the descriptor fd of that process; takes the right to trace it. */
int sys_pidfd_getfd(int pidfd, int fd);
/* Waits for the end of a child.  Returns its wait status as a shell counts it: 0…255, 128+N after signal N. */
int sys_pidfd_wait(int pidfd);
/* Polls until the process has ended: 1 ended, 0 not within timeout_ms (-1: no limit). */
int sys_pidfd_poll(int pidfd, int timeout_ms);

/*
 * The wait status of a process that is not this one's child, once its parent has taken it, which is waited for up to
 * timeout_ms.  0; -ETIMEDOUT; or -ENOTTY from a kernel before Linux 6.15, which tells nobody else.
 */
int sys_pidfd_exit_status(int pidfd, int timeout_ms, int *ret_status);

int sys_prctl(int option, unsigned long a, unsigned long b);
/* Limits of the calling process; UINT64_MAX: none. */
int sys_setrlimit(uint32_t resource, uint64_t soft, uint64_t hard);
int sys_getrlimit(uint32_t resource, uint64_t *ret_soft, uint64_t *ret_hard);
/* How process pid, or with 0 the caller, is scheduled. */
int sys_sched_setattr(pid_t pid, const struct k_sched_attr *attr);
int sys_sched_setaffinity(pid_t pid, const uint64_t *mask, size_t bytes);
/* value is class << 13 | priority (ioprio_set(2)). */
int sys_ioprio_set(pid_t pid, int value);
int sys_personality(uint32_t persona);
/* nodes has n_nodes bits, or is NULL: none. */
int sys_set_mempolicy(uint32_t mode, const uint64_t *nodes, uint32_t n_nodes);
int sys_get_mempolicy(uint32_t *ret_mode, uint64_t *ret_nodes, uint32_t n_nodes);
/*
 * Default action for the signals in ignored (bit N-1 is signal N), none blocked, as a program may expect at its start.  An
 * execution resets handlers by itself, but what is ignored stays ignored.
 */
int sys_reset_signals(uint64_t ignored);
#define SYS_SIGNAL_BIT(sig) (UINT64_C(1) << ((sig) - 1))
#define SYS_ALL_SIGNALS UINT64_MAX
/*
 * The raw calls, as a C library keeps some signals to itself: all are held back from now on, one after the other is taken,
 * and sent on to another process, with the value of sigqueue(3) if it came with one.
 */
int sys_hold_signals(void);
/* One of those in set (bit N-1 is signal N), for up to ms; negative: without limit.  -EAGAIN: none came; -EINTR. */
int sys_wait_signal_for(uint64_t set, int64_t ms, siginfo_t *ret_info);
int sys_pass_signal(pid_t pid, siginfo_t *info);
/* Monotonic milliseconds. */
int64_t sys_now_ms(void);
/* Microseconds of processor time that a process has taken; negative when there is none. */
int64_t sys_processor_us(pid_t pid);

#endif
