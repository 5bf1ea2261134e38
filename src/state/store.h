/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A store is a directory with one sub-directory per container.  mkdir of the id is the claim: of two creates one
 * wins, and the other touches nothing.  Files in it are written beside and renamed, so a reader sees the old one or the
 * new one, never half of one.  The lock is a flock of the directory: it goes with its holder, however that dies.
 *
 *	ID/state.json	the record (state/record.h); not there yet: the container does not exist
 *	ID/config.json	a copy of the configuration that it was created from
 *	ID/resources.json	the limits since the first `update`, which config.json does not know
 *	ID/gate		the socket that `start` connects to; not there: it was started
 *	ID/notify/	the socket of NOTIFY_SOCKET
 *	ID/exit		how the program of a container with the built-in init has ended (state/exit.h); empty: it has not
 *	ID/resolv.conf, ID/hosts	what is mounted in the container's /etc (runtime/netconf.h)
 *	ID/netns	the network namespace, mounted, when devices were moved to it (net/net.h)
 */
#ifndef CIST_STATE_STORE_H
#define CIST_STATE_STORE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define STORE_RECORD	"state.json"
#define STORE_CONFIG	"config.json"
#define STORE_RESOURCES	"resources.json"
#define STORE_GATE	"gate"
#define STORE_NOTIFY	"notify"
#define STORE_EXIT	"exit"

enum store_answer { STORE_OPENED = 0, STORE_ABSENT = 1 };

/* The directory of the store as a descriptor.  create makes it, with parents, mode 0700; else it may be STORE_ABSENT. */
must_use int store_open(const char *root, bool create, int *ret_fd, struct err *e);

/* Claims id: makes its directory and locks it.  -EEXIST when it is taken. */
must_use int store_reserve(int store_fd, const char *id, int *ret_dir, struct err *e);

/* The directory of a container; STORE_ABSENT when there is none. */
must_use int store_find(int store_fd, const char *id, int *ret_dir, struct err *e);

/*
 * Locks a container against other commands that change it; waits up to LOCK_WAIT_MS, then -EBUSY.  STORE_ABSENT: who had
 * the lock has removed the container, and what is called id now is another one.
 */
must_use int store_lock(int dir, const char *id, struct err *e);
/* For whoever goes on with a container that it does not change any more. */
void store_unlock(int dir);

/* Replaces a file, mode 0600. */
must_use int store_write(int dir, const char *name, const void *data, size_t n, struct err *e);
/* All of a regular file of at most max bytes, NUL added, malloc'ed.  STORE_ABSENT when it is not there. */
must_use int store_read(int dir, const char *name, size_t max, char **ret_data, size_t *ret_n, struct err *e);

/* Removes the directory of id and what is in it, following no link; what is gone already is fine. */
must_use int store_forget(int store_fd, const char *id, struct err *e);

/* The ids of the store, sorted, in one malloc'ed block: free(*ret_ids) frees all.  Other entries are skipped. */
must_use int store_ids(int store_fd, char ***ret_ids, size_t *ret_n, struct err *e);

/*
 * Those of the ids that the extended regular expression pattern finds something in, for crun's --regex; freed alike.
 */
must_use int store_ids_matching(int store_fd, const char *pattern, char ***ret_ids, size_t *ret_n, struct err *e);

#endif
