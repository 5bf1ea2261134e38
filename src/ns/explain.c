/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ns/ns.h"
#include "base/explain.h"

static void explain_rows(struct explain *x, const char *from, const char *file, const char *text)
{
	for (const char *row = text; *row; ) {
		const char *end = row;

		while (*end != '\n')
			end++;
		explain_act(x, from, "write %.*s to %s", (int)(end - row), row, file);
		row = end + 1;
	}
}

void ns_explain_joins(const struct ns_plan *p, struct explain *x)
{
	for (uint32_t i = 0; i < p->n_joins; i++)
		explain_act(x, p->joins[i].from, "open the %s namespace %s", ns_kinds[p->joins[i].kind].oci,
			    p->joins[i].path);
}

void ns_explain_fresh(const struct ns_plan *p, struct explain *x)
{
	for (int k = 0; k < NS__COUNT; k++)
		if (ns_of_clone(p) & ns_kinds[k].flag)
			explain_act(x, "linux.namespaces", "make a new %s namespace", ns_kinds[k].oci);
}

void ns_explain_enter(const struct ns_plan *p, struct explain *x)
{
	if (p->fresh & K_CLONE_NEWTIME)
		explain_act(x, "linux.namespaces", "make a new time namespace");
	if (p->fresh & K_CLONE_NEWTIME && p->time_offsets)
		explain_rows(x, "linux.timeOffsets", "/proc/self/timens_offsets", p->time_offsets);
	for (uint32_t i = 0; i < p->n_joins; i++)
		explain_act(x, p->joins[i].from, "join the %s namespace %s", ns_kinds[p->joins[i].kind].oci,
			    p->joins[i].path);
}

void ns_explain_maps(const struct ns_plan *p, struct explain *x)
{
	explain_rows(x, "linux.uidMappings", "/proc/PID/uid_map", p->uid_map);
	explain_rows(x, "linux.gidMappings", "/proc/PID/gid_map", p->gid_map);
}

void ns_explain_names(const struct ns_plan *p, struct explain *x)
{
	if (p->hostname)
		explain_act(x, "hostname", "set the host name %s", p->hostname);
	if (p->domainname)
		explain_act(x, "domainname", "set the domain name %s", p->domainname);
}

void ns_explain_sysctls(const struct ns_plan *p, struct explain *x)
{
	for (uint32_t i = 0; i < p->n_sysctls; i++)
		explain_act(x, p->sysctls[i].from, "write %s to /proc/%s", p->sysctls[i].value, p->sysctls[i].file);
}
