/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one place where names of profiles meet numbers.  All tables are in alphabetical order, as `features` prints them. */
#include "seccomp/seccomp.h"
#include "seccomp/table.h"
#include "base/arr.h"
#include "base/fmt.h"

#include <seccomp.h>
#include <string.h>

enum { ERRNO_MAX = 4095, TRACE_MAX = 0xffff };

static const struct action_row actions[] = {
	{ "SCMP_ACT_ALLOW",        ACTION_ALLOW,        0         },
	{ "SCMP_ACT_ERRNO",        ACTION_ERRNO,        ERRNO_MAX },
	{ "SCMP_ACT_KILL",         ACTION_KILL_THREAD,  0         },
	{ "SCMP_ACT_KILL_PROCESS", ACTION_KILL_PROCESS, 0         },
	{ "SCMP_ACT_KILL_THREAD",  ACTION_KILL_THREAD,  0         },
	{ "SCMP_ACT_LOG",          ACTION_LOG,          0         },
	{ "SCMP_ACT_NOTIFY",       ACTION_NOTIFY,       0         },
	{ "SCMP_ACT_TRACE",        ACTION_TRACE,        TRACE_MAX },
	{ "SCMP_ACT_TRAP",         ACTION_TRAP,         0         },
};

static const struct op_row ops[] = {
	{ "SCMP_CMP_EQ",        OP_EQ        },
	{ "SCMP_CMP_GE",        OP_GE        },
	{ "SCMP_CMP_GT",        OP_GT        },
	{ "SCMP_CMP_LE",        OP_LE        },
	{ "SCMP_CMP_LT",        OP_LT        },
	{ "SCMP_CMP_MASKED_EQ", OP_MASKED_EQ },
	{ "SCMP_CMP_NE",        OP_NE        },
};

#define X32_BIT 0x40000000u

static const struct arch_row arches[] = {
	{ "SCMP_ARCH_AARCH64",     SCMP_ARCH_AARCH64,     SCMP_ARCH_AARCH64,     0,       true,  MUX_NONE },
	{ "SCMP_ARCH_ARM",         SCMP_ARCH_ARM,         SCMP_ARCH_ARM,         0,       false, MUX_NONE },
#ifdef SCMP_ARCH_LOONGARCH64
	{ "SCMP_ARCH_LOONGARCH64", SCMP_ARCH_LOONGARCH64, SCMP_ARCH_LOONGARCH64, 0,       true,  MUX_NONE },
#endif
	{ "SCMP_ARCH_MIPS",        SCMP_ARCH_MIPS,        SCMP_ARCH_MIPS,        4000,    false, MUX_NONE },
	{ "SCMP_ARCH_MIPS64",      SCMP_ARCH_MIPS64,      SCMP_ARCH_MIPS64,      5000,    true,  MUX_NONE },
	{ "SCMP_ARCH_MIPS64N32",   SCMP_ARCH_MIPS64N32,   SCMP_ARCH_MIPS64N32,   6000,    false, MUX_NONE },
	{ "SCMP_ARCH_MIPSEL",      SCMP_ARCH_MIPSEL,      SCMP_ARCH_MIPSEL,      4000,    false, MUX_NONE },
	{ "SCMP_ARCH_MIPSEL64",    SCMP_ARCH_MIPSEL64,    SCMP_ARCH_MIPSEL64,    5000,    true,  MUX_NONE },
	{ "SCMP_ARCH_MIPSEL64N32", SCMP_ARCH_MIPSEL64N32, SCMP_ARCH_MIPSEL64N32, 6000,    false, MUX_NONE },
	{ "SCMP_ARCH_PARISC",      SCMP_ARCH_PARISC,      SCMP_ARCH_PARISC,      0,       false, MUX_NONE },
	{ "SCMP_ARCH_PARISC64",    SCMP_ARCH_PARISC64,    SCMP_ARCH_PARISC64,    0,       true,  MUX_NONE },
	{ "SCMP_ARCH_PPC",         SCMP_ARCH_PPC,         SCMP_ARCH_PPC,         0,       false, MUX_PPC  },
	{ "SCMP_ARCH_PPC64",       SCMP_ARCH_PPC64,       SCMP_ARCH_PPC64,       0,       true,  MUX_PPC  },
	{ "SCMP_ARCH_PPC64LE",     SCMP_ARCH_PPC64LE,     SCMP_ARCH_PPC64LE,     0,       true,  MUX_PPC  },
	{ "SCMP_ARCH_RISCV64",     SCMP_ARCH_RISCV64,     SCMP_ARCH_RISCV64,     0,       true,  MUX_NONE },
	{ "SCMP_ARCH_S390",        SCMP_ARCH_S390,        SCMP_ARCH_S390,        0,       false, MUX_X86  },
	{ "SCMP_ARCH_S390X",       SCMP_ARCH_S390X,       SCMP_ARCH_S390X,       0,       true,  MUX_X86  },
	{ "SCMP_ARCH_X32",         SCMP_ARCH_X32,         SCMP_ARCH_X86_64,      X32_BIT, false, MUX_NONE },
	{ "SCMP_ARCH_X86",         SCMP_ARCH_X86,         SCMP_ARCH_X86,         0,       false, MUX_X86  },
	{ "SCMP_ARCH_X86_64",      SCMP_ARCH_X86_64,      SCMP_ARCH_X86_64,      0,       true,  MUX_NONE },
};

