/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the seccomp tests share: a reader of profiles, an interpreter of BPF, and libseccomp as the judge. */
#ifndef CIST_TESTS_SECCOMP_JUDGE_H
#define CIST_TESTS_SECCOMP_JUDGE_H

#include "libocispec/oci_config.h"
#include "sys/abi.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As struct seccomp_data of linux/seccomp.h. */
struct call_data {
	uint32_t nr;
	uint32_t arch;
	uint64_t ip;
	uint64_t args[6];
};

/*
 * A profile in lines of words:
 *
 *	default ACTION [ERRNO]
 *	arch NAME…
 *	flag NAME…
 *	rule ACTION[=ERRNO] NAME… [if INDEX OP VALUE [VALUE2] …]
 *
 * Lines that begin with a blank go on with the line before; # begins a comment.  Lives until the program ends.
 */
struct oci_seccomp *profile_parse(const char *words);
struct oci_seccomp *profile_load(const char *path);

/* The verdict; UINT32_MAX when the program does something that the kernel would not accept. */
uint32_t bpf_run(const struct k_sock_filter *f, size_t n, const struct call_data *d, size_t *steps);

/*
 * What libseccomp makes of s when it is asked as runc asks it.  Returns the number of instructions, or a negative errno
 * of the rule that it refused.
 */
long judge_compile(const struct oci_seccomp *s, struct k_sock_filter *out, size_t max);

/*
 * What the words of s say, when libseccomp cannot be asked or is suspected: an array of all actions that could be meant
 * (several when rules contradict each other).  Returns their number.
 */
size_t judge_meaning(const struct oci_seccomp *s, const struct call_data *d, uint32_t *out, size_t max);

/* What runc says before the filter is asked: true when the number is above all that the profile names. */
bool judge_is_newer(const struct oci_seccomp *s, uint32_t arch, uint32_t nr);

#endif
