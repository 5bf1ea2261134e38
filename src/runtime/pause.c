/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "runtime/container.h"

/* The container, and how it is; negative on failure. */
static int look_at(const struct runtime *rt, const char *id, struct container *c, struct err *e)
{
	return container_open(rt, id, c, e) < 0 ? e->code : container_status(c, e);
}

int runtime_pause(const struct runtime *rt, const char *id, struct err *e)
{
	auto_container struct container c = CONTAINER_INIT;
	int status = look_at(rt, id, &c, e);

	if (status < 0)
		return status;
	if (status != STATUS_RUNNING && status != STATUS_CREATED)
		return err_set(e, -EBUSY, "container not running: it is %s", status_name((enum status)status));
	if (c.cg.n == 0)
		return err_set(e, -EOPNOTSUPP, "the container has no cgroup that could be frozen");
	return cg_freeze(&c.cg, e);
}

int runtime_resume(const struct runtime *rt, const char *id, struct err *e)
{
	auto_container struct container c = CONTAINER_INIT;
	int status = look_at(rt, id, &c, e);

	if (status < 0)
		return status;
	if (status != STATUS_PAUSED)
		return err_set(e, -EBUSY, "container not paused: it is %s", status_name((enum status)status));
	return cg_thaw(&c.cg, e);
}
