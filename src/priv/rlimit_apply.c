/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Acting half of rlimit.h. */
#include "priv/rlimit.h"
#include "sys/process.h"

static int refused(const struct rlimit_row *r, int rc, struct err *e)
{
	return err_sys(e, rc, "%s: set %s to %llu (hard %llu)", r->from, r->name, (unsigned long long)r->soft,
		       (unsigned long long)r->hard);
}

int rlimit_raise(const struct rlimit_plan *p, struct err *e)
{
	for (uint32_t i = 0; i < p->n; i++) {
		const struct rlimit_row *r = &p->v[i];
		uint64_t soft, hard;
		int rc = sys_getrlimit(r->resource, &soft, &hard);

		if (rc == 0 && r->hard > hard)
			rc = sys_setrlimit(r->resource, soft, r->hard);
		if (rc < 0)
			return refused(r, rc, e);
	}
	return 0;
}

int rlimit_apply(const struct rlimit_plan *p, struct err *e)
{
	for (uint32_t i = 0; i < p->n; i++) {
		int rc = sys_setrlimit(p->v[i].resource, p->v[i].soft, p->v[i].hard);

		if (rc < 0)
			return refused(&p->v[i], rc, e);
	}
	return 0;
}
