/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "runtime/container.h"
#include "runtime/signal.h"
#include "sys/process.h"

#include <signal.h>

/*
 * The pid namespace ends with its init; without one of its own, what the program has started would stay, so SIGKILL goes
 * to the whole cgroup, also when the init has gone.
 */
static int kill_everything(const struct container *c, struct err *e)
{
	if (c->pidfd >= 0)
		sys_pidfd_send_signal(c->pidfd, SIGKILL);
	return cg_kill(&c->cg, e);
}

static int kill_init(const struct container *c, int sig, struct err *e)
{
	int rc = sys_pidfd_send_signal(c->pidfd, sig);

	if (rc == -ESRCH)
		return err_set(e, rc, "container not running");
	if (rc < 0)
		return err_sys(e, rc, "send signal %d to the init", sig);
	/* On cgroup v1 a frozen process does not die before it is thawed. */
	if (sig == SIGKILL && cg_is_frozen(&c->cg, e) > 0)
		return cg_thaw(&c->cg, e);
	return 0;
}

int runtime_kill(const struct runtime *rt, const char *id, const char *signal, bool all, struct err *e)
{
	auto_container struct container c = CONTAINER_INIT;
	int sig;

	if (signal_parse(signal, &sig, e) < 0 || container_open(rt, id, &c, e) < 0)
		return e->code;
	if (sig == SIGKILL && !c.record->own_pid_namespace && (c.pidfd >= 0 || all))
		return kill_everything(&c, e);
	/* containerd sends it after the init has gone whenever the pod shares a pid namespace. */
	if (c.pidfd < 0)
		return all ? 0 : err_set(e, -ESRCH, "container not running");
	return kill_init(&c, sig, e);
}
