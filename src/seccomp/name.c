/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where names of profiles meet numbers.  All tables are in alphabetical order, as `features` prints them. */
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
	{ "SCMP_ARCH_AARCH64",     SCMP_ARCH_AARCH64,     SCMP_ARCH_AARCH64,     0,       true,  MUX_NONE, COLUMN_AARCH64 },
	{ "SCMP_ARCH_ARM",         SCMP_ARCH_ARM,         SCMP_ARCH_ARM,         0,       false, MUX_NONE, COLUMN_ARM },
#ifdef SCMP_ARCH_LOONGARCH64
	{ "SCMP_ARCH_LOONGARCH64", SCMP_ARCH_LOONGARCH64, SCMP_ARCH_LOONGARCH64, 0,       true,  MUX_NONE, NUMBER_COLUMNS },
#endif
	{ "SCMP_ARCH_MIPS",        SCMP_ARCH_MIPS,        SCMP_ARCH_MIPS,        4000,    false, MUX_MIPS, NUMBER_COLUMNS },
	{ "SCMP_ARCH_MIPS64",      SCMP_ARCH_MIPS64,      SCMP_ARCH_MIPS64,      5000,    true,  MUX_NONE, NUMBER_COLUMNS },
	{ "SCMP_ARCH_MIPS64N32",   SCMP_ARCH_MIPS64N32,   SCMP_ARCH_MIPS64N32,   6000,    false, MUX_NONE, NUMBER_COLUMNS },
	{ "SCMP_ARCH_MIPSEL",      SCMP_ARCH_MIPSEL,      SCMP_ARCH_MIPSEL,      4000,    false, MUX_MIPS, NUMBER_COLUMNS },
	{ "SCMP_ARCH_MIPSEL64",    SCMP_ARCH_MIPSEL64,    SCMP_ARCH_MIPSEL64,    5000,    true,  MUX_NONE, NUMBER_COLUMNS },
	{ "SCMP_ARCH_MIPSEL64N32", SCMP_ARCH_MIPSEL64N32, SCMP_ARCH_MIPSEL64N32, 6000,    false, MUX_NONE, NUMBER_COLUMNS },
	{ "SCMP_ARCH_PARISC",      SCMP_ARCH_PARISC,      SCMP_ARCH_PARISC,      0,       false, MUX_NONE, NUMBER_COLUMNS },
	{ "SCMP_ARCH_PARISC64",    SCMP_ARCH_PARISC64,    SCMP_ARCH_PARISC64,    0,       true,  MUX_NONE, NUMBER_COLUMNS },
	{ "SCMP_ARCH_PPC",         SCMP_ARCH_PPC,         SCMP_ARCH_PPC,         0,       false, MUX_PPC,  NUMBER_COLUMNS },
	{ "SCMP_ARCH_PPC64",       SCMP_ARCH_PPC64,       SCMP_ARCH_PPC64,       0,       true,  MUX_PPC,  NUMBER_COLUMNS },
	{ "SCMP_ARCH_PPC64LE",     SCMP_ARCH_PPC64LE,     SCMP_ARCH_PPC64LE,     0,       true,  MUX_PPC,  NUMBER_COLUMNS },
	{ "SCMP_ARCH_RISCV64",     SCMP_ARCH_RISCV64,     SCMP_ARCH_RISCV64,     0,       true,  MUX_NONE, NUMBER_COLUMNS },
	{ "SCMP_ARCH_S390",        SCMP_ARCH_S390,        SCMP_ARCH_S390,        0,       false, MUX_S390, NUMBER_COLUMNS },
	{ "SCMP_ARCH_S390X",       SCMP_ARCH_S390X,       SCMP_ARCH_S390X,       0,       true,  MUX_S390, NUMBER_COLUMNS },
	{ "SCMP_ARCH_X32",         SCMP_ARCH_X32,         SCMP_ARCH_X86_64,      X32_BIT, false, MUX_NONE, COLUMN_X32 },
	{ "SCMP_ARCH_X86",         SCMP_ARCH_X86,         SCMP_ARCH_X86,         0,       false, MUX_X86,  COLUMN_X86 },
	{ "SCMP_ARCH_X86_64",      SCMP_ARCH_X86_64,      SCMP_ARCH_X86_64,      0,       true,  MUX_NONE, COLUMN_X86_64 },
};

static const struct flag_row flags[] = {
	{ "SECCOMP_FILTER_FLAG_LOG",                K_SECCOMP_FILTER_FLAG_LOG                },
	{ "SECCOMP_FILTER_FLAG_SPEC_ALLOW",         K_SECCOMP_FILTER_FLAG_SPEC_ALLOW         },
	{ "SECCOMP_FILTER_FLAG_TSYNC",              K_SECCOMP_FILTER_FLAG_TSYNC              },
	{ "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", K_SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV },
};

