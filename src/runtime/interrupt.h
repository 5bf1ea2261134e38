/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * SIGTERM, SIGINT, SIGHUP and SIGQUIT while a container is made: cist must not just die, or what is half made stays.
 * The signal is noted, and it kills the init if there is one, so that whoever waits for that wakes up and fails.
 */
#ifndef CIST_RUNTIME_INTERRUPT_H
#define CIST_RUNTIME_INTERRUPT_H

#include "base/err.h"

/* From now on. */
void interrupt_catch(void);
/* Who is to be killed; -1: nobody. */
void interrupt_kills(int pidfd);
/* The signal that came, or 0. */
int interrupt_signal(void);
/* -EINTR with a sentence when one came. */
must_use int interrupt_check(struct err *e);

#endif
