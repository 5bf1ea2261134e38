/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the state file keeps of a plan.  cg_open() (dir.c) is the way back. */
#include "cgroup/host.h"

#include <string.h>

static const char *const driver_names[] = {
	[CG_DRIVER_CGROUPFS] = "cgroupfs", [CG_DRIVER_SYSTEMD] = "systemd", [CG_DRIVER_DISABLED] = "disabled",
};

int cg_record_make(const struct cg_plan *p, const struct cg *cg, struct arena *a, struct cg_record *ret_record,
		   struct err *e)
{
	struct cg_record r = { .driver = driver_names[p->driver], .unit = p->unit.name,
			       .unit_is_users = p->unit.is_users };

	r.places = ARENA_ARRAY(a, p->n_places ? p->n_places : 1, struct cg_record_place);
	if (!r.places)
		return err_nomem(e);
	for (size_t i = 0; i < p->n_places; i++) {
		const struct cg_hierarchy *h = p->places[i].h;
		struct cg_record_place *to = &r.places[r.n_places++];

		*to = (struct cg_record_place){
			.mount_point = h->mount_point, .path = p->places[i].path,
			.controllers = cg_controller_list(h->controllers, h->is_v2, a), .is_v2 = h->is_v2,
			.made = cg && i < cg->n ? cg->v[i].made : 0,
		};
		if (!to->controllers)
			return err_nomem(e);
	}
	*ret_record = r;
	return 0;
}

void cg_unit_of_record(const struct cg_record *r, struct cg_unit *ret)
{
	const char *path = r->n_places > 0 ? r->places[0].path : NULL;
	const char *last = path ? strrchr(path, '/') : NULL;
	size_t len, unit_len;

	*ret = (struct cg_unit){ .subgroup = "" };
	if (!r->unit || !last)
		return;
	len = strlen(++last);
	unit_len = strlen(r->unit);
	ret->name = r->unit;
	ret->is_users = r->unit_is_users;
	/* The unit's own cgroup has its name, behind an underscore where that could be a file of the kernel's. */
	ret->subgroup = len >= unit_len && strcmp(last + len - unit_len, r->unit) == 0 ? "" : last;
}
