/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The control group and what it limits. */
#include "translate/draft.h"

#include "lithos/path.h"

#include <string.h>

enum { SHARES_OF_NEW_GROUP = 1024 };

static bool uses(const struct lithos_master *m, const char *controller)
{
	for (size_t i = 0; i < m->n_cgroup_controllers; i++)
		if (strcmp(m->cgroup_controllers[i], controller) == 0)
			return true;
	return m->n_cgroup_controllers == 0;
}

/* ---- where ---- */

/* GROUP/SANDBOX:PROCESS.N.scope, from the root of each hierarchy on. */
static int path(struct draft *d)
{
	const struct lithos_master *m = d->in->master;
	const char *group = m->cgroup_name + strspn(m->cgroup_name, "/"), *slash = strchr(d->in->name, '/');
	int sandbox = (int)(slash ? slash - d->in->name : 0);

	if (!*group || path_has_parent(group)) {
		finding_error(d->f, DRAFT_AT(m->doc, "cgroup_name", NULL), "cgroup-name %s is no path below the root of the "
			      "control groups", m->cgroup_name);
		return 0;
	}
	d->plan->config.linux->cgroups_path =
		arena_fmt(d->a, "/%s/%.*s:%s.scope", group, sandbox, d->in->name, slash ? slash + 1 : "");
	return d->plan->config.linux->cgroups_path ? 0 : err_nomem(d->e);
}

/* ---- how much ---- */

/* Memory and swap together, as far as the host can count swap. */
static int memory(struct draft *d, struct oci_resources *r)
{
	uint64_t limit = d->in->container->memory_limit;

	if (limit >= INT64_MAX || !uses(d->in->master, "memory"))
		return 0;
	r->memory = ARENA_NEW(d->a, struct oci_memory);
	if (!r->memory)
		return err_nomem(d->e);
	r->memory->has_limit = true;
	r->memory->limit = (int64_t)limit;
	r->memory->has_swap = !d->facts->no_swap_limit;
	r->memory->swap = r->memory->has_swap ? (int64_t)limit : 0;
	return 0;
}

/* The default is what a new group has, so that it asks for no controller. */
static int cpu(struct draft *d, struct oci_resources *r)
{
	uint64_t shares = d->in->container->cpu_shares;

	if (shares == SHARES_OF_NEW_GROUP || !uses(d->in->master, "cpu"))
		return 0;
	r->cpu = ARENA_NEW(d->a, struct oci_cpu);
	if (!r->cpu)
		return err_nomem(d->e);
	r->cpu->has_shares = true;
	r->cpu->shares = shares;
	return 0;
}

/*
 * Which devices there are is said by devfs-dir and by the modes of its nodes; a runtime's list would take away those that
 * it does not know.  Who hardens has that list.
 */
static int devices(struct draft *d, struct oci_resources *r)
{
	struct oci_device_cgroup *rule = DRAFT_ADD(d, r->devices, r->n_devices);

	if (!rule)
		return err_nomem(d->e);
	*rule = (struct oci_device_cgroup){ .allow = !d->harden, .access = "rwm" };
	return 0;
}

int translate_resources(struct draft *d)
{
	struct oci_resources *r = ARENA_NEW(d->a, struct oci_resources);

	if (!r)
		return err_nomem(d->e);
	d->plan->config.linux->resources = r;
	if (devices(d, r) < 0)
		return d->e->code;
	/* Without a name there are no groups and no limits, also where a container asks for some. */
	if (!d->in->master->cgroup_name)
		return 0;
	if (path(d) < 0 || memory(d, r) < 0)
		return d->e->code;
	return cpu(d, r);
}
