/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lithos/claim.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { HEADS = 1 << 16 };

struct owner {
	struct owner *next;
	size_t sandbox_len;
	char *file;		/* NULL: not known */
	char text[];		/* "SANDBOX/PROCESS" */
};

struct claim {
	uint32_t next;		/* of the same head: index + 1; 0 ends */
	uint16_t port;		/* 0: an address of a bridge */
	uint8_t family;		/* 0: an address that cannot be parsed, which excludes nothing */
	unsigned char address[16];
	bool reuse_port;
	uint32_t uid;
	const char *bridge;
	const struct owner *owner;
};

struct bridge {
	struct bridge *next;
	char name[];
};

struct claims {
	uint32_t heads[HEADS];
	struct claim *v;
	size_t n, room;
	struct owner *owners;	/* newest first */
	struct bridge *bridges;
};

struct claims *claims_new(void)
{
	return calloc(1, sizeof(struct claims));
}

void claims_free(struct claims *c)
{
	if (!c)
		return;
	while (c->owners) {
		struct owner *next = c->owners->next;

		free(c->owners->file);
		free(c->owners);
		c->owners = next;
	}
	while (c->bridges) {
		struct bridge *next = c->bridges->next;

		free(c->bridges);
		c->bridges = next;
	}
	free(c->v);
	free(c);
}

/* A process makes all of its claims in a row, so that the newest owner is the one or there is none. */
static const struct owner *owner_of(struct claims *c, const char *sandbox, const char *process, const char *file)
{
	size_t a = strlen(sandbox), b = strlen(process);
	struct owner *o = c->owners;

	if (o && o->sandbox_len == a && memcmp(o->text, sandbox, a) == 0 && strcmp(o->text + a + 1, process) == 0)
		return o;
	o = malloc(sizeof(*o) + a + b + 2);
	if (!o)
		return NULL;
	o->file = file ? strdup(file) : NULL;
	if (file && !o->file) {
		free(o);
		return NULL;
	}
	o->sandbox_len = a;
	memcpy(o->text, sandbox, a);
	o->text[a] = '/';
	memcpy(o->text + a + 1, process, b + 1);
	o->next = c->owners;
	c->owners = o;
	return o;
}

static const char *bridge_name(struct claims *c, const char *name)
{
	for (struct bridge *b = c->bridges; b; b = b->next)
		if (strcmp(b->name, name) == 0)
			return b->name;

	size_t len = strlen(name);
	struct bridge *b = malloc(sizeof(*b) + len + 1);

	if (!b)
		return NULL;
	memcpy(b->name, name, len + 1);
	b->next = c->bridges;
	c->bridges = b;
	return b->name;
}

static void parse(struct claim *c, const char *address)
{
	if (inet_pton(AF_INET, address, c->address) == 1)
		c->family = AF_INET;
	else if (inet_pton(AF_INET6, address, c->address) == 1)
		c->family = AF_INET6;
}

static bool is_any(const struct claim *c)
{
	static const unsigned char zero[16];

	return memcmp(c->address, zero, sizeof(zero)) == 0;
}

static bool same_address(const struct claim *a, const struct claim *b)
{
	return a->family == b->family && memcmp(a->address, b->address, sizeof(a->address)) == 0;
}

/* The kernel does not let two sockets listen on these at once. */
static bool exclude(const struct claim *a, const struct claim *b)
{
	if (a->port != b->port || a->bridge != b->bridge || a->family != b->family || !a->family)
		return false;
	return same_address(a, b) || (a->port && (is_any(a) || is_any(b)));
}

/* Of one sandbox: it is one socket, or the kernel has nothing against two. */
static bool get_along(const struct claim *a, const struct claim *b)
{
	if (a->reuse_port || b->reuse_port)
		return a->reuse_port && b->reuse_port && a->uid == b->uid;
	return same_address(a, b);
}

static bool same_sandbox(const struct owner *a, const struct owner *b)
{
	return a->sandbox_len == b->sandbox_len && memcmp(a->text, b->text, a->sandbox_len) == 0;
}

static int keep(struct claims *c, uint32_t head, const struct claim *new)
{
	if (c->n == c->room) {
		size_t room = c->room ? 2 * c->room : 64;
		struct claim *v = reallocarray(c->v, room, sizeof(*v));

		if (!v)
			return -ENOMEM;
		c->v = v;
		c->room = room;
	}
	c->v[c->n] = *new;
	c->v[c->n].next = c->heads[head];
	c->heads[head] = (uint32_t)++c->n;
	return 0;
}

/* The first who said it has it; one who says it again is not asked again. */
static int claim(struct claims *c, uint32_t head, const struct claim *new, struct claim_owner *ret_owner)
{
	const struct owner *first = NULL;

	for (uint32_t i = c->heads[head]; i > 0; i = c->v[i - 1].next) {
		const struct claim *old = &c->v[i - 1];

		if (!exclude(old, new))
			continue;
		if (old->owner == new->owner && same_address(old, new))
			return 0;
		if (new->port ? !same_sandbox(old->owner, new->owner) || !get_along(old, new) : old->owner != new->owner)
			first = old->owner;
	}
	if (keep(c, head, new) < 0)
		return -ENOMEM;
	if (!first)
		return 0;
	*ret_owner = (struct claim_owner){ first->text, first->file, same_sandbox(first, new->owner) };
	return 1;
}

int claims_port(struct claims *c, const struct port_claim *p, struct claim_owner *ret_owner)
{
	struct claim new = {
		.port = p->port, .reuse_port = p->reuse_port, .uid = p->uid,
		.owner = owner_of(c, p->sandbox, p->process, p->file),
	};

	if (!new.owner)
		return -ENOMEM;
	parse(&new, p->host);
	return claim(c, p->port, &new, ret_owner);
}

int claims_address(struct claims *c, const char *sandbox, const char *process, const char *bridge, const char *address,
		   const char **ret_owner)
{
	struct claim new = { .owner = owner_of(c, sandbox, process, NULL), .bridge = bridge_name(c, bridge) };
	struct claim_owner owner;
	uint32_t head = 0;
	int rc;

	if (!new.owner || !new.bridge)
		return -ENOMEM;
	parse(&new, address);
	for (size_t i = 0; i < sizeof(new.address); i++)
		head = head * 31 + new.address[i];
	rc = claim(c, head % HEADS, &new, &owner);
	if (rc > 0)
		*ret_owner = owner.name;
	return rc;
}
