/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tmpcopyup: a tmpfs that begins with the content of the directory that it covers. */
#ifndef CIST_MNT_COPYUP_H
#define CIST_MNT_COPYUP_H

#include "base/err.h"

/*
 * Copies what is in the directory from (an O_PATH handle) into the directory to.  Links are copied as links; FIFOs are made
 * anew; devices and sockets are left out; nothing but directories and plain files is ever opened.
 */
int mnt_copy_up(int proc_fd, int from, int to, struct err *e);

#endif
