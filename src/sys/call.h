/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CIST_SYS_CALL_H
#define CIST_SYS_CALL_H

#include <stdbool.h>

/*
 * Whether the kernel, and a filter that the caller may be under, know the system call of this number.  It is made with
 * arguments that none of those which doctor_calls lists takes: bad descriptors, bad addresses, all flags.
 */
bool sys_has_call(long number);

#endif
