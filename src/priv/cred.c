/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ordered drop.  Acting half: cred.h says in which order and why. */
#include "priv/cred.h"
#include "base/arr.h"
#include "sys/cred.h"
#include "sys/process.h"

#include <sys/stat.h>

enum {
	CAP_BITS = 64,
	CAP_SYS_ADMIN_BIT = 21,		/* linux/capability.h */
	FEW_GROUPS = 64,
};

void cred_set_umask(const struct cred_plan *p)
{
	umask(p->umask);
}

int cred_limit_bounding(const struct cred_plan *p, struct err *e)
{
	int rc = sys_prctl(K_PR_CAP_AMBIENT, K_PR_CAP_AMBIENT_CLEAR_ALL, 0);

	if (rc < 0)
		return err_sys(e, rc, "%s.capabilities.ambient: clear the ambient set", p->from);
	for (unsigned int cap = 0; cap <= p->last_cap && cap < CAP_BITS; cap++) {
		if (p->caps.bounding >> cap & 1)
			continue;
		rc = sys_prctl(K_PR_CAPBSET_DROP, cap, 0);
		/* Without CAP_SETPCAP what is not there cannot be dropped either, nor need it be. */
		if (rc < 0 && sys_prctl(K_PR_CAPBSET_READ, cap, 0) != 0)
			return err_sys(e, rc, "%s.capabilities.bounding: drop capability %u", p->from, cap);
	}
	return 0;
}

/* Whether the process already is in these groups and no others; order does not matter. */
static bool has_exactly(const uint32_t *want, uint32_t n)
{
	uint32_t have[FEW_GROUPS];
	int m = sys_getgroups(ARRAY_LEN(have), have);

	if (m < 0 || (uint32_t)m != n)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		bool found = false;

		for (uint32_t j = 0; j < n; j++)
			found |= have[j] == want[i];
		if (!found)
			return false;
	}
	return true;
}

static int set_groups(const struct cred_plan *p, struct err *e)
{
	int rc;

	if (p->keep_groups || (p->groups_are_fixed && p->n_groups == 0))
		return 0;
	rc = sys_setgroups(p->n_groups, p->groups);
	/*
	 * A user namespace with a single group has "deny" in its setgroups file: nobody inside may give up a
	 * group.  Then an empty list is as far as one gets, and a list that happens to be the present one is
	 * right.
	 */
	if (rc == -EPERM && (p->n_groups == 0 || has_exactly(p->groups, p->n_groups)))
		return 0;
	if (rc == -EPERM)
		return err_set(e, rc, "%s.user.additionalGids: operation not permitted: this user namespace does "
			       "not let groups be set", p->from);
	if (rc == -EINVAL)
		return err_set(e, rc, "%s.user.additionalGids: one of the %u groups is not mapped in the user "
			       "namespace", p->from, p->n_groups);
	return rc < 0 ? err_sys(e, rc, "%s.user.additionalGids: setgroups", p->from) : 0;
}

static int set_id(int (*set)(uint32_t id), const char *what, uint32_t id, const struct cred_plan *p,
		  struct err *e)
{
	int rc = set(id);

	if (rc == -EINVAL)
		return err_set(e, rc, "%s.user.%s: %s %u is not mapped in the user namespace", p->from, what,
			       what, id);
	return rc < 0 ? err_sys(e, rc, "%s.user.%s: become %s %u", p->from, what, what, id) : 0;
}

/* Leaving uid 0 has emptied the effective set; seccomp(2) looks at nothing else. */
static int raise_admin(const struct cred_plan *p, struct err *e)
{
	uint64_t effective, permitted, inheritable, admin;
	int rc = sys_capget(&effective, &permitted, &inheritable);

	admin = permitted & UINT64_C(1) << CAP_SYS_ADMIN_BIT;
	if (rc == 0 && (effective & admin) != admin)
		rc = sys_capset(effective | admin, permitted, inheritable);
	return rc < 0 ? err_sys(e, rc, "%s: keep CAP_SYS_ADMIN for the filter", p->from) : 0;
}

int cred_switch_user(const struct cred_plan *p, bool keep_admin, struct err *e)
{
	int rc = p->uid == 0 ? 0 : sys_prctl(K_PR_SET_KEEPCAPS, 1, 0);

	if (rc < 0)
		return err_sys(e, rc, "%s.user: keep capabilities", p->from);
	if (set_groups(p, e) < 0 ||
	    set_id(sys_setresgid, "gid", p->gid, p, e) < 0 ||
	    set_id(sys_setresuid, "uid", p->uid, p, e) < 0)
		return e->code;
	rc = p->uid == 0 ? 0 : sys_prctl(K_PR_SET_KEEPCAPS, 0, 0);
	if (rc < 0)
		return err_sys(e, rc, "%s.user: stop keeping capabilities", p->from);
	return keep_admin ? raise_admin(p, e) : 0;
}

int cred_no_new_privs(const struct cred_plan *p, struct err *e)
{
	int rc = p->no_new_privs ? sys_prctl(K_PR_SET_NO_NEW_PRIVS, 1, 0) : 0;

	return rc < 0 ? err_sys(e, rc, "%s.noNewPrivileges", p->from) : 0;
}

int cred_final_caps(const struct cred_plan *p, struct err *e)
{
	const struct caps *c = &p->caps;
	int rc = sys_capset(c->effective, c->permitted, c->inheritable);

	if (rc == -EPERM)
		return err_set(e, rc, "%s.capabilities: operation not permitted: they are more than this caller "
			       "may give", p->from);
	if (rc < 0)
		return err_sys(e, rc, "%s.capabilities: set them", p->from);
	rc = sys_prctl(K_PR_CAP_AMBIENT, K_PR_CAP_AMBIENT_CLEAR_ALL, 0);
	for (unsigned int cap = 0; rc >= 0 && cap < CAP_BITS; cap++)
		if (c->ambient >> cap & 1)
			rc = sys_prctl(K_PR_CAP_AMBIENT, K_PR_CAP_AMBIENT_RAISE, cap);
	return rc < 0 ? err_sys(e, rc, "%s.capabilities.ambient: raise them", p->from) : 0;
}
