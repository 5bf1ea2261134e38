/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mnt/mnt.h"
#include "mnt/target.h"
#include "sys/file.h"
#include "sys/mount.h"

#include <limits.h>
#include <string.h>

static bool is_node(const struct stat *st, const struct mnt_device *d)
{
	return (st->st_mode & S_IFMT) == (d->mode & S_IFMT) && (S_ISFIFO(st->st_mode) || st->st_rdev == d->rdev);
}

/* The handle to resolve below, and the path from there: what lies in /dev goes by the handle of /dev. */
static const char *base_of(const struct mnt_init *in, const char *path, int *ret_base)
{
	*ret_base = strncmp(path, "/dev/", 5) == 0 ? in->dev_fd : in->root_fd;
	return *ret_base == in->dev_fd ? path + 4 : path;
}

/*
 * A bind of the host's node, opened and checked before the container was made, or here, while the host's root is still
 * there: then a refused mknod(2) was not to be foreseen.
 */
static int bind_node(const struct mnt_plan *p, const struct mnt_device *d, int dir, const char *name, struct err *e)
{
	auto_close int fd = d->source_index >= 0 ? p->sources[d->source_index].fd :
						   sys_open_tree_clone(AT_FDCWD, d->path, false);
	auto_close int target = -EBADF;
	struct stat st;
	int rc = fd < 0 ? fd : sys_fstat(fd, &st);

	if (rc < 0)
		return err_sys(e, rc, "the node of the host");
	if (!is_node(&st, d))
		return err_set(e, -ENODEV, "the node of the host has another type or other numbers");
	target = sys_openat(dir, name, O_PATH | O_NOFOLLOW, 0);
	if (target == -ENOENT) {
		rc = sys_mknodat(dir, name, S_IFREG | 0644, 0);
		target = rc < 0 ? rc : sys_openat(dir, name, O_PATH | O_NOFOLLOW, 0);
	}
	rc = target < 0 ? target : sys_fstat(target, &st);
	if (rc < 0)
		return err_sys(e, rc, "the place to bind the host's node on");
	if (!S_ISREG(st.st_mode) && !is_node(&st, d))
		return err_set(e, -EEXIST, "something else is there already");
	rc = sys_move_mount(fd, target);
	return rc < 0 ? err_sys(e, rc, "bind of the host's node") : 0;
}

/* On a handle, so that it is the node just made; through procfs, since fchmodat2(2) is younger than what we run on. */
static int set_mode(const struct mnt_init *in, int dir, const char *name, const struct mnt_device *d, struct err *e)
{
	auto_close int fd = sys_openat(dir, name, O_PATH | O_NOFOLLOW, 0);
	struct stat st;
	int rc = fd < 0 ? fd : sys_fstat(fd, &st);

	if (rc < 0)
		return err_sys(e, rc, "stat");
	if (!is_node(&st, d))
		return err_set(e, -EEXIST, "something else is there already, or a node with other numbers");
	if (st.st_uid != d->uid || st.st_gid != d->gid)
		rc = sys_fchown(fd, d->uid, d->gid);
	if (rc == 0 && (st.st_mode & 07777) != (d->mode & 07777))
		rc = sys_fchmod_handle(in->proc_fd, fd, d->mode & 07777);
	return rc < 0 ? err_sys(e, rc, "mode and owner") : 0;
}

static int make_device(const struct mnt_plan *p, const struct mnt_init *in, const struct mnt_device *d, struct err *e)
{
	auto_close int dir = -EBADF;
	const char *name, *path;
	int base, rc;

	path = base_of(in, d->path, &base);
	rc = mnt_target_parent(base, path, &dir, &name, e);
	if (rc < 0)
		return rc;
	if (d->source_index >= 0)
		return bind_node(p, d, dir, name, e);
	rc = sys_mknodat(dir, name, d->mode, d->rdev);
	if (rc == -EPERM)
		return bind_node(p, d, dir, name, e);
	if (rc < 0 && rc != -EEXIST)
		return err_sys(e, rc, "mknod");
	/* The umask is 0: a node of our own making is as it should be, unless it has another owner. */
	return rc == 0 && d->uid == 0 && d->gid == 0 ? 0 : set_mode(in, dir, name, d, e);
}

static int make_link(const struct mnt_init *in, const struct mnt_link *l)
{
	char have[PATH_MAX];
	int rc = sys_symlinkat(l->target, in->dev_fd, l->name);

	/* An image may have brought its own; only where that matters to us it is replaced. */
	if (rc != -EEXIST || !l->replace)
		return rc == -EEXIST ? 0 : rc;
	if (sys_readlinkat(in->dev_fd, l->name, have, sizeof(have)) >= 0 && strcmp(have, l->target) == 0)
		return 0;
	rc = sys_unlinkat(in->dev_fd, l->name, 0);
	return rc < 0 ? rc : sys_symlinkat(l->target, in->dev_fd, l->name);
}

int mnt_make_devices(const struct mnt_plan *p, struct mnt_init *in, struct err *e)
{
	if (!p->make_dev)
		return 0;
	if (mnt_target_open(in->root_fd, "/dev", TARGET_DIR, &in->dev_fd, e) < 0)
		return err_ctx(e, "/dev");
	for (uint32_t i = 0; i < p->n_devices; i++) {
		const struct mnt_device *d = &p->devices[i];

		if (make_device(p, in, d, e) < 0)
			return d->from ? err_ctx(e, "%s: %s", d->from, d->path) : err_ctx(e, "%s", d->path);
	}
	for (uint32_t i = 0; i < p->n_links; i++) {
		int rc = make_link(in, &p->links[i]);

		if (rc < 0)
			return err_sys(e, rc, "/dev/%s: symlink to %s", p->links[i].name, p->links[i].target);
	}
	return 0;
}

/* The file to bind the terminal on: never what a link of the image leads to. */
static int open_console_place(const struct mnt_init *in, int *ret_fd, struct err *e)
{
	auto_close int dir = -EBADF;
	auto_close int fd = -EBADF;
	const char *name;
	struct stat st;
	int rc = mnt_target_parent(in->dev_fd >= 0 ? in->dev_fd : in->root_fd,
				   in->dev_fd >= 0 ? "/console" : "/dev/console", &dir, &name, e);

	if (rc < 0)
		return rc;
	fd = sys_openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_NOCTTY, 0600);
	if (fd < 0 && fd != -EEXIST)
		return err_sys(e, fd, "cannot make the file");
	fd_close(&fd);
	fd = sys_openat(dir, name, O_PATH | O_NOFOLLOW, 0);
	rc = fd < 0 ? fd : sys_fstat(fd, &st);
	if (rc < 0)
		return err_sys(e, rc, "stat");
	if (!S_ISREG(st.st_mode) && !S_ISCHR(st.st_mode))
		return err_set(e, -EEXIST, "there is something that is neither a file nor a terminal");
	*ret_fd = take_fd(fd);
	return 0;
}

int mnt_bind_console(const struct mnt_plan *p, struct mnt_init *in, int slave_fd, struct err *e)
{
	auto_close int tree = -EBADF;
	auto_close int place = -EBADF;
	int rc;

	if (!p->bind_console)
		return 0;
	if (open_console_place(in, &place, e) < 0)
		return err_ctx(e, "/dev/console");
	tree = sys_open_tree_clone(slave_fd, "", false);
	rc = tree < 0 ? tree : sys_move_mount(tree, place);
	return rc < 0 ? err_sys(e, rc, "/dev/console: cannot bind the terminal") : 0;
}
