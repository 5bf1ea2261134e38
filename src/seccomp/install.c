/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Acting half: no library, runs in the init. */
#include "seccomp/seccomp.h"
#include "sys/cred.h"

static int loaded(int rc, uint32_t flags, struct err *e)
{
	if (rc == -EINVAL)
		return err_set(e, rc, "linux.seccomp: the kernel refuses the filter or one of its flags (%x)", flags);
	if (rc == -EBUSY)	/* seccomp(2): one listener for all filters of a process */
		return err_set(e, rc, "linux.seccomp: this runtime is itself watched through a seccomp listener, and the "
			       "kernel allows one");
	return rc < 0 ? err_sys(e, rc, "linux.seccomp: load the filter") : 0;
}

int seccomp_install(const struct seccomp_plan *p, struct err *e)
{
	return p->wanted ? loaded(sys_seccomp_filter(p->flags, (uint16_t)p->n, p->filter), p->flags, e) : 0;
}

int seccomp_listen(const struct seccomp_plan *p, int *ret_listener, struct err *e)
{
	int rc = sys_seccomp_filter(p->listener_flags, (uint16_t)p->n, p->listener);

	if (loaded(rc, p->listener_flags, e) < 0)
		return e->code;
	*ret_listener = rc;
	return 0;
}
