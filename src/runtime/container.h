/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A container that is there already: its directory, its record, its init; what all commands after create begin with. */
#ifndef CIST_RUNTIME_CONTAINER_H
#define CIST_RUNTIME_CONTAINER_H

#include "runtime/runtime.h"
#include "state/record.h"

enum status { STATUS_CREATING, STATUS_CREATED, STATUS_RUNNING, STATUS_PAUSED, STATUS_STOPPED };

struct container {
	const char *id;
	int store;
	int dir;
	struct oci_doc *doc;
	const struct record *record;
	int pidfd;		/* of the init; -1: it has ended */
	struct cg cg;
};
#define CONTAINER_INIT { .store = -1, .dir = -1, .pidfd = -1 }

/* -ENOENT "container does not exist" when there is none.  container_close() is the caller's, also after a failure. */
must_use int container_open(const struct runtime *rt, const char *id, struct container *c, struct err *e);
void container_close(struct container *c);
#define auto_container __attribute__((cleanup(container_close)))

/* One below a store that is open: for list. */
must_use int container_open_in(int store, const char *id, struct container *c, struct err *e);

/*
 * For commands that change it: it is locked first, so that what is read then stays true until container_close() or
 * store_unlock().
 */
must_use int container_open_locked(const struct runtime *rt, const char *id, struct container *c, struct err *e);

/*
 * The two halves of it below a store that is open, for delete.  CONTAINER_ABSENT: there is no directory, or no record in it;
 * CONTAINER_DAMAGED: there is something else, *e says what, and of *c the init may be there.
 */
enum container_answer { CONTAINER_FOUND = 0, CONTAINER_ABSENT = 1, CONTAINER_DAMAGED = 2 };
must_use int container_lock_in(int store, const char *id, struct container *c, struct err *e);
must_use int container_load(struct container *c, struct err *e);

/* The status, in the order of runtime-cli.md 2.4; negative on failure. */
must_use int container_status(struct container *c, struct err *e);
const char *status_name(enum status s);

/* The configuration that it was created from: the copy in its directory.  oci_doc_free(). */
must_use int container_config(const struct container *c, struct oci_doc **ret_doc, struct err *e);

#endif
