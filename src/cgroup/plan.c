/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The whole plan: places, writes, device rules, mount views.  Pure. */
#include "cgroup/planner.h"
#include "cgroup/host.h"

#include "base/arr.h"

#include <limits.h>
#include <string.h>

#define RES "linux.resources."

/* ---- what the two sides use ---- */

struct cg_place *cg_place_of(const struct cg_planner *pl, enum cg_controller c)
{
	for (size_t i = 0; i < pl->p->n_places; i++)
		if (pl->p->places[i].h->controllers & CG_BIT(c))
			return &pl->p->places[i];
	return NULL;
}

static void *grow(struct cg_planner *pl, void *v, size_t n, size_t *room, size_t each)
{
	void *bigger;

	if (n < *room)
		return v;
	*room = *room ? *room * 2 : 16;
	bigger = arena_array(pl->a, *room, each);
	if (bigger && n > 0)
		memcpy(bigger, v, n * each);
	return bigger;
}

int cg_add(struct cg_planner *pl, const struct cg_write *w)
{
	struct cg_plan *p = pl->p;

	p->writes = grow(pl, p->writes, p->n_writes, &pl->writes_room, sizeof *p->writes);
	if (!p->writes || !w->file || !w->value)
		return err_nomem(pl->e);
	p->writes[p->n_writes++] = *w;
	return 0;
}

static int refuse_controller(struct cg_planner *pl, enum cg_controller c, const char *from)
{
	const struct cg_host *host = pl->host;

	for (size_t i = 0; i < host->n; i++)
		if (host->h[i].closed && (host->h[i].controllers & CG_BIT(c)))
			return err_set(pl->e, -EACCES, "%s: cgroup controller %s is not delegated to this user: nothing may be "
				       "made below %s; use a delegated cgroup, --systemd-cgroup, or no limit", from,
				       cg_controller_name(c, host->h[i].is_v2), host->h[i].mount_point);
	if (host->layout == CG_LAYOUT_V2 && !cg_controller_is_in_v2(c))
		return cg_only_v1(pl, from);
	return err_set(pl->e, -ENOTSUP, "%s: cgroup controller %s is not available on this host; the kernel lacks it, or it is "
		       "not delegated", from, cg_controller_name(c, host->layout == CG_LAYOUT_V2));
}

int cg_put(struct cg_planner *pl, enum cg_controller c, struct cg_write w)
{
	struct cg_place *place = cg_place_of(pl, c);

	if (!w.file || !w.value)
		return err_nomem(pl->e);
	if (!place) {
		/* "No limit" is what one has where nothing limits. */
		if (strcmp(w.value, "max") == 0 || strcmp(w.value, "-1") == 0)
			return 0;
		return refuse_controller(pl, c, w.from);
	}
	if (place->h->is_v2) {
		place->need |= CG_BIT(c);
		place->enable |= CG_BIT(c);
	}
	w.place = (uint32_t)(place - pl->p->places);
	return cg_add(pl, &w);
}

int cg_warn(struct cg_planner *pl, const char *text)
{
	struct cg_plan *p = pl->p;

	p->warnings = grow(pl, p->warnings, p->n_warnings, &pl->warnings_room, sizeof *p->warnings);
	if (!p->warnings)
		return err_nomem(pl->e);
	p->warnings[p->n_warnings++] = text;
	return 0;
}

const char *cg_u64(struct cg_planner *pl, uint64_t v)
{
	return arena_fmt(pl->a, "%llu", (unsigned long long)v);
}

const char *cg_i64(struct cg_planner *pl, int64_t v)
{
	return arena_fmt(pl->a, "%lld", (long long)v);
}

int cg_limit(struct cg_planner *pl, int64_t v, const char *from, const char *unlimited, const char **ret_text)
{
	if (v < -1)
		return err_set(pl->e, -EINVAL, "%s: %lld is neither a size nor -1", from, (long long)v);
	*ret_text = v == -1 ? unlimited : cg_i64(pl, v);
	return *ret_text ? 0 : err_nomem(pl->e);
}

int cg_only_v1(struct cg_planner *pl, const char *from)
{
	return err_set(pl->e, -ENOTSUP, "%s: cgroup v2 has no such setting", from);
}

