/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cist in the foreground: stands between its caller and the program until that ends. */
#ifndef CIST_RUNTIME_FOREGROUND_H
#define CIST_RUNTIME_FOREGROUND_H

#include "console/console.h"
#include "runtime/container.h"

struct foreground {
	int pidfd;			/* of the program, a child of this process */
	int notify;			/* notify socket to relay from, or -1 */
	const struct container *c;	/* for the notify socket */
	bool has_terminal;
	struct relay relay;		/* between the caller's terminal and the program's */
};
#define FOREGROUND_INIT { .pidfd = -1, .notify = -1 }

/* Signals are held back from now on, to be forwarded by foreground_wait(). */
void foreground_begin(void);

/* Whether there is a terminal to put a program's on.  Before anything is made. */
must_use int foreground_check(struct err *e);

/*
 * Takes over *master, the program's terminal, and puts it on the caller's: before the program begins, which then finds
 * the right size.  foreground_end() gives the caller's terminal back, on every way out.
 */
must_use int foreground_attach(struct foreground *f, int *master, struct err *e);
void foreground_end(struct foreground *f);

/*
 * Forwards signals, relays the terminal, reaps what was left to this process, until the program ends.  Returns its exit
 * status as a shell counts it.
 */
must_use int foreground_wait(struct foreground *f, struct err *e);

#endif
