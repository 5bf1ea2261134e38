/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How a life has ended.  Asked for in this order: the line that the built-in init has left (it alone tells exit 143 from a
 * death by SIGTERM), what waitid(2) says of a child, what the pidfd says since Linux 6.15, and then it is unknown.
 */
#ifndef CIST_SUPERVISE_ENDING_H
#define CIST_SUPERVISE_ENDING_H

#include "base/ending.h"
#include "base/err.h"
#include "supervise/react.h"
#include "supervise/sheet.h"

#include <signal.h>

enum ending_known {
	ENDING_LEARNED = 0,	/* or ENDING_UNKNOWN: it has ended, nobody tells how */
	ENDING_RUNS = 1,	/* the pidfd is of a process that runs */
};

/*
 * Of the container `id` whose init pidfd is of; negative: there is none any more.  containers is the runtime's --root.  A child
 * that has ended is reaped, whoever it was that told.  Where it is not a child its parent may not have done so yet: that is
 * waited for up to 50 ms, and only where nothing else tells.
 */
enum ending_known ending_learn(int containers, const char *id, int pidfd, struct proc_ending *ret);

/* The line alone: false when there is none yet, or it cannot be read.  For a container that has no process any more. */
bool ending_line(int containers, const char *id, struct proc_ending *ret);

/* The exit record, to be read: negative when there is none, or it is no regular file. */
must_use int ending_record(int containers, const char *id);

/* From a status of wait(2); from a line of that record. */
struct proc_ending ending_of_status(int wait_status);
struct proc_ending ending_as_known(const struct ending *end);
/* From what waitid(2) tells of a child that has ended. */
struct proc_ending ending_of_child(const siginfo_t *info);

/* As keys of the present row of a sheet: how, number, core; and from them. */
void ending_put(struct sheet *s, const struct proc_ending *end);
void ending_get(const struct sheet_reader *row, struct proc_ending *ret);

#endif