/* It becomes part of a file's name. */
int cg_check_page_size(struct cg_planner *pl, const char *size, const char *from)
{
	size_t digits = size ? strspn(size, "0123456789") : 0;

	if (digits == 0 || digits > 8 || size[0] == '0' || !strchr("KMG", size[digits]) || size[digits] == '\0' ||
	    strcmp(size + digits + 1, "B") != 0)
		return err_set(pl->e, -EINVAL, "%s: pageSize %s is not of the form 2MB", from, size ? size : "\"\"");
	return 0;
}

int cg_check_weight(struct cg_planner *pl, uint64_t weight, const char *from)
{
	if (weight < 10 || weight > 1000)
		return err_set(pl->e, -EINVAL, "%s: %llu is not within 10 to 1000", from, (unsigned long long)weight);
	return 0;
}

int cg_check_weight_device(struct cg_planner *pl, const struct oci_weight_device *d, const char *from)
{
	if (!from)
		return err_nomem(pl->e);
	if (!d->has_weight && !d->has_leaf_weight)
		return err_set(pl->e, -EINVAL, "%s: neither weight nor leafWeight is set", from);
	return 0;
}

int cg_check_throttle(struct cg_planner *pl, const struct oci_throttle_device *d, const char *from)
{
	if (!from)
		return err_nomem(pl->e);
	return d->has_rate ? 0 : err_set(pl->e, -EINVAL, "%s: rate is not set", from);
}

int cg_check_memory(struct cg_planner *pl, const struct oci_memory *m)
{
	if (m->has_use_hierarchy && !m->use_hierarchy)
		return err_set(pl->e, -ENOTSUP, RES "memory.useHierarchy: false: accounting is always hierarchical since "
			       "Linux 5.11");
	return 0;
}

int cg_check_cpu(struct cg_planner *pl, const struct oci_cpu *c)
{
	if (c->has_idle && (c->idle & ~1) != 0)
		return err_set(pl->e, -EINVAL, RES "cpu.idle: %lld is neither 0 nor 1", (long long)c->idle);
	if (c->quota > 0 && c->burst > (uint64_t)c->quota)
		return err_set(pl->e, -EINVAL, RES "cpu.burst: %llu is above cpu.quota %lld",
			       (unsigned long long)c->burst, (long long)c->quota);
	return 0;
}

/* ---- resources ---- */

/* In the order of writing.  Without a column for v2 the controller exists on v1 only. */
static const struct {
	enum cg_controller controller;
	int (*v1)(struct cg_planner *pl, const struct oci_resources *r);
	int (*v2)(struct cg_planner *pl, const struct oci_resources *r);
} resources[] = {
	{ CG_CPUSET,	cg1_cpuset,	cg1_cpuset },
	{ CG_MEMORY,	cg1_memory,	cg2_memory },
	{ CG_CPU,	cg1_cpu,	cg2_cpu },
	{ CG_PIDS,	cg1_pids,	cg2_pids },
	{ CG_IO,	cg1_io,		cg2_io },
	{ CG_HUGETLB,	cg1_hugetlb,	cg2_hugetlb },
	{ CG_RDMA,	cg_rdma,	cg_rdma },
	{ CG_NET_CLS,	cg1_net_cls,	NULL },
	{ CG_NET_PRIO,	cg1_net_prio,	NULL },
};

int cg_plan_resources(struct cg_planner *pl, const struct oci_resources *r)
{
	for (size_t i = 0; i < ARRAY_LEN(resources); i++) {
		const struct cg_place *place = cg_place_of(pl, resources[i].controller);
		bool v1 = place ? !place->h->is_v2 : pl->host->layout == CG_LAYOUT_V1;

		if ((v1 || !resources[i].v2 ? resources[i].v1 : resources[i].v2)(pl, r) < 0)
			return pl->e->code;
	}
	return cg2_unified(pl, r);
}

/*
 * Neither v1's controller nor the program takes a rule from an ordinary user.  Nor has his container any device but those
 * that he may open himself, since nothing in a user namespace makes nodes (mknod(2)), so the common list, which forbids all
 * and allows some, loses nothing.  What is forbidden by name was meant, and is an error.
 */
