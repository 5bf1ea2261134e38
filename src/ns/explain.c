/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ns/ns.h"
#include "base/explain.h"
#include "base/fmt.h"

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

static void explain_map(struct explain *x, const char *from, const char *file, const char *helper, const char *text,
			uint8_t writer)
{
	char path[32];

	if (writer == NS_MAP_HELPER)
		explain_act(x, from, "run %s, which writes the map", helper);
	fmt(path, sizeof(path), "/proc/PID/%s", file);
	if (writer == NS_MAP_WRITE)
		explain_rows(x, from, path, text);
}

void ns_explain_joins(const struct ns_plan *p, struct explain *x)
{
	for (uint32_t i = 0; i < p->n_joins; i++)
		explain_act(x, p->joins[i].from, "open the %s namespace %s", ns_kinds[p->joins[i].kind].oci,
			    p->joins[i].path);
}

void ns_explain_fresh(uint64_t flags, struct explain *x)
{
	for (int k = 0; k < NS__COUNT; k++)
		if (flags & ns_kinds[k].flag)
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
	explain_map(x, "linux.uidMappings", "uid_map", "newuidmap", p->uid_map, p->uid_writer);
	if (p->denies_setgroups)
		explain_act(x, "linux.gidMappings", "write deny to /proc/PID/setgroups");
	explain_map(x, "linux.gidMappings", "gid_map", "newgidmap", p->gid_map, p->gid_writer);
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
