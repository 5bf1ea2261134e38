/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * linux.mountLabel: the SELinux label of what is mounted afresh.  Bind mounts keep the labels of their files, and procfs,
 * sysfs and cgroup file systems are labelled by the policy alone, as runc and crun have it.
 */
#include "mnt/build.h"
#include "base/arr.h"

#include <string.h>

static const char *const label_options[] = { "context", "fscontext", "defcontext", "rootcontext" };

static bool is_label_option(const char *key)
{
	for (size_t i = 0; i < ARRAY_LEN(label_options); i++)
		if (strcmp(key, label_options[i]) == 0)
			return true;
	return false;
}

int mnt_build_label(struct mnt_build *b, struct err *e)
{
	const struct oci_linux *l = b->config->linux;
	const char *option = oci_annotation(b->config, MNT_LABEL_ANNOTATION), *label = l ? l->mount_label : NULL;

	if (!option)
		option = label_options[0];
	if (!is_label_option(option))
		return err_set(e, -EINVAL, "annotations: " MNT_LABEL_ANNOTATION ": \"%s\" is none of context, fscontext, "
			       "defcontext and rootcontext", option);
	if (!label || !*label)
		return 0;
	if (!b->facts->selinux)
		return err_set(e, -EOPNOTSUPP, "linux.mountLabel: SELinux is not enabled on this host");
	for (const char *p = label; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return err_set(e, -EINVAL, "linux.mountLabel: it has a control character");
	b->plan->label_option = arena_str(b->arena, option);
	b->plan->label = arena_str(b->arena, label);
	return b->plan->label_option && b->plan->label ? 0 : err_nomem(e);
}

/*
 * Engines write context="…" for mount(2), where the quotes keep the commas of a label together; fsconfig(2) takes one
 * value at a time, as it is.
 */
static int unquote(struct mnt_build *b, struct mnt_op *op, uint32_t i, struct err *e)
{
	const char *value = op->params[i].value;
	size_t n = value ? strlen(value) : 0;
	struct mnt_param *v;

	if (n < 2 || value[0] != '"' || value[n - 1] != '"')
		return 0;
	v = ARENA_ARRAY(b->arena, op->n_params, struct mnt_param);
	if (!v)
		return err_nomem(e);
	memcpy(v, op->params, op->n_params * sizeof(*v));
	v[i].value = arena_fmt(b->arena, "%.*s", (int)(n - 2), value + 1);
	op->params = v;
	return v[i].value ? 0 : err_nomem(e);
}

int mnt_label_fresh(struct mnt_build *b, struct mnt_op *op, struct err *e)
{
	static const char *const unlabelled[] = { "proc", "sysfs", "cgroup", "cgroup2" };
	bool has_one = false;

	for (uint32_t i = 0; i < op->n_params; i++) {
		if (!is_label_option(op->params[i].key))
			continue;
		has_one = true;
		if (unquote(b, op, i, e) < 0)
			return e->code;
	}
	for (size_t i = 0; i < ARRAY_LEN(unlabelled); i++)
		if (strcmp(op->type, unlabelled[i]) == 0)
			return 0;
	if (!b->plan->label || has_one)
		return 0;
	/* Its superblock belongs to the ipc namespace and refuses another context than it has. */
	if (strcmp(op->type, "mqueue") == 0) {
		op->label = b->plan->label;
		return 0;
	}
	return mnt_build_param(b, op, b->plan->label_option, b->plan->label, e);
}
