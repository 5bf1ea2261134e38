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

static void take_signal(int sigfd, struct foreground *f)
{
	struct signalfd_siginfo s;

	if (read(sigfd, &s, sizeof(s)) != (ssize_t)sizeof(s))
		return;
	/* SIGPIPE of a write of ours: it is ignored, but the kernel keeps what is ignored and held back at once. */
	if (s.ssi_signo == SIGPIPE && s.ssi_pid == (uint32_t)getpid())
		return;
	if (s.ssi_signo == SIGCHLD)
		reap_others(f->pidfd);
	else if (s.ssi_signo == SIGWINCH && f->has_terminal)
		relay_resize(&f->relay);
	else if (s.ssi_signo != SIGWINCH)
		sys_pidfd_send_signal(f->pidfd, (int)s.ssi_signo);
}

/* READY reaches the host or it does not; the program goes on either way. */
static void relay_notify(struct foreground *f)
{
	struct err ignored = { 0 };

	if (notify_take(f->c, f->notify, &ignored) != 0)
		fd_close(&f->notify);
}

static int attend(struct foreground *f, int sigfd, struct err *e)
{
	enum { PROGRAM, SIGNALS, NOTIFY, RELAY, N = RELAY + RELAY_FDS };

	for (;;) {
		struct pollfd p[N] = {
			[PROGRAM] = { .fd = f->pidfd, .events = POLLIN },
			[SIGNALS] = { .fd = sigfd, .events = POLLIN },
			[NOTIFY]  = { .fd = f->notify, .events = POLLIN },
		};

		for (int i = RELAY; i < N; i++)
			p[i].fd = -1;
		if (f->has_terminal)
			relay_want(&f->relay, p + RELAY);
		if (poll(p, N, -1) < 0) {
			if (errno == EINTR)
				continue;
			return err_sys(e, -errno, "wait for the program");
		}
		if (f->has_terminal && relay_serve(&f->relay, p + RELAY, e) < 0)
			return e->code;
		if (p[NOTIFY].revents)
			relay_notify(f);
		if (p[SIGNALS].revents)
			take_signal(sigfd, f);
		if (p[PROGRAM].revents)
			return 0;
	}
}

int foreground_check(struct err *e)
{
	return relay_check(e);
}

int foreground_attach(struct foreground *f, int *master, struct err *e)
{
	if (*master < 0)
		return 0;
	if (relay_start(&f->relay, *master, e) < 0)
		return e->code;
	*master = -EBADF;
	f->has_terminal = true;
	return 0;
}

void foreground_end(struct foreground *f)
{
	if (f->has_terminal)
		relay_finish(&f->relay);
	f->has_terminal = false;
	fd_close(&f->notify);
}

int foreground_wait(struct foreground *f, struct err *e)
{
	sigset_t all;
	int rc, sig = interrupt_signal();

	sigfillset(&all);
	auto_close int sigfd = signalfd(-1, &all, SFD_CLOEXEC);
	if (sigfd < 0)
		return err_sys(e, -errno, "signalfd");
	if (sig)	/* it came before signals were held back */
		sys_pidfd_send_signal(f->pidfd, sig);
	rc = attend(f, sigfd, e);
	foreground_end(f);
	return rc < 0 ? rc : sys_pidfd_wait(f->pidfd);
}
