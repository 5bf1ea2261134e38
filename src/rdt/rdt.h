/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Shares of cache and memory bandwidth: linux.intelRdt and the kernel's resctrl file system
 * (config-linux.md#intelrdt; filesystems/resctrl.rst).
 *
 *	create:	rdt_plan, rdt_open, rdt_find, [record to the state file], rdt_make, rdt_enter
 *	later:	rdt_open_recorded, then rdt_enter (exec), rdt_update and rdt_write_back (update), rdt_remove
 *
 * A configuration without intelRdt leads to none of these calls.  Functions return 0 (or an answer above it), or a
 * negative errno with *e filled.
 */
#ifndef CIST_RDT_RDT_H
#define CIST_RDT_RDT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/explain.h"
#include "libocispec/oci_config.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* ---- deciding ---- */

struct rdt_plan {
	bool wanted;
	const char *group;	/* name of the group's directory; "" is the root group, which always is there */
	const char *from;	/* JSON path of what named the group */
	bool is_own;		/* named after the container: it must be new */
	bool must_exist;	/* a name alone: somebody has prepared it */
	const char *schema;	/* lines of l3CacheSchema and memBwSchema, or NULL; in a group that is there they must hold */
	const char *schemata;	/* lines of schemata, written last, or NULL */
	const char *monitor;	/* name of a monitoring group in it, or NULL */
	bool needs_cmt;		/* members up to 1.2 of the specification: the machine can count these */
	bool needs_mbm;
	const char *warning;	/* what the specification has left out and is said aloud, or NULL */
};

/* r NULL: nothing is wanted.  Pure. */
must_use int rdt_plan(const struct oci_intel_rdt *r, const char *id, struct arena *a, struct rdt_plan *ret_plan,
		      struct err *e);
void rdt_explain_make(const struct rdt_plan *p, struct explain *x);
void rdt_explain_enter(const struct rdt_plan *p, struct explain *x);

/*
 * The lines of both, each ended by a newline, in *ret_text (NULL when there are none).  Lines of l3 that begin with "MB:"
 * give way to mem_bw.  Either may be NULL or "".
 */
must_use int rdt_schema_text(const char *l3, const char *mem_bw, struct arena *a, const char **ret_text, struct err *e);

/*
 * Does each value that want names stand in `have`, the text of a file schemata?  Numbers are compared, not their
 * spelling.  NULL: yes; else the first line of want that does not hold.
 */
const char *rdt_schema_differs(const char *want, const char *have);

/* ---- what the state file keeps ---- */

struct rdt_record {
	const char *root;	/* where resctrl is mounted; NULL: the container has no group */
	const char *group;
	const char *monitor;
	bool made_group;	/* is ours to remove */
	bool made_monitor;
};

/* ---- acting; root is a descriptor of the mounted file system ---- */

/* Where resctrl is mounted: *ret_path is in the arena. */
must_use int rdt_open(struct arena *a, const char **ret_path, int *ret_root, struct err *e);
/* The same from the text of a mountinfo: the mount point (in the arena), or NULL.  Pure. */
const char *rdt_mount_point(const char *mountinfo, struct arena *a);
/* For a record: 0 and *ret_root, or 1 when nothing is mounted there (any more). */
must_use int rdt_open_recorded(const struct rdt_record *r, int *ret_root, struct err *e);

/* What there is and what therefore will be made, as it is recorded before it is made; refuses what cannot work. */
must_use int rdt_find(int root, const struct rdt_plan *p, struct rdt_record *ret_record, struct err *e);
/*
 * Makes what the record says and writes the schemata.  After a failure rdt_remove() takes back what was made; what somebody
 * else has made meanwhile is in the record no more.
 */
must_use int rdt_make(int root, const struct rdt_plan *p, struct rdt_record *r, struct err *e);
/* Puts the process into the group and the monitoring group. */
must_use int rdt_enter(int root, const struct rdt_record *r, pid_t pid, struct err *e);
/* New values; *ret_old is what was there, malloc'ed, for rdt_write_back(). */
must_use int rdt_update(int root, const struct rdt_record *r, const char *schema, char **ret_old, struct err *e);
/* e holds why; a frame in front of it says whether the old values are in force.  Returns e's code. */
int rdt_write_back(int root, const struct rdt_record *r, const char *old, struct err *e);
/* What the record says was made.  A group that somebody uses by now, and what is gone, is left alone. */
must_use int rdt_remove(int root, const struct rdt_record *r, struct err *e);

#endif
