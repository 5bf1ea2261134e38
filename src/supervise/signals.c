/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is asked of the supervisor by signals. */
#include "supervise/tree.h"

#include "base/arr.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

static void reload(struct tree *t)
{
	if (t->phase == TREE_STOPPING)
		tree_say(t, LINE_WARN, "Everything is being stopped: the signal to reload is not obeyed");
	else
		t->again = true;
}

static void shut_down(struct tree *t)
{
	if (t->phase == TREE_STOPPING)
		return;
	/* One that came before in the same turn. */
	t->again = false;
	tree_say(t, LINE_WARN, "Everything is stopped");
	manager_tell(&t->manager, MANAGER_STOPPING, NULL);
	loop_unwatch(&t->loop, &t->planned);
	planner_stop(&t->planner);
	goals_drop(t);
}

static void reap(struct tree *t)
{
	if (!t->zombies)
		loop_set_alarm(&t->loop, &t->reap_due, t->loop.now_ms + WORK_REAP_MS);
	t->zombies = true;
}

static void on_reap(void *arg)
{
	struct tree *t = arg;

	work_reap(t);
	if (t->zombies)
		loop_set_alarm(&t->loop, &t->reap_due, t->loop.now_ms + WORK_REAP_MS);
}

static const struct {
	int sig;
	void (*fn)(struct tree *t);
} signals[] = {
	{ SIGQUIT, reload }, { SIGHUP, reload }, { SIGUSR1, reload }, { SIGUSR2, reload },
	{ SIGTERM, shut_down }, { SIGINT, shut_down }, { SIGCHLD, reap },
};

static void on_signal(void *arg)
{
	struct tree *t = arg;
	struct signalfd_siginfo info;

	while (read(t->signals.fd, &info, sizeof info) == sizeof info)
		for (size_t i = 0; i < ARRAY_LEN(signals); i++)
			if (signals[i].sig == (int)info.ssi_signo)
				signals[i].fn(t);
}

static void fill_signals(sigset_t *set)
{
	sigemptyset(set);
	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		sigaddset(set, signals[i].sig);
}

/*
 * First of all: what comes during the start is obeyed after it.  A predecessor that executed this had the same ones blocked,
 * so none of them was ever free to end this process.  Who reads what is written here may end at any time.
 */
int signals_block(struct err *e)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	sigset_t set;

	sigaction(SIGPIPE, &ignore, NULL);
	fill_signals(&set);
	return sigprocmask(SIG_SETMASK, &set, NULL) < 0 ? err_sys(e, -errno, "block signals") : 0;
}

int signals_watch(struct tree *t, struct err *e)
{
	const struct sigaction by_default = { .sa_handler = SIG_DFL };
	sigset_t set;
	int fd;

	if (loop_add_alarm(&t->loop, &t->reap_due, on_reap, t, e) < 0)
		return e->code;
	fill_signals(&set);
	/* Whoever started this may have ignored some. */
	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		sigaction(signals[i].sig, &by_default, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return err_sys(e, -errno, "make a descriptor of signals");
	t->signals = (struct watch){ .fd = -EBADF, .ready = on_signal, .arg = t };
	return loop_watch(&t->loop, &t->signals, fd, e);
}
