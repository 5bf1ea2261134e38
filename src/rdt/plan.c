/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* linux.intelRdt to a group and what is written into it.  Pure. */
#include "rdt/rdt.h"

#include "base/arr.h"

#include <limits.h>
#include <string.h>

#define RDT "linux.intelRdt"

static bool is_set(const char *s)
{
	return s && *s;
}

/* In the root directory these are the kernel's own. */
static const char *const kernels_names[] = { "info", "mon_groups", "mon_data" };

static int check_name(const char *name, const char *from, struct err *e)
{
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strpbrk(name, "/\n") || strlen(name) > NAME_MAX)
		return err_set(e, -EINVAL, "%s: \"%s\" is not the name of a directory", from, name);
	for (size_t i = 0; i < ARRAY_LEN(kernels_names); i++)
		if (strcmp(name, kernels_names[i]) == 0)
			return err_set(e, -EINVAL, "%s: \"%s\" is a directory of the kernel's own in resctrl", from, name);
	return 0;
}

static int plan_group(const struct oci_intel_rdt *r, const char *id, struct arena *a, struct rdt_plan *p, struct err *e)
{
	const bool is_root = is_set(r->clos_id) && strcmp(r->clos_id, "/") == 0;

	p->is_own = !is_set(r->clos_id);
	p->from = p->is_own ? RDT : RDT ".closID";
	if (!is_root && check_name(p->is_own ? id : r->clos_id, p->from, e) < 0)
		return e->code;
	p->group = arena_str(a, is_root ? "" : p->is_own ? id : r->clos_id);
	return p->group ? 0 : err_nomem(e);
}

/* Each element is a line. */
static int join_lines(const struct oci_intel_rdt *r, struct arena *a, const char **ret_text, struct err *e)
{
	size_t room = 1, used = 0;
	char *buf;

	for (size_t i = 0; i < r->n_schemata; i++)
		room += strlen(r->schemata[i]) + 1;
	buf = arena_alloc(a, room);
	if (!buf)
		return err_nomem(e);
	for (size_t i = 0; i < r->n_schemata; i++) {
		size_t n = strlen(r->schemata[i]);

		if (n == 0)
			return err_set(e, -EINVAL, RDT ".schemata[%zu]: is empty", i);
		memcpy(buf + used, r->schemata[i], n);
		used += n;
		buf[used++] = '\n';
	}
	buf[used] = '\0';
	*ret_text = used ? buf : NULL;
	return 0;
}

static bool has_bandwidth_line(const char *l3)
{
	for (const char *line = l3; line; line = strchr(line, '\n'), line = line ? line + 1 : NULL)
		if (strncmp(line, "MB:", 3) == 0)
			return true;
	return false;
}

static int plan_schemata(const struct oci_intel_rdt *r, struct arena *a, struct rdt_plan *p, struct err *e)
{
	if (rdt_schema_text(r->l3_cache_schema, r->mem_bw_schema, a, &p->schema, e) < 0 ||
	    join_lines(r, a, &p->schemata, e) < 0)
		return e->code;
	if (is_set(r->l3_cache_schema) && has_bandwidth_line(r->l3_cache_schema) && !is_set(r->mem_bw_schema))
		p->warning = RDT ".l3CacheSchema: the line that begins with MB: is left out, as the specification demands; "
			     "its place is memBwSchema";
	return 0;
}

int rdt_plan(const struct oci_intel_rdt *r, const char *id, struct arena *a, struct rdt_plan *ret_plan, struct err *e)
{
	struct rdt_plan p = { .wanted = r != NULL };

	if (r) {
		if (plan_group(r, id, a, &p, e) < 0 || plan_schemata(r, a, &p, e) < 0)
			return e->code;
		p.must_exist = !p.is_own && !is_set(r->l3_cache_schema) && !is_set(r->mem_bw_schema) && !p.schemata;
		p.needs_cmt = r->enable_cmt;
		p.needs_mbm = r->enable_mbm;
		if (r->enable_monitoring) {
			p.monitor = arena_str(a, id);
			if (!p.monitor)
				return err_nomem(e);
		}
	}
	*ret_plan = p;
	return 0;
}

/* ---- in words ---- */

static const char *shown(const struct rdt_plan *p)
{
	return *p->group ? p->group : ".";
}

void rdt_explain_make(const struct rdt_plan *p, struct explain *x)
{
	explain_act(x, p->from, p->must_exist ? "find resctrl group %s" : p->is_own ? "make resctrl group %s"
		    : "make resctrl group %s, where it is missing", shown(p));
	if (p->schema)
		explain_act(x, RDT, "write %.*s to its schemata, or see that they hold in a group that is there",
			    (int)strlen(p->schema) - 1, p->schema);
	if (p->schemata)
		explain_act(x, RDT ".schemata", "write %.*s to its schemata", (int)strlen(p->schemata) - 1, p->schemata);
	if (p->monitor)
		explain_act(x, RDT ".enableMonitoring", "make monitoring group %s in it", p->monitor);
}

void rdt_explain_enter(const struct rdt_plan *p, struct explain *x)
{
	explain_act(x, p->from, "write PID to the tasks of resctrl group %s%s", shown(p),
		    p->monitor ? " and of its monitoring group" : "");
}
