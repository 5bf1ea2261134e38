/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files that make the plan share: the lists while they grow. */
#ifndef CIST_MNT_BUILD_H
#define CIST_MNT_BUILD_H

#include "base/arr.h"
#include "libocispec/oci_config.h"
#include "mnt/mnt.h"
#include "mnt/option.h"

struct mnt_build {
	const struct oci_config *config;
	const struct mnt_facts *facts;
	struct arena *arena;
	struct mnt_plan *plan;
	struct mnt_op *ops;		/* room for all that the configuration can ask for, as in the plan */
	uint32_t n_kept;		/* of mnt_init.kept_fd */
	const char *list;		/* the list of mounts in errors: "mounts", or "" for a document of its own */
	const char **beneath;		/* MNT_BENEATH_ANNOTATION, as mnt_build_path() has paths */
	size_t n_beneath;
};

/* ---- plan.c ---- */

/* Appends to plan->sources, kind and path being set; returns its index. */
int mnt_build_source(struct mnt_build *b, const struct mnt_source *s);

/* A path in the container: from "/", without empty and "." components; ".." stays, since links decide what it means. */
const char *mnt_build_path(struct mnt_build *b, const char *path, struct err *e);
/* A path of the host: relative ones are below the bundle (config.md#mounts).  NULL: no memory. */
const char *mnt_build_host_path(struct mnt_build *b, const char *path);

/* For plan_added.c. */
int mnt_build_room(struct mnt_build *b, struct err *e);
int mnt_build_propagation(struct mnt_build *b, struct err *e);
int mnt_build_strings(struct mnt_build *b, struct err *e);

/* ---- the list of mounts: plan_mount.c ---- */

int mnt_build_mounts(struct mnt_build *b, struct err *e);

/* Appends one mount_setattr(2) to what op does, unless it changes nothing. */
void mnt_build_change(struct mnt_op *op, bool recursive, uint64_t set, uint64_t clr, uint64_t propagation);
/* The propagation that the options ask for, as another one. */
void mnt_build_wished_propagation(struct mnt_op *op, const struct mnt_options *o);

/* Whether s is one of these strings; NULL is none of them. */
bool mnt_is_one_of(const char *s, const char *const *v, size_t n);
#define MNT_IS_ONE_OF(s, ...) \
	mnt_is_one_of((s), (const char *const[]){ __VA_ARGS__ }, ARRAY_LEN(((const char *const[]){ __VA_ARGS__ })))

/* ---- what the host has: plan_bind.c ---- */

int mnt_build_bind_mount(struct mnt_build *b, const struct oci_mount *m, const struct mnt_op *base,
			 const struct mnt_options *o, struct err *e);
/* The attributes and propagation of a tree from the host. */
int mnt_build_bind(struct mnt_build *b, const struct mnt_op *base, const struct mnt_options *o,
		   const struct mnt_source *s, struct err *e);
/*
 * sysfs belongs to a network namespace and may be mounted by the user namespace that owns it.  Where the container has
 * the first of the host and the second of its own, the host's is bound, with all below it; so what is asked of the mount
 * is asked of the whole tree, lest /sys/fs/cgroup come out writable below a read-only /sys.
 */
int mnt_build_sysfs_bind(struct mnt_build *b, const struct mnt_op *base, const struct mnt_options *o, struct err *e);
/*
 * A network namespace that is joined may belong to the caller's user namespace, or not: the kernel tells when a sysfs is
 * made.  What is bound otherwise shows the host's devices.
 */
int mnt_build_sysfs_or_bind(struct mnt_build *b, const struct mnt_op *base, const struct mnt_options *o, struct err *e);

/* ---- file systems that are made: plan_fresh.c ---- */

int mnt_build_fresh(struct mnt_build *b, const struct oci_mount *m, const struct mnt_op *base,
		    const struct mnt_options *o, struct err *e);
/* One more option of a fresh file system; value may be NULL. */
int mnt_build_param(struct mnt_build *b, struct mnt_op *op, const char *key, const char *value, struct err *e);

/* ---- the other files ---- */

/*
 * plan_cgroup.c: a mount as clones of the host's directories.  cgroup shows what hierarchies there are, each in a
 * directory unless v2 is alone; cgroup2 shows v2.  On a host without any there is an empty read-only directory.
 */
int mnt_build_cgroup(struct mnt_build *b, const struct mnt_op *base, const char *type, const struct mnt_options *o,
		     struct err *e);

/* plan_idmap.c: whether the ids of this mount are mapped, and how */
bool mnt_wants_idmap(const struct oci_mount *m, const struct mnt_options *o);
int mnt_build_idmap(struct mnt_build *b, const struct oci_mount *m, const struct mnt_options *o, struct mnt_source *s,
		    struct err *e);

/* plan_beneath.c: reads the annotation; what of a source it says */
int mnt_build_beneath(struct mnt_build *b, struct err *e);
int mnt_build_source_beneath(struct mnt_build *b, struct mnt_source *s, struct err *e);

/* plan_label.c: linux.mountLabel */
int mnt_build_label(struct mnt_build *b, struct err *e);
/* Adds it to a fresh mount, where its file system takes one. */
int mnt_label_fresh(struct mnt_build *b, struct mnt_op *op, struct err *e);

/* plan_remount.c */
int mnt_build_remount(struct mnt_build *b, const struct mnt_op *base, const struct mnt_options *o, struct err *e);

/* plan_device.c */
int mnt_build_devices(struct mnt_build *b, struct err *e);

/* plan_hidden.c: masked and read-only paths; then what covers masked files */
int mnt_build_hidden(struct mnt_build *b, struct err *e);
/* The host's null device: the container's could be anything (CVE-2025-31133). */
void mnt_build_null(struct mnt_build *b);

#endif
