/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What cist and cist-init say to each other: a table of named messages over a seqpacket socket.  Silence is a
 * failure: a healthy init says READY or FAILED before it goes.  docs/sync-protocol.md draws it.
 */
#ifndef CIST_INIT_SYNC_H
#define CIST_INIT_SYNC_H

#include "base/err.h"

#include <stdint.h>
#include <sys/types.h>

#define SYNC_MESSAGES(X)                                                                          \
	/* name     from   carries   meaning                                                   */ \
	X(BORN,     INIT,  A_PID,    "from the process in between: the init is its child, which has this pid") \
	X(MAPPED,   CIST,  NOTHING,  "the id maps of the new user namespace are written")         \
	X(MOUNTED,  INIT,  NOTHING,  "all mounts and devices are there, createRuntime hooks may run") \
	X(GO,       CIST,  NOTHING,  "cgroup joined, limits set, filter compiled, hooks done")    \
	X(CONSOLE,  INIT,  ONE_FD,   "the master of the container's terminal")                    \
	X(LISTENS,  INIT,  A_PID,    "the number that the seccomp listener will have among the init's descriptors") \
	X(READY,    INIT,  NOTHING,  "only what comes after the start gate is left")              \
	X(RELEASE,  CIST,  NOTHING,  "the container is published; cist may go")                   \
	X(START,    CIST,  NOTHING,  "through the gate: become the program")                      \
	X(FAILED,   INIT,  AN_ERROR, "a struct err follows, the sender exits")

enum sync_name {
#define X(name, ...) SYNC_##name,
	SYNC_MESSAGES(X)
#undef X
	SYNC__COUNT
};

enum sync_side { FROM_CIST, FROM_INIT };

/* Sends a message that carries nothing, or a descriptor (fd >= 0). */
must_use int sync_send(int sock, enum sync_name name, int fd, struct err *e);

/* Sends FAILED with *e; best effort, as the sender is about to exit. */
void sync_send_failed(int sock, const struct err *e);

/* BORN, and what comes with it. */
must_use int sync_send_born(int sock, pid_t pid, struct err *e);
must_use int sync_expect_born(int sock, pid_t *ret_pid, struct err *e);

/* LISTENS, and the number of the descriptor. */
must_use int sync_send_listens(int sock, int fd, struct err *e);
must_use int sync_expect_listens(int sock, int *ret_number, struct err *e);

/*
 * Waits for the message `want`.  FAILED becomes the error that the peer had; end of file and any other message are
 * errors.  ret_fd is for messages that carry a descriptor and may be NULL for others.
 */
must_use int sync_expect(int sock, enum sync_name want, int *ret_fd, struct err *e);

/*
 * After the peer has gone: the error of a FAILED that it left behind, whatever else it said before.  Keeps *e when there is
 * none.  Never waits for a living peer.
 */
void sync_last_words(int sock, struct err *e);

enum sync_end { SYNC_CLOSED = 1 };
/* Waits until the peer closes: SYNC_CLOSED, or the error of a FAILED. */
must_use int sync_until_closed(int sock, struct err *e);

#endif
