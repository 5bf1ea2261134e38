/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lithos_hold: a process that can do nothing but keep descriptors and give copies of them away (hold.h has the messages).
 * Signals but SIGKILL and SIGSTOP are blocked, no capability is left and none to be gained, it is not dumpable, and a
 * filter leaves the calls that it takes to answer.  Connections of other users than its own are closed.
 */
#ifndef CIST_SUPERVISE_HOLD_SERVE_H
#define CIST_SUPERVISE_HOLD_SERVE_H

#include "base/err.h"
#include "supervise/held.h"

/*
 * Serves HOLD_LISTENER_FD, which is bound to a name, and HOLD_FIRST_FD until HOLD_END, or until it holds nothing and nobody is
 * connected.  All other descriptors above the standard ones are closed, those become /dev/null.  It returns only
 * with what went wrong before it could begin, which HOLD_FIRST_FD was told; else the process ends with 0.
 */
must_use int hold_serve(struct err *e);

/*
 * What n bytes of a request, and the descriptor that came with it or -1, do to the set; pure but for that.  fd is the set's
 * if it is kept, else it is closed.  The code of HOLD_DONE; HOLD_LIST and HOLD_END are the caller's, 0 here.
 */
int hold_request(struct held_set *s, const char *message, size_t n, int fd);

#endif
