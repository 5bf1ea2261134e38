/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the service manager is told that has started the supervisor (sd_notify(3), systemd's or whoever's): that it is
 * ready, reads its configuration anew, stops, is alive.  The supervisor executes itself anew with its environment as it
 * was, so what NOTIFY_SOCKET and WATCHDOG_USEC say holds after a reload; its children are started without them.
 */
#ifndef CIST_SUPERVISE_MANAGER_H
#define CIST_SUPERVISE_MANAGER_H

#include "base/auto.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum manager_word {
	MANAGER_READY,		/* everything is adopted and the configuration is read, after a start and after a reload */
	MANAGER_RELOADING,	/* just before the program is executed anew */
	MANAGER_STOPPING,	/* TERM or INT have come */
	MANAGER_ALIVE,		/* each manager.watchdog_ms */
};

struct manager {
	int sock;		/* negative: nobody listens, and nobody is told */
	int64_t watchdog_ms;	/* how often MANAGER_ALIVE is expected, half of the manager's patience; 0: never */
};
#define MANAGER_INIT { .sock = -1 }

/* Variables that children are started without. */
#define MANAGER_VARIABLES "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"

/*
 * Looks at the environment.  0 also when nobody is there, and for a watchdog that is not ours (WATCHDOG_PID).  An error is
 * worth a line in the log and nothing more.
 */
must_use int manager_open(struct manager *m, struct err *e);
void manager_close(struct manager *m);

/*
 * Tells it, with a line for people ("5 of 6 instances run") when status is not NULL.  Never waits for longer than a
 * second, and what cannot be told is not: a manager that does not listen must not stop supervision.
 */
void manager_tell(struct manager *m, enum manager_word word, const char *status);

enum { MANAGER_TEXT_MAX = 512 };
/* The message, cut where it does not fit; monotonic_us is CLOCK_MONOTONIC now.  Returns the length that it would have had. */
size_t manager_text(char buf[MANAGER_TEXT_MAX], enum manager_word word, int64_t monotonic_us, const char *status);

#endif
