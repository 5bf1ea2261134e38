/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Acting half: no library, runs in the init. */
#include "seccomp/seccomp.h"
#include "sys/cred.h"

int seccomp_install(const struct seccomp_plan *p, struct err *e)
{
	int rc;

	if (!p->wanted)
		return 0;
	rc = sys_seccomp_filter(p->flags, (uint16_t)p->n, p->filter);
	if (rc == -EINVAL)
		return err_set(e, rc, "linux.seccomp: the kernel refuses the filter or one of its flags (%x)",
			       p->flags);
	return rc < 0 ? err_sys(e, rc, "linux.seccomp: load the filter") : 0;
}