static int do_without_device_rules(struct cg_planner *pl, const struct oci_resources *r)
{
	for (size_t i = 0; r && i < r->n_devices; i++) {
		const struct oci_device_cgroup *d = &r->devices[i];

		if (!d->allow && ((d->has_major && d->major >= 0) || (d->has_minor && d->minor >= 0) ||
				  (d->type && *d->type && strcmp(d->type, "a") != 0)))
			return err_set(pl->e, -EPERM, RES "devices[%zu]: device rules take CAP_SYS_ADMIN on the host, which "
				       "this caller lacks", i);
	}
	return 0;
}

/* v1's controller where there is one, else a program on the unified place. */
static int plan_devices(struct cg_planner *pl, const struct oci_resources *r)
{
	struct cg_plan *p = pl->p;

	if (pl->host->rootless && pl->host->no_device_rules)
		return do_without_device_rules(pl, r);
	if (cg_device_merge(r ? r->devices : NULL, r ? r->n_devices : 0, pl->a, &p->policy, pl->e) < 0)
		return pl->e->code;
	if (cg_place_of(pl, CG_DEVICES))
		return cg1_devices(pl);
	if (p->n_places == 0 || !p->places[p->n_places - 1].h->is_v2)
		return err_set(pl->e, -ENOTSUP,
			       "cgroup controller devices is not available on this host, and without it a container "
			       "could open any device");
	p->has_filter = true;
	return cg_filter_make(&p->policy, pl->a, &p->filter, pl->e);
}

/* ---- places ---- */

/* What is on in a pure v2 tree even if nothing is limited: engines read statistics from it. */
#define ALWAYS_ENABLED (CG_BIT(CG_CPU) | CG_BIT(CG_CPUSET) | CG_BIT(CG_MEMORY) | CG_BIT(CG_IO) | CG_BIT(CG_PIDS) | \
			CG_BIT(CG_HUGETLB) | CG_BIT(CG_RDMA) | CG_BIT(CG_MISC) | CG_BIT(CG_DMEM))

/* Where the unit is, the container is in each hierarchy, or one level below. */
static int place_in_unit(struct cg_planner *pl, struct cg_place *place)
{
	const struct cg_unit *u = &pl->p->unit;

	if (*u->subgroup)
		place->unit_len = strlen(u->path);
	place->path = *u->subgroup ? arena_fmt(pl->a, "%s/%s", u->path, u->subgroup) : u->path;
	return place->path ? 0 : err_nomem(pl->e);
}

static int plan_places(struct cg_planner *pl, const char *cgroups_path, const char *id)
{
	const struct cg_host *h = pl->host;
	struct cg_plan *p = pl->p;

	p->places = ARENA_ARRAY(pl->a, h->n, struct cg_place);
	if (!p->places)
		return err_nomem(pl->e);
	for (size_t i = 0; i < h->n; i++) {
		struct cg_place *place = &p->places[p->n_places];

		if (h->rootless && h->h[i].closed)
			continue;
		place->h = &h->h[i];
		if (h->layout == CG_LAYOUT_V2)
			place->enable = place->h->controllers & ALWAYS_ENABLED;
		if ((p->unit.name ? place_in_unit(pl, place)
				  : cg_path_make(cgroups_path, id, place->h, pl->a, &place->path, pl->e)) < 0)
			return pl->e->code;
		p->n_places++;
	}
	return 0;
}

/* Where it has no cgroup of its own, a container is where its creator is. */
static const char *path_in(const struct cg_plan *p, const struct cg_hierarchy *h)
{
	for (size_t i = 0; i < p->n_places; i++)
		if (p->places[i].h == h)
			return p->places[i].path;
	return h->own;
}

static int plan_views(struct cg_planner *pl)
{
	const struct cg_host *h = pl->host;
	struct cg_plan *p = pl->p;

	p->views = ARENA_ARRAY(pl->a, h->n ? h->n : 1, struct cg_mount_view);
	if (!p->views)
		return err_nomem(pl->e);
	for (size_t i = 0; i < h->n; i++) {
		const struct cg_hierarchy *hi = &h->h[i];
		const char *path = path_in(p, hi);

		p->views[i] = (struct cg_mount_view){
			.dir = hi->name, .root_dir = hi->mount_point, .is_v2 = hi->is_v2,
			.host_dir = strcmp(path, "/") == 0 ? hi->mount_point
							   : arena_fmt(pl->a, "%s%s", hi->mount_point, path),
			.links = hi->links, .n_links = hi->n_links,
		};
		if (!p->views[i].host_dir)
			return err_nomem(pl->e);
		p->n_views++;
	}
	return 0;
}

