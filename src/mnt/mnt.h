/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Mounts, the root file system, /dev, and what is hidden: decided by mnt_plan() (pure), opened on the host by
 * mnt_open_sources(), carried out by cist-init with the functions below "in the container".
 *
 * Nothing inside the root is ever reached by a joined string: a destination is resolved once, below the root's
 * handle, at the moment of mounting, and the mount is attached to that handle.
 */
#ifndef CIST_MNT_MNT_H
#define CIST_MNT_MNT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/explain.h"
#include "sys/abi.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct oci_config;
struct oci_mounts;

/* Which of SELinux' mount options takes linux.mountLabel; crun's name. */
#define MNT_LABEL_ANNOTATION "run.oci.mount_context_type"
/* A JSON list of host directories: what is bound from below one of them is reached without following a symbolic link. */
#define MNT_BENEATH_ANNOTATION "org.cist.bind.beneath"
/* "true": the root's tree is read-only before anything is mounted in it, so that no missing mount point is made in it. */
#define MNT_SEALED_ANNOTATION "org.cist.root.sealed"
/* "true": the terminal is not bound on /dev/console. */
#define MNT_CONSOLE_ANNOTATION "org.cist.console.unbound"

/* ---- facts: what the decisions need to know about the host and the other plans ---- */

/* One cgroup hierarchy as the container shall see it; on pure v2 there is one, with the name "". */
struct mnt_cgroup_view {
	const char *name;		/* directory below the cgroup mount: "cpu,cpuacct", "unified", "" */
	const char *own;		/* host path of the container's own cgroup directory */
	const char *root;		/* host path of the root of the hierarchy */
	const char *const *links;	/* names that become symlinks to name: "cpu", "cpuacct" */
	size_t n_links;
	bool v2;
};

/* A file of the host's that the runtime made for this container: bound read-only, after all other mounts. */
struct mnt_file {
	const char *from;
	const char *path;		/* absolute; of the host */
	const char *dest;		/* absolute; in the container */
};

struct mnt_facts {
	const char *bundle;		/* absolute */
	bool new_mount_ns;		/* without one nothing can be mounted, and the root is entered by chroot(2) */
	bool new_user_ns;
	bool joined_user_ns;
	bool new_net_ns;
	bool joined_net_ns;
	bool new_cgroup_ns;
	/*
	 * The caller is not in the first user namespace, or makes mounts only in a mount namespace that he makes (mnt_plan
	 * below: sources_inside).
	 */
	bool in_user_ns;
	bool may_not_clone;
	bool joined_cgroup_ns;
	bool may_mknod;			/* CAP_MKNOD in the initial user namespace: the runtime may make device nodes */
	bool no_pivot;			/* --no-pivot */
	bool terminal;			/* process.terminal */
	bool host_has_kcore;		/* /proc/kcore exists */
	bool selinux;			/* it is enabled: file systems take labels */
	const struct mnt_cgroup_view *cgroups;
	size_t n_cgroups;
	const char *notify_dir;		/* host directory of the notify socket, or NULL */
	const char *notify_dest;	/* where it is in the container; bound read-only, after all other mounts */
	const struct mnt_file *files;
	size_t n_files;
};

/* ---- the plan ---- */

enum mnt_source_kind {
	MNT_SOURCE_ROOT,		/* the tree of the rootfs; without a mount namespace only its directory */
	MNT_SOURCE_BIND,		/* source of a bind mount */
	MNT_SOURCE_PROC,		/* the host's procfs */
	MNT_SOURCE_CGROUP1,		/* directories that have to be of that file system */
	MNT_SOURCE_CGROUP2,
	MNT_SOURCE_DEVICE,		/* a device node that has to be of the type and numbers in mode and rdev */
};

/* The ids of a file system seen as others: MOUNT_ATTR_IDMAP of mount_setattr(2). */
struct mnt_idmap {
	const char *uid_map;		/* as written to /proc/PID/uid_map; NULL: the user namespace that is joined */
	const char *gid_map;
	int32_t fd;			/* on the host, while sources are opened: a user namespace with these maps; else -1 */
};

