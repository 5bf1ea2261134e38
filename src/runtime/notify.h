/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * NOTIFY_SOCKET (sd_notify(3)): the container sends to a socket of ours that is bound at /run/notify, and READY=1 alone goes
 * on to the host's, with the pid that the host knows.
 */
#ifndef CIST_RUNTIME_NOTIFY_H
#define CIST_RUNTIME_NOTIFY_H

#include "runtime/container.h"

/* Listens in the container's directory; *ret_sock is -1 when nobody on the host waits.  Before START. */
must_use int notify_listen(const struct container *c, int *ret_sock, struct err *e);

/* Waits until the container is READY or has ended, and tells the host. */
must_use int notify_wait(const struct container *c, int sock, struct err *e);

/* For a loop that polls sock itself: takes one message.  1: it was READY and the host knows; 0: something else. */
must_use int notify_take(const struct container *c, int sock, struct err *e);

#endif