static const struct flag_row flags[] = {
	{ "SECCOMP_FILTER_FLAG_LOG",                K_SECCOMP_FILTER_FLAG_LOG                },
	{ "SECCOMP_FILTER_FLAG_SPEC_ALLOW",         K_SECCOMP_FILTER_FLAG_SPEC_ALLOW         },
	{ "SECCOMP_FILTER_FLAG_TSYNC",              K_SECCOMP_FILTER_FLAG_TSYNC              },
	{ "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", K_SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV },
};

/* Direct numbers, by selector: linux/net.h and linux/ipc.h count the selectors, asm/unistd.h of each machine the calls. */
static const struct {
	uint32_t selector;
	uint32_t x86;
	uint32_t ppc;
} socket_calls[] = {
	{  1, 359, 326 },	/* socket */
	{  2, 361, 327 },	/* bind */
	{  3, 362, 328 },	/* connect */
	{  4, 363, 329 },	/* listen */
	{  5,   0, 330 },	/* accept */
	{  6, 367, 331 },	/* getsockname */
	{  7, 368, 332 },	/* getpeername */
	{  8, 360, 333 },	/* socketpair */
	{  9,   0, 334 },	/* send */
	{ 10,   0, 335 },	/* recv */
	{ 11, 369, 336 },	/* sendto */
	{ 12, 371, 337 },	/* recvfrom */
	{ 13, 373, 338 },	/* shutdown */
	{ 14, 366, 339 },	/* setsockopt */
	{ 15, 365, 340 },	/* getsockopt */
	{ 16, 370, 341 },	/* sendmsg */
	{ 17, 372, 342 },	/* recvmsg */
	{ 18, 364, 344 },	/* accept4 */
	{ 19, 337, 343 },	/* recvmmsg */
	{ 20, 345, 349 },	/* sendmmsg */
}, ipc_calls[] = {
	{  1,   0,   0 },	/* semop */
	{  2, 393, 393 },	/* semget */
	{  3, 394, 394 },	/* semctl */
	{  4,   0, 392 },	/* semtimedop */
	{ 11, 400, 400 },	/* msgsnd */
	{ 12, 401, 401 },	/* msgrcv */
	{ 13, 399, 399 },	/* msgget */
	{ 14, 402, 402 },	/* msgctl */
	{ 21, 397, 397 },	/* shmat */
	{ 22, 398, 398 },	/* shmdt */
	{ 23, 395, 395 },	/* shmget */
	{ 24, 396, 396 },	/* shmctl */
};

/* On all of these machines; libseccomp's pseudo numbers are -100 and -200 minus the selector. */
enum { NR_SOCKETCALL = 102, NR_IPC = 117, PSEUDO_SOCKET = 100, PSEUDO_IPC = 200, PSEUDO_SPAN = 100 };

#define FIND(table, wanted) do {							\
	for (size_t i_ = 0; (wanted) && i_ < ARRAY_LEN(table); i_++)			\
		if (strcmp((table)[i_].name, (wanted)) == 0)				\
			return &(table)[i_];						\
	return NULL;									\
} while (0)

const struct action_row *action_find(const char *name)
{
	FIND(actions, name);
}

const struct op_row *op_find(const char *name)
{
	FIND(ops, name);
}

const struct arch_row *arch_find(const char *name)
{
	FIND(arches, name);
}

const struct flag_row *flag_find(const char *name)
{
	FIND(flags, name);
}

const struct arch_row *arch_native(void)
{
	uint32_t token = seccomp_arch_native();

	for (size_t i = 0; i < ARRAY_LEN(arches); i++)
		if (arches[i].token == token)
			return &arches[i];
	return NULL;
}

bool mux_find(enum mux m, int pseudo, struct mux_call *ret_call)
{
	int n = -pseudo;

	if (m == MUX_NONE)
		return false;
	for (size_t i = 0; n > PSEUDO_SOCKET && n < PSEUDO_SOCKET + PSEUDO_SPAN && i < ARRAY_LEN(socket_calls); i++)
		if (socket_calls[i].selector == (uint32_t)(n - PSEUDO_SOCKET)) {
			*ret_call = (struct mux_call){ NR_SOCKETCALL, socket_calls[i].selector,
						       m == MUX_PPC ? socket_calls[i].ppc : socket_calls[i].x86 };
			return true;
		}
	for (size_t i = 0; n > PSEUDO_IPC && n < PSEUDO_IPC + PSEUDO_SPAN && i < ARRAY_LEN(ipc_calls); i++)
		if (ipc_calls[i].selector == (uint32_t)(n - PSEUDO_IPC)) {
			*ret_call = (struct mux_call){ NR_IPC, ipc_calls[i].selector,
						       m == MUX_PPC ? ipc_calls[i].ppc : ipc_calls[i].x86 };
			return true;
		}
	return false;
}

const char *seccomp_name(enum seccomp_table t, size_t i)
{
	switch (t) {
	case SECCOMP_ACTIONS:
		return i < ARRAY_LEN(actions) ? actions[i].name : NULL;
	case SECCOMP_OPERATORS:
		return i < ARRAY_LEN(ops) ? ops[i].name : NULL;
	case SECCOMP_ARCHES:
		return i < ARRAY_LEN(arches) ? arches[i].name : NULL;
	case SECCOMP_FLAGS:
		return i < ARRAY_LEN(flags) ? flags[i].name : NULL;
	}
	return NULL;
}

void seccomp_library_version(char *buf, size_t size)
{
	const struct scmp_version *v = seccomp_version();

	fmt(buf, size, "%u.%u.%u", v->major, v->minor, v->micro);
}
