/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a process that parses what strangers wrote gives up all it could do besides (reader.h). */
#ifndef CIST_LITHOS_CONFINE_H
#define CIST_LITHOS_CONFINE_H

#include "base/auto.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

/* Whether AddressSanitizer is in the program. */
#if defined(__SANITIZE_ADDRESS__)
#define CONFINED_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CONFINED_SANITIZED 1
#endif
#endif
#ifndef CONFINED_SANITIZED
#define CONFINED_SANITIZED 0
#endif

enum {
	CONFINED_FD = 0,			/* the one descriptor that is left, for reading and writing */
	CONFINED_MEMORY = 192 << 20,		/* bytes beyond what the process has when it is confined */
	CONFINED_SECONDS = 2,			/* of processor time */
};

/*
 * Confines the calling process for good: of its descriptors only fd stays, as CONFINED_FD; no capability, none to be gained;
 * not dumpable; memory and processor time bounded; signals have their default actions; and of system calls there are those
 * for memory, for random bytes, for reading and writing CONFINED_FD, and for ending.  Any other ends it (SIGSYS).
 * With AddressSanitizer in the program, whose shadow is terabytes of addresses, memory is not bounded, and the calls that
 * its runtime makes are there as well.
 */
must_use int confine(int fd, struct err *e);

#endif
