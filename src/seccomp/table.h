/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of profiles and what they mean; inside this folder only. */
#ifndef CIST_SECCOMP_TABLE_H
#define CIST_SECCOMP_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* SECCOMP_RET_* of seccomp(2); ERRNO and TRACE carry 16 bits of data below. */
#define ACTION_KILL_PROCESS	0x80000000u
#define ACTION_KILL_THREAD	0x00000000u
#define ACTION_TRAP		0x00030000u
#define ACTION_ERRNO		0x00050000u
#define ACTION_NOTIFY		0x7fc00000u
#define ACTION_TRACE		0x7ff00000u
#define ACTION_LOG		0x7ffc0000u
#define ACTION_ALLOW		0x7fff0000u

struct action_row {
	const char *name;
	uint32_t action;
	uint32_t data_max;	/* of errnoRet; 0: the action takes none */
};

enum op { OP_EQ, OP_GE, OP_GT, OP_LE, OP_LT, OP_MASKED_EQ, OP_NE };

struct op_row {
	const char *name;
	enum op op;
};

/*
 * On some architectures the socket and the System V calls were once two calls with a selector, and are both
 * today.  libseccomp gives them pseudo numbers; a rule for one of them is a rule for either form.
 */
enum mux { MUX_X86, MUX_S390, MUX_PPC, MUX_MIPS, MUX_NONE };

/* Columns of the table of numbers. */
enum { COLUMN_X86_64, COLUMN_X86, COLUMN_X32, COLUMN_AARCH64, COLUMN_ARM, NUMBER_COLUMNS };

struct arch_row {
	const char *name;
	uint32_t token;		/* libseccomp's */
	uint32_t audit;		/* what the kernel puts into seccomp_data.arch */
	uint32_t base;		/* its lowest number */
	bool is_64;		/* arguments are 64 bits wide */
	enum mux mux;
	uint8_t column;		/* NUMBER_COLUMNS: the table does not have it */
};

struct flag_row {
	const char *name;
	uint32_t flag;
};

/* The row of that name, or NULL; name may be NULL. */
const struct action_row *action_find(const char *name);
const struct op_row *op_find(const char *name);
const struct arch_row *arch_find(const char *name);
const struct flag_row *flag_find(const char *name);
/* The architecture that this program runs on. */
const struct arch_row *arch_native(void);

/* The row of a name, for number_of(); NULL when the table (number.c) does not have it. */
const struct number_row *number_find(const char *name);
/* As seccomp_syscall_resolve_name_arch(3).  row is number_find(name). */
int number_of(const struct number_row *row, const char *name, const struct arch_row *a);
/* Name i of the table; NULL behind the last. */
const char *number_name(size_t i);

/* The two forms of the call with this pseudo number. */
struct mux_call {
	uint32_t call;		/* socketcall or ipc */
	uint32_t selector;	/* its first argument */
	uint32_t direct;	/* the call of its own; 0: there is none */
};
/* False when pseudo is none of them. */
bool mux_find(const struct arch_row *a, int pseudo, struct mux_call *ret_call);

#endif
