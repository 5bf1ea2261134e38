/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "runtime/facts.h"
#include "priv/caps.h"
#include "sys/file.h"
#include "sys/proc.h"
#include "sys/process.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* sd_listen_fds(3): the descriptors are meant for the process that LISTEN_PID names, and for nobody else. */
static uint32_t listen_fds(void)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	char *end;
	long n;

	if (!pid || !fds || strtol(pid, &end, 10) != getpid() || *end)
		return 0;
	n = strtol(fds, &end, 10);
	return n > 0 && n < 4096 && !*end ? (uint32_t)n : 0;
}

/* A mask of /proc/self/status, or otherwise. */
static uint64_t mask_of(const char *status, const char *key, uint64_t otherwise)
{
	const char *line = strstr(status, key);

	return line ? strtoull(line + strlen(key), NULL, 16) : otherwise;
}

/*
 * capabilities(7), "Capabilities and execution of programs by root": executing the init gives root what the bounding set
 * has, and to anybody else what is ambient.
 */
static uint64_t withheld_caps(const char *status)
{
	const uint64_t bounding = mask_of(status, "\nCapBnd:", UINT64_MAX);

	return ~(geteuid() == 0 ? bounding : bounding & mask_of(status, "\nCapAmb:", UINT64_MAX));
}

/* SIGPIPE is ignored by cist itself; the init adds it. */
static void read_status(struct facts *f)
{
	const char *text = sys_own_status();

	f->ignored_signals = mask_of(text, "\nSigIgn:", SYS_ALL_SIGNALS);
	/* Without a procfs nothing is known: what is not allowed will say so. */
	f->missing_caps = ~mask_of(text, "\nCapEff:", UINT64_MAX);
	f->withheld_caps = withheld_caps(text);
}

/* Root that has unshared a user namespace and nothing else is still in the mount namespace of others. */
static bool owns_mounts(void)
{
	auto_close int mnt = sys_openat(AT_FDCWD, "/proc/self/ns/mnt", O_RDONLY, 0);
	auto_close int owner = mnt < 0 ? -EBADF : ioctl(mnt, K_NS_GET_USERNS);
	struct stat mine, theirs;

	return owner >= 0 && sys_fstat(owner, &theirs) == 0 &&
	       sys_fstatat(AT_FDCWD, "/proc/self/ns/user", 0, &mine) == 0 && mine.st_ino == theirs.st_ino &&
	       mine.st_dev == theirs.st_dev;
}

static bool groups_are_fixed(void)
{
	char text[16];

	return sys_read_at(AT_FDCWD, "/proc/self/setgroups", text, sizeof(text)) > 0 && strncmp(text, "deny", 4) == 0;
}

int facts_gather(const struct oci_config *c, const struct oci_process *p, struct arena *a, struct facts *ret_facts,
		 struct err *e)
{
	const char *notify = getenv("NOTIFY_SOCKET");
	struct stat st;

	*ret_facts = (struct facts){
		.last_cap = caps_last(),
		.has_kcore = sys_fstatat(AT_FDCWD, "/proc/kcore", 0, &st) == 0,
		.uid = geteuid(), .gid = getegid(),
		.in_user_ns = sys_in_user_ns(),
		.environment = (const char *const *)environ,
		.listen_fds = listen_fds(),
		.notify_socket = notify && *notify ? notify : NULL,
	};
	read_status(ret_facts);
	ret_facts->foreign_mounts = ret_facts->in_user_ns && !owns_mounts();
	ret_facts->groups_are_fixed = ret_facts->in_user_ns && groups_are_fixed();
	/* In a user namespace mknod(2) is refused whatever the capabilities say. */
	ret_facts->may_mknod = !ret_facts->in_user_ns && facts_has_cap(ret_facts, FACT_CAP_MKNOD);
	if (lsm_is_asked(c, p))
		lsm_probe(&ret_facts->lsm);
	return cg_probe(a, &ret_facts->cgroups, e);
}
