/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Resource control: where a container's cgroups are and what is written into them.
 *
 * cg_probe() gathers the facts of the host, cg_plan() decides with them (it touches nothing), and the rest
 * acts on the plan or, in a later command, on the record that was kept of it:
 *
 *	create:	cg_probe, cg_plan, [record to the state file], [systemd makes the unit], cg_create,
 *		clone3(CLONE_INTO_CGROUP, cg_v2_fd),
 *		cg_enter (v1), cg_apply
 *	later:	cg_open, then cg_kill, cg_freeze, cg_pids, cg_remove …
 *	update:	cg_plan_update, cg_open, cg_update, and cg_revert when what follows fails
 *
 * On a hybrid host each v1 hierarchy and the v2 one beside them is a place of its own, and a controller is used
 * where it lives.  Functions return 0 (or an answer above it), or a negative errno with *e filled.
 */
#ifndef CIST_CGROUP_CGROUP_H
#define CIST_CGROUP_CGROUP_H

#include "base/arena.h"
#include "base/err.h"
#include "base/explain.h"
#include "cgroup/device.h"
#include "cgroup/unit.h"
#include "libocispec/oci_config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { CG_PLACES_MAX = 24, CG_PATH_MAX = 4096 };

/* A cgroup below the container's for its first process; crun's name. */
#define CG_DELEGATE_ANNOTATION "run.oci.delegate-cgroup"

/* ---- the host ---- */

enum cg_controller {
	CG_CPU, CG_CPUACCT, CG_CPUSET, CG_MEMORY, CG_IO, CG_PIDS, CG_HUGETLB, CG_RDMA, CG_MISC, CG_DMEM,
	CG_DEVICES, CG_FREEZER, CG_NET_CLS, CG_NET_PRIO, CG_PERF_EVENT,
	CG__CONTROLLERS
};
#define CG_BIT(controller) (1u << (controller))

/* The kernel's name ("blkio" and "io" are the same controller on its two sides). */
const char *cg_controller_name(enum cg_controller c, bool is_v2);

bool cg_controller_is_in_v2(enum cg_controller c);

enum cg_layout { CG_LAYOUT_NONE, CG_LAYOUT_V1, CG_LAYOUT_HYBRID, CG_LAYOUT_V2 };

struct cg_hierarchy {
	const char *mount_point;
	const char *root;	/* the cgroup that is mounted there, as mountinfo has it: mostly "/" */
	const char *own;	/* the caller's cgroup, counted from mount_point; "/" when it lies outside */
	const char *name;	/* of the directory: "memory", "cpu,cpuacct", "systemd", "unified"; pure v2: "" */
	uint32_t controllers;	/* CG_BIT()s: v1 attached here, v2 listed in its root's cgroup.controllers */
	bool is_v2;
	bool closed;		/* cg_probe_rights(): no cgroup for the container can be made here by this caller */
	const char *const *links;	/* names that point to this directory, as "cpu" to "cpu,cpuacct" */
	size_t n_links;
};

struct cg_host {
	enum cg_layout layout;
	struct cg_hierarchy *h;		/* v1 ones in the order of their mounts, the v2 one last */
	size_t n;
	bool rootless;			/* the container does without cgroups that are closed, unless something needs them */
	bool no_device_rules;		/* the caller lacks CAP_SYS_ADMIN in the first user namespace, which they take */
	struct cg_manager manager;	/* for CG_DRIVER_SYSTEMD alone: see cg_probe_manager() */
};

/*
 * From /sys/fs/cgroup, or from mountinfo where that is not pure v2.  A host without any cgroup mount is not an
 * error: layout is NONE then.
 */
must_use int cg_probe(struct arena *a, struct cg_host *ret_host, struct err *e);

/* The same from texts: mountinfo, /proc/self/cgroup, and the v2 root's cgroup.controllers.  Pure. */
must_use int cg_host_parse(const char *mountinfo, const char *self_cgroup, const char *v2_controllers,
			   struct arena *a, struct cg_host *ret_host, struct err *e);

