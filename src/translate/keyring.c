/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "translate/keyring.h"

#include "translate/bundle.h"

void keyring_done(struct keyring *k)
{
	secret_keys_done(&k->keys);
	*k = (struct keyring){ 0 };
}

static int open_keys(struct keyring *k, const struct lithos_sandbox *s, struct err *e)
{
	if (k->open || !s->secrets_private_key)
		return 0;
	if (secret_keys_open(s->secrets_private_key, &k->keys, e) < 0)
		return err_ctx(e, "Error decoding private keys");
	k->open = true;
	return 0;
}

int keyring_launch(struct keyring *k, const struct bundle_plan *p, const char *dir, struct err *e)
{
	if (p->n_secrets > 0 && open_keys(k, p->instance->sandbox, e) < 0)
		return e->code;
	return bundle_launch(p, k->open ? &k->keys : NULL, dir, e);
}