/* Something of the host that is opened before the container exists, and attached later. */
struct mnt_source {
	const char *from;		/* JSON path, NULL: the runtime's own */
	const char *dest;		/* in the container; NULL for the root */
	const char *path;		/* absolute */
	const char *beneath;		/* path begins with it; what follows it is opened without symlinks; NULL: nothing is */
	uint8_t kind;			/* enum mnt_source_kind */
	bool recursive;			/* with what is mounted below it */
	bool nofollow;			/* src-nofollow: a symlink itself */
	bool idmap_recursive;		/* ridmap: also what is mounted below it */
	struct mnt_idmap *idmap;	/* one of the plan's, or NULL */
	bool is_dir;			/* known once it is open, as the next one */
	bool is_proc_root;		/* the root of a procfs: it alone may be bound on /proc */
	uint32_t mode;			/* S_IFCHR or S_IFBLK of a device */
	uint64_t rdev;
	uint64_t dev, ino;		/* of the root directory, known once it is open */
	char *link;			/* copy-symlink: room for PATH_MAX, "" unless the source is a symlink */
	int32_t fd;			/* detached mount, or -1 */
};

/* One mount_setattr(2). */
struct mnt_change {
	struct k_mount_attr attr;
	bool recursive;
};

/* One fsconfig(2); value NULL for a flag. */
struct mnt_param {
	const char *key;
	const char *value;
};

enum mnt_kind {
	MNT_FRESH,			/* a new mount of a file system */
	MNT_BIND,			/* a detached tree that the host has opened */
	MNT_REMOUNT,			/* changes of the mount at the destination, and of its file system if it is ours */
	MNT_SYMLINK,			/* a link in a mount of ours (cgroup v1) */
};

struct mnt_op {
	const char *from;		/* "mounts[3]"; NULL: the runtime's own */
	const char *dest;		/* from "/", single slashes, otherwise as it was given */
	const char *options;		/* "nosuid,ro", as explain prints them */
	const char *type;		/* of a fresh one; of a bind: a new mount of this type is better, if it can be had */
	const char *source;		/* of a fresh one: what mountinfo shows; of a symlink its target */
	const struct mnt_param *params;
	uint32_t n_params;
	uint32_t attrs;			/* of a fresh one, K_MOUNT_ATTR_* */
	int32_t source_index;		/* of a bind, else -1 */
	uint32_t kept;			/* N: mnt_init.kept_fd[N - 1] holds this fresh mount, or the one to change; 0: none */
	const char *label;		/* of a fresh one whose root gets its SELinux label as an attribute, or NULL */
	uint8_t kind;			/* enum mnt_kind */
	bool strict_target;		/* proc, sysfs: no symlink on the way, and a directory */
	bool dest_nofollow;
	bool copy_up;			/* tmpcopyup */
	bool inherit_mode;		/* a tmpfs without mode= gets the mode of the directory that it covers */
	bool late_readonly;		/* made read-only by mnt_restrict(), after it has been filled */
	bool is_trusted_proc;		/* its procfs serves as the runtime's own handle too */
	bool is_devpts;			/* its ptmx is where the terminal comes from */
	uint8_t n_before;		/* the first of changes: on the still detached mount, the others once attached */
	uint8_t n_changes;
	struct mnt_change changes[4];
};

struct mnt_device {
	const char *from;
	const char *path;		/* absolute */
	uint32_t mode;			/* type and permissions */
	uint32_t uid, gid;
	uint64_t rdev;
	int32_t source_index;		/* bound instead of made, or -1 */
};

struct mnt_link {
	const char *name;		/* in /dev */
	const char *target;
	bool replace;			/* what the image has there */
};

/* A path to hide or to make read-only. */
struct mnt_path {
	const char *from;
	const char *path;
};

