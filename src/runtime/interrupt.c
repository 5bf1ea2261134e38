/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "runtime/interrupt.h"
#include "base/arr.h"
#include "sys/process.h"

static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT };
static volatile sig_atomic_t caught;
static volatile sig_atomic_t victim = -1;

static void catch(int sig)
{
	int saved = errno;

	caught = sig;
	if (victim >= 0)
		sys_pidfd_send_signal((int)victim, SIGKILL);
	errno = saved;
}

void interrupt_catch(void)
{
	const struct sigaction on = { .sa_handler = catch };

	for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
		struct sigaction old;

		/* nohup(1) and its like want them ignored. */
		if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaction(signals[i], &on, NULL);
	}
}

void interrupt_kills(int pidfd)
{
	victim = pidfd;
	if (caught && pidfd >= 0)
		sys_pidfd_send_signal(pidfd, SIGKILL);
}

int interrupt_signal(void)
{
	return caught;
}

int interrupt_check(struct err *e)
{
	return caught ? err_set(e, -EINTR, "interrupted by signal %d", (int)caught) : 0;
}
