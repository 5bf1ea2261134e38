/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sealing and opening.  Each way to fail has one sentence; what it was that failed is not shown. */
#include "base/fmt.h"
#include "base/text.h"
#include "secret/base64.h"
#include "secret/key.h"
#include "secret/token.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum {
	ATTEMPT_TEXT_MAX = 512,		/* of one attempt's error within the joined one */
	JOINED_TEXT_MAX = 1500,		/* leaves room in ERR_TEXT_MAX for what is put in front */
	NAME_QUOTED_MAX = 128,
	KEYS_NAMED_MAX = 16,
};

void secret_text_done(struct secret_text *text)
{
	locked_done(&text->memory);
	*text = (struct secret_text){ 0 };
}

/* ---- which namespaces ---- */

struct list {
	char text[ATTEMPT_TEXT_MAX];
	size_t n;
};

static void list_put(struct list *l, const char *before, const char *text, const char *after)
{
	size_t room = sizeof(l->text) - l->n, wanted = fmt(l->text + l->n, room, "%s%s%s", before, text, after);

	l->n += wanted < room ? wanted : room - 1;
}

static bool is_among(const char *const *v, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(v[i], word) == 0)
			return true;
	return false;
}

static const char *const unnamed[] = { "" };

/* Naming any takes the unnamed one away; those of the process are added to whatever there is. */
static void resolve(const struct secret_namespaces *given, struct secret_namespaces *ret)
{
	*ret = *given;
	if (ret->n_allowed == 0) {
		ret->allowed = unnamed;
		ret->n_allowed = 1;
	}
}

static int check_namespace(const struct secret_namespaces *given, const char *name, struct err *e)
{
	struct secret_namespaces ns;
	struct list l = { .n = 0 };

	resolve(given, &ns);
	if (is_among(ns.allowed, ns.n_allowed, name) || is_among(ns.extra, ns.n_extra, name))
		return 0;
	for (size_t i = 0; i < ns.n_allowed; i++)
		list_put(&l, i ? ", \"" : "\"", ns.allowed[i], "\"");
	for (size_t i = 0; i < ns.n_extra; i++)
		list_put(&l, ", \"", ns.extra[i], "\"");
	return err_set(e, -EACCES, "expected namespaces {%.*s} got \"%.*s\"", ATTEMPT_TEXT_MAX / 2, l.text, NAME_QUOTED_MAX,
		       name);
}

/* ---- opening ---- */

/* Terminates the two halves of what is in memory, len bytes of it. */
static int split_plain(struct secret_text *t, size_t len, struct err *e)
{
	char *plain = (char *)t->memory.data, *colon = memchr(plain, ':', len);
	size_t n = colon ? (size_t)(colon - plain) : len;

	if (!text_is_utf8(plain, n))
		return err_set(e, -EILSEQ, "can't decode namespace from utf-8");
	if (!colon || memchr(plain, '\0', n))
		return err_set(e, -EINVAL, "decrypted data is invalid");
	*colon = '\0';
	t->name_space = plain;
	t->text = colon + 1;
	t->len = len - n - 1;
	return 0;
}

static int check_hashes(const struct token *token, const struct secret_key *key, const struct secret_text *t,
			struct err *e)
{
	char hash[SECRET_HASH_LEN + 1];

	if (!token_matches(&token->hashes[TOKEN_KEY], key->hash))
		return err_set(e, -EINVAL, "invalid key hash");
	secret_hash(t->name_space, strlen(t->name_space), hash);
	if (!token_matches(&token->hashes[TOKEN_NAMESPACE], hash))
		return err_set(e, -EINVAL, "invalid namespace hash");
	secret_hash(t->text, t->len, hash);
	if (!token_matches(&token->hashes[TOKEN_SECRET], hash))
		return err_set(e, -EINVAL, "invalid secret hash");
	return 0;
}

static int check_text(const struct secret_text *t, struct err *e)
{
	if (memchr(t->text, '\0', t->len))
		return err_set(e, -EINVAL, "no null bytes allowed in secret");
	if (!text_is_utf8(t->text, t->len))
		return err_set(e, -EILSEQ, "Can't decode secret as utf-8");
	return 0;
}

/* One key, one token.  The order of the checks decides which sentence is heard. */
static int attempt(const struct secret_key *key, const char *value, const struct secret_namespaces *namespaces,
		   struct secret_text *ret, struct err *e)
{
	auto_secret_text struct secret_text t = { 0 };
	auto_token struct token token = { 0 };
	size_t len;

	if (!key->is_ed25519)
		return err_set(e, -EOPNOTSUPP, "Only ed25519 keys are supported");
	if (token_read(value, &token, e) < 0)
		return e->code;
	len = token.n_box - TOKEN_BOX_MIN;
	if (locked_new(len + 1, &t.memory, e) < 0)
		return e->code;
	if (crypto_box_seal_open(t.memory.data, token.box, token.n_box, key->x25519_public, key->x25519_secret) != 0)
		return err_set(e, -EBADMSG, "decryption error. This usually means the key is wrong.");
	if (split_plain(&t, len, e) < 0 || check_hashes(&token, key, &t, e) < 0 ||
	    (namespaces && check_namespace(namespaces, t.name_space, e) < 0) || check_text(&t, e) < 0)
		return e->code;
	*ret = t;
	t = (struct secret_text){ 0 };
	return 0;
}

