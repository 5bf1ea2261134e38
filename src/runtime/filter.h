/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The system call filter of a container: from linux.seccomp or ready made, and who answers for it (config-linux.md#seccomp). */
#ifndef CIST_RUNTIME_FILTER_H
#define CIST_RUNTIME_FILTER_H

#include "seccomp/seccomp.h"

struct oci_config;

/* Costs next to nothing: before anything is made.  Strings are the configuration's and the environment's. */
struct filter_agent {
	const char *path;	/* of the socket that a listener goes to; NULL: nobody would get one */
	const char *from;	/* the member that names it */
	const char *metadata;
};
must_use int filter_check(const struct oci_config *c, const char *const *environment, struct filter_agent *ret_agent,
			  struct err *e);

/* The program, as p in a. */
must_use int filter_make(const struct oci_config *c, struct arena *a, struct seccomp_plan *p, struct err *e);

/*
 * What the init does with the listener and what is said of it: expects LISTENS on sync, takes the descriptor out of the
 * process (pid, pidfd) and sends it to the agent with the state of the process, over a connection of its own.
 */
struct listener {
	const struct filter_agent *agent;
	int sync;
	int pidfd;
	int32_t pid;
	int32_t init_pid;		/* the container's; the same for its first process */
	const char *status;		/* "creating", or "running" for exec */
	const char *id;
	const char *bundle;
	const struct oci_config *config;
};
must_use int listener_hand_over(const struct listener *l, struct err *e);

#endif
