/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mnt/target.h"
#include "base/arr.h"
#include "base/fmt.h"
#include "sys/file.h"

#include <limits.h>
#include <string.h>
#include <sys/sysmacros.h>

/* ".." in the part of a path that does not exist would mean something only once it does. */
static bool has_dotdot(const char *path)
{
	while (*path) {
		size_t n = strcspn(path, "/");

		if (n == 2 && path[0] == '.' && path[1] == '.')
			return true;
		path += n + (path[n] == '/');
	}
	return false;
}

/*
 * Makes name below dir and opens it.  Another start may have been faster: what is there then is taken, unless it is a
 * link, which can only be one that leads nowhere.
 */
static int make_dir(int dir, const char *name)
{
	int rc = sys_mkdirat(dir, name, 0755);

	return rc < 0 && rc != -EEXIST ? rc : sys_openat(dir, name, O_PATH | O_NOFOLLOW | O_DIRECTORY, 0);
}

/* The directory prefix, of which something is missing: that is made one component at a time. */
static int make_dirs(int root_fd, char *prefix, int *ret_fd, struct err *e)
{
	auto_close int at = sys_open_in_root(root_fd, "/", O_PATH | O_DIRECTORY);
	char *name;

	if (at < 0)
		return err_sys(e, at, "the root");
	for (name = prefix + strspn(prefix, "/"); *name; name += strspn(name, "/")) {
		char *end = name + strcspn(name, "/"), was = *end;
		auto_close int next = -EBADF;

		*end = '\0';
		next = sys_open_in_root(root_fd, prefix, O_PATH | O_DIRECTORY);
		if (next == -ENOENT && was && has_dotdot(end + 1))
			return err_set(e, -EINVAL, "%s does not exist, and \"..\" comes after it", prefix);
		if (next == -ENOENT)
			next = make_dir(at, name);
		if (next < 0)
			return err_sys(e, next, "the directory %s in the root file system", prefix);
		fd_close(&at);
		at = take_fd(next);
		*end = was;
		name = end;
	}
	*ret_fd = take_fd(at);
	return 0;
}

/* A handle of the directory at the first len bytes of path; mostly it is there. */
static int open_dirs(int root_fd, const char *path, size_t len, int *ret_fd, struct err *e)
{
	char prefix[PATH_MAX];

	if (len >= sizeof(prefix))
		return err_set(e, -ENAMETOOLONG, "the path is too long");
	memcpy(prefix, path, len);
	prefix[len] = '\0';
	*ret_fd = sys_open_in_root(root_fd, prefix, O_PATH | O_DIRECTORY);
	return *ret_fd >= 0 ? 0 : make_dirs(root_fd, prefix, ret_fd, e);
}

int mnt_target_parent(int root_fd, const char *path, int *ret_dir, const char **ret_name, struct err *e)
{
	const char *slash = strrchr(path, '/');

	*ret_name = slash ? slash + 1 : path;
	if (!**ret_name || has_dotdot(*ret_name))
		return err_set(e, -EINVAL, "the path ends in no name");
	return open_dirs(root_fd, path, (size_t)(*ret_name - path), ret_dir, e);
}

static int make_file(int root_fd, const char *path, int *ret_fd, struct err *e)
{
	auto_close int dir = -EBADF;
	auto_close int fd = -EBADF;
	const char *name;
	struct stat st;
	int rc = mnt_target_parent(root_fd, path, &dir, &name, e);

	if (rc < 0)
		return rc;
	rc = sys_mknodat(dir, name, S_IFREG | 0644, 0);
	if (rc < 0 && rc != -EEXIST)
		return err_sys(e, rc, "cannot make the file %s", path);
	fd = sys_openat(dir, name, O_PATH | O_NOFOLLOW, 0);
	rc = fd < 0 ? fd : sys_fstat(fd, &st);
	if (rc < 0)
		return err_sys(e, rc, "%s", path);
	if (S_ISLNK(st.st_mode))
		return err_set(e, -ELOOP, "%s is a symlink that leads nowhere", path);
	*ret_fd = take_fd(fd);
	return 1;
}

static int make_target(int root_fd, const char *path, int flags, int *ret_fd, struct err *e)
{
	auto_close int dir = -EBADF;
	const char *name;
	int fd;

	if (!(flags & TARGET_DIR))
		return make_file(root_fd, path, ret_fd, e);
	if (mnt_target_parent(root_fd, path, &dir, &name, e) < 0)
		return e->code;
	fd = make_dir(dir, name);
	if (fd < 0)
		return err_sys(e, fd, "the directory %s in the root file system", path);
	*ret_fd = fd;
	return 1;
}

