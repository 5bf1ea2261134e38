/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One number for everything that makes a container the one that it is. */
#include "translate/draft.h"

#include "libocispec/ocispec.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define DIGEST_BYTES (BUNDLE_DIGEST_LEN / 2)

/* The first thing that is hashed: what follows is this list, in this order. */
static const char form[] = "lithos bundle 1";

static void add_number(crypto_generichash_state *h, int64_t n)
{
	unsigned char bytes[8];

	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (unsigned char)((uint64_t)n >> (8 * i));
	crypto_generichash_update(h, bytes, sizeof bytes);
}

/* With its length, so that nothing runs into what follows. */
static void add(crypto_generichash_state *h, const void *data, size_t len)
{
	add_number(h, (int64_t)len);
	if (len > 0)
		crypto_generichash_update(h, data, len);
}

/* Absent is not the same as empty. */
static void add_text(crypto_generichash_state *h, const char *text)
{
	add(h, text ? "+" : "-", 1);
	add(h, text, text ? strlen(text) : 0);
}

/* ---- in an order of their own, since that of the file means nothing ---- */

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int by_key(const void *a, const void *b)
{
	return strcmp(((const struct oci_pair *)a)->key, ((const struct oci_pair *)b)->key);
}

/* TERM is the caller's when no key says what it is. */
static bool is_callers(const struct draft *d, const char *entry)
{
	const char *term = d->facts->term;

	if (strncmp(entry, "TERM=", 5) != 0 || strcmp(entry + 5, term) != 0)
		return false;
	for (size_t i = 0; i < d->in->n_environ; i++)
		if (strcmp(d->in->environ[i].key, "TERM") == 0)
			return false;
	return true;
}

/* A copy of the configuration with environment and annotations sorted, without what changes by itself. */
static int canonical(struct draft *d, struct oci_config *ret)
{
	struct oci_process *p = ARENA_NEW(d->a, struct oci_process);
	const struct oci_config *c = &d->plan->config;

	*ret = *c;
	ret->annotations = ARENA_ARRAY(d->a, c->n_annotations, struct oci_pair);
	if (!p || !ret->annotations)
		return err_nomem(d->e);
	*p = *c->process;
	p->env = ARENA_ARRAY(d->a, p->n_env + 1, const char *);
	if (!p->env)
		return err_nomem(d->e);
	p->n_env = 0;
	for (size_t i = 0; i < c->process->n_env; i++)
		if (!is_callers(d, c->process->env[i]))
			p->env[p->n_env++] = c->process->env[i];
	qsort(p->env, p->n_env, sizeof *p->env, by_text);
	memcpy(ret->annotations, c->annotations, c->n_annotations * sizeof *c->annotations);
	qsort(ret->annotations, c->n_annotations, sizeof *ret->annotations, by_key);
	ret->process = p;
	return 0;
}

static int add_config(struct draft *d, crypto_generichash_state *h)
{
	struct oci_config c;
	char *json;

	if (canonical(d, &c) < 0)
		return d->e->code;
	json = oci_config_write(&c, NULL);
	if (!json)
		return err_nomem(d->e);
	add_text(h, json);
	free(json);
	return 0;
}

/* ---- what config.json does not have ---- */

static int by_name(const void *a, const void *b)
{
	return strcmp((*(const struct lithos_secret *const *)a)->name, (*(const struct lithos_secret *const *)b)->name);
}

/* As they are sealed, and by which key and namespaces they may be opened. */
static int add_secrets(struct draft *d, crypto_generichash_state *h)
{
	const struct lithos_sandbox *s = d->in->sandbox;
	const struct lithos_process *p = d->in->process;
	const struct bundle_plan *plan = d->plan;
	const struct lithos_secret **v = ARENA_ARRAY(d->a, plan->n_secrets + 1, const struct lithos_secret *);

	if (!v)
		return err_nomem(d->e);
	add_number(h, (int64_t)plan->n_secrets);
	if (plan->n_secrets == 0)
		return 0;
	for (size_t i = 0; i < plan->n_secrets; i++)
		v[i] = plan->secrets[i].sealed;
	qsort(v, plan->n_secrets, sizeof(*v), by_name);
	for (size_t i = 0; i < plan->n_secrets; i++) {
		add_text(h, v[i]->name);
		add_number(h, (int64_t)v[i]->n_values);
		for (size_t k = 0; k < v[i]->n_values; k++)
			add_text(h, v[i]->values[k]);
	}
	add_text(h, s->secrets_private_key);
	add_number(h, (int64_t)s->n_secrets_namespaces);
	for (size_t i = 0; i < s->n_secrets_namespaces; i++)
		add_text(h, s->secrets_namespaces[i]);
	add_number(h, (int64_t)p->n_extra_secrets_namespaces);
	for (size_t i = 0; i < p->n_extra_secrets_namespaces; i++)
		add_text(h, p->extra_secrets_namespaces[i]);
	return 0;
}

