/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mnt/build.h"

#include <string.h>

/* As MNT_FRESH, with what the init reads in the plan's own memory. */
static int make_fresh(struct mnt_build *b, struct mnt_op *op, const char *type, struct err *e)
{
	op->kind = MNT_FRESH;
	op->type = arena_str(b->arena, type);
	op->source = arena_str(b->arena, "cgroup");
	return op->type && op->source ? 0 : err_nomem(e);
}

/* What a joined cgroup namespace shows is known to the kernel alone: it is asked in there. */
static int mount_view(struct mnt_build *b, const struct mnt_op *base, const struct mnt_options *o, struct err *e)
{
	struct mnt_op op = *base;

	if (make_fresh(b, &op, "cgroup2", e) < 0)
		return e->code;
	op.attrs = (uint32_t)o->set;
	b->ops[b->plan->n_ops++] = op;
	return 0;
}

/*
 * A clone of the host's directory, never a fresh mount: mounting cgroup2 waits for an RCU grace period on new kernels, and
 * a clone of the container's own directory shows what a fresh mount in its cgroup namespace would.  Without such a
 * namespace v2 shows the whole hierarchy, v1 the container's part of it, as engines know it from runc.
 */
static int bind_view(struct mnt_build *b, const struct mnt_op *base, const struct mnt_options *o,
		     const struct mnt_cgroup_view *v, struct err *e)
{
	const char *path = b->facts->new_cgroup_ns || !v->v2 ? v->own : v->root;
	struct mnt_source s = {
		.from = base->from, .dest = base->dest,
		.kind = v->v2 ? MNT_SOURCE_CGROUP2 : MNT_SOURCE_CGROUP1,
		.path = arena_str(b->arena, path),
	};

	if (v->v2 && b->facts->joined_cgroup_ns)
		return mount_view(b, base, o, e);
	return s.path ? mnt_build_bind(b, base, o, &s, e) : err_nomem(e);
}

/* cgroup v1 and hybrid: a small tmpfs that holds a directory for each hierarchy. */
static int plan_tmpfs(struct mnt_build *b, const struct mnt_op *base, const struct mnt_options *o, struct err *e)
{
	struct mnt_op op = *base;
	struct mnt_param *mode = ARENA_NEW(b->arena, struct mnt_param);

	if (!mode)
		return err_nomem(e);
	mode->key = arena_str(b->arena, "mode");
	mode->value = arena_str(b->arena, "755");
	if (!mode->key || !mode->value)
		return err_nomem(e);
	if (make_fresh(b, &op, "tmpfs", e) < 0)
		return e->code;
	op.params = mode;
	op.n_params = 1;
	op.late_readonly = o->set & K_MOUNT_ATTR_RDONLY;
	op.attrs = (uint32_t)(o->set & ~(uint64_t)K_MOUNT_ATTR_RDONLY);
	b->ops[b->plan->n_ops++] = op;
	return 0;
}

static int plan_links(struct mnt_build *b, const struct mnt_op *base, const struct mnt_cgroup_view *v, struct err *e)
{
	for (size_t i = 0; i < v->n_links; i++) {
		struct mnt_op op = *base;

		op.kind = MNT_SYMLINK;
		op.dest = arena_fmt(b->arena, "%s/%s", base->dest, v->links[i]);
		op.source = arena_str(b->arena, v->name);
		if (!op.dest || !op.source)
			return err_nomem(e);
		b->ops[b->plan->n_ops++] = op;
	}
	return 0;
}

static int plan_hierarchies(struct mnt_build *b, const struct mnt_op *base, const struct mnt_options *o, struct err *e)
{
	const struct mnt_facts *f = b->facts;
	int rc = plan_tmpfs(b, base, o, e);

	for (size_t i = 0; rc == 0 && i < f->n_cgroups; i++) {
		struct mnt_op op = *base;

		op.dest = arena_fmt(b->arena, "%s/%s", base->dest, f->cgroups[i].name);
		if (!op.dest)
			return err_nomem(e);
		rc = bind_view(b, &op, o, &f->cgroups[i], e);
		if (rc == 0)
			rc = plan_links(b, base, &f->cgroups[i], e);
	}
	return rc;
}

static const struct mnt_cgroup_view *find_v2(const struct mnt_facts *f)
{
	for (size_t i = 0; i < f->n_cgroups; i++)
		if (f->cgroups[i].v2)
			return &f->cgroups[i];
	return NULL;
}

int mnt_build_cgroup(struct mnt_build *b, const struct mnt_op *base, const char *type, const struct mnt_options *o,
		     struct err *e)
{
	const struct mnt_facts *f = b->facts;
	const struct mnt_cgroup_view *v2 = find_v2(f);
	struct mnt_options all = *o;

	if (o->unknown)
		return err_set(e, -EINVAL, "option \"%s\" is not one of a cgroup mount", o->unknown);
	if (o->copy_up)
		return err_set(e, -EINVAL, "option \"tmpcopyup\" is for tmpfs only");
	if (!v2 && strcmp(type, "cgroup2") == 0)
		return err_set(e, -ENOENT, "cgroup v2 is not mounted on this host; type cgroup shows what is");
	/* Each of them is one mount without others below it. */
	all.set |= o->rec_set;
	all.clr = (o->clr & ~o->rec_set) | o->rec_clr;
	all.rec_set = all.rec_clr = 0;
	if (v2 && (!*v2->name || strcmp(type, "cgroup2") == 0))
		return bind_view(b, base, &all, v2, e);
	/* Nothing to show is shown as that, and nobody can put something there. */
	if (f->n_cgroups == 0)
		all.set |= K_MOUNT_ATTR_RDONLY;
	return plan_hierarchies(b, base, &all, e);
}
