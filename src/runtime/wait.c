/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `wait`: the status of a container that is not this process' child. */
#include "runtime/container.h"
#include "state/exit.h"
#include "state/store.h"
#include "sys/proc.h"
#include "sys/process.h"

/* How long a parent is given to take the status of a child that has ended, where the kernel keeps it from then on. */
enum { REAP_WAIT_MS = 1000 };

/*
 * How it ended, as the kernel has it: while it is a zombie, from /proc; once its parent has taken that, from the pidfd, if
 * this was opened before (Linux 6.15).
 */
static int ask_kernel(const struct record *r, int pidfd, struct ending *ret_end)
{
	struct proc_stat st;
	int status, rc = sys_proc_stat(r->pid, &st);

	if (rc == 0 && st.state == 'Z' && st.start_time == r->start_time) {
		*ret_end = ending_of(st.exit_code);
		return 0;
	}
	if (pidfd < 0)
		return -ESRCH;
	rc = sys_pidfd_exit_status(pidfd, REAP_WAIT_MS, &status);
	if (rc == 0)
		*ret_end = ending_of(status);
	return rc;
}

static int unknown(const struct container *c, bool has_record, bool was_alive, struct err *e)
{
	if (has_record)
		return err_set(e, -ENODATA, "the exit status of %s is not known: its init was killed before it could record it",
			       c->id);
	if (was_alive)
		return err_set(e, -ENODATA, "the exit status of %s is not known: its parent has taken it, and this kernel does "
			       "not tell others (Linux 6.15 does); containers created with --init record it", c->id);
	return err_set(e, -ENODATA, "the exit status of %s is not known: it had ended before, and nothing recorded it; "
		       "containers created with --init do", c->id);
}

int runtime_wait(const struct runtime *rt, const char *id, struct err *e)
{
	auto_container struct container c = CONTAINER_INIT;
	auto_close int record = -EBADF;
	struct ending end;
	int rc;

	if (container_open(rt, id, &c, e) < 0)
		return e->code;
	/* Opened before the wait: the container may be deleted as soon as it has ended. */
	rc = exit_open(c.dir, &record, e);
	if (rc < 0)
		return rc;
	if (c.pidfd >= 0) {
		rc = sys_pidfd_poll(c.pidfd, -1);
		if (rc < 0)
			return err_sys(e, rc, "wait for the container's init");
	}
	rc = record < 0 ? EXIT_ABSENT : exit_read(record, &end, e);
	if (rc < 0)
		return rc;
	if (rc != EXIT_KNOWN && ask_kernel(c.record, c.pidfd, &end) < 0)
		return unknown(&c, record >= 0, c.pidfd >= 0, e);
	return ending_status(&end);
}
