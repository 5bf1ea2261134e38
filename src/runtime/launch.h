/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a plan to a living cist-init: the memory of the plan, the clone. */
#ifndef CIST_RUNTIME_LAUNCH_H
#define CIST_RUNTIME_LAUNCH_H

#include "init/plan.h"

#include <sys/types.h>

/* The region that a plan lives in, at PLAN_ADDRESS. */
struct plan_memory {
	struct arena arena;
	struct plan_header *header;
	int fd;
};

/* For config_bytes of configuration.  plan_memory_done() is the caller's, also after a failure. */
must_use int plan_memory_make(struct plan_memory *m, size_t config_bytes, struct err *e);
void plan_memory_done(struct plan_memory *m);

/*
 * Before GO: from then on the plan is the init's alone.  This process keeps what it has read as a private copy, so that
 * closing and forgetting descriptors here changes nothing there.
 */
must_use int plan_memory_leave(const struct plan_memory *m, struct err *e);
#define PLAN_MEMORY_INIT { .fd = -1 }

struct launch {
	const struct plan_memory *memory;
	struct plan *plan;
	int cgroup_fd;		/* to be cloned into, or -1 */
	int image;		/* from image.h */
	int init_sock;		/* the init's end of the sync socket */
	int sync;		/* our end: as long as the init had it too, it would not hear of our death */
};

/* Whether a process joins or makes namespaces first, and its child is the init (init/run.c: go_between()). */
bool launch_goes_between(const struct plan *p);

/*
 * CLONE_NEW… of what launch_init() clones: all of the container's, or of a process in between its user namespace, which
 * waits for MAPPED then; the init that it has does so when the user namespace is made with that.
 */
uint64_t launch_namespaces(const struct plan *p);

/*
 * Starts cist-init as a child of this process: the init in its namespaces, which waits for MAPPED first when it gets a
 * new user namespace; or a process in between, where namespaces are joined.  The pid is the host's.
 */
must_use int launch_init(const struct launch *l, pid_t *ret_pid, int *ret_pidfd, struct err *e);

/*
 * Once the init's end of the socket is closed here: waits until a process in between has become the init's parent, and
 * puts the init, which is a child of this process too, in its place.  Nothing of cist is to be seen in the namespaces
 * that are joined, neither its executable nor the host's root: the process in between joins as cist-init, and forks then.
 */
must_use int launch_follow(const struct plan *p, int sync, pid_t *pid, int *pidfd, struct err *e);

/*
 * Something failed: what the init said last explains it better than what this process met after that, and when it has
 * ended and said nothing, how it ended does.  Reaps it then.  Negative descriptors mean that it never lived.
 */
void launch_epitaph(int pidfd, int sync, struct err *e);

#endif