/*
 * Direct numbers above the architecture's base, by selector: linux/net.h and linux/ipc.h count the selectors,
 * asm/unistd.h of each machine the calls.  0: there is none.
 */
struct mux_row {
	uint32_t selector;
	uint32_t direct[MUX_NONE];	/* x86, s390, ppc, mips */
	bool only_64; /* the 32-bit machines have it with a 64-bit time only, under another name */
};

static const struct mux_row socket_calls[] = {
	{ .selector =  1, .direct = { 359, 359, 326, 183 } },	/* socket */
	{ .selector =  2, .direct = { 361, 361, 327, 169 } },	/* bind */
	{ .selector =  3, .direct = { 362, 362, 328, 170 } },	/* connect */
	{ .selector =  4, .direct = { 363, 363, 329, 174 } },	/* listen */
	{ .selector =  5, .direct = {   0,   0, 330, 168 } },	/* accept */
	{ .selector =  6, .direct = { 367, 367, 331, 172 } },	/* getsockname */
	{ .selector =  7, .direct = { 368, 368, 332, 171 } },	/* getpeername */
	{ .selector =  8, .direct = { 360, 360, 333, 184 } },	/* socketpair */
	{ .selector =  9, .direct = {   0,   0, 334, 178 } },	/* send */
	{ .selector = 10, .direct = {   0,   0, 336, 175 } },	/* recv */
	{ .selector = 11, .direct = { 369, 369, 335, 180 } },	/* sendto */
	{ .selector = 12, .direct = { 371, 371, 337, 176 } },	/* recvfrom */
	{ .selector = 13, .direct = { 373, 373, 338, 182 } },	/* shutdown */
	{ .selector = 14, .direct = { 366, 366, 339, 181 } },	/* setsockopt */
	{ .selector = 15, .direct = { 365, 365, 340, 173 } },	/* getsockopt */
	{ .selector = 16, .direct = { 370, 370, 341, 179 } },	/* sendmsg */
	{ .selector = 17, .direct = { 372, 372, 342, 177 } },	/* recvmsg */
	{ .selector = 18, .direct = { 364, 364, 344, 334 } },	/* accept4 */
	{ .selector = 19, .direct = { 337, 357, 343, 335 } },	/* recvmmsg */
	{ .selector = 20, .direct = { 345, 358, 349, 343 } },	/* sendmmsg */
};

static const struct mux_row ipc_calls[] = {
	{ .selector =  1, .direct = {   0,   0,   0,   0 } },	/* semop */
	{ .selector =  2, .direct = { 393, 393, 393, 393 } },	/* semget */
	{ .selector =  3, .direct = { 394, 394, 394, 394 } },	/* semctl */
	{ .selector =  4, .direct = {   0, 392, 392,   0 }, .only_64 = true },	/* semtimedop */
	{ .selector = 11, .direct = { 400, 400, 400, 400 } },	/* msgsnd */
	{ .selector = 12, .direct = { 401, 401, 401, 401 } },	/* msgrcv */
	{ .selector = 13, .direct = { 399, 399, 399, 399 } },	/* msgget */
	{ .selector = 14, .direct = { 402, 402, 402, 402 } },	/* msgctl */
	{ .selector = 21, .direct = { 397, 397, 397, 397 } },	/* shmat */
	{ .selector = 22, .direct = { 398, 398, 398, 398 } },	/* shmdt */
	{ .selector = 23, .direct = { 395, 395, 395, 395 } },	/* shmget */
	{ .selector = 24, .direct = { 396, 396, 396, 396 } },	/* shmctl */
};

/* Above the base on all of these; libseccomp's pseudo numbers are -100 and -200 minus the selector. */
enum { NR_SOCKETCALL = 102, NR_IPC = 117, PSEUDO_SOCKET = -100, PSEUDO_IPC = -200 };

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

static const struct mux_row *mux_row(const struct mux_row *rows, size_t n, int selector)
{
	for (size_t i = 0; selector > 0 && i < n; i++)
		if (rows[i].selector == (uint32_t)selector)
			return &rows[i];
	return NULL;
}

bool mux_find(const struct arch_row *a, int pseudo, struct mux_call *ret_call)
{
	const struct mux_row *socket, *ipc, *row;
	uint32_t direct;

	if (a->mux == MUX_NONE)
		return false;
	socket = mux_row(socket_calls, ARRAY_LEN(socket_calls), PSEUDO_SOCKET - pseudo);
	ipc = mux_row(ipc_calls, ARRAY_LEN(ipc_calls), PSEUDO_IPC - pseudo);
	row = socket ? socket : ipc;
	if (!row)
		return false;
	direct = row->only_64 && !a->is_64 ? 0 : row->direct[a->mux];
	*ret_call = (struct mux_call){
		.call = a->base + (socket ? NR_SOCKETCALL : NR_IPC),
		.selector = row->selector,
		.direct = direct > 0 ? a->base + direct : 0,
	};
	return true;
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
