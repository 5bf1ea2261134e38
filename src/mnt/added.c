/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A container that runs gets more mounts, or loses some; its processes may try to turn both to their advantage. */
#include "mnt/fresh.h"
#include "mnt/mnt.h"
#include "mnt/target.h"
#include "base/fmt.h"
#include "sys/file.h"
#include "sys/mount.h"

/*
 * What fd is the root of, whatever is at its path by now: umount2(2) knows paths only, so it gets the handle's magic link
 * in a procfs of ours.
 */
static int detach(const struct mnt_init *in, int fd)
{
	char link[48];
	int rc = sys_fchdir(in->proc_fd);

	fmt(link, sizeof(link), "thread-self/fd/%d", fd);
	return rc < 0 ? rc : sys_umount_detach(link);
}

static void take_back(struct mnt_init *in)
{
	while (in->n_added > 0) {
		int *fd = &in->added_fd[--in->n_added];

		/* The error that brought us here is the one to be told. */
		if (*fd >= 0)
			(void)detach(in, *fd);
		fd_close(fd);
	}
}

int mnt_add(const struct mnt_plan *p, struct mnt_init *in, struct err *e)
{
	if (mnt_mount_all(p, in, e) == 0 && mnt_protect_mounts(p, in, e) == 0)
		return 0;
	take_back(in);
	return e->code;
}

/*
 * No symlink on the way: the container could otherwise choose what goes, and there are mounts that keep it where it is.
 */
static int open_mount(const struct mnt_plan *p, const struct mnt_init *in, const char *path, int *ret_fd, struct err *e)
{
	auto_close int fd = sys_openat2(in->root_fd, path, O_PATH, 0,
					K_RESOLVE_IN_ROOT | K_RESOLVE_NO_MAGICLINKS | K_RESOLVE_NO_SYMLINKS);
	int rc = fd < 0 ? fd : sys_is_mount_root(fd);

	if (fd == -ELOOP)
		return err_set(e, fd, "there is a symlink on the way: name the place where it is mounted");
	if (rc == 0 || fd == -ENOENT)
		return err_set(e, -EINVAL, "nothing is mounted there");
	if (rc < 0)
		return err_sys(e, rc, "what is mounted there");
	if (mnt_target_check_removal(p, in, fd, e) < 0)
		return e->code;
	*ret_fd = take_fd(fd);
	return 0;
}

static int remove_one(const struct mnt_plan *p, const struct mnt_init *in, const char *path, bool only_look, struct err *e)
{
	auto_close int fd = -EBADF;
	int rc;

	if (open_mount(p, in, path, &fd, e) < 0)
		return e->code;
	rc = only_look ? 0 : detach(in, fd);
	if (rc == -EINVAL)	/* umount(2) */
		return err_set(e, rc, "it is locked: it came with a mount above it from a namespace with more privilege");
	return rc < 0 ? err_sys(e, rc, "unmount") : 0;
}

static int remove_all(const struct mnt_plan *p, const struct mnt_init *in, bool only_look, struct err *e)
{
	for (uint32_t i = p->n_removed; i > 0; i--) {
		const struct mnt_path *m = &p->removed[i - 1];

		if (remove_one(p, in, m->path, only_look, e) < 0)
			return err_ctx(e, "%s: %s", m->from, m->path);
	}
	return 0;
}

int mnt_remove(const struct mnt_plan *p, struct mnt_init *in, struct err *e)
{
	int rc = remove_all(p, in, true, e);

	return rc < 0 ? rc : remove_all(p, in, false, e);
}
