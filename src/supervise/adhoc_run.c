/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The life of a command: execution, signals, kill-timeout. */
#include "supervise/adhoc.h"

#include "base/arr.h"
#include "supervise/execution.h"
#include "supervise/react.h"
#include "sys/file.h"
#include "sys/process.h"

#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>

/* What came while nothing had been started means this process alone. */
static int check_interrupt(struct err *e)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	sigset_t pending;

	sigpending(&pending);
	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		if (sigismember(&pending, ends[i]))
			return err_set(e, -EINTR, "interrupted");
	return 0;
}

struct watch {
	struct adhoc *a;
	int pidfd, signals;
	int64_t began_ms, deadline_ms;
	void (*told)(void *arg, int64_t uptime_ms);
	void *arg;
	struct adhoc_end *end;
};

/* What a terminal sends it sends to all of its foreground, so to the runtime as well. */
static void pass_signal(struct watch *w)
{
	struct signalfd_siginfo s;

	if (read(w->signals, &s, sizeof(s)) != (ssize_t)sizeof(s) || s.ssi_signo == SIGCHLD || s.ssi_signo == SIGPIPE ||
	    s.ssi_code == SI_KERNEL)
		return;
	if (s.ssi_signo == SIGTERM && !w->end->asked) {
		w->end->asked = true;
		w->deadline_ms = sys_now_ms() + w->a->kill_ms;
	}
	sys_pidfd_send_signal(w->pidfd, (int)s.ssi_signo);
}

static void tell_deaf(struct watch *w)
{
	w->end->deaf = true;
	if (w->told)
		w->told(w->arg, sys_now_ms() - w->began_ms);
}

/* The second time there is no runtime any more that would tell anybody. */
static void kill_it(struct watch *w)
{
	struct runtime_words words;
	struct err ignored = { 0 };

	if (w->end->deaf) {
		sys_pidfd_send_signal(w->pidfd, SIGKILL);
		w->deadline_ms = PROC_NEVER;
		return;
	}
	tell_deaf(w);
	runtime_words(&w->a->runtime, NULL, &words);
	runtime_add(&words, "kill");
	runtime_add(&words, "--all");
	runtime_add(&words, w->a->id);
	runtime_add(&words, "KILL");
	/* It may fail since the program has ended in the same moment; in any other case it is deleted by force in the end. */
	(void)!execution_call(&words, &ignored);
	w->deadline_ms = sys_now_ms() + REACT_KILL_AGAIN;
}

static int time_left(const struct watch *w)
{
	int64_t left = w->deadline_ms - sys_now_ms();

	return w->deadline_ms == PROC_NEVER ? -1 : left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

static int watch(struct watch *w, struct err *e)
{
	for (;;) {
		struct pollfd p[] = {
			{ .fd = w->pidfd, .events = POLLIN },
			{ .fd = w->signals, .events = POLLIN },
		};

		if (poll(p, 2, time_left(w)) < 0 && errno != EINTR)
			return err_sys(e, -errno, "wait for the command");
		if (p[0].revents)
			break;
		if (p[1].revents)
			pass_signal(w);
		if (time_left(w) == 0)
			kill_it(w);
	}
	w->end->status = sys_pidfd_wait(w->pidfd);
	/* The program's init has the same timeout, and was first. */
	if (w->end->asked && !w->end->deaf && w->end->status == 128 + SIGKILL && time_left(w) == 0)
		tell_deaf(w);
	w->end->uptime_ms = sys_now_ms() - w->began_ms;
	return w->end->status < 0 ? err_sys(e, w->end->status, "wait for the command") : 0;
}

static int run_words(struct adhoc *a, const struct runtime_words *words, const int streams[3], struct watch *w, struct err *e)
{
	struct execution x = { .words = words, .streams = streams, .keep = a->lock, .mortal = true };
	sigset_t all;
	int rc;

	if (check_interrupt(e) < 0)
		return e->code;
	sigfillset(&all);
	w->signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	if (w->signals < 0)
		return err_sys(e, -errno, "signalfd");
	w->began_ms = sys_now_ms();
	w->pidfd = execution_start(&x, e);
	rc = w->pidfd < 0 ? w->pidfd : watch(w, e);
	fd_close(&w->pidfd);
	fd_close(&w->signals);
	return rc;
}

int adhoc_run(struct adhoc *a, const int streams[3], void (*told)(void *arg, int64_t uptime_ms), void *arg,
	      struct adhoc_end *ret, struct err *e)
{
	struct watch w = { .a = a, .deadline_ms = PROC_NEVER, .told = told, .arg = arg, .end = ret };
	int copies[3] = { -EBADF, -EBADF, -EBADF };
	struct runtime_words words;
	int rc = 0;

	*ret = (struct adhoc_end){ 0 };
	runtime_words(&a->runtime, a->log, &words);
	runtime_add(&words, "run");
	runtime_add(&words, "--bundle");
	runtime_add(&words, a->bundle);
	runtime_add(&words, a->id);
	for (int i = 0; i < 3 && rc == 0; i++) {
		copies[i] = sys_dup(streams[i]);
		rc = copies[i] < 0 ? err_sys(e, copies[i], "descriptor %d", streams[i]) : 0;
	}
	if (rc == 0)
		rc = run_words(a, &words, copies, &w, e);
	for (int i = 0; i < 3; i++)
		fd_close(&copies[i]);
	return rc;
}
