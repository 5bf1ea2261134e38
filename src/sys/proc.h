/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What procfs says of a process. */
#ifndef CIST_SYS_PROC_H
#define CIST_SYS_PROC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct proc_stat {
	char state;		/* 'R', 'S', 'Z' … */
	uint64_t start_time;	/* clock ticks since boot: with the pid it names a process for good */
	int exit_code;		/* of a zombie: its status as wait(2) gives it; where it is not shown 0 */
};

/* 0, or a negative errno: -ENOENT or -ESRCH when there is no such process. */
int sys_proc_stat(pid_t pid, struct proc_stat *ret_stat);

/*
 * From the text of /proc/PID/stat.  The name in it may hold anything, also ')': the last one ends it.  -EPROTO when not
 * of that form.
 */
int sys_proc_stat_parse(const char *text, struct proc_stat *ret_stat);

/* The id of this boot, 36 characters. */
int sys_boot_id(char ret_id[37]);

/* Whether this text of a uid_map is the first user namespace's, which maps all ids to themselves. */
bool sys_is_first_userns(const char *uid_map);
/* Whether the caller is in a user namespace other than the first; false where procfs does not tell. */
bool sys_in_user_ns(void);

/* /proc/self/status as it is now, or "" without a procfs; good until the next call. */
const char *sys_own_status(void);

#endif