/* ---- systemd ---- */

/* run.oci.systemd.subgroup, or "container" on v2, where a cgroup with processes cannot pass controllers on. */
static int plan_subgroup(struct cg_planner *pl, const struct oci_config *c)
{
	const char *wished = oci_annotation(c, CG_SUBGROUP_ANNOTATION);
	struct cg_unit *u = &pl->p->unit;

	/* A slice is not delegated: what is below is systemd's. */
	u->subgroup = pl->host->layout == CG_LAYOUT_V2 && !u->is_slice ? "container" : "";
	if (wished)
		u->subgroup = wished;
	if (!u->subgroup[0])
		return 0;
	if (strchr(u->subgroup, '/') || strchr(u->subgroup, '\n') || strcmp(u->subgroup, ".") == 0 ||
	    strcmp(u->subgroup, "..") == 0 || strlen(u->subgroup) > NAME_MAX)
		return err_set(pl->e, -EINVAL, "annotations: " CG_SUBGROUP_ANNOTATION ": '%.*s' is not the name of a cgroup",
			       64, u->subgroup);
	if (u->is_slice)
		return err_set(pl->e, -EINVAL, "annotations: " CG_SUBGROUP_ANNOTATION ": a slice, %s, has no sub-cgroup",
			       u->name);
	return 0;
}

static int plan_unit(struct cg_planner *pl, const struct oci_config *c, const char *id)
{
	struct cg_unit *u = &pl->p->unit;

	if (cg_unit_make(c->linux ? c->linux->cgroups_path : NULL, id, &pl->host->manager, pl->a, u, pl->e) < 0 ||
	    plan_subgroup(pl, c) < 0)
		return pl->e->code;
	return cg_unit_start(pl, c, id);
}

/* What is in the plan by now, in systemd's words. */
static int plan_unit_limits(struct cg_planner *pl, const struct oci_resources *r)
{
	if (!pl->p->unit.name)
		return 0;
	if (r && cg_unit_limits(pl, r) < 0)
		return pl->e->code;
	return cg_unit_devices(pl);
}

/* Planned as on a host without controllers, so that whatever limits something is refused. */
static int refuse_limits(struct cg_planner *pl, const struct oci_resources *r)
{
	if (!r || cg_plan_resources(pl, r) == 0)
		return 0;
	return err_ctx(pl->e, "cgroups are disabled (--cgroup-manager=disabled)");
}

int cg_plan(const struct oci_config *c, const char *id, const struct cg_host *h, enum cg_driver_kind driver,
	    struct arena *a, struct cg_plan *ret_plan, struct err *e)
{
	const struct oci_resources *r = c->linux ? c->linux->resources : NULL;
	struct cg_plan p = { .driver = driver, .layout = h->layout };
	struct cg_planner pl = { .host = h, .a = a, .e = e, .p = &p };

	if (plan_views(&pl) < 0)
		return e->code;
	if (driver == CG_DRIVER_DISABLED) {
		if (refuse_limits(&pl, r) < 0 || cg_plan_delegate(&pl, c) < 0)
			return e->code;
		*ret_plan = p;
		return 0;
	}
	if (h->layout == CG_LAYOUT_NONE && !h->rootless)
		return err_set(e, -ENOTSUP, "no cgroup file system is mounted on this host; mount it, or use "
			       "--cgroup-manager=disabled");
	p.n_views = 0;
	if (driver == CG_DRIVER_SYSTEMD && plan_unit(&pl, c, id) < 0)
		return e->code;
	if (plan_places(&pl, c->linux ? c->linux->cgroups_path : NULL, id) < 0 || plan_devices(&pl, r) < 0)
		return e->code;
	p.n_first = p.n_writes;
	if ((r && cg_plan_resources(&pl, r) < 0) || plan_unit_limits(&pl, r) < 0 ||
	    cg_plan_delegate(&pl, c) < 0 || plan_views(&pl) < 0)
		return e->code;
	/* An ordinary user's container has his own cgroup already, and he cannot give it to another. */
	if (!h->rootless)
		cg_plan_owner(c, &p);
	*ret_plan = p;
	return 0;
}