/*
 * For a caller without privilege: which hierarchies are closed.  A part of a tree is the caller's when its directories are
 * (admin-guide/cgroup-v2.rst, "Delegation").  cgroups_path is the configuration's, or NULL.
 */
must_use int cg_probe_rights(struct cg_host *host, const char *cgroups_path, const char *id, struct arena *a, struct err *e);

/* Where systemd's units are; for its driver alone.  Of root that is the system's instance, of others their own. */
must_use int cg_probe_manager(struct cg_host *h, struct arena *a, struct err *e);
/* The same from texts: /proc/1/cgroup for the system's instance; /proc/self/cgroup and the uid for a user's.  Pure. */
must_use int cg_manager_parse(struct cg_host *h, const char *proc_cgroup, bool is_users, uint32_t uid, struct arena *a,
			      struct err *e);

/* ---- the plan ---- */

enum cg_driver_kind { CG_DRIVER_CGROUPFS, CG_DRIVER_SYSTEMD, CG_DRIVER_DISABLED };

struct cg_place {
	const struct cg_hierarchy *h;
	const char *path;	/* of the container's cgroup, counted from h->mount_point; begins with '/' */
	uint32_t enable;	/* v2: controllers to switch on in each level above */
	uint32_t need;		/* those of them that a limit needs: they must come on */
	size_t unit_len;	/* of that part of path that is systemd's unit, when there is more; else 0 */
};

/* What a write may meet without being an error. */
enum cg_tolerance {
	CG_STRICT,
	CG_WARN_MISSING,	/* the file is missing: a warning (swap accounting) */
	CG_SKIP_MISSING,	/* the file is missing: older kernels do without */
	CG_SKIP_UNKNOWN,	/* the file is missing or refuses: newer kernels do without */
};

struct cg_write {
	uint32_t place;		/* index into cg_plan.places */
	enum cg_tolerance tolerance;
	const char *file;
	const char *value;
	const char *or_file;	/* when file is missing: this one, or NULL */
	const char *or_value;
	const char *usage_file;	/* checkBeforeUpdate: value must not be below what this file says; or NULL */
	bool or_after_next;	/* when the kernel refuses it, the next one goes first (as memory and memsw on v1) */
	bool must_hold;		/* kernels that no longer know it may take the write and do nothing: read it again */
	const char *from;	/* JSON path */
};

/* For src/mnt: what a mount of type cgroup shows; one row per directory below the container's /sys/fs/cgroup. */
struct cg_mount_view {
	const char *dir;	/* "" = it is mounted on the destination itself (pure v2) */
	const char *host_dir;	/* the container's own cgroup, absolute on the host */
	const char *root_dir;	/* where the hierarchy is mounted on the host */
	bool is_v2;
	const char *const *links;
	size_t n_links;
};

struct cg_plan {
	enum cg_driver_kind driver;
	enum cg_layout layout;
	struct cg_unit unit;		/* CG_DRIVER_SYSTEMD: in which the places are */
	pid_t keeper;			/* the unit's process until the container's init is there: whoever started it says */
	struct cg_place *places;	/* none with CG_DRIVER_DISABLED: every act is then done at once */
	size_t n_places;
	struct cg_write *writes;	/* in this order */
	size_t n_writes;
	size_t n_first;			/* of these, before anybody enters */
	bool has_filter;		/* v2: the device rules, as a program for the unified place */
	struct cg_device_policy policy;	/* the device rules, merged */
	struct cg_filter filter;
	struct cg_mount_view *views;
	size_t n_views;
	bool has_owner;			/* v2: the container's user gets the cgroup (config-linux.md#cgroup-ownership) */
	uint32_t owner;			/* on the host */
	const char *delegate;		/* v2: path below the container's cgroup that the init is moved to, or NULL */
	const char **warnings;		/* what is done less well than asked for and is said aloud */
	size_t n_warnings;
};

/*
 * Decides everything; touches nothing.  ->cgroupsPath: absolute is below the hierarchy's mount; relative, or absent
 * (then it is the id), is below the caller's cgroup on v1 and beside it on v2, where a cgroup with processes
 * cannot have children with controllers.  A limit whose controller this host lacks is an error that names it.
 */