int mnt_target_open(int root_fd, const char *path, int flags, int *ret_fd, struct err *e)
{
	int fd;

	if (flags & TARGET_STRICT)
		fd = sys_openat2(root_fd, path, O_PATH | O_DIRECTORY, 0,
				 K_RESOLVE_IN_ROOT | K_RESOLVE_NO_MAGICLINKS | K_RESOLVE_NO_SYMLINKS);
	else
		fd = sys_open_in_root(root_fd, path, O_PATH | (flags & TARGET_NOFOLLOW ? O_NOFOLLOW : 0u));
	if (fd == -ENOENT)
		return make_target(root_fd, path, flags, ret_fd, e);
	if (fd == -ELOOP && (flags & TARGET_STRICT))
		return err_set(e, fd, "the destination is, or is behind, a symlink in the root file system");
	if (fd < 0)
		return err_sys(e, fd, "the destination in the root file system");
	*ret_fd = fd;
	return 0;
}

int mnt_target_symlink(int root_fd, const char *path, const char *text, struct err *e)
{
	auto_close int dir = -EBADF;
	char have[PATH_MAX];
	const char *name;
	int rc = mnt_target_parent(root_fd, path, &dir, &name, e);

	if (rc < 0)
		return rc;
	rc = sys_symlinkat(text, dir, name);
	if (rc == -EEXIST && sys_readlinkat(dir, name, have, sizeof(have)) >= 0 && strcmp(have, text) == 0)
		return 0;
	return rc < 0 ? err_sys(e, rc, "cannot make the symlink to %s", text) : 0;
}

int mnt_handle_path(int proc_fd, int fd, char *buf, size_t size, struct err *e)
{
	char link[48];
	ssize_t n;

	fmt(link, sizeof(link), "thread-self/fd/%d", fd);
	n = sys_readlinkat(proc_fd, link, buf, size);
	return n < 0 ? err_sys(e, (int)n, "the path of a handle") : (int)n;
}

/* What lxcfs and its like replace.  Everything else below /proc may be what a process is controlled by. */
static const char *const proc_coverable[] = {
	"/proc/cpuinfo", "/proc/diskstats", "/proc/meminfo", "/proc/stat", "/proc/swaps", "/proc/uptime", "/proc/loadavg",
	"/proc/slabinfo", "/proc/sys/kernel/ns_last_pid", "/proc/sys/crypto/fips_enabled",
};

int mnt_target_check(const struct mnt_init *in, int target_fd, bool mounts_procfs, struct err *e)
{
	char path[PATH_MAX];
	const char *inside;
	int n = mnt_handle_path(in->proc_fd, target_fd, path, sizeof(path), e);
	long magic = sys_fs_magic(target_fd);

	if (n < 0)
		return n;
	inside = (size_t)n < in->root_len ? "" : path + in->root_len;
	if (!*inside || strcmp(inside, "/") == 0)
		return err_set(e, -EINVAL, "a mount on / is refused: the destination is the root itself");
	if (strcmp(inside, "/proc") == 0)
		return mounts_procfs ? 0 : err_set(e, -EINVAL, "only a procfs may be mounted on /proc");
	if (strncmp(inside, "/proc/", 6) != 0 && magic != K_PROC_SUPER_MAGIC)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(proc_coverable); i++)
		if (strcmp(inside, proc_coverable[i]) == 0)
			return 0;
	return err_set(e, -EPERM, "%s cannot be mounted on: it is inside /proc", inside);
}

static bool is_listed(const struct mnt_path *v, uint32_t n, const char *path)
{
	for (uint32_t i = 0; i < n; i++)
		if (strcmp(v[i].path, path) == 0)
			return true;
	return false;
}

int mnt_target_check_removal(const struct mnt_plan *p, const struct mnt_init *in, int target_fd, struct err *e)
{
	char path[PATH_MAX];
	struct stat st;
	int n = mnt_handle_path(in->proc_fd, target_fd, path, sizeof(path), e);

	if (n < 0)
		return n;
	if (strcmp(path, "/") == 0)
		return err_set(e, -EINVAL, "the root file system stays");
	if (strcmp(path, "/proc") == 0 || strncmp(path, "/proc/", 6) == 0)
		return err_set(e, -EPERM, "what is mounted in /proc stays");
	if (is_listed(p->masked, p->n_masked, path) || is_listed(p->readonly, p->n_readonly, path))
		return err_set(e, -EPERM, "%s is a masked or read-only path of the configuration", path);
	/* A masked file may have got another name when the container renamed a directory above it. */
	n = sys_fstat(target_fd, &st);
	if (n < 0)
		return err_sys(e, n, "what is mounted there");
	return S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3) ?
	       err_set(e, -EPERM, "a null device covers what was masked") : 0;
}
