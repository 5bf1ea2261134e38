/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lithos/confine.h"

#include "base/arr.h"
#include "sys/allow.h"
#include "sys/cred.h"
#include "sys/file.h"
#include "sys/process.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FILES_MAX = 16 };

static const struct sys_allowed calls[] = {
	{ SYS_read, SYS_ALLOW_FIRST, CONFINED_FD },
	{ SYS_write, SYS_ALLOW_FIRST, CONFINED_FD },
	{ .nr = SYS_brk },
	{ .nr = SYS_mmap, .when = SYS_ALLOW_ANONYMOUS },
	{ .nr = SYS_munmap },
	{ .nr = SYS_mremap },
	{ .nr = SYS_getrandom },	/* the first malloc() asks for some */
	{ .nr = SYS_exit_group },
};

/* Bytes of addresses that this process has; what it was given before it was confined is not to be counted. */
static int size_now(uint64_t *ret)
{
	char text[128];
	ssize_t rc = sys_read_at(AT_FDCWD, "/proc/self/statm", text, sizeof(text));

	if (rc < 0)
		return (int)rc;
	*ret = strtoull(text, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
	return 0;
}

/* Only ever down: it takes a privilege to raise what the caller has bounded lower. */
static int lower(uint32_t what, uint64_t soft, uint64_t hard)
{
	uint64_t soft_now, most;
	int rc = sys_getrlimit(what, &soft_now, &most);

	return rc < 0 ? rc : sys_setrlimit(what, soft < most ? soft : most, hard < most ? hard : most);
}

static int bound(struct err *e)
{
	uint64_t now = 0;
	int rc = SYS_SANITIZED ? 0 : size_now(&now);

	if (rc < 0)
		return err_sys(e, rc, "read /proc/self/statm");
	if (!SYS_SANITIZED)
		rc = lower(RLIMIT_AS, now + CONFINED_MEMORY, now + CONFINED_MEMORY);
	if (rc == 0)
		rc = lower(RLIMIT_CPU, CONFINED_SECONDS, CONFINED_SECONDS + 1);
	if (rc == 0)
		rc = lower(RLIMIT_CORE, 0, 0);
	if (rc == 0)
		rc = lower(RLIMIT_NOFILE, FILES_MAX, FILES_MAX);
	return rc < 0 ? err_sys(e, rc, "bound a process") : 0;
}

static int drop_privileges(struct err *e)
{
	int rc = sys_prctl(K_PR_CAP_AMBIENT, K_PR_CAP_AMBIENT_CLEAR_ALL, 0);

	if (rc == 0)
		rc = sys_capset(0, 0, 0);
	if (rc == 0)
		rc = sys_prctl(K_PR_SET_DUMPABLE, 0, 0);
	if (rc == 0)
		rc = sys_prctl(K_PR_SET_NO_NEW_PRIVS, 1, 0);
	return rc < 0 ? err_sys(e, rc, "drop privileges") : 0;
}

static int keep_one_fd(int fd, struct err *e)
{
	int rc = fd == CONFINED_FD ? sys_set_cloexec(fd, true) : dup3(fd, CONFINED_FD, O_CLOEXEC) < 0 ? -errno : 0;

	if (rc == 0)
		rc = sys_close_range(CONFINED_FD + 1, 0);
	return rc < 0 ? err_sys(e, rc, "close descriptors") : 0;
}

int confine(int fd, struct err *e)
{
	int rc = sys_reset_signals(SYS_ALL_SIGNALS);

	if (rc < 0)
		return err_sys(e, rc, "reset signals");
	rc = keep_one_fd(fd, e);
	if (rc == 0)
		rc = bound(e);
	if (rc == 0)
		rc = drop_privileges(e);
	if (rc < 0)
		return rc;
	rc = sys_allow_only(calls, ARRAY_LEN(calls));
	return rc < 0 ? err_sys(e, rc, "load the filter of a parser") : 0;
}
