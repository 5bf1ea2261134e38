/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mnt/idmap.h"
#include "base/fmt.h"
#include "sys/file.h"
#include "sys/mount.h"
#include "sys/process.h"

#include <unistd.h>

/* Lives as long as the other end of its pipe is open somewhere, and does nothing. */
static _Noreturn void hold_namespace(const int gate[2])
{
	char c;

	close(gate[1]);
	while (read(gate[0], &c, 1) < 0 && errno == EINTR)
		;
	_exit(0);
}

/* A process in a new user namespace; it ends with the write end of the gate, so also with this process. */
static int start_holder(const int gate[2], pid_t *ret_pid, int *ret_pidfd, struct err *e)
{
	int pidfd = -1;
	struct k_clone_args args = {
		.flags = K_CLONE_NEWUSER | K_CLONE_PIDFD, .pidfd = (uint64_t)(uintptr_t)&pidfd, .exit_signal = SIGCHLD,
	};
	pid_t pid = sys_clone3(&args);

	if (pid == 0)
		hold_namespace(gate);
	if (pid < 0)
		return err_sys(e, pid, "make a user namespace for id maps");
	*ret_pid = pid;
	*ret_pidfd = pidfd;
	return 0;
}

static int write_maps(const struct mnt_idmap *m, pid_t pid, int *ret_fd, struct err *e)
{
	char dir[32];
	int rc;

	fmt(dir, sizeof(dir), "/proc/%d", pid);
	auto_close int proc = sys_openat(AT_FDCWD, dir, O_PATH | O_DIRECTORY, 0);
	if (proc < 0)
		return err_sys(e, proc, "open %s", dir);
	rc = sys_write_at(proc, "uid_map", m->uid_map);
	if (rc < 0)
		return err_sys(e, rc, "write the uid map of an id-mapped mount");
	rc = sys_write_at(proc, "gid_map", m->gid_map);
	if (rc < 0)
		return err_sys(e, rc, "write the gid map of an id-mapped mount");
	rc = sys_openat(proc, "ns/user", O_RDONLY, 0);
	if (rc < 0)
		return err_sys(e, rc, "open the user namespace of an id-mapped mount");
	*ret_fd = rc;
	return 0;
}

int mnt_idmap_open(struct mnt_idmap *m, int joined_fd, struct err *e)
{
	auto_close int pidfd = -EBADF;
	int gate[2], rc;
	pid_t pid;

	if (m->fd >= 0)
		return 0;
	if (!m->uid_map) {
		/* A duplicate, so that every map has a descriptor to be closed. */
		m->fd = sys_dup(joined_fd);
		return m->fd < 0 ? err_sys(e, m->fd, "the user namespace of id-mapped mounts") : 0;
	}
	if (pipe2(gate, O_CLOEXEC) < 0)
		return err_sys(e, -errno, "make a pipe");
	rc = start_holder(gate, &pid, &pidfd, e);
	close(gate[0]);
	if (rc == 0)
		rc = write_maps(m, pid, &m->fd, e);
	close(gate[1]);
	if (pidfd >= 0)
		(void)sys_pidfd_wait(pidfd);
	return rc;
}

int mnt_idmap_apply(const struct mnt_source *s, struct err *e)
{
	const struct k_mount_attr attr = { .attr_set = K_MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)s->idmap->fd };
	const char *below = s->idmap_recursive && s->recursive ? ", or of a mount below it," : "";
	int rc = sys_mount_setattr(s->fd, s->idmap_recursive, &attr);

	if (rc == -EINVAL)	/* mount_setattr(2): no FS_ALLOW_IDMAP; never is it mounted without its map instead */
		return err_set(e, rc, "source %s: the ids cannot be mapped: the file system%s does not support that in this "
			       "kernel", s->path, below);
	if (rc == -EPERM)
		return err_set(e, rc, "source %s: the ids cannot be mapped: operation not permitted: the file system%s belongs "
			       "to another user namespace, or the mount has a map already", s->path, below);
	return rc < 0 ? err_sys(e, rc, "source %s: map the ids", s->path) : 0;
}
