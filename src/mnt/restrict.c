/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mnt/fresh.h"
#include "mnt/mnt.h"
#include "sys/file.h"
#include "sys/mount.h"

static const struct k_mount_attr read_only = { .attr_set = K_MOUNT_ATTR_RDONLY };

/* One mount that covers many places: attached at the first, cloned from there for the others. */
struct cover {
	int fd;
	bool is_attached;
};

/*
 * Only an attached mount can be cloned by kernels before 6.15, so the first place gets the original.
 */
static int put_cover(struct cover *c, int target)
{
	auto_close int clone = -EBADF;
	int rc;

	if (!c->is_attached) {
		rc = sys_move_mount(c->fd, target);
		c->is_attached = rc == 0;
		return rc;
	}
	clone = sys_open_tree_clone(c->fd, "", false);
	return clone < 0 ? clone : sys_move_mount(clone, target);
}

static int hide_path(const struct mnt_plan *p, const struct mnt_init *in, const struct mnt_path *m, struct cover *null,
		     struct cover *empty, struct err *e)
{
	auto_close int target = sys_open_in_root(in->root_fd, m->path, O_PATH);
	struct stat st;
	int rc;

	/* config-linux.md leaves open what a missing path means; a kernel without the file is no error. */
	if (target == -ENOENT || target == -ENOTDIR)
		return 0;
	rc = target < 0 ? target : sys_fstat(target, &st);
	if (rc < 0)
		return err_sys(e, rc, "cannot be masked");
	if (!S_ISDIR(st.st_mode))
		rc = put_cover(null, target);
	else if (empty->fd < 0 && (empty->fd = mnt_fresh_empty(p, e)) < 0)
		return empty->fd;
	else
		rc = put_cover(empty, target);
	return rc < 0 ? err_sys(e, rc, "cannot be masked") : 0;
}

static int hide_paths(const struct mnt_plan *p, const struct mnt_init *in, struct err *e)
{
	auto_close int null_fd = p->null_source < 0 ? -EBADF : p->sources[p->null_source].fd;
	struct cover null = { .fd = null_fd }, empty = { .fd = -EBADF };
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && i < p->n_masked; i++) {
		rc = hide_path(p, in, &p->masked[i], &null, &empty, e);
		if (rc < 0)
			err_ctx(e, "%s: %s", p->masked[i].from, p->masked[i].path);
	}
	fd_close(&empty.fd);
	return rc;
}

static int protect_path(const struct mnt_init *in, const char *path)
{
	auto_close int target = sys_open_in_root(in->root_fd, path, O_PATH);
	auto_close int tree = -EBADF;
	int rc;

	if (target < 0)
		return target == -ENOENT || target == -ENOTDIR ? 0 : target;
	tree = sys_open_tree_clone(target, "", true);
	rc = tree < 0 ? tree : sys_mount_setattr(tree, true, &read_only);
	return rc < 0 ? rc : sys_move_mount(tree, target);
}

int mnt_protect_mounts(const struct mnt_plan *p, struct mnt_init *in, struct err *e)
{
	for (uint32_t i = 0; i < in->n_late; i++) {
		const struct mnt_op *op = &p->ops[in->late_op[i]];
		int rc = sys_mount_setattr(in->late_fd[i], false, &read_only);

		if (rc < 0)
			return err_sys(e, rc, "%s: %s: cannot become read-only", op->from, op->dest);
		fd_close(&in->late_fd[i]);
	}
	in->n_late = 0;
	return 0;
}

int mnt_restrict(const struct mnt_plan *p, struct mnt_init *in, struct err *e)
{
	int rc = mnt_protect_mounts(p, in, e);

	if (rc < 0)
		return rc;
	if (p->root_readonly)
		rc = sys_mount_setattr(in->root_fd, false, &read_only);
	if (rc < 0)
		return err_sys(e, rc, "root.readonly");
	for (uint32_t i = 0; i < p->n_readonly; i++) {
		rc = protect_path(in, p->readonly[i].path);
		if (rc < 0)
			return err_sys(e, rc, "%s: %s: cannot become read-only", p->readonly[i].from, p->readonly[i].path);
	}
	if (hide_paths(p, in, e) < 0)
		return e->code;
	/* Last: what is unbindable cannot be cloned any more, which is how paths become read-only. */
	rc = p->root_propagation ? sys_propagation("/", (unsigned long)p->root_propagation) : 0;
	return rc < 0 ? err_sys(e, rc, "linux.rootfsPropagation") : 0;
}
