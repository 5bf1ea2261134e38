/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Mounts of what the host has: a directory or file, or its sysfs. */
#include "mnt/build.h"

#include <limits.h>
#include <string.h>

int mnt_build_bind(struct mnt_build *b, const struct mnt_op *base, const struct mnt_options *o,
		   const struct mnt_source *s, struct err *e)
{
	struct mnt_op op = *base;

	if (o->unknown)
		return err_set(e, -EINVAL, "option \"%s\" is not one of a bind mount", o->unknown);
	/* A cgroup directory stands for a mount of the container's own, which would be nobody's peer. */
	const bool is_cgroup = s->kind == MNT_SOURCE_CGROUP1 || s->kind == MNT_SOURCE_CGROUP2;

	op.kind = MNT_BIND;
	op.source_index = mnt_build_source(b, s);
	mnt_build_change(&op, true, o->rec_set, o->rec_clr, is_cgroup ? K_MS_PRIVATE : b->plan->tree_propagation);
	mnt_build_change(&op, false, o->set, o->clr, 0);
	op.n_before = op.n_changes;
	mnt_build_wished_propagation(&op, o);
	b->ops[b->plan->n_ops++] = op;
	return 0;
}

int mnt_build_bind_mount(struct mnt_build *b, const struct oci_mount *m, const struct mnt_op *base,
			 const struct mnt_options *o, struct err *e)
{
	struct mnt_options wish = *o;
	struct mnt_source s = {
		.from = base->from, .dest = base->dest, .kind = MNT_SOURCE_BIND,
		.recursive = o->recursive, .nofollow = o->src_nofollow || o->copy_symlink,
	};

	/* What rootless engines write for /sys: without this /sys/fs/cgroup comes out writable below it (CVE-2023-25809). */
	if (b->plan->user_ns && o->recursive && strcmp(base->dest, "/sys") == 0)
		wish.rec_set |= o->set & K_MOUNT_ATTR_RDONLY;
	if (MNT_IS_ONE_OF(m->type, "proc", "sysfs", "cgroup", "cgroup2", "tmpfs", "devpts", "mqueue"))
		return err_set(e, -EINVAL, "option \"%s\" and type \"%s\" exclude each other",
			       o->recursive ? "rbind" : "bind", m->type);
	if (!m->source || !*m->source)
		return err_set(e, -EINVAL, "a bind mount needs a source");
	if (o->copy_up)
		return err_set(e, -EINVAL, "option \"tmpcopyup\" is for tmpfs only");
	s.path = mnt_build_host_path(b, m->source);
	if (o->copy_symlink)
		s.link = arena_alloc(b->arena, PATH_MAX);
	if (!s.path || (o->copy_symlink && !s.link))
		return err_nomem(e);
	if (mnt_build_source_beneath(b, &s, e) < 0)
		return e->code;
	if (mnt_wants_idmap(m, o) && mnt_build_idmap(b, m, o, &s, e) < 0)
		return e->code;
	return mnt_build_bind(b, base, &wish, &s, e);
}

int mnt_build_sysfs_bind(struct mnt_build *b, const struct mnt_op *base, const struct mnt_options *o, struct err *e)
{
	struct mnt_options all = *o;

	all.rec_set |= o->set;
	all.rec_clr = (o->rec_clr & ~o->set) | o->clr;
	all.set = all.clr = 0;
	return mnt_build_bind(b, base, &all, &(struct mnt_source){
		.from = base->from, .dest = base->dest, .kind = MNT_SOURCE_BIND, .path = "/sys", .recursive = true }, e);
}

int mnt_build_sysfs_or_bind(struct mnt_build *b, const struct mnt_op *base, const struct mnt_options *o, struct err *e)
{
	struct mnt_op *op = &b->ops[b->plan->n_ops];
	int rc = mnt_build_sysfs_bind(b, base, o, e);

	if (rc == 0) {
		op->type = op->source = "sysfs";
		op->attrs = (uint32_t)(o->set | o->rec_set);
	}
	return rc;
}
