/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sys/proc.h"
#include "sys/file.h"
#include "base/fmt.h"

#include <errno.h>
#include <string.h>

enum { FIELD_STATE = 3, FIELD_START_TIME = 22, FIELD_EXIT_CODE = 52 };	/* proc(5), counted from 1 */

/* The first of n fields behind p, or NULL when there are fewer. */
static const char *skip_fields(const char *p, int n)
{
	for (; p && n > 0; n--) {
		p = strchr(p, ' ');
		if (p)
			p++;
	}
	return p;
}

static uint64_t number_at(const char *p)
{
	uint64_t n = 0;

	for (; *p >= '0' && *p <= '9'; p++)
		n = n * 10 + (uint64_t)(*p - '0');
	return n;
}

int sys_proc_stat_parse(const char *text, struct proc_stat *ret_stat)
{
	const char *p = strrchr(text, ')');

	if (!p || p[1] != ' ' || !p[2])
		return -EPROTO;
	p += 2;
	ret_stat->state = *p;
	p = skip_fields(p, FIELD_START_TIME - FIELD_STATE);
	if (!p || *p < '0' || *p > '9')
		return -EPROTO;
	ret_stat->start_time = number_at(p);
	p = skip_fields(p, FIELD_EXIT_CODE - FIELD_START_TIME);
	ret_stat->exit_code = p ? (int)(number_at(p) & 0xffff) : 0;
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

bool sys_is_first_userns(const char *uid_map)
{
	static const char *const whole[] = { "0", "0", "4294967295" };

	for (size_t i = 0; i < 3; i++) {
		const size_t len = strlen(whole[i]);

		uid_map += strspn(uid_map, " ");
		if (strncmp(uid_map, whole[i], len) != 0 || (uid_map[len] != ' ' && uid_map[len] != '\n'))
			return false;
		uid_map += len;
	}
	return true;
}

bool sys_in_user_ns(void)
{
	char map[64];
	ssize_t n = sys_read_at(AT_FDCWD, "/proc/self/uid_map", map, sizeof(map));

	/* More than one row: not the first one. */
	return n == -EFBIG || (n > 0 && !sys_is_first_userns(map));
}

const char *sys_own_status(void)
{
	/* A line of it names up to 65536 groups. */
	static char text[1 << 20];

	if (sys_read_at(AT_FDCWD, "/proc/self/status", text, sizeof(text)) < 0)
		text[0] = '\0';
	return text;
}
