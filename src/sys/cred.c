/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sys/cred.h"
#include "sys/numbers.h"

#include <errno.h>
#include <unistd.h>

/* capget(2), version 3: two words a set */
#define CAPABILITY_VERSION_3 0x20080522u
struct cap_header { uint32_t version; int pid; };
struct cap_data { uint32_t effective, permitted, inheritable; };

static int result(long rc)
{
	return rc < 0 ? -errno : (int)rc;
}

int sys_setgroups(size_t n, const uint32_t *gids)
{
	return result(syscall(SYS_setgroups, n, gids));
}

int sys_getgroups(size_t n, uint32_t *ret_gids)
{
	return result(syscall(SYS_getgroups, n, ret_gids));
}

int sys_setresgid(uint32_t gid)
{
	uint32_t r, e, s;

	if (syscall(SYS_setresgid, gid, gid, gid) < 0 || syscall(SYS_getresgid, &r, &e, &s) < 0)
		return -errno;
	return r == gid && e == gid && s == gid ? 0 : -EPERM;
}

int sys_setresuid(uint32_t uid)
{
	uint32_t r, e, s;

	if (syscall(SYS_setresuid, uid, uid, uid) < 0 || syscall(SYS_getresuid, &r, &e, &s) < 0)
		return -errno;
	return r == uid && e == uid && s == uid ? 0 : -EPERM;
}

/* setfsuid(2) never says that it failed: a second call with an impossible id tells. */
int sys_setfsuid(uint32_t uid, uint32_t *ret_old)
{
	*ret_old = (uint32_t)syscall(SYS_setfsuid, uid);
	return (uint32_t)syscall(SYS_setfsuid, (uint32_t)-1) == uid ? 0 : -EPERM;
}

int sys_setfsgid(uint32_t gid, uint32_t *ret_old)
{
	*ret_old = (uint32_t)syscall(SYS_setfsgid, gid);
	return (uint32_t)syscall(SYS_setfsgid, (uint32_t)-1) == gid ? 0 : -EPERM;
}

int sys_capset(uint64_t effective, uint64_t permitted, uint64_t inheritable)
{
	struct cap_header h = { CAPABILITY_VERSION_3, 0 };
	const struct cap_data d[2] = {
		{ (uint32_t)effective, (uint32_t)permitted, (uint32_t)inheritable },
		{ (uint32_t)(effective >> 32), (uint32_t)(permitted >> 32), (uint32_t)(inheritable >> 32) },
	};

	return result(syscall(SYS_capset, &h, d));
}

int sys_capget(uint64_t *ret_effective, uint64_t *ret_permitted, uint64_t *ret_inheritable)
{
	struct cap_header h = { CAPABILITY_VERSION_3, 0 };
	struct cap_data d[2];

	if (syscall(SYS_capget, &h, d) < 0)
		return -errno;
	*ret_effective = d[0].effective | (uint64_t)d[1].effective << 32;
	*ret_permitted = d[0].permitted | (uint64_t)d[1].permitted << 32;
	*ret_inheritable = d[0].inheritable | (uint64_t)d[1].inheritable << 32;
	return 0;
}

int sys_join_session_keyring(const char *name)
{
	return result(syscall(SYS_keyctl, K_KEYCTL_JOIN_SESSION_KEYRING, name, 0, 0, 0));
}

int sys_key_setperm(int key, uint32_t perm)
{
	return result(syscall(SYS_keyctl, K_KEYCTL_SETPERM, key, perm, 0, 0));
}

int sys_seccomp_filter(uint32_t flags, uint16_t n, const struct k_sock_filter *filter)
{
	const struct { uint16_t n; const struct k_sock_filter *filter; } prog = { n, filter };

	return result(syscall(SYS_seccomp, K_SECCOMP_SET_MODE_FILTER, flags, &prog));
}
