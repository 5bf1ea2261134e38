/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mnt/idmap.h"
#include "mnt/mnt.h"
#include "sys/file.h"
#include "sys/mount.h"

#include <limits.h>
#include <string.h>
#include <sys/sysmacros.h>

enum { PROC_ROOT_INODE = 1 };

static int open_root(struct mnt_source *s, bool clone, struct err *e)
{
	struct stat st;
	int fd = clone ? sys_open_tree_clone(AT_FDCWD, s->path, s->recursive) :
			 sys_openat(AT_FDCWD, s->path, O_PATH | O_DIRECTORY, 0);
	int rc;

	s->fd = fd;
	rc = fd < 0 ? fd : sys_fstat(fd, &st);
	if (rc == 0 && !S_ISDIR(st.st_mode))
		rc = -ENOTDIR;
	if (rc < 0)
		return err_sys(e, rc, "invalid rootfs: %s", s->path);
	s->is_dir = true;
	s->dev = st.st_dev;
	s->ino = st.st_ino;
	return 0;
}

/* The part of the path that is the administrator's as it is, the rest beneath it: a container may have been at it. */
static int open_beneath(const struct mnt_source *s, uint64_t flags)
{
	const char *rest = s->path + strlen(s->beneath) + strspn(s->path + strlen(s->beneath), "/");
	auto_close int prefix = sys_openat(AT_FDCWD, s->beneath, *rest ? O_PATH : (int)flags, 0);

	if (prefix < 0 || !*rest)
		return take_fd(prefix);
	return sys_openat2(prefix, rest, flags, 0, K_RESOLVE_BENEATH | K_RESOLVE_NO_SYMLINKS);
}

/* A source beneath a prefix, or one whose last component is not to be followed; with copy-symlink its text is what counts. */
static int open_by_handle(struct mnt_source *s)
{
	const int flags = O_PATH | (s->nofollow ? O_NOFOLLOW : 0);
	auto_close int handle = s->beneath ? open_beneath(s, (uint64_t)flags) : sys_openat(AT_FDCWD, s->path, flags, 0);
	struct stat st;
	ssize_t n;
	int rc = handle < 0 ? handle : sys_fstat(handle, &st);

	if (rc < 0)
		return rc;
	if (!s->link || !S_ISLNK(st.st_mode))
		return sys_open_tree_clone(handle, "", s->recursive);
	n = sys_readlinkat(handle, "", s->link, PATH_MAX);
	return n < 0 ? (int)n : -1;
}

static int check_kind(const struct mnt_source *s, const struct stat *st, long magic, struct err *e)
{
	switch ((enum mnt_source_kind)s->kind) {
	case MNT_SOURCE_ROOT:
	case MNT_SOURCE_BIND:
		return 0;
	case MNT_SOURCE_PROC:
		return s->is_proc_root ? 0 : err_set(e, -EINVAL, "%s is not the root of a procfs", s->path);
	case MNT_SOURCE_CGROUP1:
		return magic == K_CGROUP_SUPER_MAGIC ? 0 :
		       err_set(e, -EINVAL, "%s is not in a cgroup v1 file system", s->path);
	case MNT_SOURCE_CGROUP2:
		return magic == K_CGROUP2_SUPER_MAGIC ? 0 :
		       err_set(e, -EINVAL, "%s is not in a cgroup v2 file system", s->path);
	case MNT_SOURCE_DEVICE:
		return (st->st_mode & S_IFMT) == s->mode && st->st_rdev == s->rdev ? 0 :
		       err_set(e, -ENODEV, "%s of the host is not the device %u:%u", s->path,
			       major(s->rdev), minor(s->rdev));
	}
	return err_set(e, -EINVAL, "unknown kind of source");
}

/*
 * A clone is a peer of the host's mount: where /dev is shared, what the container mounts on its /dev/null would be
 * mounted on the host's too.  What the configuration binds gets its propagation from the plan, nodes get it here.
 */
