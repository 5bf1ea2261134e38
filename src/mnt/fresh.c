/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mnt/fresh.h"
#include "sys/mount.h"

/* The kernel's own words are better than its error number, which mostly is EINVAL. */
static int complain(int fs, int code, const char *what, const char *detail, struct err *e)
{
	char words[512];

	sys_fs_complaint(fs, words, sizeof(words));
	return *words ? err_set(e, code, "%s %s: %s", what, detail, words) : err_sys(e, code, "%s %s", what, detail);
}

static int set_param(int fs, const char *key, const char *value, struct err *e)
{
	int rc = sys_fsconfig(fs, key, value);

	if (rc < 0)
		complain(fs, rc, "option", key, e);
	return rc;
}

int mnt_fresh(const struct mnt_op *op, struct err *e)
{
	auto_close int fs = sys_fsopen(op->type);
	int rc;

	if (fs == -ENODEV)
		return err_set(e, fs, "file system type \"%s\" is unknown to the kernel", op->type);
	if (fs < 0)
		return err_sys(e, fs, "file system type \"%s\"", op->type);
	rc = set_param(fs, "source", op->source, e);
	for (uint32_t i = 0; rc == 0 && i < op->n_params; i++)
		rc = set_param(fs, op->params[i].key, op->params[i].value, e);
	if (rc < 0)
		return rc;
	rc = sys_fsmount(fs, op->attrs);
	return rc < 0 ? complain(fs, rc, "cannot mount", op->type, e) : rc;
}

int mnt_fresh_empty(struct err *e)
{
	auto_close int fs = sys_fsopen("tmpfs");
	int rc = fs;

	if (rc >= 0)
		rc = sys_fsconfig(fs, "nr_blocks", "1");
	/* One inode, the root; some kernels want two. */
	if (rc >= 0)
		rc = sys_fsconfig(fs, "nr_inodes", "2");
	if (rc >= 0)
		rc = sys_fsmount(fs, K_MOUNT_ATTR_RDONLY | K_MOUNT_ATTR_NOSUID | K_MOUNT_ATTR_NODEV | K_MOUNT_ATTR_NOEXEC);
	return rc < 0 ? err_sys(e, rc, "cannot make an empty tmpfs") : rc;
}