static bool is_generated(const struct bundle_plan *p, const char *name)
{
	for (size_t i = 0; i < p->n_files; i++)
		if (p->files[i].of_host && strcmp(p->files[i].name, name) == 0)
			return true;
	return false;
}

/* Of a file that copies one of the host's: which one, and what is put to it. */
static int add_etc(struct draft *d, crypto_generichash_state *h)
{
	const struct lithos_container *c = d->in->container;
	const struct lithos_sandbox *s = d->in->sandbox;
	struct oci_pair *hosts = ARENA_ARRAY(d->a, s->n_additional_hosts + 1, struct oci_pair);

	if (!hosts)
		return err_nomem(d->e);
	if (is_generated(d->plan, "resolv.conf"))
		add_text(h, s->resolv_conf);
	if (!is_generated(d->plan, "hosts"))
		return 0;
	add_text(h, s->hosts_file);
	add_number(h, c->hosts_file.copy_from_host);
	add_number(h, c->hosts_file.localhost);
	add_number(h, c->hosts_file.public_hostname);
	for (size_t i = 0; i < s->n_additional_hosts; i++)
		hosts[i] = (struct oci_pair){ s->additional_hosts[i].key, s->additional_hosts[i].value };
	qsort(hosts, s->n_additional_hosts, sizeof *hosts, by_key);
	for (size_t i = 0; i < s->n_additional_hosts; i++) {
		add_text(h, hosts[i].key);
		add_text(h, hosts[i].value);
	}
	return 0;
}

static void add_files(const struct bundle_plan *p, crypto_generichash_state *h)
{
	for (size_t i = 0; i < p->n_files; i++) {
		add_text(h, p->files[i].name);
		if (p->files[i].of_host)
			continue;
		add_number(h, p->files[i].mode);
		add(h, p->files[i].text, p->files[i].len);
	}
}

static void add_directories(const struct bundle_plan *p, crypto_generichash_state *h)
{
	for (size_t i = 0; i < p->n_directories; i++) {
		const struct bundle_directory *d = &p->directories[i];

		add_text(h, d->prefix);
		add_text(h, d->below);
		add_number(h, d->mode);
		add_number(h, d->uid);
		add_number(h, d->gid);
		add_number(h, d->keep);
		add_text(h, d->points[0]);
		add_text(h, d->points[1]);
	}
}

static int by_number(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return (x > y) - (x < y);
}

/*
 * Keys that lithos does not have: who does not use them has the digests of those who never heard of them.  `update` is no part
 * of this: how instances are replaced is no reason to replace them.
 */
static void add_ours(const struct lithos_container *c, crypto_generichash_state *h)
{
	if (c->restart_backoff) {
		add_text(h, "restart-backoff");
		add_text(h, c->restart_backoff->factor);
		add_number(h, c->restart_backoff->max);
		add_number(h, c->restart_backoff->reset_after);
	}
	if (c->has_ready_timeout) {
		add_text(h, "ready-timeout");
		add_number(h, c->ready_timeout);
	}
}

/* What a supervisor does with the container. */
static int add_supervision(struct draft *d, crypto_generichash_state *h)
{
	const struct lithos_container *c = d->in->container;
	int32_t *codes = ARENA_ARRAY(d->a, c->n_normal_exit_codes + 1, int32_t);

	if (!codes)
		return err_nomem(d->e);
	add_number(h, d->in->process->kind);
	add_number(h, c->kind);
	add_number(h, c->restart_timeout);
	add_number(h, c->kill_timeout);
	add_number(h, c->interactive);
	add_number(h, c->restart_process_only);
	add_number(h, (int64_t)c->n_normal_exit_codes);
	for (size_t i = 0; i < c->n_normal_exit_codes; i++)
		codes[i] = c->normal_exit_codes[i];
	qsort(codes, c->n_normal_exit_codes, sizeof *codes, by_number);
	for (size_t i = 0; i < c->n_normal_exit_codes; i++)
		add_number(h, codes[i]);
	add_ours(c, h);
	/* NULL: the runtime is asked for no groups at all, which config.json cannot say. */
	add_text(h, d->in->master->cgroup_name);
	if (!c->interactive && !c->stdout_stderr_file)
		add_text(h, d->in->master->stdio_log_dir);
	return 0;
}

int translate_digest(struct draft *d)
{
	unsigned char hash[DIGEST_BYTES];
	crypto_generichash_state h;

	crypto_generichash_init(&h, NULL, 0, sizeof hash);
	add_text(&h, form);
	if (add_config(d, &h) < 0 || add_secrets(d, &h) < 0 || add_etc(d, &h) < 0 || add_supervision(d, &h) < 0)
		return d->e->code;
	add_files(d->plan, &h);
	add_directories(d->plan, &h);
	crypto_generichash_final(&h, hash, sizeof hash);
	sodium_bin2hex(d->plan->digest, sizeof d->plan->digest, hash, sizeof hash);
	return draft_annotation(d, "org.cist.lithos.digest", arena_str(d->a, d->plan->digest));
}
