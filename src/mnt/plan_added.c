/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Mounts that are added to a container that runs, or removed from it. */
#include "mnt/build.h"

#include <string.h>

static int check_op(const struct mnt_op *op, const struct mnt_facts *f, struct err *e)
{
	if (op->kind == MNT_BIND && f->may_not_clone)
		return err_set(e, -EPERM, "%s: %s: a mount of the host can be handed to a container that runs by a privileged "
			       "runtime only: operation not permitted", op->from, op->dest);
	if (op->kind == MNT_REMOUNT)
		return err_set(e, -EINVAL, "%s: %s: \"remount\" is for the time when a container is made", op->from, op->dest);
	return 0;
}

static int check_mount(const struct oci_mount *m, size_t i, struct err *e)
{
	if (m->type && (strcmp(m->type, "cgroup") == 0 || strcmp(m->type, "cgroup2") == 0))
		return err_set(e, -EINVAL, "[%zu]: %s: a %s file system cannot be added to a container that runs", i,
			       m->destination, m->type);
	return 0;
}

/* The container as far as mounts depend on it, with another list of them. */
static int begin(struct mnt_build *b, const struct oci_mounts *mounts, struct err *e)
{
	struct mnt_plan *p = b->plan;

	if (mounts->n_mounts > MNT_ADDED_MAX)
		return err_set(e, -E2BIG, "%zu mounts at once are more than %d", mounts->n_mounts, MNT_ADDED_MAX);
	p->new_mount_ns = true;
	p->user_ns = b->facts->new_user_ns || b->facts->joined_user_ns;
	p->null_source = p->proc_source = p->userns_fd = -1;
	if (mnt_build_room(b, e) < 0)
		return e->code;
	if (p->user_ns && !b->facts->may_not_clone)
		p->proc_source = mnt_build_source(b, &(struct mnt_source){ .path = "/proc", .kind = MNT_SOURCE_PROC });
	return 0;
}

int mnt_plan_added(const struct oci_config *c, const struct oci_mounts *mounts, const struct mnt_facts *f,
		   struct arena *a, struct mnt_plan *ret, struct err *e)
{
	struct oci_config with = *c;
	struct mnt_build b = { .config = &with, .facts = f, .arena = a, .plan = ret, .list = "" };

	with.mounts = mounts->mounts;
	with.n_mounts = mounts->n_mounts;
	ret->adds = true;
	for (size_t i = 0; i < mounts->n_mounts; i++)
		if (check_mount(&mounts->mounts[i], i, e) < 0)
			return e->code;
	if (begin(&b, mounts, e) < 0 || mnt_build_propagation(&b, e) < 0 || mnt_build_label(&b, e) < 0 ||
	    mnt_build_mounts(&b, e) < 0)
		return e->code;
	for (uint32_t i = 0; i < ret->n_ops; i++)
		if (check_op(&b.ops[i], f, e) < 0)
			return e->code;
	return mnt_build_strings(&b, e);
}

int mnt_plan_removed(const struct oci_config *c, const struct oci_mounts *mounts, const struct mnt_facts *f,
		     struct arena *a, struct mnt_plan *ret, struct err *e)
{
	struct mnt_path *v = ARENA_ARRAY(a, mounts->n_mounts, struct mnt_path);
	struct oci_config without = *c;
	struct mnt_build b = { .config = &without, .facts = f, .arena = a, .plan = ret, .list = "" };

	without.n_mounts = 0;
	if (!v)
		return err_nomem(e);
	if (begin(&b, mounts, e) < 0 || mnt_build_hidden(&b, e) < 0)
		return e->code;
	for (size_t i = 0; i < mounts->n_mounts; i++) {
		v[i].from = arena_fmt(a, "[%zu]", i);
		if (!v[i].from)
			return err_nomem(e);
		v[i].path = mnt_build_path(&b, mounts->mounts[i].destination, e);
		if (!v[i].path)
			return err_ctx(e, "%s", v[i].from);
	}
	ret->removed = v;
	ret->n_removed = (uint32_t)mounts->n_mounts;
	return mnt_build_strings(&b, e);
}
