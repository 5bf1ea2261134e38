/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lithos/confine.h"

#include "base/arr.h"
#include "sys/cred.h"
#include "sys/file.h"
#include "sys/process.h"

#include <linux/audit.h>
#include <linux/bpf_common.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define THIS_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define THIS_ARCH AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define THIS_ARCH AUDIT_ARCH_RISCV64
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define THIS_ARCH AUDIT_ARCH_PPC64LE
#elif defined(__s390x__)
#define THIS_ARCH AUDIT_ARCH_S390X
#elif defined(__loongarch64)
#define THIS_ARCH AUDIT_ARCH_LOONGARCH64
#else
#error "the filter needs this machine's AUDIT_ARCH_"
#endif

/* What has to be so for a call to be allowed; of an argument the lower half is looked at, which is all that an int has. */
enum condition { ALWAYS, OUR_FD, ANONYMOUS };

static const struct { unsigned int nr; enum condition when; } calls[] = {
	{ SYS_read, OUR_FD },
	{ SYS_write, OUR_FD },
	{ SYS_brk, ALWAYS },
	{ SYS_mmap, ANONYMOUS },
	{ SYS_munmap, ALWAYS },
	{ SYS_mremap, ALWAYS },
	{ SYS_getrandom, ALWAYS },	/* the first malloc() asks for some */
	{ SYS_exit_group, ALWAYS },
#if CONFINED_SANITIZED
	{ SYS_madvise, ALWAYS },
	{ SYS_mprotect, ALWAYS },
	{ SYS_futex, ALWAYS },
	{ SYS_sched_yield, ALWAYS },
	{ SYS_rt_sigprocmask, ALWAYS },
	{ SYS_sigaltstack, ALWAYS },
	{ SYS_getpid, ALWAYS },
	{ SYS_gettid, ALWAYS },
#endif
};

#define LOWER(n) ((uint32_t)(16 + 8 * (n) + (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0)))
#define LOAD(offset) (struct k_sock_filter){ BPF_LD | BPF_W | BPF_ABS, 0, 0, (offset) }
#define UNLESS_EQUAL(value, skip) (struct k_sock_filter){ BPF_JMP | BPF_JEQ | BPF_K, 0, (skip), (value) }
#define UNLESS_BIT(value, skip) (struct k_sock_filter){ BPF_JMP | BPF_JSET | BPF_K, 0, (skip), (value) }
#define IF_BIT(value, skip) (struct k_sock_filter){ BPF_JMP | BPF_JSET | BPF_K, (skip), 0, (value) }
#define END(action) (struct k_sock_filter){ BPF_RET | BPF_K, 0, 0, (action) }

enum { PER_CALL = 7, FILES_MAX = 16 };

/* The instructions that judge one call, from its number in the accumulator on; what is not that call is behind them. */
static uint16_t put_call(struct k_sock_filter *to, unsigned int nr, enum condition when)
{
	const struct k_sock_filter always[] = { UNLESS_EQUAL(nr, 1), END(SECCOMP_RET_ALLOW) };
	const struct k_sock_filter our_fd[] = {
		UNLESS_EQUAL(nr, 4), LOAD(LOWER(0)), UNLESS_EQUAL(CONFINED_FD, 1),
		END(SECCOMP_RET_ALLOW), END(SECCOMP_RET_KILL_PROCESS),
	};
	const struct k_sock_filter anonymous[] = {
		UNLESS_EQUAL(nr, 6), LOAD(LOWER(2)), IF_BIT(PROT_EXEC, 3), LOAD(LOWER(3)), UNLESS_BIT(MAP_ANONYMOUS, 1),
		END(SECCOMP_RET_ALLOW), END(SECCOMP_RET_KILL_PROCESS),
	};
	const struct { const struct k_sock_filter *v; uint16_t n; } forms[] = {
		[ALWAYS] = { always, ARRAY_LEN(always) },
		[OUR_FD] = { our_fd, ARRAY_LEN(our_fd) },
		[ANONYMOUS] = { anonymous, ARRAY_LEN(anonymous) },
	};

	for (uint16_t i = 0; i < forms[when].n; i++)
		to[i] = forms[when].v[i];
	return forms[when].n;
}

static int load_filter(void)
{
	struct k_sock_filter filter[4 + PER_CALL * ARRAY_LEN(calls) + 1] = {
		LOAD(offsetof(struct seccomp_data, arch)),
		{ BPF_JMP | BPF_JEQ | BPF_K, 1, 0, THIS_ARCH },
		END(SECCOMP_RET_KILL_PROCESS),
		LOAD(offsetof(struct seccomp_data, nr)),
	};
	uint16_t n = 4;

	for (size_t i = 0; i < ARRAY_LEN(calls); i++)
		n = (uint16_t)(n + put_call(filter + n, calls[i].nr, calls[i].when));
	filter[n++] = END(SECCOMP_RET_KILL_PROCESS);
	return sys_seccomp_filter(0, n, filter);
}

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
	int rc = CONFINED_SANITIZED ? 0 : size_now(&now);

	if (rc < 0)
		return err_sys(e, rc, "read /proc/self/statm");
	if (!CONFINED_SANITIZED)
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
	rc = load_filter();
	return rc < 0 ? err_sys(e, rc, "load the filter of a parser") : 0;
}
