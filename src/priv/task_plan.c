/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Deciding half of task.h. */
#include "priv/task.h"
#include "base/arr.h"
#include "base/explain.h"
#include "libocispec/oci_config.h"
#include "priv/numlist.h"

#include <string.h>

enum nodes { NO_NODES, MAYBE_NODES, NEEDS_NODES };

/* set_mempolicy(2), linux/mempolicy.h. */
static const struct {
	const char *name;
	uint32_t mode;
	enum nodes nodes;
} policies[] = {
	{ "MPOL_DEFAULT",	      0, NO_NODES },
	{ "MPOL_PREFERRED",	      1, MAYBE_NODES },
	{ "MPOL_BIND",		      2, NEEDS_NODES },
	{ "MPOL_INTERLEAVE",	      3, NEEDS_NODES },
	{ "MPOL_LOCAL",		      4, NO_NODES },
	{ "MPOL_PREFERRED_MANY",      5, NEEDS_NODES },
	{ "MPOL_WEIGHTED_INTERLEAVE", 6, NEEDS_NODES },
};

static const struct {
	const char *name;
	uint32_t bit;
} policy_flags[] = {
	{ "MPOL_F_NUMA_BALANCING", 1u << 13 }, { "MPOL_F_RELATIVE_NODES", 1u << 14 }, { "MPOL_F_STATIC_NODES", 1u << 15 },
};
enum { RELATIVE_AND_STATIC = 3 << 14 };

static const struct {
	const char *name;
	uint32_t domain;
} domains[] = {
	{ "LINUX", 0 }, { "LINUX32", 8 },	/* linux/personality.h */
};

static int plan_domain(const struct oci_personality *o, struct arena *a, struct task_plan *p, struct err *e)
{
	size_t i = 0;

	if (!o)
		return 0;
	while (i < ARRAY_LEN(domains) && (!o->domain || strcmp(domains[i].name, o->domain) != 0))
		i++;
	if (i == ARRAY_LEN(domains))
		return err_set(e, -EINVAL, "linux.personality.domain: \"%.*s\" is unknown", 200, o->domain ? o->domain : "");
	/* config-linux.md#personality names none. */
	if (o->n_flags > 0)
		return err_set(e, -EINVAL, "linux.personality.flags: the specification has no flags yet");
	p->has_domain = true;
	p->domain = domains[i].domain;
	p->domain_name = arena_str(a, o->domain);
	return p->domain_name ? 0 : err_nomem(e);
}

static int plan_flags(const struct oci_memory_policy *o, struct task_plan *p, struct err *e)
{
	for (size_t i = 0; i < o->n_flags; i++) {
		size_t k = 0;

		while (k < ARRAY_LEN(policy_flags) && strcmp(policy_flags[k].name, o->flags[i]) != 0)
			k++;
		if (k == ARRAY_LEN(policy_flags))
			return err_set(e, -EINVAL, "linux.memoryPolicy.flags[%zu]: \"%.*s\" is unknown", i, 200, o->flags[i]);
		p->policy |= policy_flags[k].bit;
	}
	if ((p->policy & RELATIVE_AND_STATIC) == RELATIVE_AND_STATIC)
		return err_set(e, -EINVAL, "linux.memoryPolicy.flags: MPOL_F_RELATIVE_NODES and MPOL_F_STATIC_NODES exclude "
			       "each other");
	return 0;
}

static int plan_nodes(const char *text, enum nodes nodes, struct arena *a, struct task_plan *p, struct err *e)
{
	const bool given = text && text[strspn(text, " ")];
	uint64_t *mask;

	p->nodes_text = arena_str(a, given ? text : "");
	if (!p->nodes_text)
		return err_nomem(e);
	if (given && nodes == NO_NODES)
		return err_set(e, -EINVAL, "linux.memoryPolicy.nodes: %s takes none", p->policy_name);
	if (!given && nodes == NEEDS_NODES)
		return err_set(e, -EINVAL, "linux.memoryPolicy.nodes: %s needs some", p->policy_name);
	if (!given)
		return 0;
	mask = ARENA_ARRAY(a, NODES_MAX / 64, uint64_t);
	p->nodes = mask;
	return mask ? numlist_parse(text, "linux.memoryPolicy.nodes", mask, NODES_MAX, e) : err_nomem(e);
}

static int plan_policy(const struct oci_memory_policy *o, struct arena *a, struct task_plan *p, struct err *e)
{
	size_t i = 0;

	if (!o)
		return 0;
	while (i < ARRAY_LEN(policies) && (!o->mode || strcmp(policies[i].name, o->mode) != 0))
		i++;
	if (i == ARRAY_LEN(policies))
		return err_set(e, -EINVAL, "linux.memoryPolicy.mode: \"%.*s\" is unknown", 200, o->mode ? o->mode : "");
	p->has_policy = true;
	p->policy = policies[i].mode;
	p->policy_name = arena_str(a, o->mode);
	if (!p->policy_name)
		return err_nomem(e);
	if (plan_flags(o, p, e) < 0)
		return e->code;
	return plan_nodes(o->nodes, policies[i].nodes, a, p, e);
}

int task_plan(const struct oci_linux *l, struct arena *a, struct task_plan *ret_plan, struct err *e)
{
	struct task_plan p = { 0 };

	if (l && (plan_domain(l->personality, a, &p, e) < 0 || plan_policy(l->memory_policy, a, &p, e) < 0))
		return e->code;
	*ret_plan = p;
	return 0;
}

void task_explain_domain(const struct task_plan *p, struct explain *x)
{
	explain_act(x, "linux.personality", "personality %s", p->domain_name);
}

void task_explain_policy(const struct task_plan *p, struct explain *x)
{
	explain_act(x, "linux.memoryPolicy", "set_mempolicy %s, nodes %s, flags 0x%x", p->policy_name,
		    *p->nodes_text ? p->nodes_text : "none", p->policy & ~0xffu);
}

const char *task_policy_name(size_t i)
{
	return i < ARRAY_LEN(policies) ? policies[i].name : NULL;
}

const char *task_policy_flag_name(size_t i)
{
	return i < ARRAY_LEN(policy_flags) ? policy_flags[i].name : NULL;
}
