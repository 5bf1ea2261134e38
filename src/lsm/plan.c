/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lsm/lsm.h"
#include "base/explain.h"
#include "libocispec/oci_config.h"

#include <string.h>

static bool is_set(const char *text)
{
	return text && *text;
}

bool lsm_is_asked(const struct oci_config *c, const struct oci_process *p)
{
	return (p && (is_set(p->apparmor_profile) || is_set(p->selinux_label))) ||
	       (c && c->linux && is_set(c->linux->mount_label));
}

/* A byte below 0x20 would end or change what is written. */
static int check_name(const char *name, const char *from, struct err *e)
{
	for (const char *p = name; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return err_set(e, -EINVAL, "%s: it has a control character", from);
	return 0;
}

static int add(struct lsm_plan *p, const struct lsm_label *l, struct err *e)
{
	if (!l->file || !l->text || !l->name || !l->from)
		return err_nomem(e);
	p->exec[p->n_exec++] = *l;
	return 0;
}

/*
 * A process that is confined and has no_new_privs may not change to another profile, only add one to its own
 * (security/apparmor/domain.c): "stack" then is what comes nearest, and never less strict.
 */
static int plan_apparmor(const struct oci_process *p, const struct lsm_host *h, struct arena *a, struct lsm_plan *plan,
			 struct err *e)
{
	static const char from[] = "process.apparmorProfile";
	const char *name = p->apparmor_profile;
	const bool unconfined = name && strcmp(name, "unconfined") == 0;

	if (!is_set(name) || (unconfined && !h->confined))
		return 0;
	if (check_name(name, from, e) < 0)
		return e->code;
	if (!h->apparmor)
		return err_set(e, -EOPNOTSUPP, "%s: %.*s: AppArmor is not enabled on this host; boot with apparmor=1 "
			       "security=apparmor, or leave the profile out", from, 200, name);
	const struct lsm_label l = {
		.file = arena_str(a, "attr/apparmor/exec"),
		.text = arena_fmt(a, "%s %s", h->confined && p->no_new_privileges ? "stack" : "exec", name),
		.name = arena_str(a, name), .from = arena_str(a, from),
	};
	return add(plan, &l, e);
}

static int plan_selinux(const struct oci_process *p, const struct lsm_host *h, bool with_keyring, struct arena *a,
			struct lsm_plan *plan, struct err *e)
{
	static const char from[] = "process.selinuxLabel";
	const char *name = p->selinux_label;

	if (!is_set(name))
		return 0;
	if (check_name(name, from, e) < 0)
		return e->code;
	if (!h->selinux)
		return err_set(e, -EOPNOTSUPP, "%s: %.*s: SELinux is not enabled on this host; load a policy, or leave the "
			       "label out", from, 200, name);
	const struct lsm_label l = {
		.file = arena_str(a, "attr/exec"), .text = arena_str(a, name), .name = arena_str(a, name),
		.from = arena_str(a, from),
	};
	if (add(plan, &l, e) < 0)
		return e->code;
	if (with_keyring) {
		plan->key = l;
		plan->key.file = arena_str(a, "attr/keycreate");
	}
	return !with_keyring || plan->key.file ? 0 : err_nomem(e);
}

int lsm_plan(const struct oci_process *p, const struct lsm_host *h, bool with_keyring, struct arena *a,
	     struct lsm_plan *ret_plan, struct err *e)
{
	struct lsm_plan plan = { 0 };

	if (plan_apparmor(p, h, a, &plan, e) < 0 || plan_selinux(p, h, with_keyring, a, &plan, e) < 0)
		return e->code;
	*ret_plan = plan;
	return 0;
}

void lsm_explain_exec(const struct lsm_plan *p, struct explain *x)
{
	for (uint32_t i = 0; i < p->n_exec; i++)
		explain_act(x, p->exec[i].from, "write %s to /proc/thread-self/%s", p->exec[i].text, p->exec[i].file);
}
