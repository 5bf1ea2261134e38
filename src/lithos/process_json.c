/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lithos/process.h"

#include "base/fmt.h"

#include <stdlib.h>
#include <string.h>

/* Writes, or with at == NULL only counts: the same walk is taken twice. */
struct sink {
	char *at;
	size_t len;
};

static void put(struct sink *s, const char *text, size_t n)
{
	if (s->at)
		memcpy(s->at + s->len, text, n);
	s->len += n;
}

static void put_text(struct sink *s, const char *text)
{
	put(s, text, strlen(text));
}

/* The escapes that RFC 8259 has a letter for, others as \u00XX; what is UTF-8 stays. */
static void put_string(struct sink *s, const char *text)
{
	static const char letters[] = "\"\"\\\\\bb\ff\nn\rr\tt";

	put_text(s, "\"");
	for (; *text; text++) {
		const char *letter = letters;
		char code[8];

		while (*letter && *letter != *text)
			letter += 2;
		if (*letter)
			fmt(code, sizeof(code), "\\%c", letter[1]);
		else
			fmt(code, sizeof(code), (unsigned char)*text < 0x20 ? "\\u%04x" : "%c", (unsigned char)*text);
		put_text(s, code);
	}
	put_text(s, "\"");
}

static void put_list(struct sink *s, const char *key, const char *const *v, size_t n)
{
	if (n == 0)
		return;
	put_text(s, key);
	for (size_t i = 0; i < n; i++) {
		put_text(s, i > 0 ? "," : "");
		put_string(s, v[i]);
	}
	put_text(s, "]");
}

static int compare_pairs(const void *a, const void *b)
{
	return strcmp(((const struct lithos_pair *)a)->key, ((const struct lithos_pair *)b)->key);
}

static void put_variables(struct sink *s, const struct lithos_pair *v, size_t n)
{
	if (n == 0)
		return;
	put_text(s, ",\"variables\":{");
	for (size_t i = 0; i < n; i++) {
		put_text(s, i > 0 ? "," : "");
		put_string(s, v[i].key);
		put_text(s, ":");
		put_string(s, v[i].value);
	}
	put_text(s, "}");
}

/* What is written of one process. */
struct view {
	const struct lithos_process *p;
	const struct lithos_pair *variables;	/* sorted */
	uint32_t instances;
	const char *address;			/* of the one instance that is meant; NULL: none */
	bool all_addresses;
};

static void put_process(struct sink *s, const struct view *w)
{
	const struct lithos_process *p = w->p;
	char number[48];

	fmt(number, sizeof(number), "{\"instances\":%u,\"image\":", w->instances);
	put_text(s, number);
	put_string(s, p->image);
	put_text(s, ",\"config\":");
	put_string(s, p->config);
	put_variables(s, w->variables, p->n_variables);
	put_list(s, ",\"extra_secrets_namespaces\":[", p->extra_secrets_namespaces, p->n_extra_secrets_namespaces);
	if (w->address) {
		put_text(s, ",\"ip_address\":");
		put_string(s, w->address);
	}
	if (w->all_addresses)
		put_list(s, ",\"ip_addresses\":[", p->ip_addresses, p->n_ip_addresses);
	put_text(s, p->kind == LITHOS_COMMAND ? ",\"kind\":\"Command\"}" : ",\"kind\":\"Daemon\"}");
}

/* A sorted copy of the variables, in a; NULL when it is full. */
static const struct lithos_pair *sort_variables(const struct lithos_process *p, struct arena *a)
{
	struct lithos_pair *v = ARENA_ARRAY(a, p->n_variables, struct lithos_pair);

	if (v && p->n_variables > 0) {
		memcpy(v, p->variables, p->n_variables * sizeof(*v));
		qsort(v, p->n_variables, sizeof(*v), compare_pairs);
	}
	return v;
}

const char *process_json(const struct lithos_process *p, uint32_t number, struct arena *a)
{
	const struct view w = {
		.p = p, .variables = sort_variables(p, a), .instances = 1,
		.address = number < p->n_ip_addresses ? p->ip_addresses[number] : NULL,
	};
	struct sink s = { 0 };

	if (!w.variables)
		return NULL;
	put_process(&s, &w);
	s = (struct sink){ .at = arena_alloc(a, s.len + 1) };
	if (s.at)
		put_process(&s, &w);
	return s.at;
}

static int compare_views(const void *a, const void *b)
{
	return strcmp(((const struct view *)a)->p->name, ((const struct view *)b)->p->name);
}

static void put_file(struct sink *s, const struct view *v, size_t n)
{
	put_text(s, "{");
	for (size_t i = 0; i < n; i++) {
		put_text(s, i > 0 ? "," : "");
		put_string(s, v[i].p->name);
		put_text(s, ":");
		put_process(s, &v[i]);
	}
	put_text(s, "}");
}

const char *processes_json(const struct lithos_processes *p, struct arena *a)
{
	struct view *v = ARENA_ARRAY(a, p->n, struct view);
	struct sink s = { 0 };

	for (size_t i = 0; v && i < p->n; i++) {
		v[i] = (struct view){ &p->v[i], sort_variables(&p->v[i], a), p->v[i].instances, NULL, true };
		if (!v[i].variables)
			return NULL;
	}
	if (!v)
		return NULL;
	if (p->n > 0)
		qsort(v, p->n, sizeof(*v), compare_views);
	put_file(&s, v, p->n);
	s = (struct sink){ .at = arena_alloc(a, s.len + 1) };
	if (s.at)
		put_file(&s, v, p->n);
	return s.at;
}
