/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where a caller without privilege may make cgroups. */
#include "cgroup/dir.h"
#include "cgroup/planner.h"

#include "base/fmt.h"
#include "sys/file.h"

#include <string.h>

/* The part of path, cut in place at a slash, that exists; "" is the mount point itself. */
static void cut_to_existing(int root_fd, char *path)
{
	while (*path) {
		auto_close int fd = cg_dir_below(root_fd, path + 1);

		if (!cg_is_gone(fd))
			return;
		*strrchr(path, '/') = '\0';
	}
}

/* The last cgroup that is above both, or one of them. */
static void common_ancestor(const char *a, const char *b, char *ret, size_t size)
{
	size_t same = 0;

	for (size_t i = 0; ; i++) {
		if ((a[i] == '/' || !a[i]) && (b[i] == '/' || !b[i]))
			same = i;
		if (a[i] != b[i] || !a[i])
			break;
	}
	fmt(ret, size, "%.*s", (int)same, a);
}

static bool may(const struct cg_hierarchy *h, const char *path, const char *file, int mode)
{
	char whole[2 * CG_PATH_MAX];

	return fmt(whole, sizeof whole, "%s%s%s", h->mount_point, path, file) < sizeof whole &&
	       sys_faccessat(AT_FDCWD, whole, mode) == 0;
}

static bool is_open(const struct cg_hierarchy *h, const char *path)
{
	auto_close int root_fd = sys_openat(AT_FDCWD, h->mount_point, O_PATH | O_DIRECTORY, 0);
	char existing[CG_PATH_MAX], common[CG_PATH_MAX];

	if (root_fd < 0)
		return false;
	fmt(existing, sizeof existing, "%s", path);
	cut_to_existing(root_fd, existing);
	if (!may(h, existing, "", W_OK | X_OK))
		return false;
	if (strcmp(existing, path) == 0 && !may(h, path, "/cgroup.procs", W_OK))
		return false;
	/* v2 lets a process move only below where both ends are the mover's. */
	common_ancestor(strcmp(h->own, "/") == 0 ? "" : h->own, path, common, sizeof common);
	return !h->is_v2 || may(h, common, "/cgroup.procs", W_OK);
}

int cg_probe_rights(struct cg_host *host, const char *cgroups_path, const char *id, struct arena *a, struct err *e)
{
	for (size_t i = 0; i < host->n; i++) {
		const char *path;

		if (cg_path_make(cgroups_path, id, &host->h[i], a, &path, e) < 0)
			return e->code;
		host->h[i].closed = !is_open(&host->h[i], path);
	}
	return 0;
}
