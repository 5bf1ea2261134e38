/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The built-in init (annotation org.cist.init, `create --init`): cist-init forks, the child becomes the program, and the
 * parent stays until that ends.  It forwards signals, reaps what is left to it, writes how the program ended into the
 * exit record, and ends with the same status.  One that has a limit for that (grace.h) kills what has not ended in time after
 * SIGTERM.
 *
 * What it keeps is little, since whatever runs beside it in the container may be hostile: one descriptor (the record), one
 * capability (CAP_KILL, as the program may become another user), and a filter that knows the calls of its loop.  It cannot
 * be dumped nor, without CAP_SYS_PTRACE, be looked into; its executable is a sealed memory file.
 */
#ifndef CIST_INIT_KEEPER_H
#define CIST_INIT_KEEPER_H

#include "init/plan.h"

/*
 * Returns in the child, which is a session leader and has the controlling terminal, if there is one.  In the parent it
 * returns only with an error, which *report_fd takes: it may have become another number.  No child is left then.
 */
must_use int keeper_split(const struct plan *p, int *report_fd, struct err *e);

#endif
