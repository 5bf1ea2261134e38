/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What one level of a path needs before the next: controllers on v2, CPUs and memory nodes on v1. */
#include "cgroup/dir.h"
#include "cgroup/host.h"

#include "base/arr.h"
#include "base/fmt.h"
#include "sys/file.h"

#include <stdio.h>
#include <string.h>

/* ---- v2: cgroup.subtree_control ---- */

/* What the kernel means by its answer (admin-guide/cgroup-v2.rst, "Controlling Controllers"). */
static const struct {
	int code;
	const char *why;
} enable_errors[] = {
	{ -ENOENT,     "the controller is not available there" },
	{ -EBUSY,      "that cgroup has processes of its own, and on cgroup v2 such a cgroup cannot pass "
		       "controllers on (no internal process rule)" },
	{ -EOPNOTSUPP, "that cgroup is threaded or not a valid domain" },
	{ -EACCES,     "that cgroup is not delegated to this user" },
	{ -EPERM,      "that cgroup is not delegated to this user" },
};

static int explain_refusal(int rc, enum cg_controller c, const char *where, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(enable_errors); i++)
		if (enable_errors[i].code == rc)
			return err_set(e, rc, "enable cgroup controller %s in %s/cgroup.subtree_control: %s",
				       cg_controller_name(c, true), where, enable_errors[i].why);
	return err_sys(e, rc, "enable cgroup controller %s in %s/cgroup.subtree_control", cg_controller_name(c, true),
		       where);
}

/* Each of the set by itself, without those that are not needed and refused.  *ret_occupied: one met processes. */
static int enable_each(int dirfd, const char *where, uint32_t set, uint32_t need, bool *ret_occupied, struct err *e)
{
	for (unsigned int c = 0; c < CG__CONTROLLERS; c++) {
		char text[32];
		int rc;

		if (!(set & CG_BIT(c)))
			continue;
		fmt(text, sizeof text, "+%s", cg_controller_name((enum cg_controller)c, true));
		rc = sys_write_at(dirfd, "cgroup.subtree_control", text);
		*ret_occupied = *ret_occupied || rc == -EBUSY;
		if (rc < 0 && (need & CG_BIT(c)))
			return explain_refusal(rc, (enum cg_controller)c, where, e);
	}
	return 0;
}

/*
 * The threaded controllers come last, and not at all where processes kept the others out: a cgroup with processes
 * may pass these on, but becomes the root of a threaded subtree by it, and no process can enter the cgroups below.
 */
#define THREADED (CG_BIT(CG_CPU) | CG_BIT(CG_CPUSET) | CG_BIT(CG_PIDS))

static int enable_possible(int dirfd, const char *where, uint32_t set, uint32_t need, struct err *e)
{
	bool occupied = false;
	int rc = enable_each(dirfd, where, set & ~THREADED, need, &occupied, e);

	if (rc < 0 || !occupied)
		return rc < 0 ? rc : enable_each(dirfd, where, set & THREADED, need, &occupied, e);
	for (unsigned int c = 0; c < CG__CONTROLLERS; c++)
		if (set & need & THREADED & CG_BIT(c))
			return explain_refusal(-EBUSY, (enum cg_controller)c, where, e);
	return 0;
}

size_t cg2_enable_text(uint32_t set, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (unsigned int c = 0; c < CG__CONTROLLERS; c++)
		if (set & CG_BIT(c))
			used += fmt(buf + used, size - used, "%s+%s", used ? " " : "",
				    cg_controller_name((enum cg_controller)c, true));
	return used;
}

int cg2_enable(int dirfd, const char *where, const struct cg_place *place, struct err *e)
{
	char now[512], text[256];
	uint32_t set = place->enable;
	ssize_t n;

	if (!set)
		return 0;
	n = sys_read_at(dirfd, "cgroup.subtree_control", now, sizeof now);
	if (n < 0)
		return err_sys(e, (int)n, "read %s/cgroup.subtree_control", where);
	set &= ~cg_controller_set(now, " \n", true);
	if (!set)
		return 0;
	cg2_enable_text(set, text, sizeof text);
	if (sys_write_at(dirfd, "cgroup.subtree_control", text) == 0)
		return 0;
	/* All or nothing is the kernel's rule: find out which, and do without those that nothing needs. */
	return enable_possible(dirfd, where, set, place->need, e);
}

/* ---- v1: cpuset ---- */

int cg1_inherit_cpuset(int parent_fd, int child_fd, const char *where, struct err *e)
{
	static const char *const files[] = { "cpuset.cpus", "cpuset.mems" };
	char own[4096], parents[4096];

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		ssize_t n = sys_read_at(child_fd, files[i], own, sizeof own);
		int rc;

		if (n < 0)
			return err_sys(e, (int)n, "read %s/%s", where, files[i]);
		if (own[strspn(own, " \n")])
			continue;
		n = sys_read_at(parent_fd, files[i], parents, sizeof parents);
		if (n < 0)
			return err_sys(e, (int)n, "read %s of the parent of %s", files[i], where);
		parents[strcspn(parents, "\n")] = '\0';
		rc = sys_write_at(child_fd, files[i], parents);
		if (rc < 0)
			return err_sys(e, rc, "write %s to %s/%s", parents, where, files[i]);
	}
	return 0;
}
