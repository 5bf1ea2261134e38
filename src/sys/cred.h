/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Identity of the calling thread, by raw system calls: libc's wrappers would signal other threads, and
 * there are none.
 */
#ifndef CIST_SYS_CRED_H
#define CIST_SYS_CRED_H

#include "sys/abi.h"

#include <stddef.h>
#include <sys/types.h>

int sys_setgroups(size_t n, const uint32_t *gids);
/* Number of groups, or -EINVAL when there are more than n. */
int sys_getgroups(size_t n, uint32_t *ret_gids);
/* All three ids, then reads them back: -EPERM when the kernel left any as it was (setuid(-1) is a no-op). */
int sys_setresgid(uint32_t gid);
int sys_setresuid(uint32_t uid);
/* Identity for file access only; the previous one comes back through ret_old. */
int sys_setfsuid(uint32_t uid, uint32_t *ret_old);
int sys_setfsgid(uint32_t gid, uint32_t *ret_old);
/* The three sets as bit masks, capability N being bit N. */
int sys_capset(uint64_t effective, uint64_t permitted, uint64_t inheritable);
int sys_capget(uint64_t *ret_effective, uint64_t *ret_permitted, uint64_t *ret_inheritable);

/* Joins the session keyring of that name, making it if there is none.  Returns its serial number. */
int sys_join_session_keyring(const char *name);
int sys_key_setperm(int key, uint32_t perm);

/* SECCOMP_SET_MODE_FILTER, on the calling thread. */
int sys_seccomp_filter(uint32_t flags, uint16_t n, const struct k_sock_filter *filter);

#endif
