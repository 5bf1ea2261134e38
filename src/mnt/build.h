/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files that make the plan share: the lists while they grow. */
#ifndef CIST_MNT_BUILD_H
#define CIST_MNT_BUILD_H

#include "libocispec/oci_config.h"
#include "mnt/mnt.h"
#include "mnt/option.h"

struct mnt_build {
	const struct oci_config *config;
	const struct mnt_facts *facts;
	struct arena *arena;
	struct mnt_plan *plan;
	struct mnt_op *ops;		/* room for all that the configuration can ask for, as in the plan */
};

/* Appends to plan->sources, kind and path being set; returns its index. */
int mnt_build_source(struct mnt_build *b, const struct mnt_source *s);

/* A path in the container: from "/", without empty and "." components; ".." stays, since links decide what it means. */
const char *mnt_build_path(struct mnt_build *b, const char *path, struct err *e);

/* plan_cgroup.c: a mount of type cgroup or cgroup2 as clones of the host's directories. */
int mnt_build_cgroup(struct mnt_build *b, const struct mnt_op *base, const struct mnt_options *o, struct err *e);
/* The attributes and propagation of a tree from the host; plan.c. */
int mnt_build_bind(struct mnt_build *b, const struct mnt_op *base, const struct mnt_options *o,
		   const struct mnt_source *s, struct err *e);

/* plan_device.c */
int mnt_build_devices(struct mnt_build *b, struct err *e);

#endif
