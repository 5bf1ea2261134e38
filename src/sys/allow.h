/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A seccomp filter for a process of ours that does one small thing: it has these system calls, and any other ends it. */
#ifndef CIST_SYS_ALLOW_H
#define CIST_SYS_ALLOW_H

#include <stddef.h>
#include <stdint.h>

/* Whether AddressSanitizer is in the program: its runtime makes calls of its own, which are then allowed as well. */
#if defined(__SANITIZE_ADDRESS__)
#define SYS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SYS_SANITIZED 1
#endif
#endif
#ifndef SYS_SANITIZED
#define SYS_SANITIZED 0
#endif

/* What has to be so; of an argument the lower half is looked at, which is all that an int has. */
enum sys_allow_when {
	SYS_ALLOW_ALWAYS,
	SYS_ALLOW_FIRST,	/* the first argument is `value` */
	SYS_ALLOW_ANONYMOUS,	/* mmap(2) of no file, and not to be executed */
};

struct sys_allowed {
	unsigned int nr;
	enum sys_allow_when when;
	uint32_t value;
};

enum { SYS_ALLOWED_MAX = 32 };

/*
 * From now on, for good, the calling thread and what it makes.  It takes no_new_privs or CAP_SYS_ADMIN.  A call that the list
 * has not, or of another machine's numbers, ends the process (SIGSYS).  -E2BIG: more than SYS_ALLOWED_MAX.
 */
int sys_allow_only(const struct sys_allowed *v, size_t n);

#endif
