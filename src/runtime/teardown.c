/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "runtime/teardown.h"
#include "base/limits.h"
#include "net/conf.h"
#include "runtime/hook_state.h"
#include "runtime/scope.h"
#include "state/exit.h"
#include "state/store.h"
#include "sys/process.h"

/* How long an init that cist left behind unrecorded may take to notice and die. */
enum { ORPHAN_MS = 2000 };

/*
 * The record names the cgroup before it is made.  A crash in between leaves a record without an init, and what is in the
 * cgroup then may be somebody else's: two roots can name one path.  It is left alone.
 */
static bool owns_cgroup(const struct teardown *t)
{
	return t->is_child || t->record->pid != 0;
}

static int end_processes(const struct teardown *t, struct err *e)
{
	int rc;

	if (t->pidfd >= 0 && sys_pidfd_send_signal(t->pidfd, SIGKILL) == 0)
		exit_note_kill(t->dir);
	/* Also what an init without a pid namespace of its own leaves behind, and what is frozen. */
	if (owns_cgroup(t) && cg_kill(t->cg, e) < 0)
		return e->code;
	if (t->pidfd < 0)
		return 0;
	rc = sys_pidfd_poll(t->pidfd, DELETE_WAIT_MS);
	if (rc < 0)
		return err_sys(e, rc, "wait for the container's init");
	if (rc == 0)
		return err_set(e, -EBUSY, "container init still running");
	if (t->is_child)
		(void)sys_pidfd_wait(t->pidfd);
	return 0;
}

/*
 * systemd forgets a scope without processes by itself; this waits until it has, ends a slice, and clears a failure.  Its
 * cgroups are removed below in any case, so that a systemd which does not answer keeps no container from being deleted.
 */
static void stop_unit(const struct teardown *t)
{
	const struct cg_record *r = &t->record->cgroup;
	struct err e = { 0 };

	if (!r->unit || t->unit_is_others)
		return;
	/* After a crash it may be somebody's, or have been made for a keeper that was dead by then, and is never emptied. */
	if ((owns_cgroup(t) ? scope_stop(r, &e) : scope_clear(r, &e)) < 0)
		t->rt->warn(e.text);
}

static int remove_cgroup(const struct teardown *t, struct err *e)
{
	int rc = owns_cgroup(t) ? 0 : cg_wait_empty(t->cg, ORPHAN_MS, e);

	stop_unit(t);
	if (rc > 0)
		t->rt->warn("the cgroup has processes that are not this container's: it stays");
	return rc == 0 ? cg_remove(t->cg, DELETE_WAIT_MS, e) : rc < 0 ? rc : 0;
}

static int remove_rdt(const struct rdt_record *r, struct err *e)
{
	auto_close int root = -EBADF;
	int rc = r->root ? rdt_open_recorded(r, &root, e) : 1;

	return rc < 0 ? rc : rc > 0 ? 0 : rdt_remove(root, r, e);
}

/* Once nobody is left who could use them, and before the namespace goes. */
static int return_devices(const struct teardown *t, struct err *e)
{
	net_conf_remove(&t->record->net, t->rt->warn);
	if (t->record->net.n_devices == 0)
		return 0;
	auto_close int netns = net_open_held(t->dir);
	net_return(&t->record->net, netns, t->rt->warn);
	return net_let_go(t->dir, e);
}

int teardown(const struct teardown *t, struct err *e)
{
	if (end_processes(t, e) < 0 || return_devices(t, e) < 0 || remove_cgroup(t, e) < 0 ||
	    remove_rdt(&t->record->rdt, e) < 0 ||
	    store_forget(t->store, t->record->id, e) < 0)
		return e->code;
	if (t->record->has_poststop && t->config)
		hooks_poststop(t->rt, t->record, t->config);
	return 0;
}
