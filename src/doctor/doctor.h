/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What this host can do for containers, with evidence, and what to do about what it cannot.
 *
 * doctor_look() gathers facts and judges nothing; doctor_judge() decides with them and touches nothing, so that a
 * test fills the facts by hand; doctor_write() prints.  With a configuration only that is judged which it needs.
 */
#ifndef CIST_DOCTOR_DOCTOR_H
#define CIST_DOCTOR_DOCTOR_H

#include "base/arena.h"
#include "base/err.h"
#include "cgroup/cgroup.h"
#include "ns/ns.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct oci_config;

/* The exit status of `doctor` is the worst of its findings. */
enum doctor_level {
	DOCTOR_OK,	/* it is there */
	DOCTOR_ABSENT,	/* it is not, and most hosts do well without it */
	DOCTOR_LACK,	/* some containers will be refused */
	DOCTOR_FATAL,	/* none will run; with a bundle: that one will not */
	DOCTOR__LEVELS
};

struct doctor_finding {
	const char *name;
	const char *level;	/* "ok", "absent", "lack", "fatal" */
	const char *evidence;	/* what was seen, and what follows from it */
	const char *remedy;	/* NULL where there is nothing to be done */
};

/* A system call that cist cannot do without. */
struct doctor_call {
	const char *name;
	long number;
	const char *since;	/* release of Linux */
};
enum { DOCTOR_CALLS = 10 };
extern const struct doctor_call doctor_calls[DOCTOR_CALLS];

enum doctor_bus { DOCTOR_BUS_SYSTEM, DOCTOR_BUS_USER, DOCTOR__BUSES };

/* A program that shadow's uidmap package brings, and the ranges that it grants the caller. */
struct doctor_id_helper {
	const char *path;	/* NULL: not found */
	bool is_privileged;	/* set-user-id root, or with file capabilities */
	uint64_t ids;		/* that /etc/subuid or /etc/subgid grant */
};

struct doctor_facts {
	/* the caller's */
	const char *root;		/* directory of the states */
	struct cg_host cgroups;
	bool has_apparmor, has_selinux;
	bool wants_systemd;		/* --systemd-cgroup was given */

	/* doctor_look()'s */
	const char *release;		/* as uname -r has it */
	uint32_t lacking_calls;		/* bit i: doctor_calls[i] is not there */
	int64_t memfd_noexec;		/* sysctl vm.memfd_noexec; -1: no such sysctl, as with the next four */
	int64_t max_user_namespaces;
	int64_t unprivileged_userns_clone;	/* Debian's */
	int64_t apparmor_restrict_userns;	/* Ubuntu's kernel.apparmor_restrict_unprivileged_userns */
	int64_t max_namespaces[NS__COUNT];	/* user.max_*_namespaces */
	int userns_error;		/* negative errno of a try; 0: it worked */
	uint64_t namespaces;		/* K_CLONE_NEW… of the kinds that the kernel has */
	uint32_t uid;			/* effective */
	bool in_initial_userns;
	uint64_t capabilities;		/* effective; bit N is capability N */
	struct doctor_id_helper newuidmap, newgidmap;

	const char *cgroup_dir;		/* v2: where the caller may be about to make cgroups; NULL: none */
	bool may_make_cgroups;		/* the directory, or each of v1's, can be written */
	int device_filter_error;	/* v2: negative errno of loading one; 0: it worked */
	const char *seccomp_actions;	/* actions_avail; NULL: the kernel has no filters */
	bool has_resctrl;
	const char *hides_proc;		/* a mount below /proc that keeps a new procfs out of a user namespace; or NULL */
	const char *criu;		/* path, or NULL */
	bool has_systemd;		/* it is the init of this host */
	const char *bus[DOCTOR__BUSES];	/* socket that is there, or NULL */
	int root_error;			/* negative errno: it cannot be used */
};

/*
 * Reads the host, with the caller's part of *f filled in already.  What cannot be read counts as not there; only a lack
 * of memory is an error.
 */
must_use int doctor_look(struct doctor_facts *f, struct arena *a, struct err *e);

/* Number of subordinate ids that a /etc/subuid with this text grants uid, whose name (may be NULL) counts as well. */
uint64_t doctor_subids(const char *text, uint32_t uid, const char *name);

struct doctor_report {
	enum doctor_level worst;
	struct doctor_finding *findings;
	size_t n_findings;
};

/* c NULL: everything.  Else what c needs, where a lack is fatal.  Room for extra more findings is kept. */
must_use int doctor_judge(const struct doctor_facts *f, const struct oci_config *c, size_t extra, struct arena *a,
			  struct doctor_report *ret_report, struct err *e);

/* One more, of another judge; strings stay the caller's. */
void doctor_add(struct doctor_report *r, enum doctor_level level, const char *name, const char *evidence,
		const char *remedy);

must_use int doctor_write(const struct doctor_report *r, bool json, FILE *out, struct err *e);

#endif
