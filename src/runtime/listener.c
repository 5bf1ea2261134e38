/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The listener on its way from the init to the agent. */
#include "runtime/filter.h"
#include "runtime/version.h"
#include "init/sync.h"
#include "libocispec/ocispec.h"
#include "sys/process.h"
#include "sys/socket.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/*
 * No wake-up can be had from a process whose every call may be waiting for the agent: what tells that the filter is loaded is
 * that the descriptor is there.  Mostly it says READY at once, which ends the wait; else it is looked for once in a
 * millisecond.
 */
enum { LOOK_MS = 1 };

static int take_listener(const struct listener *l, int *ret_fd, struct err *e)
{
	int number, rc;

	if (sync_expect_listens(l->sync, &number, e) < 0)
		return e->code;
	while ((rc = sys_pidfd_getfd(l->pidfd, number)) == -EBADF) {
		/* Dead, or what it said is why there will be none. */
		if (sys_pidfd_poll(l->pidfd, 0) > 0)
			return err_set(e, -EPIPE, "the container's init died before it had a listener");
		if (sys_poll_in(l->sync, LOOK_MS) > 0 && (rc = sys_pidfd_getfd(l->pidfd, number)) == -EBADF) {
			sync_last_words(l->sync, e);
			return e->code < 0 ? e->code : err_set(e, -EPROTO, "the container's init has no listener");
		}
		if (rc != -EBADF)
			break;
	}
	if (rc == -EPERM)
		return err_set(e, rc, "take the seccomp listener out of the container's init: this takes CAP_SYS_PTRACE "
			       "over it");
	if (rc < 0)
		return err_sys(e, rc, "take the seccomp listener out of the container's init");
	*ret_fd = rc;
	return 0;
}

static char *describe(const struct listener *l)
{
	const char *fds[] = { "seccompFd" };
	const struct oci_process_state s = {
		.oci_version = SPEC_VERSION, .fds = fds, .n_fds = 1, .pid = l->pid, .metadata = l->agent->metadata,
		.state = {
			.oci_version = SPEC_VERSION, .id = l->id, .status = l->status, .pid = l->init_pid,
			.bundle = l->bundle, .annotations = l->config->annotations,
			.n_annotations = l->config->n_annotations,
		},
	};

	return oci_process_state_write(&s);
}

int listener_hand_over(const struct listener *l, struct err *e)
{
	const struct filter_agent *a = l->agent;
	auto_close int listener = -EBADF;
	char *text;
	int rc;

	if (take_listener(l, &listener, e) < 0)
		return e->code;
	if (!a->path)	/* a program that came ready made */
		return err_set(e, -EINVAL, "linux.seccomp: the filter asks an agent and listenerPath is not set");
	auto_close int sock = sys_unix_connect(SOCK_STREAM, AT_FDCWD, a->path);
	if (sock < 0)
		return err_sys(e, sock, "%s: connect to the seccomp agent at %s", a->from, a->path);
	text = describe(l);
	if (!text)
		return err_nomem(e);
	rc = sys_send(sock, text, strlen(text), listener);
	free(text);
	return rc < 0 ? err_sys(e, rc, "%s: send the listener to the seccomp agent at %s", a->from, a->path) : 0;
}
