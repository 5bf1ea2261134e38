/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A profile with its words replaced by numbers; the same for all architectures.  Inside this folder only. */
#ifndef CIST_SECCOMP_RULE_H
#define CIST_SECCOMP_RULE_H

#include "seccomp/table.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct oci_seccomp;
struct oci_syscall;

enum { ARGS_MAX = 6 };		/* a system call has no more */

/* (argument & mask) op value; the mask is all ones but for OP_MASKED_EQ, value has no bit outside of it. */
struct cond {
	uint32_t arg;
	enum op op;
	uint64_t mask;
	uint64_t value;
};

/* All conditions hold -> action.  At most one condition an argument, in the order of the arguments. */
struct rule {
	uint32_t action;
	uint32_t n;
	struct cond v[ARGS_MAX];
};

/* Names and conditions of one entry of the profile: each name gets each rule. */
struct entry {
	const struct oci_syscall *from;
	size_t first;		/* in profile.rules */
	size_t n;		/* 0: the entry says what the default says */
};

struct profile {
	uint32_t default_action;
	uint32_t flags;
	struct rule *rules;
	struct entry *entries;
	size_t n_entries;
};

/* On the heap, for profile_free(). */
int profile_read(const struct oci_seccomp *s, struct profile *ret_profile, struct err *e);
void profile_free(struct profile *p);

#endif
