/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Acting half (cist-init): no heap, and the image's file is not trusted. */
#ifndef CIST_PRIV_HOME_H
#define CIST_PRIV_HOME_H

#include <stddef.h>
#include <stdint.h>

/*
 * The home directory of uid according to /etc/passwd in the root that root_fd holds, or in the process' own
 * root when it is AT_FDCWD.  Returns 0 when the file has one that fits into buf; else 1 and buf is "/".  A
 * file that is not a regular one, that is above PASSWD_BYTES_MAX, or a line above PASSWD_LINE_MAX count as
 * none.  Never blocks.
 */
int home_find(int root_fd, uint32_t uid, char *buf, size_t size);

#endif