static int open_node(struct mnt_source *s)
{
	static const struct k_mount_attr private = { .propagation = K_MS_PRIVATE };

	s->fd = sys_open_tree_clone(AT_FDCWD, s->path, false);
	return s->fd < 0 ? s->fd : sys_mount_setattr(s->fd, false, &private);
}

static int open_any(struct mnt_source *s, bool clones)
{
	if (s->kind == MNT_SOURCE_DEVICE)
		return open_node(s);
	/* Without a mount namespace of its own there is nothing to take away: what is mounted here stays what it is. */
	if (s->kind == MNT_SOURCE_PROC && !clones) {
		s->fd = sys_openat(AT_FDCWD, s->path, O_PATH | O_DIRECTORY, 0);
		return s->fd < 0 ? s->fd : 0;
	}
	s->fd = s->nofollow || s->beneath ? open_by_handle(s) : sys_open_tree_clone(AT_FDCWD, s->path, s->recursive);
	return s->fd < 0 ? s->fd : 0;
}

static int open_source(const struct mnt_plan *p, struct mnt_source *s, struct err *e)
{
	struct stat st;
	long magic;
	int rc = open_any(s, p->new_mount_ns);

	if (s->link && *s->link)
		return 0;
	if (s->beneath && rc == -ELOOP)
		return err_set(e, rc, "source %s: a symbolic link beneath %s, where none is followed", s->path, s->beneath);
	if (s->beneath && rc == -EXDEV)
		return err_set(e, rc, "source %s: leads out of %s", s->path, s->beneath);
	/* A mount namespace with less privilege may not uncover what is below a mount of the one that it is a copy of. */
	if (rc == -EINVAL && p->sources_inside && s->kind == MNT_SOURCE_PROC)
		return 0;
	if (rc == -EINVAL && p->sources_inside && !s->recursive)
		return err_set(e, rc, "source %s: file systems are mounted below it, which this user may not take away; bind "
			       "it with them (rbind)", s->path);
	if (rc >= 0)
		rc = sys_fstat(s->fd, &st);
	if (rc < 0)
		return err_sys(e, rc, "source %s", s->path);
	magic = sys_fs_magic(s->fd);
	s->is_dir = S_ISDIR(st.st_mode);
	s->is_proc_root = magic == K_PROC_SUPER_MAGIC && st.st_ino == PROC_ROOT_INODE;
	if (check_kind(s, &st, magic, e) < 0)
		return e->code;
	if (!s->idmap)
		return 0;
	if (p->sources_inside)
		return err_set(e, -EPERM, "source %s: the ids cannot be mapped: that takes CAP_SYS_ADMIN over its file system, "
			       "which this user has not", s->path);
	return mnt_idmap_open(s->idmap, p->userns_fd, e) < 0 ? e->code : mnt_idmap_apply(s, e);
}

static int name_source(const struct mnt_source *s, struct err *e)
{
	if (s->from && s->dest)
		return err_ctx(e, "%s: %s", s->from, s->dest);
	return s->dest ? err_ctx(e, "%s", s->dest) : e->code;
}

/* A map is the mount's own once it is applied. */
static void close_idmaps(const struct mnt_plan *p)
{
	for (uint32_t i = 0; i < p->n_idmaps; i++) {
		fd_close(&p->idmaps[i].fd);
		p->idmaps[i].fd = -1;
	}
}

int mnt_open_sources(const struct mnt_plan *p, struct err *e)
{
	for (uint32_t i = 0; i < p->n_sources; i++) {
		struct mnt_source *s = &p->sources[i];
		int rc = s->kind == MNT_SOURCE_ROOT ? open_root(s, p->new_mount_ns, e) : open_source(p, s, e);

		if (rc < 0) {
			mnt_close_sources(p);
			return name_source(s, e);
		}
	}
	close_idmaps(p);
	return 0;
}

void mnt_close_sources(const struct mnt_plan *p)
{
	for (uint32_t i = 0; i < p->n_sources; i++) {
		fd_close(&p->sources[i].fd);
		p->sources[i].fd = -1;
	}
	close_idmaps(p);
}
