/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CIST_RUNTIME_START_H
#define CIST_RUNTIME_START_H

#include "runtime/container.h"

/* For one that is known to be created: the rest of start_container(). */
must_use int start_created(struct container *c, struct err *e);

/* Lets the program begin; returns when it has been executed and poststart hooks have run.  The caller holds the lock. */
must_use int start_container(struct container *c, struct err *e);

#endif
