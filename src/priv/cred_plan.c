/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From the process object to what cred.c does.  Pure. */
#include "priv/cred.h"
#include "base/explain.h"
#include "base/fmt.h"
#include "base/limits.h"
#include "libocispec/oci_config.h"

#include <string.h>

enum {
	UMASK_DEFAULT = 0022,
	OOM_SCORE_LIMIT = 1000,		/* proc(5): -1000 … 1000 */
	CAPS_TEXT_MAX = 64 * 28,	/* every bit with its name and a separator */
};

static int plan_groups(const struct cred_request *r, struct arena *a, struct cred_plan *p, struct err *e)
{
	const struct oci_user *u = &r->process->user;
	uint32_t *groups;

	if (u->n_additional_gids > 0 && r->groups_are_fixed && !r->keep_groups)
		return err_set(e, -EPERM, "%s.user.additionalGids: setgroups is denied in a user namespace whose group map "
			       "was made without privilege (user_namespaces(7)): leave them out, or map groups that "
			       "/etc/subgid gives to the user", r->from);
	if (u->n_additional_gids > GROUPS_MAX)
		return err_set(e, -EINVAL, "%s.user.additionalGids: %zu groups; the kernel takes %d", r->from,
			       u->n_additional_gids, GROUPS_MAX);
	groups = ARENA_ARRAY(a, u->n_additional_gids, uint32_t);
	if (!groups)
		return err_nomem(e);
	if (u->n_additional_gids > 0)
		memcpy(groups, u->additional_gids, u->n_additional_gids * sizeof(*groups));
	p->groups = groups;
	p->n_groups = (uint32_t)u->n_additional_gids;
	for (uint32_t i = 0; i < p->n_groups; i++)
		if (groups[i] == UINT32_MAX)
			return err_set(e, -EINVAL, "%s.user.additionalGids[%u]: %u is no group id", r->from,
				       i, groups[i]);
	return 0;
}

static bool is_mapped(const struct oci_id_mapping *m, size_t n, uint32_t id)
{
	for (size_t i = 0; i < n; i++)
		if (id >= m[i].container_id && id - m[i].container_id < m[i].size)
			return true;
	return n == 0;
}

static int check_mapped(const struct cred_request *r, const struct cred_plan *p, struct err *e)
{
	if (!is_mapped(r->uid_mappings, r->n_uid_mappings, p->uid))
		return err_set(e, -EINVAL, "%s.user.uid: uid %u is not mapped in the user namespace", r->from,
			       p->uid);
	if (!is_mapped(r->gid_mappings, r->n_gid_mappings, p->gid))
		return err_set(e, -EINVAL, "%s.user.gid: gid %u is not mapped in the user namespace", r->from,
			       p->gid);
	for (uint32_t i = 0; i < p->n_groups; i++)
		if (!is_mapped(r->gid_mappings, r->n_gid_mappings, p->groups[i]))
			return err_set(e, -EINVAL, "%s.user.additionalGids[%u]: gid %u is not mapped in the user "
				       "namespace", r->from, i, p->groups[i]);
	return 0;
}

int cred_plan(const struct cred_request *r, struct arena *a, struct cred_plan *ret_plan,
	      struct priv_warnings *ret_warnings, struct err *e)
{
	const struct oci_process *pr = r->process;
	struct priv_warnings w;
	struct cred_plan p = {
		.from = arena_str(a, r->from),
		.uid = pr->user.uid,
		.gid = pr->user.gid,
		.umask = pr->user.has_umask ? pr->user.umask : UMASK_DEFAULT,
		.keep_groups = r->keep_groups,
		.groups_are_fixed = r->groups_are_fixed,
		.sets_own_oom_score = r->sets_own_oom_score,
		.no_new_privs = pr->no_new_privileges,
		.has_oom_score_adj = pr->has_oom_score_adj,
		.oom_score_adj = pr->oom_score_adj,
	};
	const char *caps_from = arena_fmt(a, "%s.capabilities", r->from);

	if (!caps_from || !p.from)
		return err_nomem(e);
	/* To the kernel this id means "leave it as it is": as root. */
	if (p.uid == UINT32_MAX || p.gid == UINT32_MAX)
		return err_set(e, -EINVAL, "%s.user.%s: %u is no id", r->from,
			       p.uid == UINT32_MAX ? "uid" : "gid", UINT32_MAX);
	if (p.umask > 0777)
		return err_set(e, -EINVAL, "%s.user.umask: %u is above 0777 (511)", r->from, p.umask);
	if (p.has_oom_score_adj && (p.oom_score_adj < -OOM_SCORE_LIMIT || p.oom_score_adj > OOM_SCORE_LIMIT))
		return err_set(e, -EINVAL, "%s.oomScoreAdj: %d is not within -1000 and 1000", r->from,
			       p.oom_score_adj);
	if (plan_groups(r, a, &p, e) < 0 || check_mapped(r, &p, e) < 0 ||
	    caps_plan(pr->capabilities, caps_from, r->last_cap, r->withheld, a, &p.caps, &w, e) < 0)
		return e->code;
	p.last_cap = r->last_cap;
	*ret_plan = p;
	*ret_warnings = w;
	return 0;
}

static void explain_set(const char *what, uint64_t set, const char *member, const struct cred_plan *p,
			struct explain *x)
{
	char text[CAPS_TEXT_MAX] = "none", from[256];
	size_t n = 0;

	for (uint32_t i = 0; i < 64 && n < sizeof(text); i++)
		if (set >> i & 1)
			n += fmt(text + n, sizeof(text) - n, "%s%s", n > 0 ? " " : "",
				 caps_name(i) ? caps_name(i) : "?");
	fmt(from, sizeof(from), "%s.capabilities.%s", p->from, member);
	explain_act(x, from, "%s capabilities: %s", what, text);
}

static void explain_groups(const struct cred_plan *p, struct explain *x)
{
	char text[512] = "none", from[256];
	size_t n = 0;

	for (uint32_t i = 0; i < p->n_groups && n < sizeof(text); i++)
		n += fmt(text + n, sizeof(text) - n, "%s%u", n > 0 ? " " : "", p->groups[i]);
	fmt(from, sizeof(from), "%s.user.additionalGids", p->from);
	if (p->keep_groups)
		explain_act(x, "annotations", "supplementary groups: the caller's");
	else if (p->groups_are_fixed)
		explain_act(x, "linux.gidMappings", "supplementary groups: as they are, setgroups is denied");
	else
		explain_act(x, from, "supplementary groups: %s%s", text, n >= sizeof(text) ? " …" : "");
}

void cred_explain_bounding(const struct cred_plan *p, struct explain *x)
{
	char from[256];

	fmt(from, sizeof(from), "%s.user", p->from);
	explain_act(x, from, "umask %04o", p->umask);
	explain_set("bounding", p->caps.bounding, "bounding", p, x);
}

void cred_explain_user(const struct cred_plan *p, struct explain *x)
{
	char from[256];

	explain_groups(p, x);
	fmt(from, sizeof(from), "%s.user", p->from);
	explain_act(x, from, "gid %u, uid %u", p->gid, p->uid);
}

void cred_explain_caps(const struct cred_plan *p, struct explain *x)
{
	explain_set("effective", p->caps.effective, "effective", p, x);
	explain_set("permitted", p->caps.permitted, "permitted", p, x);
	explain_set("inheritable", p->caps.inheritable, "inheritable", p, x);
	explain_set("ambient", p->caps.ambient, "ambient", p, x);
}
