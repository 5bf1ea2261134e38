/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* box's `destroy`: `delete` of what may still run. */
#include "base/limits.h"
#include "runtime/container.h"
#include "sys/process.h"

#include <stdlib.h>
#include <string.h>

enum { TIMEOUT_MAX_S = 24 * 3600 };

static int read_timeout(const char *text, int *ret_ms, struct err *e)
{
	size_t n = text ? strspn(text, "0123456789") : 0;
	long seconds;

	*ret_ms = DELETE_WAIT_MS;
	if (!text)
		return 0;
	seconds = n > 0 && n <= 6 && !text[n] ? strtol(text, NULL, 10) : 0;
	if (seconds < 1 || seconds > TIMEOUT_MAX_S)
		return err_set(e, -EINVAL, "--timeout %.*s: not a number of seconds from 1 to %d", 64, text, TIMEOUT_MAX_S);
	*ret_ms = (int)seconds * 1000;
	return 0;
}

/* The end is waited for here, as long as the caller wants; what follows finds nothing alive. */
static int end(const struct container *c, int timeout_ms, struct err *e)
{
	int rc;

	if (c->pidfd < 0)
		return 0;
	sys_pidfd_send_signal(c->pidfd, SIGKILL);
	if (cg_kill(&c->cg, e) < 0)
		return e->code;
	rc = sys_pidfd_poll(c->pidfd, timeout_ms);
	if (rc < 0)
		return err_sys(e, rc, "wait for the container's init");
	return rc > 0 ? 0 : err_set(e, -EBUSY, "container %s has not ended within %d seconds", c->id, timeout_ms / 1000);
}

int runtime_destroy(const struct runtime *rt, const struct destroy_options *o, struct err *e)
{
	const struct delete_options all = { .id = o->id, .force = true };
	auto_container struct container c = CONTAINER_INIT;
	struct err why = { 0 };
	int timeout_ms;

	if (read_timeout(o->timeout, &timeout_ms, e) < 0)
		return e->code;
	if (container_open(rt, o->id, &c, &why) == 0) {
		if (end(&c, timeout_ms, e) < 0)
			return e->code;
	} else if (!o->force) {
		*e = why;
		return e->code;
	}
	return runtime_delete(rt, &all, e);
}
