/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cist in the foreground: stands between its caller and the program until that ends. */
#ifndef CIST_RUNTIME_FOREGROUND_H
#define CIST_RUNTIME_FOREGROUND_H

#include "runtime/container.h"

struct foreground {
	int pidfd;			/* of the program, a child of this process */
	int master;			/* its terminal, or -1; taken over */
	int notify;			/* notify socket to relay from, or -1 */
	const struct container *c;	/* for the notify socket */
};

/* Signals are held back from now on, to be forwarded by foreground_wait(). */
void foreground_begin(void);

/*
 * Forwards signals, relays the terminal, reaps what was left to this process, until the program ends.  Returns its exit
 * status as a shell counts it.
 */
must_use int foreground_wait(struct foreground *f, struct err *e);

#endif
