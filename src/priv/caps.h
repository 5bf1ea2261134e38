/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Capabilities: names and the five sets.  A set is a mask in which bit N is capability N.  Deciding half.
 */
#ifndef CIST_PRIV_CAPS_H
#define CIST_PRIV_CAPS_H

#include "base/arena.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct oci_capabilities;

struct caps {
	uint64_t bounding;
	uint64_t effective;
	uint64_t permitted;
	uint64_t inheritable;
	uint64_t ambient;
};

/* Sentences for the log, without a prefix; they live in the arena of the plan. */
struct priv_warnings {
	const char **v;
	uint32_t n;
};

/* "CAP_CHOWN" for 0 …; NULL for a number without a name. */
const char *caps_name(uint32_t cap);

/* 0, or -EINVAL for a name that no kernel has. */
int caps_number(const char *name, uint32_t *ret_cap);

/* The last capability that the running kernel has. */
uint32_t caps_last(void);

/*
 * The five sets.  c may be NULL: all sets are empty then, as what the caller of cist happens to have is
 * nobody's wish.  Names that the kernel does not have (last is its last one), or that nobody has, are left out
 * with a warning; so are ambient ones that are not inheritable and permitted, which the kernel would refuse:
 * the default configurations of both runc 1.1 and crun list such.  Effective ones that are not permitted, and
 * inheritable ones outside of the bounding set, are errors.  from is the JSON path of c.
 *
 * withheld: those that this caller cannot give, all of them left out with a warning (config.md#linux-process: a container
 * is not to fail for them).
 */
int caps_plan(const struct oci_capabilities *c, const char *from, uint32_t last, uint64_t withheld, struct arena *a,
	      struct caps *ret_caps, struct priv_warnings *ret_warnings, struct err *e);

/*
 * What `exec --cap` asks for: bounding, effective, permitted; ambient too, but only those that the process'
 * inheritable set has.  Never inheritable (CVE-2022-29162).  An unknown name is an error: it was typed just
 * now.
 */
int caps_add(struct caps *c, const char *const *names, size_t n, uint32_t last, struct err *e);

#endif
