/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Acting half of rlimit.h. */
#include "priv/rlimit.h"
#include "sys/process.h"

int rlimit_apply(const struct rlimit_plan *p, struct err *e)
{
	for (uint32_t i = 0; i < p->n; i++) {
		const struct rlimit_row *r = &p->v[i];
		int rc = sys_setrlimit(r->resource, r->soft, r->hard);

		if (rc < 0)
			return err_sys(e, rc, "%s: set %s to %llu (hard %llu)", r->from, r->name,
				       (unsigned long long)r->soft, (unsigned long long)r->hard);
	}
	return 0;
}
