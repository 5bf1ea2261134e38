/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "secret/base64.h"
#include "secret/token.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

static const char version[] = "v2:";

/* Splits what follows the version: four fields.  The last one is the box, still as base64. */
static int split(const char *text, struct token *t, struct token_field *ret_box, struct err *e)
{
	struct token_field fields[TOKEN_HASHES + 1];

	if (strncmp(text, version, strlen(version)) != 0)
		return err_set(e, -EINVAL, "Only v2 secrets are supported");
	text += strlen(version);
	for (size_t i = 0; i <= TOKEN_HASHES; i++) {
		fields[i] = (struct token_field){ text, strcspn(text, ":") };
		text += fields[i].len;
		if (*text != (i < TOKEN_HASHES ? ':' : '\0'))
			return err_set(e, -EINVAL, "invalid key format");
		text++;
	}
	memcpy(t->hashes, fields, sizeof(t->hashes));
	*ret_box = fields[TOKEN_HASHES];
	return 0;
}

int token_read(const char *text, struct token *ret, struct err *e)
{
	auto_token struct token t = { 0 };
	struct token_field box = { 0 };

	*ret = t;
	if (strnlen(text, SECRET_TOKEN_MAX + 1) > SECRET_TOKEN_MAX)
		return err_set(e, -EFBIG, "longer than %d bytes", SECRET_TOKEN_MAX);
	if (split(text, &t, &box, e) < 0)
		return e->code;
	t.box = malloc(box.len + 1);
	if (!t.box)
		return err_nomem(e);
	if (base64_read(box.at, box.len, t.box, &t.n_box, e) < 0)
		return e->code;
	if (t.n_box < TOKEN_BOX_MIN)
		return err_set(e, -EINVAL, "the payload has %zu bytes, less than %d", t.n_box, TOKEN_BOX_MIN);
	*ret = t;
	t.box = NULL;
	return 0;
}

void token_done(struct token *t)
{
	free(t->box);
	*t = (struct token){ 0 };
}

bool token_matches(const struct token_field *field, const char hash[SECRET_HASH_LEN + 1])
{
	return field->len == SECRET_HASH_LEN && sodium_memcmp(field->at, hash, SECRET_HASH_LEN) == 0;
}

static bool has_form_of_hash(const struct token_field *field)
{
	unsigned char bytes[SECRET_HASH_LEN];
	struct err ignored;
	size_t n;

	return field->len == SECRET_HASH_LEN && base64_read(field->at, field->len, bytes, &n, &ignored) == 0 && n == 6;
}

int secret_check(const char *token, struct err *e)
{
	static const char *const wrong[TOKEN_HASHES] = {
		"invalid key hash", "invalid namespace hash", "invalid secret hash",
	};
	auto_token struct token t = { 0 };

	if (token_read(token, &t, e) < 0)
		return e->code;
	for (size_t i = 0; i < TOKEN_HASHES; i++)
		if (!has_form_of_hash(&t.hashes[i]))
			return err_set(e, -EINVAL, "%s", wrong[i]);
	return 0;
}
