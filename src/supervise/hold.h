/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lithos_hold from the side of the supervisor: descriptors that survive it.  A struct hold is the set of descriptors that
 * are to be held, and the connection to the process that has a copy of each.  The set is there without the connection too:
 * when the holder has died (h->sock is readable; it says nothing unasked), hold_open() starts another, which gets all.
 *
 *	struct hold h = HOLD_INIT;
 *
 *	hold_open(&h, dir, "/proc/self/exe", &e);	at the start: h.set is what the predecessor left
 *	hold_put(&h, name, fd, &e);			from now on h's; use hold_find()
 *
 * An open file that is in two processes is one file: closing it here does not take it out of an epoll set, so that
 * EPOLL_CTL_DEL comes before hold_drop(), and before a hold_put() that replaces it.
 *
 * The messages, each a packet of SOCK_SEQPACKET: the holder begins with HOLD_HELLO and its version, or with HOLD_FAILED and a
 * sentence.  HOLD_PUT NAME with a descriptor, HOLD_DROP NAME and HOLD_END are answered by HOLD_DONE with a 32-bit code;
 * HOLD_LIST by a HOLD_NAME NAME with a descriptor for each, and HOLD_DONE.
 */
#ifndef CIST_SUPERVISE_HOLD_H
#define CIST_SUPERVISE_HOLD_H

#include "base/err.h"
#include "supervise/held.h"

#include <stdint.h>
#include <sys/types.h>

enum {
	HOLD_PUT = 'P', HOLD_DROP = 'D', HOLD_LIST = 'L', HOLD_END = 'E',
	HOLD_HELLO = 'H', HOLD_FAILED = 'F', HOLD_DONE = 'A', HOLD_NAME = 'N',

	HOLD_VERSION = 1,		/* of these messages; a later one understands them all */
	HOLD_MESSAGE_MAX = 1 + HELD_NAME_MAX,
	HOLD_ANSWER_MS = 5 * 1000,	/* it does nothing but answer; one that does not is killed */
	HOLD_LISTENER_FD = 3,		/* in the process that becomes it: its socket, bound … */
	HOLD_FIRST_FD = 4,		/* … and the connection of who started it */
};

#define HOLD_SOCKET "hold.sock"		/* in runtime-dir */
#define HOLD_PROGRAM "lithos_hold"	/* its argv[0]; argv[1] is the runtime-dir, for lists of processes */

struct hold {
	int sock;		/* negative: no holder */
	pid_t pid;		/* of the holder.  A child of the supervisor that started it, which nobody waits for but who
				 * reaps strangers */
	bool started;		/* by the last hold_open(): there was none that could be asked */
	bool is_ours;		/* hold_open() has succeeded: what is in the set is what is to be held, no more */
	struct held_set set;
};
#define HOLD_INIT { .sock = -EBADF }

/*
 * Connects to the holder of the runtime directory dir, or starts one by executing `program`.  The first time what it has is
 * added to h->set; later h->set is the truth, and what the holder has besides is dropped there.  What h->set has it is given.
 * One that does not answer is killed and replaced.  A negative errno: there is no holder; to be tried again later.  May take
 * up to HOLD_ANSWER_MS when a holder hangs.
 */
must_use int hold_open(struct hold *h, int dir, const char *program, struct err *e);
/* Lets go of everything; the holder keeps what it has. */
void hold_close(struct hold *h);

/*
 * fd, which is h's from now on, under that name; the holder has it when this returns 0.  On failure fd is h's all the same:
 * it will be given to the next holder.  If then h->sock is negative the connection was lost, and hold_open() is due; else
 * this holder has no room (-EMFILE).  -ENOMEM and -EINVAL: fd is closed.
 */
must_use int hold_put(struct hold *h, const char *name, int fd, struct err *e);
/* Borrowed from h; -ENOENT. */
int hold_find(const struct hold *h, const char *name);
/*
 * Here and there; a name that is not there is none to drop.  Failure: h->sock is negative; it is dropped here, and there by
 * the next hold_open().
 */
must_use int hold_drop(struct hold *h, const char *name, struct err *e);

/* The holder closes everything and ends; so does h.  When there is none that is as well. */
must_use int hold_end(struct hold *h, struct err *e);

#endif
