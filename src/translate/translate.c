/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "translate/draft.h"

#include "base/arr.h"
#include "libocispec/check.h"

static int (*const parts[])(struct draft *) = {
	translate_process, translate_isolation, translate_mounts, translate_resources, translate_network, translate_harden,
};

static int begin(struct draft *d)
{
	struct oci_config *c = &d->plan->config;

	/* What is used is older than that: there are runtimes in use that refuse a later one. */
	c->oci_version = "1.0.2";
	c->process = ARENA_NEW(d->a, struct oci_process);
	c->root = ARENA_NEW(d->a, struct oci_root);
	c->linux = ARENA_NEW(d->a, struct oci_linux);
	return c->process && c->root && c->linux ? 0 : err_nomem(d->e);
}

/* What the specification forbids is our mistake, or a value that nobody has judged. */
static void check(struct draft *d)
{
	struct oci_findings found;
	char text[FINDING_TEXT_MAX];

	if (oci_check(&d->plan->config, OCI_CHECK_RUN, &found) == OCI_REJECTED)
		finding_error(d->f, (struct mark){ .file = d->in->container->file },
			      "no valid configuration results from this: %s", oci_findings_text(&found, text, sizeof text));
}

int translate(const struct instance *i, const struct translate_facts *facts, const struct translate_options *how,
	      struct arena *a, struct findings *f, struct bundle_plan *ret, struct err *e)
{
	struct bundle_plan plan = { .instance = i };
	struct draft d = {
		.plan = &plan, .in = i, .facts = facts, .harden = how->harden || i->sandbox->x_cist_harden,
		.a = a, .f = f, .e = e,
	};
	size_t errors = f->n_errors;

	if (begin(&d) < 0)
		return e->code;
	for (size_t n = 0; n < ARRAY_LEN(parts); n++)
		if (parts[n](&d) < 0)
			return e->code;
	if (f->n_errors == errors)
		check(&d);
	if (f->n_errors != errors)
		return 0;
	if (translate_digest(&d) < 0 || (how->notify_dir && translate_notify(&d, how->notify_dir) < 0))
		return e->code;
	*ret = plan;
	return 1;
}
