/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/shared_ports.h"

#include <stdlib.h>
#include <string.h>

static const struct mark nowhere = { .file = NULL };

struct port_user {
	const struct desired *d;
	const struct desired_port *port;
};

static int by_address(const void *a, const void *b)
{
	const struct port_user *x = a, *y = b;
	int order = strcmp(x->port->host, y->port->host);

	if (order == 0)
		order = (x->port->port > y->port->port) - (x->port->port < y->port->port);
	return order != 0 ? order : strcmp(x->d->id, y->d->id);
}

/* A socket is made with the options of the first that asks: which one that is, nobody can tell. */
static bool same_socket(const struct desired_port *a, const struct desired_port *b)
{
	return a->backlog == b->backlog && a->uid == b->uid && a->gid == b->gid && a->reuse_addr == b->reuse_addr &&
	       a->reuse_port == b->reuse_port && a->non_block == b->non_block;
}

static void compare(struct findings *f, const struct port_user *v, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		const struct port_user *a = &v[i - 1], *b = &v[i];

		if (strcmp(a->port->host, b->port->host) != 0 || a->port->port != b->port->port ||
		    same_socket(a->port, b->port))
			continue;
		finding_warning(f, nowhere, "Port %u of %s: %s and %s share a socket and differ in its options or its user",
				a->port->port, a->port->host, a->d->name, b->d->name);
		finding_hint(f, "whichever starts first decides");
	}
}

int shared_ports_check(const struct desired_set *set, struct arena *a, struct findings *f, struct err *e)
{
	struct port_user *v = NULL;
	size_t n = 0;

	for (size_t i = 0; i < set->n; i++)
		for (size_t k = 0; k < set->v[i].n_ports; k++) {
			struct port_user *new = ARENA_ADD(a, v, n);

			if (!new)
				return err_nomem(e);
			*new = (struct port_user){ &set->v[i], &set->v[i].ports[k] };
		}
	if (n > 0)
		qsort(v, n, sizeof(*v), by_address);
	compare(f, v, n);
	return 0;
}
