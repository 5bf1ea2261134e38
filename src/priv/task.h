/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a task can only set for itself and keeps over an execution: execution domain and memory policy (config-linux.md). */
#ifndef CIST_PRIV_TASK_H
#define CIST_PRIV_TASK_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct explain;
struct oci_linux;

struct task_plan {
	bool has_domain;
	uint32_t domain;		/* personality(2) */
	const char *domain_name;	/* "LINUX32" */
	bool has_policy;
	uint32_t policy;		/* mode and flags of set_mempolicy(2) */
	const char *policy_name;	/* "MPOL_BIND" */
	const uint64_t *nodes;		/* of NODES_MAX bits, or NULL: none */
	const char *nodes_text;		/* as the configuration has them; "" for none */
};

/* Deciding half: pure.  l may be NULL. */
must_use int task_plan(const struct oci_linux *l, struct arena *a, struct task_plan *ret_plan, struct err *e);
void task_explain_domain(const struct task_plan *p, struct explain *x);
void task_explain_policy(const struct task_plan *p, struct explain *x);

/* Names that are honoured, for `features`; NULL at the end of the list. */
const char *task_policy_name(size_t i);
const char *task_policy_flag_name(size_t i);

/* Acting half (cist-init): on the calling process. */
must_use int task_set_domain(const struct task_plan *p, struct err *e);
/* An error too when the kernel would use fewer nodes than were asked for.  After the cpuset was entered. */
must_use int task_set_policy(const struct task_plan *p, struct err *e);

#endif
