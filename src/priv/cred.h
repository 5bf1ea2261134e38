/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the process may do: ids, groups, umask, capabilities, no_new_privs.
 *
 * The order of the acting half is forced, though the kernel complains about only some of it.  With a filter
 * and without no_new_privs the filter needs CAP_SYS_ADMIN, which therefore outlives the user:
 *
 *	cred_set_umask
 *	cred_limit_bounding		while CAP_SETPCAP is effective
 *	cred_switch_user		groups before user; capabilities kept
 *	  without no_new_privs:  seccomp_install, cred_final_caps
 *	  with no_new_privs:     cred_no_new_privs, cred_final_caps, seccomp_install
 *	execve
 */
#ifndef CIST_PRIV_CRED_H
#define CIST_PRIV_CRED_H

#include "base/arena.h"
#include "base/err.h"
#include "priv/caps.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct explain;
struct oci_id_mapping;
struct oci_process;

struct cred_plan {
	const char *from;		/* JSON path of the process object, "process" */
	uint32_t uid;
	uint32_t gid;
	uint32_t umask;
	uint32_t n_groups;
	const uint32_t *groups;		/* exactly these, besides gid */
	struct caps caps;
	uint32_t last_cap;		/* the last that the kernel has: up to here the bounding set loses what it must */
	bool keep_groups;		/* annotation run.oci.keep_original_groups: the caller's stay */
	bool groups_are_fixed;		/* setgroups(2) is denied: there is no list to set */
	bool no_new_privs;
	bool sets_own_oom_score;	/* the process does it itself, before it can be traced no more */
	bool has_oom_score_adj;
	int32_t oom_score_adj;
};

struct cred_request {
	const struct oci_process *process;
	const char *from;		/* as above; lives as long as the plan */
	uint32_t last_cap;		/* caps_last(), or a test's own */
	uint64_t withheld;		/* capabilities that the caller cannot give */
	bool keep_groups;
	bool groups_are_fixed;		/* the user namespace will have "deny" in its setgroups file */
	bool sets_own_oom_score;	/* the caller may not write to it from outside */
	/* Of a user namespace that is made for the process: ids outside are an error; empty: no check. */
	const struct oci_id_mapping *uid_mappings;
	size_t n_uid_mappings;
	const struct oci_id_mapping *gid_mappings;
	size_t n_gid_mappings;
};

/* Deciding half: pure.  Checks ids, umask, oomScoreAdj, groups and capabilities. */
int cred_plan(const struct cred_request *r, struct arena *a, struct cred_plan *ret_plan,
	      struct priv_warnings *ret_warnings, struct err *e);

/* What the functions below do, by the step that they are part of. */
void cred_explain_bounding(const struct cred_plan *p, struct explain *x);
void cred_explain_user(const struct cred_plan *p, struct explain *x);
void cred_explain_caps(const struct cred_plan *p, struct explain *x);

/* ---- acting half (cist-init) ---- */

void cred_set_umask(const struct cred_plan *p);

/* Clears the caller's ambient set, then takes what the plan does not have out of the bounding set. */
int cred_limit_bounding(const struct cred_plan *p, struct err *e);

/*
 * Groups, gid, uid: all ids exactly so afterwards, read back.  Permitted capabilities outlive it; of the
 * effective ones CAP_SYS_ADMIN, if there, is raised again when keep_admin says that a filter will be loaded
 * with its help.
 */
int cred_switch_user(const struct cred_plan *p, bool keep_admin, struct err *e);

/* Does nothing when the plan does not ask for it. */
int cred_no_new_privs(const struct cred_plan *p, struct err *e);

/* Effective, permitted, inheritable exactly as planned; then ambient. */
int cred_final_caps(const struct cred_plan *p, struct err *e);

#endif
