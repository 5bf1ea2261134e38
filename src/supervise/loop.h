/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Descriptors and deadlines become calls: one epoll, one heap of alarms, no threads.  A watch and an alarm are embedded
 * by their owner, who may drop or free them at any time, also from within a call.
 */
#ifndef CIST_SUPERVISE_LOOP_H
#define CIST_SUPERVISE_LOOP_H

#include "base/err.h"
#include "supervise/timer.h"

#include <stdbool.h>
#include <sys/epoll.h>

/* Zeroed but for fd: nothing is watched.  ready is called as long as there is something to read, or to accept. */
struct watch {
	int fd;			/* negative: none */
	bool lent;		/* somebody else closes it, after loop_unwatch() */
	void (*ready)(void *arg);
	void *arg;
};
#define WATCH_INIT { .fd = -EBADF }

struct alarm {
	struct timer t;		/* the first member */
	void (*ring)(void *arg);
	void *arg;
};

enum { LOOP_BATCH = 64 };

struct loop {
	int epoll;
	struct timers timers;
	size_t n_alarms;		/* that have a place */
	struct epoll_event batch[LOOP_BATCH];
	int n_batch, at;
	int64_t now_ms;			/* monotonic, when the last wait ended: one time for all that happens in a turn */
};

must_use int loop_open(struct loop *l, struct err *e);
void loop_close(struct loop *l);

/* w with its members ready, arg and lent.  Unless it is lent takes fd over, also when that fails. */
must_use int loop_watch(struct loop *l, struct watch *w, int fd, struct err *e);
/* Closes its descriptor unless that is lent; a copy of it may live on elsewhere. */
void loop_unwatch(struct loop *l, struct watch *w);
/* Looks away from it, or looks again. */
void loop_mute(struct loop *l, struct watch *w, bool mute);

/* Makes sure that this alarm can be set.  -ENOMEM. */
must_use int loop_add_alarm(struct loop *l, struct alarm *a, void (*ring)(void *arg), void *arg, struct err *e);
void loop_drop_alarm(struct loop *l, struct alarm *a);
/* PROC_NEVER, TIMER_NEVER: not at all. */
void loop_set_alarm(struct loop *l, struct alarm *a, int64_t at_ms);

/* Waits for something, for at most most_ms (negative: as long as it takes), and calls whom it concerns. */
must_use int loop_turn(struct loop *l, int most_ms, struct err *e);

#endif
