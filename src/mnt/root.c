/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mnt/fresh.h"
#include "mnt/mnt.h"
#include "mnt/target.h"
#include "base/fmt.h"
#include "sys/file.h"
#include "sys/mount.h"

#include <limits.h>
#include <string.h>

void mnt_init_begin(struct mnt_init *in)
{
	*in = (struct mnt_init){ .root_fd = -EBADF, .proc_fd = -EBADF, .dev_fd = -EBADF, .devpts_fd = -EBADF };
	for (size_t i = 0; i < MNT_KEPT_MAX; i++)
		in->kept_fd[i] = -EBADF;
}

void mnt_init_close(struct mnt_init *in)
{
	fd_close(&in->root_fd);
	fd_close(&in->proc_fd);
	fd_close(&in->dev_fd);
	fd_close(&in->devpts_fd);
	while (in->n_late > 0)
		fd_close(&in->late_fd[--in->n_late]);
	while (in->n_added > 0)
		fd_close(&in->added_fd[--in->n_added]);
	for (size_t i = 0; i < MNT_KEPT_MAX; i++)
		fd_close(&in->kept_fd[i]);
}

int mnt_trusted_proc(int host_proc_fd, int *ret_fd, struct err *e)
{
	auto_close int fs = sys_fsopen("proc");
	int rc = fs < 0 ? fs : 0;

	if (fs >= 0)
		rc = sys_fsmount(fs, K_MOUNT_ATTR_NOSUID | K_MOUNT_ATTR_NODEV | K_MOUNT_ATTR_NOEXEC);
	/*
	 * A user namespace may not mount a procfs of a pid namespace that is not its own, nor where the host has covered
	 * parts of its own (mount_too_revealing).  The clone is without what is mounted below it.
	 */
	if (rc < 0 && host_proc_fd >= 0)
		rc = take_fd(host_proc_fd);
	fd_close(&host_proc_fd);
	if (rc < 0)
		return err_sys(e, rc, "cannot open a procfs of the runtime's own");
	*ret_fd = rc;
	return 0;
}

/* ---- prepare ---- */

int mnt_enter_running(const struct mnt_plan *p, struct mnt_init *in, struct err *e)
{
	umask(0);
	in->root_len = 0;
	in->root_fd = sys_openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY, 0);
	if (in->root_fd < 0)
		return err_sys(e, in->root_fd, "open the container's root");
	return mnt_trusted_proc(p->proc_source < 0 ? -1 : p->sources[p->proc_source].fd, &in->proc_fd, e);
}

static int open_proc(const struct mnt_plan *p, struct mnt_init *in, struct err *e)
{
	int host = p->proc_source < 0 ? -1 : p->sources[p->proc_source].fd;

	for (uint32_t i = 0; i < p->n_ops; i++) {
		if (!p->ops[i].is_trusted_proc)
			continue;
		fd_close(&host);
		in->proc_fd = mnt_fresh(&p->ops[i], e);
		return in->proc_fd < 0 ? err_ctx(e, "%s: %s", p->ops[i].from, p->ops[i].dest) : 0;
	}
	return mnt_trusted_proc(host, &in->proc_fd, e);
}

/*
 * The place where the root's tree is attached: its own path, since hooks look for it there.  A user namespace may lack
 * search permission on the way; then it is "/", which serves pivot_root(2) as well.
 */
static int open_place(const struct mnt_plan *p, int *ret_fd, struct err *e)
{
	const struct mnt_source *root = &p->sources[0];
	auto_close int fd = sys_openat2(AT_FDCWD, p->root_path, O_PATH | O_DIRECTORY, 0, K_RESOLVE_NO_MAGICLINKS);
	struct stat st;
	int rc;

	if (fd == -EACCES && p->switch_by == MNT_SWITCH_PIVOT) {
		fd = sys_openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY, 0);
		if (fd < 0)
			return err_sys(e, fd, "open /");
		*ret_fd = take_fd(fd);
		return 0;
	}
	rc = fd < 0 ? fd : sys_fstat(fd, &st);
	if (rc < 0)
		return err_sys(e, rc, "invalid rootfs: %s", p->root_path);
	if (st.st_dev != root->dev || st.st_ino != root->ino)
		return err_set(e, -ESTALE, "invalid rootfs: %s has been replaced meanwhile", p->root_path);
	*ret_fd = take_fd(fd);
	return 0;
}

