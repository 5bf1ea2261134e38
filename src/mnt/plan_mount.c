/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The list of mounts, each by its type. */
#include "mnt/build.h"

#include <string.h>

void mnt_build_change(struct mnt_op *op, bool recursive, uint64_t set, uint64_t clr, uint64_t propagation)
{
	if (!set && !clr && !propagation)
		return;
	op->changes[op->n_changes++] = (struct mnt_change){
		.attr = { .attr_set = set, .attr_clr = clr, .propagation = propagation },
		.recursive = recursive,
	};
}

void mnt_build_wished_propagation(struct mnt_op *op, const struct mnt_options *o)
{
	mnt_build_change(op, o->propagation & K_MS_REC, 0, 0, o->propagation & ~K_MS_REC);
}

bool mnt_is_one_of(const char *s, const char *const *v, size_t n)
{
	for (size_t i = 0; s && i < n; i++)
		if (strcmp(s, v[i]) == 0)
			return true;
	return false;
}

static int plan_by_type(struct mnt_build *b, const struct oci_mount *m, struct mnt_op *op, const struct mnt_options *o,
			struct err *e)
{
	const struct mnt_facts *f = b->facts;
	bool own_sysfs = !b->plan->user_ns || f->new_net_ns || (f->joined_net_ns && f->joined_user_ns);

	if (!o->remount && (o->bind || MNT_IS_ONE_OF(m->type, "bind")))
		return mnt_build_bind_mount(b, m, op, o, e);
	if (mnt_wants_idmap(m, o))
		return err_set(e, -EINVAL, "only a bind mount can be id-mapped");
	if (o->remount)
		return mnt_build_remount(b, op, o, e);
	if (!m->type || !*m->type)
		return err_set(e, -EINVAL, "a mount that is no bind needs a type");
	if (MNT_IS_ONE_OF(m->type, "cgroup", "cgroup2"))
		return mnt_build_cgroup(b, op, m->type, o, e);
	op->strict_target = MNT_IS_ONE_OF(m->type, "proc", "sysfs");
	if (strcmp(m->type, "sysfs") == 0 && !own_sysfs && f->joined_net_ns && f->in_user_ns && !f->new_user_ns)
		return mnt_build_sysfs_or_bind(b, op, o, e);
	if (strcmp(m->type, "sysfs") == 0 && !own_sysfs)
		return mnt_build_sysfs_bind(b, op, o, e);
	return mnt_build_fresh(b, m, op, o, e);
}

static int plan_mount(struct mnt_build *b, const struct oci_mount *m, const char *from, struct err *e)
{
	struct mnt_op op = { .from = from, .source_index = -1 };
	struct mnt_options o;
	int rc;

	if (!m->destination || !*m->destination)
		return err_set(e, -EINVAL, "destination is empty");
	op.dest = mnt_build_path(b, m->destination, e);
	if (!op.dest)
		return e->code;
	if (strcmp(op.dest, "/") == 0)
		return err_set(e, -EINVAL, "a mount on / is refused: the root file system is there");
	rc = mnt_options_read(m->options, m->n_options, b->arena, &o, e);
	if (rc < 0)
		return rc;
	op.options = o.words;
	op.dest_nofollow = o.dest_nofollow;
	return plan_by_type(b, m, &op, &o, e);
}

int mnt_build_mounts(struct mnt_build *b, struct err *e)
{
	const struct oci_config *c = b->config;

	if (mnt_build_beneath(b, e) < 0)
		return e->code;
	for (size_t i = 0; i < c->n_mounts; i++) {
		const struct oci_mount *m = &c->mounts[i];
		const char *from = arena_fmt(b->arena, "%s[%zu]", b->list, i);
		int rc = from ? plan_mount(b, m, from, e) : err_nomem(e);

		if (rc < 0)
			return err_ctx(e, "%s: %s", from ? from : "mounts", m->destination ? m->destination : "");
	}
	return 0;
}
