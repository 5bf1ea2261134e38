/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The plan: all that will be done, fully decided, as plain data.
 *
 * It lives in one memfd that cist and cist-init map at the same address, so that its pointers hold in both and nothing
 * is marshalled.  cist keeps the one writable mapping, made before the seal, and puts what it learns while the init
 * already works into it (the compiled filter) before it says GO; the init reads.
 */
#ifndef CIST_INIT_PLAN_H
#define CIST_INIT_PLAN_H

#include "console/console.h"
#include "hook/hook.h"
#include "listen/listen.h"
#include "lsm/lsm.h"
#include "mnt/mnt.h"
#include "net/net.h"
#include "ns/ns.h"
#include "priv/cred.h"
#include "priv/rlimit.h"
#include "priv/sched.h"
#include "priv/task.h"
#include "seccomp/seccomp.h"

#include <stdbool.h>
#include <stdint.h>

/* Far from where kernels put programs, heaps, stacks and what sanitizers shadow. */
#define PLAN_ADDRESS	((uintptr_t)0x1c1570000000)
#define PLAN_MAGIC	UINT64_C(0x6e616c7074736963)	/* "cistplan" */

/* Which program the init becomes. */
struct program {
	const char *const *argv;	/* NULL-terminated */
	const char *const *envp;	/* NULL-terminated; the last slot before the NULL is kept free for HOME */
	uint32_t n_env;			/* without that slot */
	bool wants_home;		/* no HOME in the environment: the image's passwd tells (as runc does) */
	const char *cwd;
	const char *from;		/* "process" */
};

/* What stands first in the mapping. */
struct plan_header {
	uint64_t magic;
	uint64_t build;			/* PLAN_BUILD of build_id.h: both sides come from the same headers */
	uint64_t size;			/* of the mapping */
	const struct plan *plan;
};

/* The built-in init that stays above the program (init/keeper.h). */
struct keeper_plan {
	bool wanted;
	bool is_first;			/* of a pid namespace: the program is then the second */
	uint32_t respawn_ms;		/* it starts the program again, with this from start to start; 0: it does not */
	bool kills;			/* what has not ended kill_ms after SIGTERM */
	uint32_t kill_ms;
	int32_t record_fd;		/* for the exit record, at its end */
	const char *const *title;	/* its command line; NULL-terminated, at least one word */
	struct seccomp_plan filter;	/* for it alone */
};

struct plan {
	bool joins_container;		/* exec: the namespaces of a container that is there */
	bool uses_rdt;			/* cist puts the init into a group of resctrl */
	bool makes_network, makes_net_files;	/* cist does as netconf.json says */
	bool delegates_cgroup;		/* cist moves the init once more when it is ready (annotation of crun's) */
	bool goes_between;		/* what is executed first joins or makes namespaces, and its child is the init */
	int32_t sync_fd;		/* seqpacket socket to cist */
	int32_t gate_fd;		/* listening socket that `start` connects to, or -1 */
	uint64_t ignored_signals;	/* by cist's caller; bit N-1 is signal N */
	uint32_t kept_fds;		/* descriptors from 3 on that the program gets */
	const char *keyring;		/* "_ses.ID", or NULL: stay in the caller's */

	struct ns_plan ns;
	struct mnt_plan mnt;
	struct net_plan net;		/* for cist; the init has nothing to do with it */
	struct listen_plan sockets;
	struct hook_plan hooks;
	struct hook_state hook_states[HOOK__COUNT];	/* who runs the hooks knows the pid */
	const char *const *host_env;	/* environment of hooks on the host's side that have none */
	bool notify;			/* somebody waits for READY=1 on a socket that is bound inside */
	const char *output_file;	/* in the container: what standard output and error are appended to; or NULL */
	bool terminal;
	struct console_size console_size;
	struct program program;
	struct keeper_plan keeper;
	struct rlimit_plan rlimits;
	struct cred_plan cred;
	struct sched_plan sched;	/* cist's to carry out */
	struct task_plan task;
	struct seccomp_plan seccomp;
	struct lsm_plan lsm;
	int32_t proc_fd;		/* handle of the host's /proc for labels, or -1: the init makes one of its own */

	/* exec */
	int32_t target_pidfd;		/* of the container's init */
	uint64_t target_namespaces;	/* CLONE_NEW… to join */
	bool changes_mounts;		/* no program: mounts of the container are added or removed, as mnt says */
	int32_t target_root_fd;		/* root of a container without a mount namespace of its own, or -1 */
};

#endif
