/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a decision needs to know about the host, gathered once.  A test fills it by hand. */
#ifndef CIST_RUNTIME_FACTS_H
#define CIST_RUNTIME_FACTS_H

#include "cgroup/cgroup.h"
#include "lsm/lsm.h"

#include <stdbool.h>
#include <stdint.h>

struct facts {
	struct cg_host cgroups;
	uint32_t last_cap;		/* the last capability that the kernel knows */
	uint64_t withheld_caps;		/* that a program without a user namespace of its own cannot be given */
	bool has_kcore;			/* /proc/kcore is there: /dev/core then points to it */
	/* Of the caller.  All zero is root of the host. */
	uint32_t uid, gid;		/* effective */
	uint64_t missing_caps;		/* capabilities that are not effective; bit N is capability N */
	bool in_user_ns;		/* not in the first user namespace: its capabilities do not count everywhere */
	bool foreign_mounts;		/* its mount namespace belongs to another user namespace: it may make no mounts there */
	bool groups_are_fixed;		/* setgroups(2) is denied in its user namespace */
	bool may_mknod;			/* device nodes can be made, rather than bound */
	const char *const *environment;	/* of the caller, NULL-terminated */
	uint64_t ignored_signals;	/* that this process was started with; bit N-1 is signal N */
	uint32_t listen_fds;		/* LISTEN_FDS, when LISTEN_PID names this process */
	const char *notify_socket;	/* NOTIFY_SOCKET, or NULL */
	struct lsm_host lsm;		/* looked at only when the configuration names a label */
};

/* Has the caller this one (linux/capability.h)? */
enum { FACT_CAP_SETGID = 6, FACT_CAP_SETUID = 7, FACT_CAP_NET_ADMIN = 12, FACT_CAP_SYS_ADMIN = 21, FACT_CAP_MKNOD = 27 };
static inline bool facts_has_cap(const struct facts *f, unsigned int cap)
{
	return !(f->missing_caps >> cap & 1);
}

/* Whether failing to have cgroups is no failure, where --rootless does not say: as runc decides it. */
static inline bool facts_is_rootless(const struct facts *f)
{
	return f->uid != 0 || f->in_user_ns;
}

/*
 * c is the configuration of a container that is to be made, NULL for exec; p is the process.  They say which of the
 * costlier facts anybody wants to know.
 */
must_use int facts_gather(const struct oci_config *c, const struct oci_process *p, struct arena *a,
			  struct facts *ret_facts, struct err *e);

#endif