/* So that an operator sees whether it is another key that the token, which begins with its hash, was sealed for. */
static int cannot_open(const struct secret_keys *keys, const char *name, const char *joined, struct err *e)
{
	struct list l = { .n = 0 };

	for (size_t i = 0; i < keys->n && i < KEYS_NAMED_MAX; i++)
		list_put(&l, i ? ", " : "", keys->v[i].is_ed25519 ? keys->v[i].hash : "RSA", "");
	err_set(e, -EACCES, "%s (keys: %s%s)", *joined ? joined : "no value is given", l.text,
		keys->n > KEYS_NAMED_MAX ? ", ..." : "");
	return name ? err_ctx(e, "Can't decrypt secret \"%.*s\", errors", NAME_QUOTED_MAX, name) : e->code;
}

int secret_open(const struct secret_keys *keys, const char *name, const char *const *values, size_t n_values,
		const struct secret_namespaces *namespaces, struct secret_text *ret, struct err *e)
{
	char joined[JOINED_TEXT_MAX] = "";
	struct err why;
	size_t n = 0;

	*ret = (struct secret_text){ 0 };
	for (size_t k = 0; k < keys->n; k++)
		for (size_t v = 0; v < n_values; v++) {
			why = (struct err){ 0 };
			if (attempt(&keys->v[k], values[v], namespaces, ret, &why) == 0)
				return 0;
			if (why.code == -ENOMEM)
				return err_set(e, why.code, "%s", why.text);
			if (n < sizeof(joined))
				n += fmt(joined + n, sizeof(joined) - n, "%s%.*s", n ? ", " : "", ATTEMPT_TEXT_MAX,
					 why.text);
		}
	return cannot_open(keys, name, joined, e);
}

/* ---- sealing ---- */

static int check_sealable(const char *name_space, const char *text, size_t len, struct err *e)
{
	const struct secret_text t = { .text = text, .len = len };

	if (strchr(name_space, ':') || !text_is_utf8(name_space, strlen(name_space)))
		return err_set(e, -EINVAL, "the namespace is not UTF-8 without \":\"");
	if (len >= SECRET_BYTES_MAX || strlen(name_space) >= SECRET_BYTES_MAX - len)
		return err_set(e, -EFBIG, "namespace and secret are longer than %d bytes", SECRET_BYTES_MAX);
	return check_text(&t, e);
}

/* The box around "NAMESPACE:SECRET" into box. */
static int close_box(const struct secret_public_key *key, const char *name_space, const char *text, size_t len,
		     unsigned char *box, struct err *e)
{
	auto_locked struct locked plain = { 0 };
	unsigned char recipient[32];
	size_t n = strlen(name_space);

	if (locked_new(n + 1 + len, &plain, e) < 0)
		return e->code;
	memcpy(plain.data, name_space, n);
	plain.data[n] = ':';
	memcpy(plain.data + n + 1, text, len);
	if (crypto_sign_ed25519_pk_to_curve25519(recipient, key->ed25519) != 0 ||
	    crypto_box_seal(box, plain.data, n + 1 + len, recipient) != 0)
		return err_set(e, -EINVAL, "the key cannot be sealed for");
	return 0;
}

static int write_token(const struct secret_public_key *key, const char *name_space, const char *text, size_t len,
		       const unsigned char *box, size_t n_box, char **ret, struct err *e)
{
	static const char version[] = "v2:";
	const struct { const void *at; size_t n; } hashed[TOKEN_HASHES] = {
		[TOKEN_KEY] = { key->ed25519, sizeof(key->ed25519) },
		[TOKEN_NAMESPACE] = { name_space, strlen(name_space) },
		[TOKEN_SECRET] = { text, len },
	};
	char *token = malloc(strlen(version) + TOKEN_HASHES * (SECRET_HASH_LEN + 1) + BASE64_ROOM(n_box)), *p = token;

	if (!token)
		return err_nomem(e);
	memcpy(p, version, strlen(version));
	p += strlen(version);
	for (size_t i = 0; i < TOKEN_HASHES; i++) {
		secret_hash(hashed[i].at, hashed[i].n, p);
		p += SECRET_HASH_LEN;
		*p++ = ':';
	}
	base64_write(box, n_box, p);
	*ret = token;
	return 0;
}

int secret_seal(const struct secret_public_key *key, const char *name_space, const char *text, size_t len, char **ret,
		struct err *e)
{
	size_t n_box = TOKEN_BOX_MIN + strlen(name_space) + 1 + len;
	unsigned char *box;

	*ret = NULL;
	if (secret_sodium(e) < 0 || check_sealable(name_space, text, len, e) < 0)
		return e->code;
	box = malloc(n_box);
	if (!box)
		return err_nomem(e);
	if (close_box(key, name_space, text, len, box, e) == 0)
		(void)write_token(key, name_space, text, len, box, n_box, ret, e);
	free(box);
	return e->code;
}

int secret_is_for(const struct secret_public_key *key, const char *token, struct err *e)
{
	char hash[SECRET_HASH_LEN + 1];
	auto_token struct token t = { 0 };

	if (token_read(token, &t, e) < 0)
		return e->code;
	secret_hash(key->ed25519, sizeof(key->ed25519), hash);
	return token_matches(&t.hashes[TOKEN_KEY], hash);
}