enum mnt_switch { MNT_SWITCH_PIVOT, MNT_SWITCH_MOVE, MNT_SWITCH_CHROOT };

struct mnt_plan {
	bool new_mount_ns;
	bool user_ns;			/* the container's or the caller's is not the first one */
	/*
	 * Who lacks CAP_SYS_ADMIN over his own mount namespace cannot take a tree out of it: then the init opens the sources,
	 * before it mounts anything, in the new namespace, whose mounts are a copy of the old one's.
	 */
	bool sources_inside;
	char *pages;			/* then: what of the plan that changes, whole pages that hold nothing else */
	uint64_t n_page_bytes;
	bool root_readonly;
	bool root_sealed;		/* MNT_SEALED_ANNOTATION */
	bool make_dev;			/* nodes and links: /dev is not a bind from the configuration */
	bool bind_console;
	uint8_t switch_by;		/* enum mnt_switch */
	const char *root_path;		/* absolute host path */
	uint64_t ns_propagation;	/* K_MS_SLAVE or K_MS_PRIVATE: the namespace before anything else, recursively */
	uint64_t tree_propagation;	/* the same for what comes from the host, or 0: it stays shared with the host */
	uint64_t root_propagation;	/* of "/" after the switch, with K_MS_REC; 0: none asked for */
	struct mnt_source *sources;	/* sources[0] is the root */
	uint32_t n_sources;
	struct mnt_idmap *idmaps;
	uint32_t n_idmaps;
	int32_t userns_fd;		/* set by the caller of mnt_open_sources(): the user namespace that is joined, or -1 */
	const char *label_option;	/* "context" or its like, when linux.mountLabel is set */
	const char *label;
	int32_t null_source;		/* index of the host's null device, which covers masked files, or -1 */
	int32_t proc_source;		/* index of a clone of the host's /proc, for a user namespace that gets none; or -1 */
	const struct mnt_op *ops;
	uint32_t n_ops;
	const struct mnt_device *devices;
	uint32_t n_devices;
	const struct mnt_link *links;
	uint32_t n_links;
	const struct mnt_path *readonly;
	uint32_t n_readonly;
	const struct mnt_path *masked;
	uint32_t n_masked;
	bool adds;			/* a container that runs: ops are added */
	const struct mnt_path *removed;	/* likewise: what is mounted there goes */
	uint32_t n_removed;
};

/* Pure: touches nothing.  The plan, zeroed by the caller, points into a only. */
int mnt_plan(const struct oci_config *c, const struct mnt_facts *f, struct arena *a, struct mnt_plan *ret, struct err *e);

/*
 * The same for mounts that are added to a container that runs: c is its configuration, mounts are those to be added.  No
 * root, devices and hidden paths; what cannot be undone when a later mount fails is refused.
 */
int mnt_plan_added(const struct oci_config *c, const struct oci_mounts *mounts, const struct mnt_facts *f,
		   struct arena *a, struct mnt_plan *ret, struct err *e);
/* For mounts to be removed; of them only the destinations count. */
int mnt_plan_removed(const struct oci_config *c, const struct oci_mounts *mounts, const struct mnt_facts *f,
		     struct arena *a, struct mnt_plan *ret, struct err *e);

/* The option words that mounts understand, sorted; for `features`. */
const char *const *mnt_option_names(size_t *ret_n);

/* ---- on the host ---- */

/*
 * Opens all that must come from the host, before any container process exists, and puts the descriptors (close-on-exec)
 * into p->sources[].fd: exactly those that are >= 0 have to be inherited by cist-init under the same numbers.
 * After an error everything is closed.  With sources_inside it is the init's first act and not the host's.
 */
int mnt_open_sources(const struct mnt_plan *p, struct err *e);
void mnt_close_sources(const struct mnt_plan *p);

/*
 * ---- in the container: cist-init, in this order.  No heap, no stdio. ----
 *
 * Each step closes the descriptors of sources that it has used up.
 */

enum { MNT_LATE_MAX = 128, MNT_KEPT_MAX = 16, MNT_ADDED_MAX = 64 };

