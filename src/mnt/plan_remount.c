/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * "remount": other attributes for the mount that is at the destination.  Options of the file system reach everybody who
 * uses it, so they are for file systems that this very configuration has mounted; those of the host stay as they are.
 */
#include "mnt/build.h"

#include <string.h>

/* The fresh mount that an entry before this one put there, kept open from then on: no path is followed back to it. */
static int keep_fresh(struct mnt_build *b, const struct mnt_options *o, struct mnt_op *op, struct err *e)
{
	struct mnt_op *fresh = NULL;

	for (uint32_t i = 0; i < b->plan->n_ops; i++)
		if (strcmp(b->ops[i].dest, op->dest) == 0 && b->ops[i].kind != MNT_REMOUNT)
			fresh = &b->ops[i];
	if (!fresh || fresh->kind != MNT_FRESH || strcmp(fresh->type, "sysfs") == 0)
		return err_set(e, -EINVAL, "option \"%s\" with \"remount\" would change a file system that is not of this "
			       "container alone", o->params[0].key);
	if (fresh->kept == 0) {
		if (b->n_kept == MNT_KEPT_MAX)
			return err_set(e, -E2BIG, "more than %d mounts have their file system remounted", MNT_KEPT_MAX);
		fresh->kept = ++b->n_kept;
	}
	op->kept = fresh->kept;
	op->type = fresh->type;
	return 0;
}

int mnt_build_remount(struct mnt_build *b, const struct mnt_op *base, const struct mnt_options *o, struct err *e)
{
	struct mnt_op op = *base;

	op.kind = MNT_REMOUNT;
	op.params = o->params;
	op.n_params = o->n_params;
	if (o->copy_up)
		return err_set(e, -EINVAL, "option \"tmpcopyup\" and \"remount\" exclude each other");
	if (o->n_params > 0 && keep_fresh(b, o, &op, e) < 0)
		return e->code;
	mnt_build_change(&op, true, o->rec_set, o->rec_clr, 0);
	mnt_build_change(&op, false, o->set, o->clr, 0);
	mnt_build_change(&op, o->propagation & K_MS_REC, 0, 0, o->propagation & ~K_MS_REC);
	b->ops[b->plan->n_ops++] = op;
	return 0;
}
