/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Namespaces that are joined by path, and the process that enters them before it becomes the init. */
#include "ns/ns.h"
#include "base/fmt.h"
#include "sys/cred.h"
#include "sys/file.h"
#include "sys/process.h"

#include <sys/ioctl.h>

static int open_join(struct ns_join *j, struct err *e)
{
	auto_close int fd = sys_openat(AT_FDCWD, j->path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	int type;

	if (fd < 0)
		return err_sys(e, fd, "%s: open namespace path %s", j->from, j->path);
	/* Before any ioctl: on a device file NS_GET_NSTYPE could mean something else. */
	if (sys_fs_magic(fd) != K_NSFS_MAGIC)
		return err_set(e, -EINVAL, "%s: %s is not a namespace", j->from, j->path);
	type = ioctl(fd, K_NS_GET_NSTYPE);
	if (type < 0 || (uint64_t)(unsigned int)type != ns_kinds[j->kind].flag)
		return err_set(e, -EINVAL, "%s: %s is not a %s namespace", j->from, j->path,
			       ns_kinds[j->kind].oci);
	j->fd = take_fd(fd);
	return 0;
}

int ns_open_joins(struct ns_plan *p, struct err *e)
{
	for (uint32_t i = 0; i < p->n_joins; i++)
		if (open_join(&p->joins[i], e) < 0)
			return e->code;
	return 0;
}

static int enter_one(const struct ns_join *j, struct err *e)
{
	int rc = sys_setns(j->fd, ns_kinds[j->kind].flag);

	return rc < 0 ? err_sys(e, rc, "%s: join the %s namespace %s", j->from, ns_kinds[j->kind].oci, j->path) : 0;
}

int ns_enter(const struct ns_plan *p, bool keep_groups, struct err *e)
{
	uint64_t late = 0;	/* bit i: join i wants the rights of the joined user namespace */

	for (uint32_t i = 0; i < p->n_joins; i++) {
		if (enter_one(&p->joins[i], e) == 0)
			continue;
		if (e->code != -EPERM || !(p->joined & K_CLONE_NEWUSER) || p->joins[i].kind == NS_USER)
			return e->code;
		late |= UINT64_C(1) << i;
	}
	for (uint32_t i = 0; i < p->n_joins; i++)
		if (late & UINT64_C(1) << i && enter_one(&p->joins[i], e) < 0)
			return e->code;
	return p->joined & K_CLONE_NEWUSER ? ns_become_root(keep_groups, e) : 0;
}

int ns_become_root(bool keep_groups, struct err *e)
{
	int rc = sys_setresgid(0);

	if (rc < 0)
		return err_sys(e, rc, "become group 0 of the user namespace");
	rc = sys_setresuid(0);
	if (rc < 0)
		return err_sys(e, rc, "become user 0 of the user namespace");
	if (keep_groups)
		return 0;
	/* Where setgroups is denied (user_namespaces(7)) the groups stay as they are. */
	rc = sys_setgroups(0, NULL);
	return rc < 0 && rc != -EPERM ? err_sys(e, rc, "drop supplementary groups") : 0;
}

int ns_make_time(const struct ns_plan *p, struct err *e)
{
	int rc = sys_unshare(K_CLONE_NEWTIME);

	if (rc < 0)
		return err_sys(e, rc, "make a time namespace");
	if (!p->time_offsets)
		return 0;
	rc = sys_write_at(AT_FDCWD, "/proc/self/timens_offsets", p->time_offsets);
	return rc < 0 ? err_sys(e, rc, "linux.timeOffsets: write timens_offsets") : 0;
}
