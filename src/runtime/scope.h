/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A container's unit of systemd, by way of cist-systemd: a program beside cist that is executed when the systemd driver
 * is asked for, and never else.
 */
#ifndef CIST_RUNTIME_SCOPE_H
#define CIST_RUNTIME_SCOPE_H

#include "cgroup/cgroup.h"

#include <sys/types.h>

/* A running helper. */
struct scope {
	int sock;
	int pidfd;
};
#define SCOPE_INIT { .sock = -1, .pidfd = -1 }
void scope_close(struct scope *s);
#define auto_scope __attribute__((cleanup(scope_close)))

/*
 * Where the calling user's systemd has its units.  That of the system is found without asking; a user's need not be in the
 * usual place.
 */
must_use int scope_find(struct scope *s, struct cg_manager *m, struct arena *a, struct err *e);

/* Makes the unit; the keeper is in it until scope_release(), or until the helper ends.  A slice has none: 0. */
must_use int scope_start(struct scope *s, const struct cg_unit *u, pid_t *ret_keeper, struct err *e);
must_use int scope_release(struct scope *s, const struct cg_unit *u, struct err *e);

/* The unit's limits.  Opens s when nobody has. */
must_use int scope_limit(struct scope *s, const struct cg_unit *u, struct err *e);

/* A process into the unit's sub-cgroup, by systemd's hand. */
must_use int scope_attach(struct scope *s, const struct cg_unit *u, pid_t pid, struct err *e);

/* Ends the unit of a record; none is fine. */
must_use int scope_stop(const struct cg_record *r, struct err *e);
/* The same if it is a scope without processes: for a record that may not be the unit's. */
must_use int scope_clear(const struct cg_record *r, struct err *e);

#endif
