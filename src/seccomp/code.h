/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A BPF program written from its end to its beginning.  Jumps of BPF only go forward: written this way, a
 * jump's target is always there already, and its distance is known.  Inside this folder only.
 */
#ifndef CIST_SECCOMP_CODE_H
#define CIST_SECCOMP_CODE_H

#include "seccomp/rule.h"
#include "sys/abi.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	CODE_MAX = 4096,		/* BPF_MAXINSNS */
	RETS_MAX = 8,
	DATA_NR = 0,			/* offsets in struct seccomp_data */
	DATA_ARCH = 4,
	DATA_ARGS = 16,
};

/* Code of linux/bpf_common.h, whole. */
enum {
	BPF_LOAD = 0x20,		/* ld [k] */
	BPF_AND = 0x54,			/* and #k */
	BPF_GOTO = 0x05,		/* ja k */
	BPF_IF_EQ = 0x15,
	BPF_IF_GT = 0x25,
	BPF_IF_GE = 0x35,
	BPF_RETURN = 0x06,		/* ret #k */
};

/* An instruction is named by its place from the end: 0 is the last. */
struct code {
	bool full;			/* it would have more than CODE_MAX: nothing is written any more */
	uint32_t n;
	uint32_t n_rets;
	struct { uint32_t action, at; } rets[RETS_MAX];	/* the nearest of each, as far as remembered */
	struct k_sock_filter v[CODE_MAX];
};

/* Where `ret action` stands within reach; it is written when there is none. */
uint32_t code_return(struct code *c, uint32_t action);
/* if (A op k) goto yes; else goto no; */
uint32_t code_if(struct code *c, uint16_t op, uint32_t k, uint32_t yes, uint32_t no);
/* A = word at offset; continue with next. */
uint32_t code_load(struct code *c, uint32_t offset, uint32_t next);
/* The rules in their order: the first one whose conditions hold gives the verdict, else fallback does. */
uint32_t code_rules(struct code *c, const struct rule *const *rules, uint32_t n, bool is_64,
		    uint32_t fallback);

#endif
