/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the state file keeps of a plan.  cg_open() (dir.c) is the way back. */
#include "cgroup/host.h"

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
