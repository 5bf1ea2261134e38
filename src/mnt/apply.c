/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mnt/copyup.h"
#include "mnt/fresh.h"
#include "mnt/mnt.h"
#include "mnt/target.h"
#include "sys/file.h"
#include "sys/mount.h"

#include <limits.h>
#include <string.h>

static int apply_changes(const struct mnt_op *op, int fd, uint32_t first, uint32_t end, struct err *e)
{
	for (uint32_t i = first; i < end; i++) {
		const struct mnt_change *c = &op->changes[i];
		int rc = sys_mount_setattr(fd, c->recursive, &c->attr);

		if (rc == -EPERM && c->attr.attr_clr)
			return err_set(e, rc, "options \"%s\" clear a flag that is locked: the source has it from a namespace "
				       "with more privilege", op->options);
		if (rc < 0)
			return err_sys(e, rc, "options \"%s\"", op->options);
	}
	return 0;
}

/* A mount over something of the other sort is refused by the kernel as well, but with less of a sentence. */
static int check_sort(const struct mnt_source *s, int target, struct err *e)
{
	struct stat st;
	int rc = sys_fstat(target, &st);

	if (rc < 0)
		return err_sys(e, rc, "stat of the destination");
	if (s->is_dir == (bool)S_ISDIR(st.st_mode))
		return 0;
	return err_set(e, -ENOTDIR, s->is_dir ?
		       "source %s is a directory, the destination is not: not a directory" :
		       "source %s is not a directory, the destination is: not a directory", s->path);
}

static int target_flags(const struct mnt_op *op, bool is_dir)
{
	return (is_dir ? TARGET_DIR : 0) | (op->strict_target ? TARGET_STRICT : 0) |
	       (op->dest_nofollow ? TARGET_NOFOLLOW : 0);
}

/* A tmpfs begins as what it covers: its mode, as engines are used to, and with tmpcopyup its content. */
static int prepare_tmpfs(const struct mnt_op *op, const struct mnt_init *in, int fd, int target, bool was_there,
			 struct err *e)
{
	struct stat st;
	int rc;

	if (op->inherit_mode && was_there) {
		rc = sys_fstat(target, &st);
		if (rc == 0)
			rc = sys_fchmodat(fd, ".", st.st_mode & 07777);
		if (rc < 0)
			return err_sys(e, rc, "the mode of the covered directory");
	}
	return op->copy_up ? mnt_copy_up(in->proc_fd, target, fd, e) : 0;
}

/* Keeps fd for mnt_restrict() when the mount becomes read-only only then, and handles for what comes back to it. */
static void keep_fresh(const struct mnt_plan *p, const struct mnt_op *op, struct mnt_init *in, int *fd)
{
	if (op->is_devpts)
		in->devpts_fd = sys_openat(*fd, ".", O_PATH | O_DIRECTORY, 0);
	if (op->kept > 0)
		in->kept_fd[op->kept - 1] = sys_openat(*fd, ".", O_PATH | O_DIRECTORY, 0);
	if (op->late_readonly && in->n_late < MNT_LATE_MAX) {
		in->late_op[in->n_late] = (uint32_t)(op - p->ops);
		in->late_fd[in->n_late++] = take_fd(*fd);
	}
}

/* What was added to a container that runs may have to go again. */
static void keep_added(const struct mnt_plan *p, struct mnt_init *in, int fd)
{
	if (p->adds && in->n_added < MNT_ADDED_MAX)
		in->added_fd[in->n_added++] = sys_dup(fd);
}

static int mount_fresh(const struct mnt_plan *p, const struct mnt_op *op, struct mnt_init *in, struct err *e)
{
	/* The trusted procfs has been made before all else, and stays open. */
	auto_close int made = op->is_trusted_proc ? -EBADF : mnt_fresh(op, e);
	auto_close int target = -EBADF;
	int fd = op->is_trusted_proc ? in->proc_fd : made, rc;

	if (fd < 0)
		return fd;
	rc = mnt_target_open(in->root_fd, op->dest, target_flags(op, true), &target, e);
	if (rc < 0 || mnt_target_check(in, target, strcmp(op->type, "proc") == 0, e) < 0)
		return e->code;
	if (prepare_tmpfs(op, in, fd, target, rc == 0, e) < 0)
		return e->code;
	rc = sys_move_mount(fd, target);
	if (rc < 0)
		return err_sys(e, rc, "cannot mount %s", op->type);
	keep_added(p, in, fd);
	rc = apply_changes(op, fd, 0, op->n_changes, e);
	keep_fresh(p, op, in, &made);
	return rc;
}

static int mount_bind(const struct mnt_plan *p, const struct mnt_op *op, struct mnt_init *in, struct err *e)
{
	const struct mnt_source *s = &p->sources[op->source_index];
	struct err ignored = { 0 };
	auto_close int fd = s->fd;
	auto_close int fresh = op->type ? mnt_fresh(op, &ignored) : -EBADF;
	auto_close int target = -EBADF;
	int rc;

	if (fresh >= 0) {
		fd_close(&fd);
		fd = take_fd(fresh);
	}
	if (s->link && *s->link)
		return mnt_target_symlink(in->root_fd, op->dest, s->link, e);
	rc = mnt_target_open(in->root_fd, op->dest, target_flags(op, s->is_dir), &target, e);
	if (rc < 0 ||
	    mnt_target_check(in, target, s->is_proc_root, e) < 0 ||
	    check_sort(s, target, e) < 0 ||
	    apply_changes(op, fd, 0, op->n_before, e) < 0)
		return e->code;
	rc = sys_move_mount(fd, target);
	if (rc < 0)
		return err_sys(e, rc, "cannot mount %s", s->path);
	keep_added(p, in, fd);
	return apply_changes(op, fd, op->n_before, op->n_changes, e);
}

/* The options of a file system that an entry before this one has mounted: through a handle of it, by no path. */
static int reconfigure(const struct mnt_op *op, const struct mnt_init *in, struct err *e)
{
	const int fd = in->kept_fd[op->kept - 1];
	int rc = fd < 0 ? err_sys(e, fd, "the mount to change") : mnt_reconfigure(op, fd, e);

	return rc < 0 ? rc : apply_changes(op, fd, 0, op->n_changes, e);
}

static int remount(const struct mnt_op *op, const struct mnt_init *in, struct err *e)
{
	auto_close int fd = -EBADF;

	if (op->n_params > 0)
		return reconfigure(op, in, e);
	fd = sys_open_in_root(in->root_fd, op->dest, O_PATH);
	return fd < 0 ? err_sys(e, fd, "the mount to change") : apply_changes(op, fd, 0, op->n_changes, e);
}

static int run_op(const struct mnt_plan *p, const struct mnt_op *op, struct mnt_init *in, struct err *e)
{
	switch ((enum mnt_kind)op->kind) {
	case MNT_FRESH:
		return mount_fresh(p, op, in, e);
	case MNT_BIND:
		return mount_bind(p, op, in, e);
	case MNT_REMOUNT:
		return remount(op, in, e);
	case MNT_SYMLINK:
		return mnt_target_symlink(in->root_fd, op->dest, op->source, e);
	}
	return err_set(e, -EINVAL, "unknown kind of mount");
}

int mnt_mount_all(const struct mnt_plan *p, struct mnt_init *in, struct err *e)
{
	for (uint32_t i = 0; i < p->n_ops; i++) {
		const struct mnt_op *op = &p->ops[i];

		if (run_op(p, op, in, e) < 0)
			return op->from ? err_ctx(e, "%s: %s", op->from, op->dest) : err_ctx(e, "%s", op->dest);
	}
	return 0;
}
