/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "runtime/container.h"
#include "runtime/signal.h"
#include "state/exit.h"
#include "state/store.h"
#include "sys/process.h"

#include <signal.h>
#include <stdlib.h>

/*
 * The pid namespace ends with its init; without one of its own, what the program has started would stay, so SIGKILL goes
 * to the whole cgroup, also when the init has gone.
 */
static int kill_everything(const struct container *c, struct err *e)
{
	if (c->pidfd >= 0 && sys_pidfd_send_signal(c->pidfd, SIGKILL) == 0)
		exit_note_kill(c->dir);
	return cg_kill(&c->cg, e);
}

static int not_running(bool all, struct err *e)
{
	return all ? 0 : err_set(e, -ESRCH, "container not running");
}

static int kill_init(const struct container *c, int sig, bool all, struct err *e)
{
	int rc = sys_pidfd_send_signal(c->pidfd, sig);

	if (rc == -ESRCH)
		return not_running(all, e);
	if (rc < 0)
		return err_sys(e, rc, "send signal %d to the init", sig);
	if (sig == SIGKILL)
		exit_note_kill(c->dir);
	/* On cgroup v1 a frozen process does not die before it is thawed. */
	if (sig == SIGKILL && cg_is_frozen(&c->cg, e) > 0)
		return cg_thaw(&c->cg, e);
	return 0;
}

static int kill_found(const struct container *c, int sig, bool all, struct err *e)
{
	if (sig == SIGKILL && !c->record->own_pid_namespace && (c->pidfd >= 0 || all))
		return kill_everything(c, e);
	/* containerd sends it after the init has gone whenever the pod shares a pid namespace. */
	if (c->pidfd < 0)
		return not_running(all, e);
	return kill_init(c, sig, all, e);
}

static int kill_matching(int store, const struct kill_options *o, int sig, struct err *e)
{
	char **ids;
	size_t n;
	int rc = store_ids_matching(store, o->id, &ids, &n, e);

	if (rc < 0)
		return rc;
	for (size_t i = 0; rc == 0 && i < n; i++) {
		auto_container struct container c = CONTAINER_INIT;

		rc = container_open_in(store, ids[i], &c, e);
		if (rc == 0)
			rc = kill_found(&c, sig, o->all, e);
		if (rc < 0)
			err_ctx(e, "%s", ids[i]);
	}
	free(ids);
	return rc;
}

int runtime_kill(const struct runtime *rt, const struct kill_options *o, struct err *e)
{
	auto_container struct container c = CONTAINER_INIT;
	auto_close int store = -EBADF;
	int sig, rc;

	if (signal_parse(o->signal, &sig, e) < 0)
		return e->code;
	if (!o->regex)
		return container_open(rt, o->id, &c, e) < 0 ? e->code : kill_found(&c, sig, o->all, e);
	rc = store_open(rt->root, false, &store, e);
	return rc == 0 ? kill_matching(store, o, sig, e) : rc < 0 ? rc : 0;
}
