/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A writer of JSON has buffers that grow and leave copies behind; so it never sees a secret.  It writes random marks in
 * their places, and the plain text takes the place of the marks on the way into locked memory.
 */
#include "translate/reveal.h"

#include "libocispec/ocispec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { MARK_BYTES = 16, MARK_LEN = 2 * MARK_BYTES, ESCAPED_MAX = 6 };

struct revealed {
	struct secret_text text;
	char mark[MARK_LEN + 1];
	char *entry;		/* NAME=MARK */
};

struct reveal {
	const struct bundle_plan *plan;
	struct revealed *v;	/* as many as the plan has secrets */
	const char **env;
	char *json;
};

static void reveal_done(struct reveal *r)
{
	for (size_t i = 0; r->v && i < r->plan->n_secrets; i++) {
		secret_text_done(&r->v[i].text);
		free(r->v[i].entry);
	}
	free(r->v);
	free(r->env);
	free(r->json);
}
#define auto_reveal __attribute__((cleanup(reveal_done)))

static int make_mark(char mark[MARK_LEN + 1], struct err *e)
{
	unsigned char random[MARK_BYTES];

	if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
		return err_sys(e, -errno, "getrandom");
	for (size_t i = 0; i < sizeof random; i++)
		snprintf(mark + 2 * i, 3, "%02x", random[i]);
	return 0;
}

static int open_one(struct reveal *r, size_t i, const struct secret_keys *keys, struct err *e)
{
	const struct lithos_secret *s = r->plan->secrets[i].sealed;
	const struct lithos_sandbox *sandbox = r->plan->instance->sandbox;
	const struct lithos_process *process = r->plan->instance->process;
	const struct secret_namespaces spaces = {
		(const char *const *)sandbox->secrets_namespaces, sandbox->n_secrets_namespaces,
		(const char *const *)process->extra_secrets_namespaces, process->n_extra_secrets_namespaces,
	};
	struct revealed *x = &r->v[i];

	if (secret_open(keys, s->name, (const char *const *)s->values, s->n_values, &spaces, &x->text, e) < 0)
		return err_ctx(e, "Error decoding secrets");
	if (make_mark(x->mark, e) < 0)
		return e->code;
	if (asprintf(&x->entry, "%s=%s", s->name, x->mark) < 0) {
		x->entry = NULL;
		return err_nomem(e);
	}
	r->env[r->plan->secrets[i].env] = x->entry;
	return 0;
}

static int open_all(struct reveal *r, const struct secret_keys *keys, struct err *e)
{
	size_t bytes = 0;

	for (size_t i = 0; i < r->plan->n_secrets; i++) {
		const int rc = open_one(r, i, keys, e);

		if (rc < 0)
			return rc;
		bytes += r->v[i].text.len;
	}
	for (size_t i = 0; i < r->plan->config.process->n_env; i++)
		bytes += strlen(r->env[i]) + 1;
	return bytes <= LITHOS_ENVIRON_MAX ? 0
					   : err_set(e, -E2BIG, "the environment is larger than %d bytes with its secrets",
						     LITHOS_ENVIRON_MAX);
}

/* config.json with marks. */
static int write_json(struct reveal *r, const struct oci_config *from, struct err *e)
{
	struct oci_config c = *from;
	struct oci_process p = *c.process;

	p.env = r->env;
	c.process = &p;
	r->json = oci_config_write(&c, "\t");
	return r->json ? 0 : err_nomem(e);
}

/* The runtime is told which variables it must not keep (cist(8)). */
static int write_marked(struct reveal *r, struct err *e)
{
	struct oci_config c = r->plan->config;
	const size_t n = r->plan->n_secrets;
	const char **names = calloc(n + 1, sizeof(*names));
	struct oci_pair *all = calloc(c.n_annotations + 1, sizeof(*all));
	char *text = NULL;

	if (names && all) {
		for (size_t i = 0; i < n; i++)
			names[i] = r->plan->secrets[i].sealed->name;
		text = oci_strings_write(names, n);
	}
	if (text) {
		for (size_t i = 0; i < c.n_annotations; i++)
			all[i] = c.annotations[i];
		all[c.n_annotations] = (struct oci_pair){ "org.cist.env.secret", text };
		c.n_annotations += n > 0;
		c.annotations = all;
		(void)write_json(r, &c, e);
	} else {
		(void)err_nomem(e);
	}
	free(text);
	free(all);
	free(names);
	return e->code;
}

/* ---- into locked memory ---- */

static size_t put_escaped(unsigned char *to, const char *text, size_t len)
{
	static const char hex[] = "0123456789abcdef", escape[4] = { '\\', 'u', '0', '0' };
	unsigned char *at = to;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '"' || c == '\\') {
			*at++ = '\\';
			*at++ = c;
		} else if (c < 0x20 || c == 0x7f) {
			memcpy(at, escape, sizeof escape);
			at[4] = (unsigned char)hex[c >> 4];
			at[5] = (unsigned char)hex[c & 15];
			at += ESCAPED_MAX;
		} else {
			*at++ = c;
		}
	}
	return (size_t)(at - to);
}

/* The secret whose mark is the first from `from` on, or NULL; nobody but this file knows a mark. */
static const struct revealed *next_mark(const struct reveal *r, const char *from, const char **ret_at)
{
	const struct revealed *found = NULL;

	for (size_t i = 0; i < r->plan->n_secrets; i++) {
		const char *at = strstr(from, r->v[i].mark);

		if (at && (!found || at < *ret_at)) {
			found = &r->v[i];
			*ret_at = at;
		}
	}
	return found;
}

static int splice(const struct reveal *r, struct locked *ret, size_t *ret_len, struct err *e)
{
	size_t room = strlen(r->json) + 1, n = 0;
	const char *from = r->json, *at = from;
	const struct revealed *x;

	for (size_t i = 0; i < r->plan->n_secrets; i++)
		room += ESCAPED_MAX * r->v[i].text.len;
	if (locked_new(room, ret, e) < 0)
		return e->code;
	while ((x = next_mark(r, from, &at)) != NULL) {
		memcpy(ret->data + n, from, (size_t)(at - from));
		n += (size_t)(at - from);
		n += put_escaped(ret->data + n, x->text.text, x->text.len);
		from = at + MARK_LEN;
	}
	memcpy(ret->data + n, from, strlen(from));
	n += strlen(from);
	ret->data[n++] = '\n';
	*ret_len = n;
	return 0;
}

int reveal_config(const struct bundle_plan *p, const struct secret_keys *keys, struct locked *ret, size_t *ret_len,
		  struct err *e)
{
	auto_reveal struct reveal r = { .plan = p };
	size_t n = p->config.process->n_env;
	int rc;

	if (p->n_secrets > 0 && !keys)
		return err_set(e, -ENOKEY, "Error decoding private keys: No secrets key file defined to decode secrets");
	r.v = calloc(p->n_secrets ? p->n_secrets : 1, sizeof *r.v);
	r.env = calloc(n + 1, sizeof *r.env);
	if (!r.v || !r.env)
		return err_nomem(e);	/* NOLINT(clang-analyzer-unix.Malloc): auto_reveal frees the other one */
	memcpy(r.env, p->config.process->env, n * sizeof *r.env);
	rc = open_all(&r, keys, e);
	if (rc == 0)
		rc = write_marked(&r, e);
	return rc == 0 && r.json ? splice(&r, ret, ret_len, e) : rc;
}