static int set_propagation(int fd, bool recursive, uint64_t propagation)
{
	return sys_mount_setattr(fd, recursive, &(struct k_mount_attr){ .propagation = propagation });
}

static int attach_root(const struct mnt_plan *p, int tree, struct err *e)
{
	auto_close int place = -EBADF;
	int rc = open_place(p, &place, e);

	if (rc < 0)
		return rc;
	if (p->tree_propagation)
		rc = set_propagation(tree, true, p->tree_propagation);
	/* pivot_root(2) refuses a new root that is shared; linux.rootfsPropagation is applied after it. */
	if (rc == 0)
		rc = set_propagation(tree, false, K_MS_PRIVATE);
	if (rc == 0 && p->root_sealed)
		rc = sys_mount_setattr(tree, true, &(struct k_mount_attr){ .attr_set = K_MOUNT_ATTR_RDONLY });
	if (rc == 0)
		rc = sys_move_mount(tree, place);
	return rc < 0 ? err_sys(e, rc, "cannot mount the root file system on %s", p->root_path) : 0;
}

int mnt_prepare_root(const struct mnt_plan *p, struct mnt_init *in, struct err *e)
{
	auto_close int tree = p->sources[0].fd;
	char path[PATH_MAX];
	int rc;

	umask(0);
	if (p->new_mount_ns) {
		rc = sys_propagation("/", K_MS_REC | (unsigned long)p->ns_propagation);
		if (rc < 0)
			return err_sys(e, rc, "cannot stop the propagation of mounts");
		rc = attach_root(p, tree, e);
		if (rc < 0)
			return rc;
	}
	in->root_fd = sys_openat(tree, ".", O_PATH | O_DIRECTORY, 0);
	if (in->root_fd < 0)
		return err_sys(e, in->root_fd, "invalid rootfs: %s", p->root_path);
	if (open_proc(p, in, e) < 0)
		return e->code;
	rc = mnt_handle_path(in->proc_fd, in->root_fd, path, sizeof(path), e);
	if (rc < 0)
		return rc;
	in->root_len = strcmp(path, "/") == 0 ? 0 : (size_t)rc;
	return 0;
}

/* ---- switch ---- */

static int pivot(const struct mnt_init *in, struct err *e)
{
	auto_close int old = sys_openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY, 0);
	int rc;

	if (old < 0)
		return err_sys(e, old, "open /");
	rc = sys_fchdir(in->root_fd);
	if (rc < 0)
		return err_sys(e, rc, "enter the root file system");
	/* The old root ends up on top of the new one at the same place, so that neither needs a directory (pivot_root(2)). */
	rc = sys_pivot_root(".", ".");
	if (rc < 0)
		return err_sys(e, rc, "pivot_root");
	rc = sys_fchdir(old);
	/* The detachment must not propagate to the host. */
	if (rc == 0)
		rc = sys_propagation(".", K_MS_SLAVE | K_MS_REC);
	if (rc == 0)
		rc = sys_umount_detach(".");
	return rc < 0 ? err_sys(e, rc, "detach the old root") : 0;
}

/* Nothing of the host's procfs and sysfs may stay reachable behind a root that was only moved. */
static int hide_mount(const char *path, struct err *e)
{
	auto_close int fs = -EBADF;
	auto_close int cover = -EBADF;
	auto_close int at = -EBADF;
	int rc = sys_umount_detach(path);

	if (rc != -EINVAL && rc != -EPERM)
		return rc < 0 ? err_sys(e, rc, "detach %s of the host", path) : 0;
	/* It is locked to its parent: a namespace with less privilege may cover it, not remove it. */
	fs = sys_fsopen("tmpfs");
	cover = fs < 0 ? fs : sys_fsmount(fs, K_MOUNT_ATTR_RDONLY);
	at = cover < 0 ? cover : sys_openat(AT_FDCWD, path, O_PATH | O_DIRECTORY, 0);
	rc = at < 0 ? at : sys_move_mount(cover, at);
	return rc < 0 ? err_sys(e, rc, "cover %s of the host", path) : 0;
}

