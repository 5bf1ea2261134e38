/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Acting half of task.h. */
#include "priv/task.h"
#include "priv/numlist.h"
#include "sys/process.h"

#include <string.h>

int task_set_domain(const struct task_plan *p, struct err *e)
{
	int rc = sys_personality(p->domain);

	return rc < 0 ? err_sys(e, rc, "linux.personality.domain: %s", p->domain_name) : 0;
}

/*
 * Nodes that are not there, or not in the cpuset, are dropped by the kernel without a word as long as one is left
 * (set_mempolicy(2)).
 */
static int check_nodes(const struct task_plan *p, struct err *e)
{
	uint64_t have[NODES_MAX / 64] = { 0 };
	uint32_t mode = 0;
	int rc = sys_get_mempolicy(&mode, have, NODES_MAX);

	if (rc < 0)
		return err_sys(e, rc, "linux.memoryPolicy: read it back");
	for (uint32_t i = 0; p->nodes && i < NODES_MAX; i++)
		if (numlist_has(p->nodes, i) && !numlist_has(have, i))
			return err_set(e, -EINVAL, "linux.memoryPolicy.nodes: %s: node %u is not there, or not in the cpuset",
				       p->nodes_text, i);
	return 0;
}

int task_set_policy(const struct task_plan *p, struct err *e)
{
	int rc = sys_set_mempolicy(p->policy, p->nodes, NODES_MAX);

	if (rc == -ENOSYS)
		return err_set(e, rc, "linux.memoryPolicy: this kernel is built without NUMA");
	if (rc == -EINVAL)
		return err_set(e, rc, "linux.memoryPolicy: the kernel does not take %s with these flags, or none of the "
			       "nodes %s is there and in the cpuset", p->policy_name, p->nodes_text);
	if (rc < 0)
		return err_sys(e, rc, "linux.memoryPolicy: %s, nodes %s", p->policy_name, p->nodes_text);
	return check_nodes(p, e);
}
