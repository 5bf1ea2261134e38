/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/loop.h"

#include "sys/process.h"

#include <limits.h>
#include <string.h>

int loop_open(struct loop *l, struct err *e)
{
	*l = (struct loop){ .epoll = epoll_create1(EPOLL_CLOEXEC), .now_ms = sys_now_ms() };
	return l->epoll < 0 ? err_sys(e, -errno, "make an epoll descriptor") : 0;
}

void loop_close(struct loop *l)
{
	fd_close(&l->epoll);
	timers_done(&l->timers);
}

static void let_go(struct watch *w)
{
	if (w->lent)
		w->fd = -EBADF;
	else
		fd_close(&w->fd);
}

int loop_watch(struct loop *l, struct watch *w, int fd, struct err *e)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = w };

	w->fd = fd;
	if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &ev) == 0)
		return 0;
	err_sys(e, -errno, "watch a descriptor");
	let_go(w);
	return e->code;
}

void loop_unwatch(struct loop *l, struct watch *w)
{
	if (w->fd < 0)
		return;
	/* What has been reported of it already is not for whoever has this memory next. */
	for (int i = l->at; i < l->n_batch; i++)
		if (l->batch[i].data.ptr == w)
			l->batch[i].data.ptr = NULL;
	/* Closing alone does not do it when lithos_hold has a copy. */
	epoll_ctl(l->epoll, EPOLL_CTL_DEL, w->fd, NULL);
	let_go(w);
}

void loop_mute(struct loop *l, struct watch *w, bool mute)
{
	struct epoll_event ev = { .events = mute ? 0 : EPOLLIN, .data.ptr = w };

	if (w->fd >= 0)
		epoll_ctl(l->epoll, EPOLL_CTL_MOD, w->fd, &ev);
}

int loop_add_alarm(struct loop *l, struct alarm *a, void (*ring)(void *arg), void *arg, struct err *e)
{
	*a = (struct alarm){ .ring = ring, .arg = arg };
	if (timers_reserve(&l->timers, l->n_alarms + 1) < 0)
		return err_nomem(e);
	l->n_alarms++;
	return 0;
}

void loop_drop_alarm(struct loop *l, struct alarm *a)
{
	if (!a->ring)
		return;
	timer_clear(&l->timers, &a->t);
	a->ring = NULL;
	l->n_alarms--;
}

void loop_set_alarm(struct loop *l, struct alarm *a, int64_t at_ms)
{
	timer_set(&l->timers, &a->t, at_ms);
}

static int pause_of(const struct loop *l, int most_ms)
{
	int64_t next = timers_next(&l->timers), now = sys_now_ms(), pause;

	if (next == TIMER_NEVER)
		return most_ms;
	pause = next > now ? next - now : 0;
	if (pause > INT_MAX)
		pause = INT_MAX;
	return most_ms >= 0 && most_ms < pause ? most_ms : (int)pause;
}

static void ring_due(struct loop *l)
{
	struct timer *t;

	while ((t = timers_due(&l->timers, l->now_ms))) {
		struct alarm *a = (struct alarm *)t;

		a->ring(a->arg);
	}
}

int loop_turn(struct loop *l, int most_ms, struct err *e)
{
	int n = epoll_wait(l->epoll, l->batch, LOOP_BATCH, pause_of(l, most_ms));

	if (n < 0 && errno != EINTR)
		return err_sys(e, -errno, "wait for events");
	l->now_ms = sys_now_ms();
	l->n_batch = n > 0 ? n : 0;
	for (l->at = 0; l->at < l->n_batch;) {
		struct watch *w = l->batch[l->at++].data.ptr;

		if (w)
			w->ready(w->arg);
	}
	l->n_batch = 0;
	ring_due(l);
	return 0;
}
