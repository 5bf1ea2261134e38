/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The sockets at which programs tell that they are ready (sd_notify(3)): notify/ID/socket in runtime-dir, the directory
 * notify/ID being bound into the container.  notify/ is root's alone (0700), so that nobody else comes to a socket but by that
 * mount; the socket itself is for every user of the container (0666).
 *
 * What comes is the container's and may be anything and much.  Of a message only a line READY=1 counts; descriptors that are
 * sent with it are never received (so a barrier of sd_notify_barrier(3) is over when its message was read).
 */
#ifndef CIST_SUPERVISE_NOTIFY_H
#define CIST_SUPERVISE_NOTIFY_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define NOTIFY_DIRECTORY "notify"	/* in runtime-dir */
#define NOTIFY_NAME "socket"		/* in notify/ID */

enum {
	NOTIFY_MESSAGE_MAX = 4096,	/* bytes that are looked at */
	NOTIFY_BURST = 16,		/* messages that are read at a time */
};

/*
 * Makes notify/ID below the runtime directory dir, and a new socket in it, which does not block; a socket that was there
 * before is replaced.  For hold_put() under hold_name_notify().
 */
must_use int notify_make(int dir, const char *id, int *ret_sock, struct err *e);
/* Removes notify/ID; what is not there is none to remove.  The socket itself is closed by hold_drop(). */
must_use int notify_remove(int dir, const char *id, struct err *e);

/* Throws away what a former life has sent: before each launch. */
void notify_drain(int sock);

/*
 * Reads up to NOTIFY_BURST messages.  *ret_ready: one of them says READY=1.  Returns true when there may be more: a loop then
 * looks at its other descriptors, and is not to come back at once (100 ms later), or a program that floods it would have it.
 */
bool notify_take(int sock, bool *ret_ready);

/* Whether a message has that line; pure. */
bool notify_says_ready(const char *text, size_t n);

#endif