/* mountinfo writes space, tab, newline and backslash as three octal digits. */
static void unescape(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] && s[3]) {
			*to++ = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
			s += 3;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

/* One line of mountinfo (proc_pid_mountinfo(5)): ID PARENT MAJOR:MINOR ROOT PLACE ... - TYPE ... */
static int hide_if_full(char *line, const char *root, size_t root_len, struct err *e)
{
	char *type = strstr(line, " - "), *field[5];

	for (size_t i = 0; i < 5; i++) {
		field[i] = line;
		line += strcspn(line, " ");
		if (!*line)
			return 0;
		*line++ = '\0';
	}
	if (!type || (strncmp(type, " - proc ", 8) != 0 && strncmp(type, " - sysfs ", 9) != 0))
		return 0;
	unescape(field[4]);
	if (strcmp(field[3], "/") != 0 ||
	    (strncmp(field[4], root, root_len) == 0 && (field[4][root_len] == '/' || !field[4][root_len])))
		return 0;
	return hide_mount(field[4], e);
}

static int hide_full_mounts(const struct mnt_init *in, struct err *e)
{
	auto_close int fd = sys_open_in_proc(in->proc_fd, "thread-self/mountinfo", O_RDONLY);
	char buf[3 * PATH_MAX], root[PATH_MAX];
	size_t have = 0;
	int rc = fd < 0 ? err_sys(e, fd, "mountinfo") : mnt_handle_path(in->proc_fd, in->root_fd, root, sizeof(root), e);

	while (rc >= 0) {
		char *line = buf, *end;
		ssize_t n = read(fd, buf + have, sizeof(buf) - 1 - have);

		if (n <= 0)
			return n < 0 || have > 0 ? err_sys(e, n < 0 ? -errno : -EFBIG, "mountinfo") : 0;
		have += (size_t)n;
		buf[have] = '\0';
		for (; rc >= 0 && (end = strchr(line, '\n')); line = end + 1) {
			*end = '\0';
			rc = hide_if_full(line, root, in->root_len, e);
		}
		have -= (size_t)(line - buf);
		memmove(buf, line, have);
	}
	return rc;
}

static int move(const struct mnt_init *in, struct err *e)
{
	auto_close int slash = sys_openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY, 0);
	int rc = hide_full_mounts(in, e);

	if (rc < 0)
		return rc;
	rc = slash < 0 ? slash : sys_move_mount(in->root_fd, slash);
	if (rc == 0)
		rc = sys_fchdir(in->root_fd);
	if (rc == 0)
		rc = sys_chroot(".");
	return rc < 0 ? err_sys(e, rc, "move the root file system to /") : 0;
}

static int enter(const struct mnt_init *in, struct err *e)
{
	int rc = sys_fchdir(in->root_fd);

	if (rc == 0)
		rc = sys_chroot(".");
	return rc < 0 ? err_sys(e, rc, "chroot") : 0;
}

int mnt_switch_root(const struct mnt_plan *p, struct mnt_init *in, struct err *e)
{
	int rc = p->switch_by == MNT_SWITCH_PIVOT ? pivot(in, e) :
		 p->switch_by == MNT_SWITCH_MOVE ? move(in, e) : enter(in, e);

	if (rc < 0)
		return rc;
	rc = sys_chdir("/");
	if (rc < 0)
		return err_sys(e, rc, "enter the root file system");
	in->root_len = 0;
	return 0;
}

int mnt_make_cwd(const struct mnt_init *in, const char *cwd, struct err *e)
{
	auto_close int fd = -EBADF;
	int rc = mnt_target_open(in->root_fd, cwd, TARGET_DIR, &fd, e);
	struct stat st;

	/* Root may be kept out of a directory (of another user namespace, or on NFS) that the program's user may enter. */
	if (rc == -EACCES)
		return 0;
	if (rc < 0)
		return err_ctx(e, "process.cwd: %s", cwd);
	rc = sys_fstat(fd, &st);
	if (rc == 0 && !S_ISDIR(st.st_mode))
		rc = -ENOTDIR;
	return rc < 0 ? err_sys(e, rc, "process.cwd: %s", cwd) : 0;
}
