/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Groups of the resctrl file system: made, filled, entered, removed. */
#include "rdt/rdt.h"

#include "base/fmt.h"
#include "sys/file.h"

#include <limits.h>
#include <string.h>

#define RDT "linux.intelRdt"

enum { TEXT_MAX = 65536 };	/* of schemata: a line for each resource, some bytes for each cache */

static const char *shown(const char *group)
{
	return *group ? group : "/";
}

/* A directory below the root of resctrl; nothing leads out of it. */
static int open_below(int dirfd, const char *path)
{
	return sys_openat2(dirfd, *path ? path : ".", O_PATH | O_DIRECTORY, 0,
			   K_RESOLVE_BENEATH | K_RESOLVE_NO_SYMLINKS | K_RESOLVE_NO_MAGICLINKS | K_RESOLVE_NO_XDEV);
}

static int open_group(int root, const char *group, int *ret_fd, struct err *e)
{
	int fd = open_below(root, group);

	if (fd < 0)
		return err_sys(e, fd, RDT ": open resctrl group %s", shown(group));
	*ret_fd = fd;
	return 0;
}

/* What the kernel says of the last write or mkdir, behind its errno (resctrl.rst, info/last_cmd_status). */
static int refused(int root, int rc, const char *what, const char *group, struct err *e)
{
	char why[512], meaning[64];
	ssize_t n = sys_read_at(root, "info/last_cmd_status", why, sizeof why);

	if (n <= 1 || strcmp(why, "ok\n") == 0)
		return err_sys(e, rc, RDT ": %s of resctrl group %s", what, shown(group));
	return err_set(e, rc, RDT ": %s of resctrl group %s: %s: %.*s", what, shown(group), err_meaning(rc, meaning),
		       (int)strcspn(why, "\n"), why);
}

/* ---- finding out ---- */

static int need_counter(int root, const char *counter, const char *member, struct err *e)
{
	char features[512];
	ssize_t n = sys_read_at(root, "info/L3_MON/mon_features", features, sizeof features);

	if (n >= 0 && strstr(features, counter))
		return 0;
	return err_set(e, -ENOTSUP, RDT ".%s: this machine does not count it (%s is not in info/L3_MON/mon_features of "
		       "resctrl)", member, counter);
}

/* 1: there is a group of that name. */
static int group_exists(int root, const char *group, struct err *e)
{
	auto_close int fd = open_below(root, group);

	if (fd == -ENOENT)
		return 0;
	return fd < 0 ? err_sys(e, fd, RDT ": open resctrl group %s", shown(group)) : 1;
}

static int monitor_exists(const struct rdt_plan *p, struct err *e)
{
	return err_set(e, -EEXIST, RDT ".enableMonitoring: resctrl group %s has a monitoring group %s already",
		       shown(p->group), p->monitor);
}

/* One of that name is not this container's, and must not be in a record that removes it. */
static int need_no_monitor(int root, const struct rdt_plan *p, struct err *e)
{
	auto_close int fd = open_below(root, p->group);
	auto_close int groups = fd < 0 ? fd : open_below(fd, "mon_groups");
	auto_close int monitor = groups < 0 ? groups : open_below(groups, p->monitor);

	return monitor >= 0 ? monitor_exists(p, e) : 0;
}

int rdt_find(int root, const struct rdt_plan *p, struct rdt_record *ret_record, struct err *e)
{
	int exists = group_exists(root, p->group, e);

	if (exists < 0)
		return exists;
	if (!exists && p->must_exist)
		return err_set(e, -ENOENT, "%s: resctrl group %s does not exist; make it, or set a schema", p->from,
			       shown(p->group));
	if (exists && p->is_own)
		return err_set(e, -EEXIST, "%s: resctrl group %s exists already; remove it, or name it as closID", p->from,
			       p->group);
	if (p->monitor && need_no_monitor(root, p, e) < 0)
		return e->code;
	if ((p->needs_cmt && need_counter(root, "llc_occupancy", "enableCMT", e) < 0) ||
	    (p->needs_mbm && need_counter(root, "mbm_", "enableMBM", e) < 0))
		return e->code;
	*ret_record = (struct rdt_record){
		.root = ret_record->root, .group = p->group, .monitor = p->monitor, .made_group = !exists,
		.made_monitor = p->monitor != NULL,
	};
	return 0;
}

/* ---- making ---- */

/* config-linux.md#intelrdt: a group that is there must have the values already. */
static int compare(int fd, const struct rdt_plan *p, struct err *e)
{
	static char have[TEXT_MAX];
	const char *line;
	ssize_t n = sys_read_at(fd, "schemata", have, sizeof have);

	if (n < 0)
		return err_sys(e, (int)n, RDT ": read schemata of resctrl group %s", shown(p->group));
	line = rdt_schema_differs(p->schema, have);
	if (!line)
		return 0;
	return err_set(e, -EINVAL, "%s: resctrl group %s exists and does not have %.*s in its schemata", p->from,
		       shown(p->group), (int)strcspn(line, "\n"), line);
}

static int write_schemata(int root, int fd, const char *group, const char *text, struct err *e)
{
	int rc = text ? sys_write_at(fd, "schemata", text) : 0;

	return rc < 0 ? refused(root, rc, "write schemata", group, e) : 0;
}

