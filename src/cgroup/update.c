/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* New limits for a container that is there: planned from its record, and written all or not at all. */
#include "cgroup/dir.h"
#include "cgroup/host.h"
#include "cgroup/planner.h"

#include "base/fmt.h"
#include "sys/file.h"

#include <stdlib.h>
#include <string.h>

/* ---- the plan ---- */

static enum cg_layout layout_of(const struct cg_record *r)
{
	size_t n_v2 = 0;

	for (size_t i = 0; i < r->n_places; i++)
		n_v2 += r->places[i].is_v2;
	if (r->n_places == 0)
		return CG_LAYOUT_NONE;
	if (n_v2 == r->n_places)
		return CG_LAYOUT_V2;
	return n_v2 > 0 ? CG_LAYOUT_HYBRID : CG_LAYOUT_V1;
}

/* The hierarchies as the record has them: that is where the container is, whatever the host has by now. */
static int recorded_places(const struct cg_record *r, struct cg_planner *pl)
{
	struct cg_hierarchy *h = ARENA_ARRAY(pl->a, r->n_places + 1, struct cg_hierarchy);

	pl->p->places = ARENA_ARRAY(pl->a, r->n_places + 1, struct cg_place);
	if (!h || !pl->p->places)
		return err_nomem(pl->e);
	for (size_t i = 0; i < r->n_places; i++) {
		const struct cg_record_place *from = &r->places[i];

		h[i] = (struct cg_hierarchy){
			.mount_point = from->mount_point, .root = "/", .own = "/", .name = "", .is_v2 = from->is_v2,
			.controllers = cg_controller_set(from->controllers ? from->controllers : "", ",", from->is_v2),
		};
		pl->p->places[i] = (struct cg_place){ .h = &h[i], .path = from->path };
	}
	pl->p->n_places = r->n_places;
	return 0;
}

int cg_plan_update(const struct cg_record *record, const struct oci_resources *r, struct arena *a,
		   struct cg_plan *ret_plan, struct err *e)
{
	const struct cg_host host = { .layout = layout_of(record) };
	struct cg_plan p = { .driver = CG_DRIVER_CGROUPFS, .layout = host.layout };
	struct cg_planner pl = { .host = &host, .a = a, .e = e, .p = &p };

	if (recorded_places(record, &pl) < 0)
		return e->code;
	if (cg_plan_resources(&pl, r) < 0)
		return p.n_places > 0 ? e->code : err_ctx(e, "the container has no cgroup of its own");
	cg_unit_of_record(record, &p.unit);
	if (p.unit.name && cg_unit_limits(&pl, r) < 0)
		return e->code;
	*ret_plan = p;
	return 0;
}

/* ---- the act ---- */

/*
 * A v2 controller that nothing needed when the container was created may not be on in its cgroup.  Switching it on
 * changes no limit, so it is not taken back.
 */
static int enable_needed(const struct cg_dir *d, const struct cg_place *place, struct err *e)
{
	char path[CG_PATH_MAX], where[2 * CG_PATH_MAX], text[512];
	ssize_t n = d->fd < 0 ? -ENOENT : sys_read_at(d->fd, "cgroup.controllers", text, sizeof text);

	if (n < 0)
		return err_sys(e, (int)n, "read %s/cgroup.controllers", d->where);
	if (!(place->need & ~cg_controller_set(text, " \n", true)))
		return 0;
	for (const char *end = place->path; end; end = strchr(end + 1, '/')) {
		auto_close int fd = -EBADF;

		fmt(path, sizeof path, ".%.*s", (int)(end - place->path), place->path);
		fmt(where, sizeof where, "%s%s", place->h->mount_point, path + 1);
		fd = cg_dir_below(d->root_fd, path);
		if (fd < 0)
			return err_sys(e, fd, "open %s", where);
		if (cg2_enable(fd, where, place, e) < 0)
			return e->code;
	}
	return 0;
}

int cg_update(const struct cg *cg, const struct cg_plan *p, void (*warn)(const char *text),
	      struct cg_journal *ret_done, struct err *e)
{
	auto_cg_journal struct cg_journal done = { 0 };

	if (cg_fits(cg, p, e) < 0)
		return e->code;
	for (size_t i = 0; i < p->n_places; i++)
		if (p->places[i].need && enable_needed(&cg->v[i], &p->places[i], e) < 0)
			return e->code;
	done.v = calloc(p->n_writes + 1, sizeof *done.v);
	if (!done.v)
		return err_nomem(e);
	if (cg_write_from(0, cg, p, warn, &done, e) < 0)
		return cg_revert(&done, e);
	*ret_done = done;
	done = (struct cg_journal){ 0 };
	return 0;
}
