/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Mounts of a file system that is made for the container. */
#include "mnt/build.h"

#include <stdlib.h>
#include <string.h>

static bool is_mapped(const struct oci_id_mapping *m, size_t n, unsigned long id)
{
	for (size_t i = 0; i < n; i++)
		if (id >= m[i].container_id && id - m[i].container_id < m[i].size)
			return true;
	return n == 0;
}

/* What devpts and tmpfs give their files to: the kernel's "invalid value" would not say what is wrong with it. */
static int check_owners(const struct mnt_build *b, const struct mnt_options *o, struct err *e)
{
	const struct oci_linux *l = b->config->linux;

	for (uint32_t i = 0; b->facts->new_user_ns && l && i < o->n_params; i++) {
		const char *key = o->params[i].key, *value = o->params[i].value;
		const bool gid = strcmp(key, "gid") == 0;
		char *end;
		unsigned long id;

		if (!value || !*value || (!gid && strcmp(key, "uid") != 0))
			continue;
		id = strtoul(value, &end, 10);
		if (*end || (gid ? is_mapped(l->gid_mappings, l->n_gid_mappings, id) :
				   is_mapped(l->uid_mappings, l->n_uid_mappings, id)))
			continue;
		return err_set(e, -EINVAL, "option \"%s=%s\": %s %s is not mapped in the user namespace: leave the option out, "
			       "or map more ids", key, value, key, value);
	}
	return 0;
}

/* File systems of which every mount is the same superblock, or for which read-only is a matter of the mount. */
static bool is_virtual(const char *type)
{
	return MNT_IS_ONE_OF(type, "proc", "sysfs", "tmpfs", "devpts", "mqueue", "cgroup", "cgroup2", "ramfs");
}

int mnt_build_param(struct mnt_build *b, struct mnt_op *op, const char *key, const char *value, struct err *e)
{
	struct mnt_param *v = ARENA_ARRAY(b->arena, op->n_params + 1, struct mnt_param), *last;

	if (!v)
		return err_nomem(e);
	if (op->n_params > 0)
		memcpy(v, op->params, op->n_params * sizeof(*v));
	last = &v[op->n_params++];
	*last = (struct mnt_param){ arena_str(b->arena, key), arena_str(b->arena, value) };
	op->params = v;
	return last->key && (last->value || !value) ? 0 : err_nomem(e);
}

int mnt_build_fresh(struct mnt_build *b, const struct oci_mount *m, const struct mnt_op *base,
		    const struct mnt_options *o, struct err *e)
{
	struct mnt_op op = *base;
	uint64_t set = o->set | o->rec_set;
	bool is_tmpfs = strcmp(m->type, "tmpfs") == 0;

	if (o->copy_up && !is_tmpfs)
		return err_set(e, -EINVAL, "option \"tmpcopyup\" is for tmpfs only");
	if (check_owners(b, o, e) < 0)
		return e->code;
	op.kind = MNT_FRESH;
	op.type = arena_str(b->arena, m->type);
	op.source = arena_str(b->arena, m->source && *m->source ? m->source : m->type);
	if (!op.type || !op.source)
		return err_nomem(e);
	op.params = o->params;
	op.n_params = o->n_params;
	op.copy_up = o->copy_up;
	op.inherit_mode = is_tmpfs && !o->has_mode;
	op.late_readonly = (set & K_MOUNT_ATTR_RDONLY) && (is_tmpfs || strcmp(op.dest, "/dev") == 0);
	op.attrs = (uint32_t)(op.late_readonly ? set & ~(uint64_t)K_MOUNT_ATTR_RDONLY : set);
	/* A device that is read-only itself can only be mounted with a read-only superblock. */
	if ((set & K_MOUNT_ATTR_RDONLY) && !is_virtual(m->type) && mnt_build_param(b, &op, "ro", NULL, e) < 0)
		return e->code;
	if (mnt_label_fresh(b, &op, e) < 0)
		return e->code;
	mnt_build_wished_propagation(&op, o);
	b->ops[b->plan->n_ops++] = op;
	return 0;
}
