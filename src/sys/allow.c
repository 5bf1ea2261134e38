/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sys/allow.h"
#include "base/arr.h"
#include "sys/cred.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>

/* linux/audit.h: AUDIT_ARCH_ of this machine */
#if defined(__x86_64__)
#define THIS_ARCH 0xc000003eu
#elif defined(__aarch64__)
#define THIS_ARCH 0xc00000b7u
#elif defined(__riscv) && __riscv_xlen == 64
#define THIS_ARCH 0xc00000f3u
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define THIS_ARCH 0xc0000015u
#elif defined(__s390x__)
#define THIS_ARCH 0x80000016u
#elif defined(__loongarch64)
#define THIS_ARCH 0xc0000102u
#else
#error "the filter needs this machine's AUDIT_ARCH_"
#endif

static const struct sys_allowed of_the_sanitizer[] = {
	{ .nr = SYS_madvise },
	{ .nr = SYS_mprotect },
	{ .nr = SYS_futex },
	{ .nr = SYS_sched_yield },
	{ .nr = SYS_rt_sigprocmask },
	{ .nr = SYS_sigaltstack },
	{ .nr = SYS_getpid },
	{ .nr = SYS_gettid },
};

/* linux/seccomp.h: struct seccomp_data and what a filter returns; linux/bpf_common.h: codes of instructions */
enum { DATA_NR = 0, DATA_ARCH = 4, DATA_ARGS = 16 };
#define ALLOW 0x7fff0000u
#define KILL_PROCESS 0x80000000u
enum { LOAD_WORD = 0x20, JUMP_IF_EQUAL = 0x15, JUMP_IF_BIT = 0x45, RETURN = 0x06 };

#define LOWER(n) ((uint32_t)(DATA_ARGS + 8 * (n) + (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0)))
#define LOAD(offset) (struct k_sock_filter){ LOAD_WORD, 0, 0, (offset) }
#define UNLESS_EQUAL(value, skip) (struct k_sock_filter){ JUMP_IF_EQUAL, 0, (skip), (value) }
#define UNLESS_BIT(value, skip) (struct k_sock_filter){ JUMP_IF_BIT, 0, (skip), (value) }
#define IF_BIT(value, skip) (struct k_sock_filter){ JUMP_IF_BIT, (skip), 0, (value) }
#define END(action) (struct k_sock_filter){ RETURN, 0, 0, (action) }

enum { HEAD = 4, PER_CALL = 7, CALLS_MAX = SYS_ALLOWED_MAX + ARRAY_LEN(of_the_sanitizer) };

struct filter {
	struct k_sock_filter v[HEAD + PER_CALL * CALLS_MAX + 1];
	uint16_t n;
};

/* The instructions that judge one call, from its number in the accumulator on; what is not that call is behind them. */
static void put_call(struct filter *f, const struct sys_allowed *c)
{
	const struct k_sock_filter always[] = { UNLESS_EQUAL(c->nr, 1), END(ALLOW) };
	const struct k_sock_filter first[] = {
		UNLESS_EQUAL(c->nr, 4), LOAD(LOWER(0)), UNLESS_EQUAL(c->value, 1),
		END(ALLOW), END(KILL_PROCESS),
	};
	const struct k_sock_filter anonymous[] = {
		UNLESS_EQUAL(c->nr, 6), LOAD(LOWER(2)), IF_BIT(PROT_EXEC, 3), LOAD(LOWER(3)), UNLESS_BIT(MAP_ANONYMOUS, 1),
		END(ALLOW), END(KILL_PROCESS),
	};
	const struct { const struct k_sock_filter *v; uint16_t n; } forms[] = {
		[SYS_ALLOW_ALWAYS] = { always, ARRAY_LEN(always) },
		[SYS_ALLOW_FIRST] = { first, ARRAY_LEN(first) },
		[SYS_ALLOW_ANONYMOUS] = { anonymous, ARRAY_LEN(anonymous) },
	};

	for (uint16_t i = 0; i < forms[c->when].n; i++)
		f->v[f->n++] = forms[c->when].v[i];
}

int sys_allow_only(const struct sys_allowed *v, size_t n)
{
	struct filter f = {
		.v = {
			LOAD(DATA_ARCH),
			{ JUMP_IF_EQUAL, 1, 0, THIS_ARCH },
			END(KILL_PROCESS),
			LOAD(DATA_NR),
		},
		.n = HEAD,
	};

	if (n > SYS_ALLOWED_MAX)
		return -E2BIG;
	for (size_t i = 0; i < n; i++)
		put_call(&f, &v[i]);
	for (size_t i = 0; SYS_SANITIZED && i < ARRAY_LEN(of_the_sanitizer); i++)
		put_call(&f, &of_the_sanitizer[i]);
	f.v[f.n++] = END(KILL_PROCESS);
	return sys_seccomp_filter(0, f.n, f.v);
}
