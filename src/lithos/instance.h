/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One instance of a process: what the four files say together, with variables substituted, defaults taken, and judged by
 * what the sandbox allows.  The launcher and the checker read the same struct, made by the same function; so they cannot
 * differ.  Pure: no file is opened here.
 */
#ifndef CIST_LITHOS_INSTANCE_H
#define CIST_LITHOS_INSTANCE_H

#include "base/arena.h"
#include "lithos/finding.h"
#include "lithos/lithos.h"

/* A listening socket of the container, options as of `tcp-ports` or of a socket-activated variable. */
struct instance_port {
	uint16_t port;
	uint32_t fd;			/* its number in the program */
	const char *host;
	uint32_t backlog;
	bool reuse_addr;
	bool reuse_port;
	bool non_block;
	bool on_host;			/* bound in the host's network: the sandbox is not bridged, or `external: true` */
	const char *variable;		/* of an activated one: its LISTEN_FDNAMES; else NULL */
};

struct instance {
	const char *name;		/* "SANDBOX/PROCESS.N", of an ad-hoc command "SANDBOX/cmd.PROCESS.PID" */
	uint32_t number;
	const struct lithos_master *master;
	const struct lithos_sandbox *sandbox;
	const struct lithos_process *process;
	const struct lithos_container *container;

	uint32_t uid, gid;		/* as the container sees them */
	/* The effective ones, of the sandbox or of the container, never NULL; both empty: no user namespace. */
	const struct lithos_maps *uid_map, *gid_map;
	const char *ip_address;		/* NULL: none */

	const char **args;		/* the executable, its arguments, those of the command line */
	size_t n_args;
	struct lithos_pair *environ;	/* substituted, with LITHOS_NAME, LITHOS_CONFIG, LISTEN_*; not TERM, not secrets */
	size_t n_environ;
	const char **pid_variables;	/* whose value is to be the program's pid within its namespace */
	size_t n_pid_variables;
	struct instance_port *ports;	/* ascending by fd */
	size_t n_ports;
};

struct instance_request {
	uint32_t number;
	bool command;			/* an ad-hoc command instead of a daemon */
	uint32_t command_pid;		/* the number in a command's name */
	const char *const *more_args;	/* of a command: appended as they are */
	size_t n_more_args;
};

bool instance_has_pid_variable(const struct instance *i, const char *key);

/*
 * The id on the host of one that the container sees: through the effective map, the same without a user namespace.
 * false: it has none.
 */
bool instance_host_uid(const struct instance *i, uint32_t uid, uint32_t *ret);
bool instance_host_gid(const struct instance *i, uint32_t gid, uint32_t *ret);

/*
 * Puts *ret together in a.  Every problem is a finding, and the work goes on, so that all are told: kinds that do not fit,
 * ids not allowed or not mapped, maps on both sides, variables missing, unknown or of the wrong form, ports not allowed,
 * descriptors taken twice, too few addresses, an address outside the network.  1: complete; 0: there were errors, and *ret
 * must not be launched (what could be decided is there); negative: no memory.
 */
must_use int instance_make(const struct lithos_master *m, const struct lithos_sandbox *s, const struct lithos_process *p,
			   const struct lithos_container *c, const struct instance_request *how, struct arena *a,
			   struct findings *f, struct instance *ret, struct err *e);

#endif
