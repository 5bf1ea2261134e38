/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * System call filters (config-linux.md#seccomp).
 *
 * seccomp_check() judges a profile and costs next to nothing: it is called before anything is created.
 * seccomp_compile() turns a checked profile into the program; it runs in cist while the init mounts.  Both
 * take the meaning of names from libseccomp, and nothing else: the program is ours.  seccomp_install() loads it,
 * in cist-init.
 */
#ifndef CIST_SECCOMP_SECCOMP_H
#define CIST_SECCOMP_SECCOMP_H

#include "base/arena.h"
#include "base/err.h"
#include "sys/abi.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct explain;
struct oci_seccomp;

struct seccomp_plan {
	bool wanted;				/* false: there is no filter, the rest is zero */
	uint32_t flags;				/* SECCOMP_FILTER_FLAG_* */
	uint32_t n;				/* instructions */
	uint32_t n_unknown;
	const struct k_sock_filter *filter;
	const char **unknown; /* names that libseccomp does not know and that were passed over */
};

/*
 * All names and numbers are ones that seccomp_compile() can translate; it may still find the program too
 * long.  -EINVAL with the member's path in the sentence, -EOPNOTSUPP for SCMP_ACT_NOTIFY.  s may be NULL.
 */
int seccomp_check(const struct oci_seccomp *s, struct err *e);

/* s may be NULL: nothing is wanted then.  What ret_plan points to is in a, s is not needed afterwards. */
int seccomp_compile(const struct oci_seccomp *s, struct arena *a, struct seccomp_plan *ret_plan,
		    struct err *e);

/*
 * Loads the filter into the calling thread; does nothing when none is wanted.  The caller has set
 * no_new_privs or holds CAP_SYS_ADMIN (effective) in its user namespace.
 */
int seccomp_install(const struct seccomp_plan *p, struct err *e);

/* One line on the program and one on each entry of s, the profile that p was made from. */
void seccomp_explain(const struct seccomp_plan *p, const struct oci_seccomp *s, struct explain *x);

/* ---- names (name.c), for `features` ---- */

enum seccomp_table { SECCOMP_ACTIONS, SECCOMP_OPERATORS, SECCOMP_ARCHES, SECCOMP_FLAGS };

/* Row i of a table, in alphabetical order; NULL behind the last. */
const char *seccomp_name(enum seccomp_table t, size_t i);

/* "2.5.4": the libseccomp that gives the numbers. */
void seccomp_library_version(char *buf, size_t size);

#endif
