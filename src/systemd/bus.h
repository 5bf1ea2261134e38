/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* systemd's manager on D-Bus: the few calls that a container's unit takes.  Negative errno with *e filled. */
#ifndef CIST_SYSTEMD_BUS_H
#define CIST_SYSTEMD_BUS_H

#include "systemd/request.h"

#include <sys/types.h>
#include <systemd/sd-bus.h>

struct manager {
	sd_bus *bus;
	const char *who;	/* for errors */
	/* The job that is waited for: its end is a signal. */
	const char *job;
	char result[32];	/* "" until it has ended */
};

/* To the system's instance, or the calling user's. */
must_use int manager_open(struct manager *m, bool is_users, struct err *e);
void manager_close(struct manager *m);

/* The root of its units; malloc'ed, "" where it is that of the hierarchy. */
must_use int manager_find(struct manager *m, char **ret_cgroup, struct err *e);

/* StartTransientUnit and the end of its job.  A keeper of 0: a unit without processes.  The cgroup is malloc'ed. */
must_use int manager_start(struct manager *m, const struct request *q, pid_t keeper, char **ret_cgroup, struct err *e);
must_use int manager_set(struct manager *m, const struct request *q, struct err *e);
must_use int manager_attach(struct manager *m, const struct request *q, struct err *e);
must_use int manager_stop(struct manager *m, const struct request *q, struct err *e);
/* Stops the unit unless it has processes. */
must_use int manager_clear(struct manager *m, const struct request *q, struct err *e);

#endif
