/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "runtime/foreground.h"
#include "console/console.h"
#include "runtime/interrupt.h"
#include "runtime/notify.h"
#include "sys/process.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

void foreground_begin(void)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
}

/* As a child subreaper this process inherits what the program leaves behind; only the program's end is waited for. */
static void reap_others(int pidfd)
{
	siginfo_t info;

	for (;;) {
		info.si_pid = 0;
		/* WNOWAIT: the program itself stays, for its status is read through its pidfd. */
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0)
			return;
		if (sys_pidfd_poll(pidfd, 0) > 0)
			return;
		waitpid(info.si_pid, NULL, WNOHANG);
	}
}

static void take_signal(int sigfd, struct foreground *f, struct relay *r)
{
	struct signalfd_siginfo s;

	if (read(sigfd, &s, sizeof(s)) != (ssize_t)sizeof(s))
		return;
	if (s.ssi_signo == SIGCHLD)
		reap_others(f->pidfd);
	else if (s.ssi_signo == SIGWINCH && r)
		relay_resize(r);
	else if (s.ssi_signo != SIGWINCH)
		sys_pidfd_send_signal(f->pidfd, (int)s.ssi_signo);
}

static int attend(struct foreground *f, int sigfd, struct relay *r, struct err *e)
{
	enum { PROGRAM, SIGNALS, NOTIFY, RELAY, N = RELAY + RELAY_FDS };
	int rc;

	for (;;) {
		struct pollfd p[N] = {
			[PROGRAM] = { .fd = f->pidfd, .events = POLLIN },
			[SIGNALS] = { .fd = sigfd, .events = POLLIN },
			[NOTIFY]  = { .fd = f->notify, .events = POLLIN },
		};

		for (int i = RELAY; i < N; i++)
			p[i].fd = -1;
		if (r)
			relay_want(r, p + RELAY);
		if (poll(p, N, -1) < 0) {
			if (errno == EINTR)
				continue;
			return err_sys(e, -errno, "wait for the program");
		}
		if (r && relay_serve(r, p + RELAY, e) < 0)
			return e->code;
		if (p[NOTIFY].revents) {
			rc = notify_take(f->c, f->notify, e);
			if (rc < 0)
				return rc;
			if (rc > 0)
				fd_close(&f->notify);
		}
		if (p[SIGNALS].revents)
			take_signal(sigfd, f, r);
		if (p[PROGRAM].revents)
			return 0;
	}
}

int foreground_wait(struct foreground *f, struct err *e)
{
	struct relay relay, *r = NULL;
	sigset_t all;
	int rc, sig = interrupt_signal();

	sigfillset(&all);
	auto_close int sigfd = signalfd(-1, &all, SFD_CLOEXEC);
	if (sigfd < 0)
		return err_sys(e, -errno, "signalfd");
	if (sig)	/* it came before signals were held back */
		sys_pidfd_send_signal(f->pidfd, sig);
	if (f->master >= 0) {
		if (relay_start(&relay, f->master, e) < 0)
			return e->code;
		f->master = -1;
		r = &relay;
	}
	rc = attend(f, sigfd, r, e);
	if (r)
		relay_finish(r);
	return rc < 0 ? rc : sys_pidfd_wait(f->pidfd);
}
