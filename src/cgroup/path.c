/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cgroupsPath to a place in each hierarchy.  Pure. */
#include "cgroup/planner.h"

#include <limits.h>
#include <string.h>

/* "slice:prefix:name", as engines write it for systemd's driver; "a:b:c" below a path is an ordinary name. */
static bool is_systemd_form(const char *path)
{
	const char *first = strchr(path, ':');
	const char *second = first ? strchr(first + 1, ':') : NULL;

	return second && !strchr(second + 1, ':') && !strchr(path, '/');
}

/* One component: what the kernel would refuse, and what would lead elsewhere. */
static int check_component(const char *s, size_t len, const char *path, struct err *e)
{
	if (len == 2 && memcmp(s, "..", 2) == 0)
		return err_set(e, -EINVAL, "linux.cgroupsPath: %s leaves the cgroup root: '..' is not allowed", path);
	if (len > NAME_MAX)
		return err_set(e, -ENAMETOOLONG, "linux.cgroupsPath: a name in it has more than %d bytes", NAME_MAX);
	if (memchr(s, '\n', len))
		return err_set(e, -EINVAL, "linux.cgroupsPath: a cgroup's name cannot contain a newline");
	return 0;
}

/* Appends the components of path to buf as "/a/b". */
static int append(char *buf, size_t size, const char *path, struct err *e)
{
	size_t used = strlen(buf);

	for (const char *s = path + strspn(path, "/"); *s; s += strspn(s, "/")) {
		size_t len = strcspn(s, "/");

		if (check_component(s, len, path, e) < 0)
			return e->code;
		if (used + 1 + len >= size)
			return err_set(e, -ENAMETOOLONG, "linux.cgroupsPath is longer than %zu bytes", size - 1);
		if (len != 1 || *s != '.') {
			buf[used++] = '/';
			memcpy(buf + used, s, len);
			used += len;
			buf[used] = '\0';
		}
		s += len;
	}
	return 0;
}

/* Where relative paths begin: see cg_plan() in the header. */
static size_t base_length(const struct cg_hierarchy *h)
{
	const char *slash = strrchr(h->own, '/');

	return h->is_v2 && slash ? (size_t)(slash - h->own) : strlen(h->own);
}

int cg_path_make(const char *cgroups_path, const char *id, const struct cg_hierarchy *h, struct arena *a,
		 const char **ret_path, struct err *e)
{
	const char *path = cgroups_path && *cgroups_path ? cgroups_path : id;
	char buf[CG_PATH_MAX] = "";
	size_t base;

	if (strlen(path) >= sizeof buf)
		return err_set(e, -ENAMETOOLONG, "linux.cgroupsPath is longer than %zu bytes", sizeof buf - 1);
	if (path == cgroups_path && is_systemd_form(path))
		return err_set(e, -EINVAL,
			       "linux.cgroupsPath: %s is meant for the systemd cgroup manager, which is not in use",
			       path);
	if (path[0] != '/' && strcmp(h->own, "/") != 0) {
		base = base_length(h);
		if (base >= sizeof buf)
			return err_set(e, -ENAMETOOLONG, "the path of this process's cgroup is too long");
		memcpy(buf, h->own, base);
		buf[base] = '\0';
	}
	base = strlen(buf);
	if (append(buf, sizeof buf, path, e) < 0)
		return e->code;
	if (strlen(buf) == base)
		return err_set(e, -EINVAL, "linux.cgroupsPath: %s is the root of the hierarchy", path);
	*ret_path = arena_str(a, buf);
	return *ret_path ? 0 : err_nomem(e);
}

bool cg_path_is_normal(const char *path)
{
	char buf[CG_PATH_MAX] = "";
	struct err ignored = { 0 };

	return path && path[0] == '/' && path[1] && append(buf, sizeof buf, path, &ignored) == 0 &&
	       strcmp(buf, path) == 0;
}
