/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "systemd/request.h"
#include "base/arr.h"
#include "base/fmt.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static const char *const verbs[REQUEST__VERBS] = {
	[REQUEST_FIND]    = "find",
	[REQUEST_START]   = "start",
	[REQUEST_RELEASE] = "release",
	[REQUEST_SET]     = "set",
	[REQUEST_ATTACH]  = "attach",
	[REQUEST_STOP]    = "stop",
	[REQUEST_CLEAR]   = "clear",
};

enum { SHOWN = 64 };	/* bytes of what is wrong, in an error */

/* D-Bus's basic types, without those that mean descriptors, paths and signatures. */
#define BASIC_TYPES "bynqiuxtds"

/* ---- writing ---- */

void request_done(struct request_text *t)
{
	free(t->v);
	*t = (struct request_text){ 0 };
}

static void add(struct request_text *t, const char *field)
{
	size_t n = strlen(field) + 1;

	t->failed = t->failed || t->n + n > REQUEST_BYTES_MAX;
	if (!t->failed && t->n + n > t->room) {
		size_t room = 2 * (t->n + n) + 1024;
		char *more = realloc(t->v, room);

		t->failed = !more;
		t->v = more ? more : t->v;
		t->room = more ? room : t->room;
		/* cppcheck-suppress memleak; more is t->v */
	}
	if (t->failed)
		return;
	memcpy(t->v + t->n, field, n);
	t->n += n;
}

static void add_number(struct request_text *t, unsigned long long n)
{
	char text[24];

	fmt(text, sizeof(text), "%llu", n);
	add(t, text);
}

static void add_head(struct request_text *t, enum request_verb verb, bool is_users, const char *unit,
		     const char *subgroup, int pid)
{
	add(t, verbs[verb]);
	add(t, is_users ? "user" : "system");
	add(t, unit);
	add(t, subgroup);
	add_number(t, (unsigned int)pid);
}

void request_begin(struct request_text *t, enum request_verb verb, bool is_users, const char *unit)
{
	add_head(t, verb, is_users, unit, "", 0);
}

void request_attach(struct request_text *t, bool is_users, const char *unit, const char *subgroup, int pid)
{
	add_head(t, REQUEST_ATTACH, is_users, unit, subgroup, pid);
}

void request_property(struct request_text *t, const char *name, const char *type, const char *const *values, size_t n)
{
	add(t, name);
	add(t, type);
	add_number(t, n);
	for (size_t i = 0; i < n; i++)
		add(t, values[i]);
}

/* ---- reading ---- */

struct reader {
	const char *at;
	const char *end;	/* a NUL stands before it */
	struct err *e;
};

static const char *next(struct reader *r)
{
	const char *field = r->at;

	if (field >= r->end) {
		err_set(r->e, -EINVAL, "the request ends too early");
		return NULL;
	}
	r->at += strlen(field) + 1;
	return field;
}

static int next_number(struct reader *r, unsigned long max, unsigned long *ret)
{
	const char *field = next(r);
	char *end;

	if (!field)
		return r->e->code;
	errno = 0;
	*ret = strtoul(field, &end, 10);
	if (*field < '0' || *field > '9' || *end || errno || *ret > max)
		return err_set(r->e, -EINVAL, "the request has '%.*s' where a number belongs", SHOWN, field);
	return 0;
}

/* How many values make one element, or 0 when it is no type that is taken here. */
static size_t type_width(const char *type)
{
	size_t n;

	if (type[0] == 'a' && type[1] == '(') {
		n = strspn(type + 2, BASIC_TYPES);
		return n > 0 && strcmp(type + 2 + n, ")") == 0 ? n : 0;
	}
	type += type[0] == 'a';
	return *type && strchr(BASIC_TYPES, *type) && !type[1];
}

static int read_item(struct reader *r, struct request *q, size_t *n_values)
{
	struct request_item *it = &q->items[q->n_items];
	unsigned long n = 0;

	it->name = next(r);
	it->type = it->name ? next(r) : NULL;
	if (!it->type || next_number(r, REQUEST_VALUES_MAX, &n) < 0)
		return r->e->code;
	it->width = type_width(it->type);
	if (it->width == 0 || n % it->width != 0 || (*it->type != 'a' && n != 1))
		return err_set(r->e, -EINVAL, "property %.*s: %lu values are not of type %.*s", SHOWN, it->name, n,
			       SHOWN, it->type);
	it->values = q->values + *n_values;
	it->n_values = n;
	for (unsigned long i = 0; i < n; i++) {
		it->values[i] = next(r);
		if (!it->values[i])
			return r->e->code;
	}
	*n_values += n;
	q->n_items++;
	return 0;
}

static int read_verb(struct reader *r, struct request *q)
{
	const char *verb = next(r), *bus = verb ? next(r) : NULL;
	unsigned long pid = 0;

	if (!bus)
		return r->e->code;
	q->verb = REQUEST__VERBS;
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		if (strcmp(verbs[i], verb) == 0)
			q->verb = (enum request_verb)i;
	if (q->verb == REQUEST__VERBS)
		return err_set(r->e, -EINVAL, "unknown request '%.*s'", SHOWN, verb);
	q->is_users = strcmp(bus, "user") == 0;
	if (!q->is_users && strcmp(bus, "system") != 0)
		return err_set(r->e, -EINVAL, "unknown bus '%.*s'", SHOWN, bus);
	q->unit = next(r);
	q->subgroup = q->unit ? next(r) : NULL;
	if (!q->subgroup || next_number(r, INT_MAX, &pid) < 0)
		return r->e->code;
	q->pid = (int)pid;
	return 0;
}

int request_parse(const char *text, size_t n, struct request *ret, struct err *e)
{
	struct reader r = { .at = text, .end = text + n, .e = e };
	struct request q = { 0 };
	size_t fields = 1, n_values = 0;

	if (n == 0 || n > REQUEST_BYTES_MAX || text[n - 1] != '\0')
		return err_set(e, -EINVAL, "the request is not a list of strings");
	for (size_t i = 0; i + 1 < n; i++)
		fields += text[i] == '\0';
	/* A property takes three strings and its values, so this is room for all. */
	q.items = calloc(fields, sizeof(*q.items));
	q.values = calloc(fields, sizeof(*q.values));
	if (!q.items || !q.values)
		err_nomem(e);
	else if (read_verb(&r, &q) == 0)
		while (r.at < r.end && read_item(&r, &q, &n_values) == 0)
			;
	if (e->code < 0) {
		request_free(&q);
		return e->code;
	}
	*ret = q;
	return 0;
}

void request_free(struct request *r)
{
	free(r->items);
	free(r->values);
	*r = (struct request){ 0 };
}
