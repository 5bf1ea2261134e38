/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sys/proc.h"
#include "sys/file.h"
#include "base/fmt.h"

#include <errno.h>
#include <string.h>

enum { FIELD_STATE = 3, FIELD_START_TIME = 22 };	/* proc(5), counted from 1 */

int sys_proc_stat_parse(const char *text, struct proc_stat *ret_stat)
{
	const char *p = strrchr(text, ')');
	uint64_t n = 0;

	if (!p || p[1] != ' ' || !p[2])
		return -EPROTO;
	p += 2;
	ret_stat->state = *p;
	for (int field = FIELD_STATE; field < FIELD_START_TIME; field++) {
		p = strchr(p, ' ');
		if (!p)
			return -EPROTO;
		p++;
	}
	if (*p < '0' || *p > '9')
		return -EPROTO;
	for (; *p >= '0' && *p <= '9'; p++)
		n = n * 10 + (uint64_t)(*p - '0');
	ret_stat->start_time = n;
	return 0;
}

int sys_proc_stat(pid_t pid, struct proc_stat *ret_stat)
{
	char path[32], text[1024];
	ssize_t n;

	fmt(path, sizeof(path), "/proc/%d/stat", pid);
	n = sys_read_at(AT_FDCWD, path, text, sizeof(text));
	return n < 0 ? (int)n : sys_proc_stat_parse(text, ret_stat);
}

int sys_boot_id(char ret_id[37])
{
	char text[64];
	ssize_t n = sys_read_at(AT_FDCWD, "/proc/sys/kernel/random/boot_id", text, sizeof(text));

	if (n < 36)
		return n < 0 ? (int)n : -EPROTO;
	memcpy(ret_id, text, 36);
	ret_id[36] = '\0';
	return 0;
}
