/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Labels of Linux security modules: the AppArmor profile and the SELinux label that the program gets with its execution.
 *
 * Both are written to attributes of the process in procfs, never through the /proc that the container sees, which may be
 * anybody's (CVE-2019-16884): through a handle of the host's that cist opened before anything of the container was entered,
 * or one of a procfs made for it.
 */
#ifndef CIST_LSM_LSM_H
#define CIST_LSM_LSM_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct explain;
struct oci_config;
struct oci_process;

/* What the kernel has.  All false when nobody asked. */
struct lsm_host {
	bool apparmor;		/* enabled */
	bool confined;		/* cist itself runs under an AppArmor profile */
	bool selinux;		/* enabled: selinuxfs is mounted, and writable */
};

struct lsm_label {
	const char *file;	/* below /proc/thread-self: "attr/apparmor/exec" */
	const char *text;	/* what is written */
	const char *name;	/* as the configuration has it */
	const char *from;	/* "process.apparmorProfile" */
};

enum { LSM_LABELS_MAX = 2 };

struct lsm_plan {
	struct lsm_label exec[LSM_LABELS_MAX];	/* take effect when the program is executed */
	uint32_t n_exec;
	struct lsm_label key;			/* of the session keyring; no text: none */
};

/* Whether anything of this names a label, so that the host is worth a look.  c may be NULL: exec. */
bool lsm_is_asked(const struct oci_config *c, const struct oci_process *p);

/* Looks at /sys and at the calling process. */
void lsm_probe(struct lsm_host *ret_host);

/*
 * Pure.  "" asks for nothing, "unconfined" is what there is without AppArmor; every other name is an error on a host
 * that has not that module enabled, and so is one that could be more than a name.  with_keyring: a session keyring is
 * made or joined.
 */
must_use int lsm_plan(const struct oci_process *p, const struct lsm_host *h, bool with_keyring, struct arena *a,
		      struct lsm_plan *ret_plan, struct err *e);

static inline bool lsm_has_labels(const struct lsm_plan *p)
{
	return p->n_exec > 0;
}

/* On the host's side: a handle of the root of /proc, checked to be one. */
must_use int lsm_open_proc(int *ret_fd, struct err *e);

void lsm_explain_exec(const struct lsm_plan *p, struct explain *x);

/* ---- acting half (cist-init); proc_fd is that handle, or one of lsm_own_proc() ---- */

/*
 * Instead of it, for a process that has joined a container: a procfs of its pid namespace, of processes only.  What may be
 * traced from in there must not have the host's (CVE-2016-9962).
 */
must_use int lsm_own_proc(int *ret_fd, struct err *e);

/* Before a keyring is made: its label. */
must_use int lsm_label_keys(const struct lsm_plan *p, int proc_fd, struct err *e);

/* For the next execution.  What forks before that, hooks for example, hands it on. */
must_use int lsm_label_exec(const struct lsm_plan *p, int proc_fd, struct err *e);

#endif