static int make_monitor(int root, int fd, const struct rdt_plan *p, struct rdt_record *r, struct err *e)
{
	auto_close int groups = open_below(fd, "mon_groups");
	int rc = groups < 0 ? groups : sys_mkdirat(groups, p->monitor, 0755);

	if (groups == -ENOENT)
		return err_set(e, -ENOTSUP, RDT ".enableMonitoring: this machine has no monitoring groups");
	r->made_monitor = rc == 0;
	if (rc == -EEXIST)
		return monitor_exists(p, e);
	return rc < 0 ? refused(root, rc, "make a monitoring group", p->group, e) : 0;
}

int rdt_make(int root, const struct rdt_plan *p, struct rdt_record *r, struct err *e)
{
	auto_close int fd = -EBADF;
	int rc = r->made_group ? sys_mkdirat(root, p->group, 0755) : 0;

	/* Another container of that class was faster: the group is its own to remove. */
	r->made_group = r->made_group && rc != -EEXIST;
	if (rc < 0 && (rc != -EEXIST || p->is_own))
		return refused(root, rc, "mkdir", p->group, e);
	if (open_group(root, p->group, &fd, e) < 0)
		return e->code;
	/* What is written must not name a domain twice, so what overrules comes in a write of its own. */
	rc = !p->schema ? 0 : r->made_group ? write_schemata(root, fd, p->group, p->schema, e) : compare(fd, p, e);
	if (rc < 0 || write_schemata(root, fd, p->group, p->schemata, e) < 0)
		return e->code;
	return p->monitor ? make_monitor(root, fd, p, r, e) : 0;
}

/* ---- entering ---- */

static int write_task(int root, int fd, const char *dir, const char *group, pid_t pid, struct err *e)
{
	char path[NAME_MAX + 32], text[16];
	int rc;

	fmt(path, sizeof path, "%s%stasks", dir, *dir ? "/" : "");
	fmt(text, sizeof text, "%d", (int)pid);
	rc = sys_write_at(fd, path, text);
	return rc < 0 ? refused(root, rc, "write tasks", group, e) : 0;
}

int rdt_enter(int root, const struct rdt_record *r, pid_t pid, struct err *e)
{
	char monitor[NAME_MAX + 16];
	auto_close int fd = -EBADF;

	if (open_group(root, r->group, &fd, e) < 0 || write_task(root, fd, "", r->group, pid, e) < 0)
		return e->code;
	if (!r->monitor)
		return 0;
	fmt(monitor, sizeof monitor, "mon_groups/%s", r->monitor);
	return write_task(root, fd, monitor, r->group, pid, e);
}

/* ---- changing ---- */

int rdt_update(int root, const struct rdt_record *r, const char *schema, char **ret_old, struct err *e)
{
	auto_close int fd = -EBADF;
	static char old[TEXT_MAX];
	ssize_t n;

	if (open_group(root, r->group, &fd, e) < 0)
		return e->code;
	n = sys_read_at(fd, "schemata", old, sizeof old);
	if (n < 0)
		return err_sys(e, (int)n, RDT ": read schemata of resctrl group %s", shown(r->group));
	/* One write is all or nothing to the kernel. */
	if (write_schemata(root, fd, r->group, schema, e) < 0)
		return e->code;
	*ret_old = strdup(old);
	if (*ret_old)
		return 0;
	err_nomem(e);
	return rdt_write_back(root, r, old, e);
}

int rdt_write_back(int root, const struct rdt_record *r, const char *old, struct err *e)
{
	auto_close int fd = open_below(root, r->group);
	int rc = fd < 0 ? fd : sys_write_at(fd, "schemata", old);

	return err_ctx(e, rc < 0 ? "the schemata of resctrl group %s could not be set back" :
				   "the old schemata of resctrl group %s stay in force", shown(r->group));
}

/* ---- removing ---- */

static bool is_gone(int rc)
{
	return rc == -ENOENT || rc == -ENODEV;
}

/* Tasks of a group that is removed fall back to its parent: of somebody else's that must not happen. */
static bool has_tasks(int fd)
{
	char text[64];
	auto_close int tasks = sys_openat(fd, "tasks", O_RDONLY, 0);

	return tasks >= 0 && sys_read_all(tasks, text, sizeof text) > 0;
}

static int remove_monitor(int fd, const struct rdt_record *r, struct err *e)
{
	auto_close int groups = open_below(fd, "mon_groups");
	int rc = groups < 0 ? groups : sys_unlinkat(groups, r->monitor, AT_REMOVEDIR);

	return rc < 0 && !is_gone(rc) ? err_sys(e, rc, "remove monitoring group %s of resctrl group %s", r->monitor,
						shown(r->group)) : 0;
}

int rdt_remove(int root, const struct rdt_record *r, struct err *e)
{
	auto_close int fd = open_below(root, r->group);
	int rc;

	if (fd < 0)
		return is_gone(fd) ? 0 : err_sys(e, fd, "open resctrl group %s", shown(r->group));
	if (r->made_monitor && r->monitor && remove_monitor(fd, r, e) < 0)
		return e->code;
	if (!r->made_group || !*r->group || has_tasks(fd))
		return 0;
	fd_close(&fd);
	rc = sys_unlinkat(root, r->group, AT_REMOVEDIR);
	return rc < 0 && !is_gone(rc) ? err_sys(e, rc, "remove resctrl group %s", r->group) : 0;
}
