/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A built-in init that starts the program again (annotation org.cist.init.respawn): the container, its file systems and its
 * other processes stay, until the init has been told to end.
 *
 * To start a program again without being able to become anything, the init splits off when all is done that the last steps do:
 * it is what the program is, has its user, capabilities, filter, limits and descriptors, and each start is a fork and an
 * execution.  So nobody who takes it over has more than the program has; but the program's own user is its user, and what it
 * writes into the exit record is as trustworthy as the program.  It cannot be dumped, nor without CAP_SYS_PTRACE be
 * looked into; as the first process of its namespace nothing there can kill it.
 */
#ifndef CIST_INIT_RESPAWN_H
#define CIST_INIT_RESPAWN_H

#include "init/init.h"

/*
 * Returns in the child, once for each start, and then in->refused is where a failure is to be written; and in the init when
 * that cannot be one.
 */
must_use int respawn_split(struct init *in, struct err *e);

#endif