must_use int cg_plan(const struct oci_config *c, const char *id, const struct cg_host *h, enum cg_driver_kind driver,
		     struct arena *a, struct cg_plan *ret_plan, struct err *e);

/*
 * What systemd is asked for; the acts of cg_create, cg_enter, cg_apply and cg_delegate: directories, files and values in the
 * order of the calls.
 */
void cg_explain_unit(const struct cg_plan *p, struct explain *x);
void cg_explain_create(const struct cg_plan *p, struct explain *x);
void cg_explain_enter(const struct cg_plan *p, struct explain *x);
void cg_explain_apply(const struct cg_plan *p, struct explain *x);
void cg_explain_delegate(const struct cg_plan *p, struct explain *x);

/* ---- what the state file keeps ---- */

struct cg_record_place {
	const char *mount_point;
	const char *path;
	const char *controllers;	/* "cpu,cpuacct"; "" for a named v1 hierarchy */
	bool is_v2;
	uint32_t made;			/* how many levels of path, from its end, cg_create made; 0 = unknown */
};

struct cg_record {
	const char *driver;		/* "cgroupfs", "systemd", "disabled"; NULL = none was kept */
	struct cg_record_place *places;
	size_t n_places;
	const char *unit;		/* systemd's, or NULL */
	bool unit_is_users;
};

/* Before cg_create with cg NULL, so that a crash leaves what `delete` needs; afterwards with it. */
struct cg;
must_use int cg_record_make(const struct cg_plan *p, const struct cg *cg, struct arena *a, struct cg_record *ret_record,
			    struct err *e);

/*
 * The writes that r asks for, in a container's cgroups as its record has them.  0 and absent leave what is there;
 * device rules are not looked at.  Touches nothing.
 */
must_use int cg_plan_update(const struct cg_record *record, const struct oci_resources *r, struct arena *a,
			    struct cg_plan *ret_plan, struct err *e);

/* The unit as far as the record says: its name, whose it is, and the sub-cgroup.  ->name NULL: there is none. */
void cg_unit_of_record(const struct cg_record *r, struct cg_unit *ret);

/* ---- acting ---- */

/* One place, opened. */
struct cg_dir {
	int root_fd;		/* O_PATH: the mount point, verified to be a cgroup file system */
	int fd;			/* O_PATH: the container's cgroup; negative when it does not exist (any more) */
	bool is_v2;
	uint32_t controllers;
	uint32_t made;		/* levels of path, from its end, that cg_create made */
	char *path;		/* counted from the mount point; begins with '/' */
	char *where;		/* absolute on the host, for errors */
};

struct cg {
	struct cg_dir v[CG_PLACES_MAX];
	size_t n;
};
#define CG_INIT { 0 }

/* Closes and frees; a zeroed or closed one is fine. */
void cg_close(struct cg *cg);
#define auto_cg __attribute__((cleanup(cg_close)))

/*
 * Makes the directories; with a unit, those that are missing in it, and the keeper is moved out of the way of controllers.
 * Refuses a cgroup that has processes or is frozen.  On failure what was made is removed.
 * *ret_cg must be CG_INIT; cg_close() is the caller's.
 */
must_use int cg_create(const struct cg_plan *p, struct cg *ret_cg, struct err *e);

/*
 * From what a state file says, which is checked as hostile input: places must be directories of a cgroup file system
 * below their mount point.  What is gone is not an error.  A record without driver gives a handle that does nothing.
 */
must_use int cg_open(const struct cg_record *r, struct cg *ret_cg, struct err *e);

/* For CLONE_INTO_CGROUP: borrowed from cg; negative when there is no v2 place. */
int cg_v2_fd(const struct cg *cg);

/* Puts the process into each v1 place.  Waits once for the kernel's lock, so do it while the child is busy. */
must_use int cg_enter(const struct cg *cg, pid_t pid, struct err *e);
/* Also into the v2 place: for a process that was not cloned into it. */
must_use int cg_enter_all(const struct cg *cg, pid_t pid, struct err *e);

