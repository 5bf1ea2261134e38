/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "runtime/kept.h"
#include "libocispec/ocispec.h"
#include "state/store.h"

#include <stdlib.h>
#include <string.h>

static bool is_one_of(const struct oci_strings *names, const char *entry)
{
	const size_t len = strcspn(entry, "=");

	for (size_t i = 0; i < names->n_v; i++)
		if (strlen(names->v[i]) == len && memcmp(names->v[i], entry, len) == 0)
			return true;
	return false;
}

/* A copy whose environment is a list of its own; all else is c's. */
static int copy(const struct oci_config *c, const struct oci_strings *names, struct arena *a, const struct oci_config **ret,
		struct err *e)
{
	struct oci_config *kept = ARENA_NEW(a, struct oci_config);
	struct oci_process *p = ARENA_NEW(a, struct oci_process);
	const char **env = ARENA_ARRAY(a, c->process->n_env, const char *);

	if (!kept || !p || !env)
		return err_nomem(e);
	*kept = *c;
	*p = *c->process;
	p->n_env = 0;
	for (size_t i = 0; i < c->process->n_env; i++)
		if (!is_one_of(names, c->process->env[i]))
			env[p->n_env++] = c->process->env[i];
	p->env = env;
	kept->process = p;
	*ret = kept;
	return 0;
}

int kept_plan(const struct oci_config *c, struct arena *a, const struct oci_config **ret, struct err *e)
{
	/* Most have none. */
	const char *text = c->n_annotations > 0 ? oci_annotation(c, KEPT_SECRETS_ANNOTATION) : NULL;
	auto_oci_doc struct oci_doc *d = NULL;
	struct oci_err oe;

	*ret = NULL;
	if (!text || !c->process)
		return 0;
	d = oci_strings_parse(text, strlen(text), &oe);
	if (!d)
		return err_set(e, oe.code, "annotations: " KEPT_SECRETS_ANNOTATION ": %s", oe.text);
	return copy(c, d->root, a, ret, e);
}

void kept_explain(const struct oci_config *kept, struct explain *x)
{
	if (kept)
		explain_act(x, "annotations." KEPT_SECRETS_ANNOTATION,
			    "write config.json without the secrets of its environment");
	else
		explain_act(x, NULL, "write config.json");
}

int kept_write(const struct oci_config *kept, int dir, struct err *e)
{
	char *text = oci_config_write(kept, NULL);
	int rc = text ? store_write(dir, STORE_CONFIG, text, strlen(text), e) : err_nomem(e);

	free(text);
	return rc;
}
