/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "translate/judging.h"

/* Where a secret was written: in the container file, or in the file that this one names. */
static struct mark at_secret(const struct judging *g, const struct lithos_secret *s)
{
	return g->c->secret_environ_file ? yaml_mark(g->c->doc, "secret_environ_file", NULL)
					 : yaml_mark(g->c->doc, "secret_environ", s->name, NULL);
}

/* Form alone, which needs no key.  Says nothing of what is in a value. */
static void check_form(const struct judging *g, const struct lithos_secret *s)
{
	for (size_t i = 0; i < s->n_values; i++) {
		struct err why = { 0 };

		if (secret_check(s->values[i], &why) < 0)
			finding_error(g->f, at_secret(g, s), "Error decoding secrets: Can't decrypt secret \"%s\", errors: %s",
				      s->name, why.text);
	}
	if (s->n_values == 0)
		finding_error(g->f, at_secret(g, s), "Error decoding secrets: Can't decrypt secret \"%s\", there is no value",
			      s->name);
}

/* The keys of the sandbox, tried once; what is wrong with them is told once. */
static int open_keys(struct judging *g)
{
	const struct lithos_sandbox *s = g->in->sandbox;
	struct mark at = yaml_mark(s->doc, "secrets_private_key", NULL);
	struct err why = { 0 };

	if (g->j->keys_are != JUDGE_KEYS_UNTRIED)
		return 0;
	g->j->keys_are = JUDGE_KEYS_MISSING;
	if (!s->secrets_private_key) {
		finding_error(g->f, at, "Error decoding private keys: No secrets key file defined to decode secrets");
		finding_hint(g->f, "name one as secrets-private-key of the sandbox");
		return 0;
	}
	if (!g->j->guarded && secret_guard_process(g->e) < 0)
		return g->e->code;
	g->j->guarded = true;

	int rc = secret_keys_open(s->secrets_private_key, &g->j->keys, &why);

	if (rc == -ENOMEM)
		return err_nomem(g->e);
	if (rc == 0)
		g->j->keys_are = JUDGE_KEYS_OPEN;
	else if (rc == -EACCES)
		finding_warning(g->f, at, "%s cannot be read by this user: whether it opens the secrets was not tried",
				s->secrets_private_key);
	else
		finding_error(g->f, at, "Error decoding private keys: %s", why.text);
	return 0;
}

static int try_secret(struct judging *g, const struct lithos_secret *s)
{
	struct secret_namespaces allowed = {
		.allowed = g->in->sandbox->secrets_namespaces, .n_allowed = g->in->sandbox->n_secrets_namespaces,
		.extra = g->in->process->extra_secrets_namespaces, .n_extra = g->in->process->n_extra_secrets_namespaces,
	};
	auto_secret_text struct secret_text text = { 0 };
	struct err why = { 0 };
	int rc = secret_open(&g->j->keys, s->name, s->values, s->n_values, &allowed, &text, &why);

	if (rc == -ENOMEM)
		return err_nomem(g->e);
	if (rc < 0)
		finding_error(g->f, at_secret(g, s), "Error decoding secrets: %s", why.text);
	return 0;
}

int judge_secrets(struct judging *g)
{
	int rc = g->c->n_secret_environ ? open_keys(g) : 0;

	for (size_t i = 0; rc == 0 && i < g->c->n_secret_environ; i++) {
		const struct lithos_secret *s = &g->c->secret_environ[i];

		if (g->j->keys_are == JUDGE_KEYS_OPEN && s->n_values > 0)
			rc = try_secret(g, s);
		else
			check_form(g, s);
	}
	return rc;
}