/*
 * Gives the v2 place to ->owner, where the plan has one: the directory and those of its files that the kernel lists for
 * that (/sys/kernel/cgroup/delegate).  cg_create() has done it for what it made.
 */
must_use int cg_give_away(const struct cg *cg, const struct cg_plan *p, struct err *e);

/*
 * Where the plan has a ->delegate: makes it, moves the process there, and passes on to it what controllers the
 * container has.  After the cgroup namespace was made, whose root then is the container's cgroup above.
 */
must_use int cg_delegate(const struct cg *cg, const struct cg_plan *p, pid_t pid, struct err *e);

/*
 * What has to stand before cg_enter(): v1's device rules, which are several writes.  The first forbids all, and an init
 * that was in the cgroup already could then not make its devices.
 */
must_use int cg_apply_first(const struct cg *cg, const struct cg_plan *p, struct err *e);

/* All other limits, and v2's device rules.  warn gets one sentence at a time; it may be NULL. */
must_use int cg_apply(const struct cg *cg, const struct cg_plan *p, void (*warn)(const char *text), struct err *e);

/* What a file held before it was written, as it is to be written back. */
struct cg_old {
	const struct cg_dir *d;
	char *file;
	char *value;
};

/* The writes that were done, in their order.  It borrows the handle they were done with. */
struct cg_journal {
	struct cg_old *v;
	size_t n;
};
void cg_journal_free(struct cg_journal *j);
#define auto_cg_journal __attribute__((cleanup(cg_journal_free)))

/*
 * All writes of the plan or none: when one fails, those before it are taken back, and the error says so.  *ret_done is
 * for cg_revert(); cg_journal_free() is the caller's.
 */
must_use int cg_update(const struct cg *cg, const struct cg_plan *p, void (*warn)(const char *text),
		       struct cg_journal *ret_done, struct err *e);

/*
 * Takes the writes back, the last one first, and empties the journal.  e holds why; a frame in front of it says that
 * the old values are in force, or which are not.  Returns e's code.
 */
int cg_revert(struct cg_journal *done, struct err *e);

/*
 * `exec --cgroup [CTRL[,CTRL]:]PATH`, n of them: a handle whose places are existing sub-cgroups of cg's; without
 * controllers a spec is for all places.
 */
must_use int cg_open_sub(const struct cg *cg, const char *const *specs, size_t n, struct cg *ret_cg, struct err *e);

/*
 * The cgroups that a process of the container is in now, if they are below cg's, else cg's own: where exec goes
 * when the container's own cgroup has become an inner node (CLONE_INTO_CGROUP gave EBUSY).
 */
must_use int cg_open_of(const struct cg *cg, pid_t pid, struct cg *ret_cg, struct err *e);

/* All processes of the subtree, sorted, each once; *ret_pids is malloc'ed.  A cgroup that is gone has none. */
must_use int cg_pids(const struct cg *cg, pid_t **ret_pids, size_t *ret_n, struct err *e);

/* Returns when all is frozen.  On failure it is thawed again. */
must_use int cg_freeze(const struct cg *cg, struct err *e);
must_use int cg_thaw(const struct cg *cg, struct err *e);
/* 1 or 0; a cgroup that is gone, or that cannot be frozen, is not frozen. */
must_use int cg_is_frozen(const struct cg *cg, struct err *e);

/*
 * SIGKILL to everything in the subtree, whether its init lives or not, frozen or not; nothing stays frozen.  Refuses
 * when the caller itself is in there.  Does not wait for the end: see cg_wait_empty.
 */
must_use int cg_kill(const struct cg *cg, struct err *e);

/* 0: no process is left.  1: not within timeout_ms. */
must_use int cg_wait_empty(const struct cg *cg, int timeout_ms, struct err *e);

/*
 * Removes the subtree in every hierarchy, waiting up to timeout_ms for processes that are ending, and then the levels
 * above that cg_create made, as far as they are empty.  What is gone already is fine.
 */
must_use int cg_remove(const struct cg *cg, int timeout_ms, struct err *e);

#endif
