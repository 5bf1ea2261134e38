/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sys/call.h"

#include <errno.h>
#include <unistd.h>

bool sys_has_call(long number)
{
	return syscall(number, -1L, 0L, -1L, -1L, -1L) >= 0 || errno != ENOSYS;
}
