/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "runtime/start.h"
#include "init/sync.h"
#include "runtime/hook_state.h"
#include "runtime/notify.h"
#include "state/store.h"
#include "sys/file.h"
#include "sys/process.h"
#include "sys/socket.h"

#include <sys/socket.h>

static int refuse_unless_created(struct container *c, struct err *e)
{
	int status = container_status(c, e);

	if (status < 0)
		return status;
	switch ((enum status)status) {
	case STATUS_CREATED:
		return 0;
	case STATUS_RUNNING:
		return err_set(e, -EBUSY, "cannot start an already running container");
	case STATUS_STOPPED:
		return err_set(e, -ESRCH, "cannot start a container that has stopped");
	case STATUS_PAUSED:
		return err_set(e, -EBUSY, "cannot start a container in the paused state");
	case STATUS_CREATING:
		break;
	}
	return err_set(e, -EBUSY, "cannot start a container in the %s state", status_name(STATUS_CREATING));
}

/* The init says nothing more once it is the program: its end of the connection closes with the execution. */
static int open_gate(const struct container *c, struct err *e)
{
	auto_close int conn = sys_unix_connect(SOCK_SEQPACKET, c->dir, STORE_GATE);
	int rc;

	if (conn < 0)
		return err_sys(e, conn, "reach the start gate of %s", c->id);
	if (sync_send(conn, SYNC_START, -1, e) < 0)
		return e->code;
	rc = sync_until_closed(conn, e);
	if (rc == SYNC_CLOSED)
		rc = 0;
	/* From now on it counts as started, whatever came of it. */
	sys_unlinkat(c->dir, STORE_GATE, 0);
	return rc;
}

int start_created(struct container *c, struct err *e)
{
	if (open_gate(c, e) < 0)
		return e->code;
	if (hooks_poststart(c, e) < 0) {
		/* runtime.md#lifecycle: a failing poststart hook ends the container, which is left to delete. */
		sys_pidfd_send_signal(c->pidfd, SIGKILL);
		return e->code;
	}
	return 0;
}

int start_container(struct container *c, struct err *e)
{
	return refuse_unless_created(c, e) < 0 ? e->code : start_created(c, e);
}

int runtime_start(const struct runtime *rt, const char *id, struct err *e)
{
	auto_container struct container c = CONTAINER_INIT;
	auto_close int notify = -EBADF;

	if (container_open_locked(rt, id, &c, e) < 0 || notify_listen(&c, &notify, e) < 0 || start_container(&c, e) < 0)
		return e->code;
	/* It may never be READY, and then somebody will want to delete it. */
	store_unlock(c.dir);
	return notify_wait(&c, notify, e);
}
