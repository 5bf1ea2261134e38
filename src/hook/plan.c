/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hook/hook.h"
#include "base/arr.h"
#include "base/explain.h"
#include "libocispec/oci_config.h"

static const char *const names[HOOK__COUNT] = {
	[HOOK_PRESTART]		= "prestart",
	[HOOK_CREATE_RUNTIME]	= "createRuntime",
	[HOOK_CREATE_CONTAINER]	= "createContainer",
	[HOOK_START_CONTAINER]	= "startContainer",
	[HOOK_POSTSTART]	= "poststart",
	[HOOK_POSTSTOP]		= "poststop",
};

const char *hook_name(enum hook_moment m)
{
	return names[m];
}

static int plan_one(const struct oci_hook *o, struct arena *a, const char *from, struct hook *h, struct err *e)
{
	const char *const self[] = { o->path };

	h->path = arena_str(a, o->path);
	h->argv = o->n_args > 0 ? arena_strv(a, o->args, o->n_args) : arena_strv(a, self, 1);
	h->envp = o->n_env > 0 ? arena_strv(a, o->env, o->n_env) : NULL;
	h->timeout_ms = o->has_timeout ? o->timeout * 1000 : -1;
	h->from = from;
	return h->path && h->argv && (h->envp || o->n_env == 0) && from ? 0 : err_nomem(e);
}

int hook_plan(const struct oci_hooks *hooks, struct arena *a, struct hook_plan *ret_plan, struct err *e)
{
	static const struct oci_hooks none;
	const struct oci_hooks *o = hooks ? hooks : &none;
	const struct { const struct oci_hook *v; size_t n; } given[HOOK__COUNT] = {
		[HOOK_PRESTART]		= { o->prestart, o->n_prestart },
		[HOOK_CREATE_RUNTIME]	= { o->create_runtime, o->n_create_runtime },
		[HOOK_CREATE_CONTAINER]	= { o->create_container, o->n_create_container },
		[HOOK_START_CONTAINER]	= { o->start_container, o->n_start_container },
		[HOOK_POSTSTART]	= { o->poststart, o->n_poststart },
		[HOOK_POSTSTOP]		= { o->poststop, o->n_poststop },
	};

	for (size_t m = 0; m < HOOK__COUNT; m++) {
		struct hook *v = ARENA_ARRAY(a, given[m].n, struct hook);

		if (!v)
			return err_nomem(e);
		for (size_t i = 0; i < given[m].n; i++)
			if (plan_one(&given[m].v[i], a, arena_fmt(a, "hooks.%s[%zu]", names[m], i), &v[i], e) < 0)
				return e->code;
		ret_plan->at[m] = (struct hook_list){ v, (uint32_t)given[m].n };
	}
	return 0;
}

void hook_explain(const struct hook_plan *p, enum hook_moment m, struct explain *x)
{
	for (uint32_t i = 0; i < p->at[m].n; i++)
		explain_act(x, p->at[m].v[i].from, "run %s", p->at[m].v[i].path);
}