/* What the acting half holds; all of it is closed by mnt_init_close(), and close-on-exec anyhow. */
struct mnt_init {
	int root_fd;			/* the container's root; good before and after the switch */
	int proc_fd;			/* procfs of the container's pid namespace: for sys_open_in_proc(), sys_reopen() */
	int dev_fd;			/* the container's /dev, or -1 */
	int devpts_fd;			/* root of the devpts that the configuration mounts, or -1 */
	size_t root_len;		/* length of the root's own path before the switch */
	uint32_t n_late;
	int late_fd[MNT_LATE_MAX];	/* mounts that mnt_restrict() makes read-only */
	uint32_t late_op[MNT_LATE_MAX];
	uint32_t n_added;
	int added_fd[MNT_ADDED_MAX];	/* roots of what was added to a container that runs, until all of it is there */
	int kept_fd[MNT_KEPT_MAX];	/* fresh mounts whose file system a later entry changes: mnt_op.kept */
};

void mnt_init_begin(struct mnt_init *in);
void mnt_init_close(struct mnt_init *in);

/*
 * A procfs handle that nothing in the container can have covered: a private mount, or else host_proc_fd (a detached clone
 * of the host's, or -1), which is used up in any case.  Wants CAP_SYS_ADMIN over the mount and pid namespaces.
 */
int mnt_trusted_proc(int host_proc_fd, int *ret_fd, struct err *e);

/* Stops propagation, puts the root's tree in place, opens in->root_fd and in->proc_fd.  Leaves the umask at 0. */
int mnt_prepare_root(const struct mnt_plan *p, struct mnt_init *in, struct err *e);
int mnt_mount_all(const struct mnt_plan *p, struct mnt_init *in, struct err *e);
/* Opens in->dev_fd; nodes and links. */
int mnt_make_devices(const struct mnt_plan *p, struct mnt_init *in, struct err *e);
/* Binds the pty's peer on /dev/console. */
int mnt_bind_console(const struct mnt_plan *p, struct mnt_init *in, int slave_fd, struct err *e);
/* The working directory is "/" of the container afterwards. */
int mnt_switch_root(const struct mnt_plan *p, struct mnt_init *in, struct err *e);
/* Makes a missing working directory; comes before mnt_restrict(), which may make the root read-only. */
int mnt_make_cwd(const struct mnt_init *in, const char *cwd, struct err *e);
/* Read-only tmpfs and /dev, the read-only root, readonlyPaths, maskedPaths. */
int mnt_restrict(const struct mnt_plan *p, struct mnt_init *in, struct err *e);

/*
 * ---- in a container that runs: cist-init, once it has joined its namespaces ----
 */

/* Opens in->root_fd and in->proc_fd.  Leaves the umask at 0. */
int mnt_enter_running(const struct mnt_plan *p, struct mnt_init *in, struct err *e);
/* All of p->ops, or none: what an error leaves half done is taken back. */
int mnt_add(const struct mnt_plan *p, struct mnt_init *in, struct err *e);
/* All of p->removed, last first; nothing is touched unless there is a mount at each. */
int mnt_remove(const struct mnt_plan *p, struct mnt_init *in, struct err *e);

/* ---- explain: one act for each operation, in the order and with the names of the acting half ---- */

void mnt_explain_sources(const struct mnt_plan *p, struct explain *x);
void mnt_explain_prepare_root(const struct mnt_plan *p, struct explain *x);
void mnt_explain_mounts(const struct mnt_plan *p, struct explain *x);
void mnt_explain_devices(const struct mnt_plan *p, struct explain *x);
void mnt_explain_console(const struct mnt_plan *p, struct explain *x);
void mnt_explain_switch_root(const struct mnt_plan *p, struct explain *x);
void mnt_explain_cwd(const char *cwd, const char *from, struct explain *x);
void mnt_explain_restrict(const struct mnt_plan *p, struct explain *x);

#endif
