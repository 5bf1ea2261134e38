/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mnt/fresh.h"
#include "sys/file.h"
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

static int set_params(int fs, const struct mnt_op *op, struct err *e)
{
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && i < op->n_params; i++)
		rc = set_param(fs, op->params[i].key, op->params[i].value, e);
	return rc;
}

/* Of a file system that takes no context= the root is labelled, before anybody can get to it. */
static int label_root(int mount_fd, const char *label, struct err *e)
{
	auto_close int root = sys_openat(mount_fd, ".", O_RDONLY | O_DIRECTORY, 0);
	int rc = root < 0 ? root : sys_fsetxattr(root, "security.selinux", label);

	return rc < 0 ? err_sys(e, rc, "linux.mountLabel: set \"%s\"", label) : 0;
}

int mnt_reconfigure(const struct mnt_op *op, int mount_fd, struct err *e)
{
	auto_close int fs = sys_fspick(mount_fd);
	int rc = fs < 0 ? err_sys(e, fs, "the file system to change") : set_params(fs, op, e);

	if (rc < 0)
		return rc;
	rc = sys_fs_reconfigure(fs);
	return rc < 0 ? complain(fs, rc, "cannot change the file system:", op->type, e) : 0;
}

int mnt_fresh(const struct mnt_op *op, struct err *e)
{
	auto_close int fs = sys_fsopen(op->type);
	auto_close int fd = -EBADF;
	int rc;

	if (fs == -ENODEV)
		return err_set(e, fs, "file system type \"%s\" is unknown to the kernel", op->type);
	if (fs < 0)
		return err_sys(e, fs, "file system type \"%s\"", op->type);
	rc = set_param(fs, "source", op->source, e);
	if (rc == 0)
		rc = set_params(fs, op, e);
	if (rc < 0)
		return rc;
	fd = sys_fsmount(fs, op->attrs);
	if (fd < 0)
		return complain(fs, fd, "cannot mount", op->type, e);
	if (op->label && label_root(fd, op->label, e) < 0)
		return e->code;
	return take_fd(fd);
}

int mnt_fresh_empty(const struct mnt_plan *p, struct err *e)
{
	auto_close int fs = sys_fsopen("tmpfs");
	int rc = fs;

	if (rc >= 0)
		rc = sys_fsconfig(fs, "nr_blocks", "1");
	/* One inode, the root; some kernels want two. */
	if (rc >= 0)
		rc = sys_fsconfig(fs, "nr_inodes", "2");
	if (rc >= 0 && p->label)
		rc = sys_fsconfig(fs, p->label_option, p->label);
	if (rc >= 0)
		rc = sys_fsmount(fs, K_MOUNT_ATTR_RDONLY | K_MOUNT_ATTR_NOSUID | K_MOUNT_ATTR_NODEV | K_MOUNT_ATTR_NOEXEC);
	return rc < 0 ? err_sys(e, rc, "cannot make an empty tmpfs") : rc;
}
