/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "listen/listen.h"
#include "sys/abi.h"
#include "sys/file.h"

#include <fcntl.h>
#include <unistd.h>

int listen_out_of_the_way(const struct listen_plan *p, int *fd, struct err *e)
{
	int copy = fcntl(*fd, F_DUPFD_CLOEXEC, (int)p->first_free);

	if (copy < 0 && errno == EINVAL)
		return err_set(e, -EMFILE, "a socket is to be descriptor %u, which is above the limit of open files",
			       p->first_free - 1);
	if (copy < 0)
		return err_sys(e, -errno, "move descriptor %d above %u", *fd, p->first_free);
	*fd = copy;
	return 0;
}

/*
 * First all go up, then down to their places: so no two that change places meet.  What was there before the sockets is
 * closed by that, and the rest with the execution.
 */
int listen_place(const struct listen_plan *p, const int32_t *held, int *stays, struct err *e)
{
	int up[LISTEN_MAX], rc;

	if (listen_out_of_the_way(p, stays, e) < 0)
		return e->code;
	for (uint32_t i = 0; i < p->n; i++) {
		up[i] = held[i];
		if (listen_out_of_the_way(p, &up[i], e) < 0)
			return err_ctx(e, "%s", p->v[i].name);
	}
	rc = sys_close_range(STDERR_FILENO + 1, K_CLOSE_RANGE_CLOEXEC);
	if (rc < 0)
		return err_sys(e, rc, "close_range");
	for (uint32_t i = 0; i < p->n; i++)
		if (dup3(up[i], p->v[i].fd, 0) < 0)
			return err_sys(e, -errno, "make the socket of %s descriptor %d", p->v[i].name, p->v[i].fd);
	return 0;
}
