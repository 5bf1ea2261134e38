/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lithos/socket.h"

#include "base/arr.h"
#include "lithos/allow.h"
#include "lithos/yaml.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	FIRST_ACTIVATED_FD = 3,		/* sd_listen_fds(3) */
	ACTIVATED_BACKLOG = 128,
};

struct filling {
	const struct instance_request *how;
	const struct vars *v;
	struct instance *in;
	const struct lithos_variable **activated;	/* ascending by name: the i-th has descriptor 3+i */
	size_t n_activated;
};

static struct mark mark_port(const struct filling *x, const char *key, const char *member)
{
	return yaml_mark(x->in->container->doc, "tcp_ports", key, member, NULL);
}

static struct mark mark_variable(const struct filling *x, const char *name)
{
	return yaml_mark(x->in->container->doc, "variables", name, NULL);
}

static int compare_variables(const void *a, const void *b)
{
	return strcmp((*(const struct lithos_variable *const *)a)->name, (*(const struct lithos_variable *const *)b)->name);
}

static int list_activated(struct filling *x)
{
	const struct lithos_container *c = x->in->container;

	x->activated = ARENA_ARRAY(x->v->a, c->n_variables, const struct lithos_variable *);
	if (!x->activated)
		return -ENOMEM;
	for (size_t i = 0; i < c->n_variables; i++)
		if (c->variables[i].activation_systemd)
			x->activated[x->n_activated++] = &c->variables[i];
	if (x->n_activated > 0)
		qsort(x->activated, x->n_activated, sizeof(*x->activated), compare_variables);
	return 0;
}

/* Whether a socket of the host's network is left out because a command is to run. */
static bool is_left_out(const struct filling *x, bool on_host)
{
	return x->how->command && on_host;
}

/* Judges a socket on its own, and against those before it. */
static void check_port(const struct filling *x, const struct instance_port *p, struct mark at, struct mark at_fd)
{
	const struct instance *in = x->in;

	if (p->fd == 1 || p->fd == 2)
		finding_error(x->v->f, at_fd, "passing fd 1 and fd 2 is not supported yet");
	if (p->fd >= in->container->fileno_limit)
		finding_error(x->v->f, at_fd, "fd %u is not below fileno-limit %llu", p->fd,
			      (unsigned long long)in->container->fileno_limit);
	if (p->on_host && !allow_port(in->sandbox, p->port))
		finding_error(x->v->f, at, "Port %u is not allowed for \"%s\" of sandbox \"%s\" of image \"%s\"", p->port,
			      in->process->config, in->sandbox->name, in->process->image);
	for (size_t i = 0; i < in->n_ports; i++) {
		const struct instance_port *other = &in->ports[i];

		if (other->port == p->port)
			finding_error(x->v->f, at, "port %u is listened on twice, with fd %u and with fd %u", p->port,
				      other->fd, p->fd);
		if (other->fd == p->fd && !other->variable)
			finding_error(x->v->f, at_fd, "fd %u is that of port %u too", p->fd, other->port);
	}
}

static void add_port(struct filling *x, const struct instance_port *p)
{
	x->in->ports[x->in->n_ports++] = *p;
}

/* The port that a variable gives; 0 when it gives none, which vars_check() has complained about. */
static uint16_t port_of(const struct filling *x, const struct lithos_variable *d)
{
	const char *value = vars_given(x->v, d->name);
	struct err why = { 0 };
	uint16_t port;

	return value && vars_parse_port(value, &port, &why) == 0 ? port : 0;
}

static void add_activated(struct filling *x)
{
	const bool on_host = !x->in->sandbox->bridged_network;

	for (size_t i = 0; i < x->n_activated; i++) {
		const struct lithos_variable *d = x->activated[i];
		const struct mark at = mark_variable(x, d->name);
		const struct instance_port p = {
			.port = port_of(x, d), .fd = (uint32_t)(FIRST_ACTIVATED_FD + i), .host = "0.0.0.0",
			.backlog = ACTIVATED_BACKLOG, .reuse_addr = true, .on_host = on_host, .variable = d->name,
		};

		if (p.port == 0)
			continue;
		check_port(x, &p, at, at);
		add_port(x, &p);
	}
}

/* Of a written port: whether an activated one stands for it, or holds its descriptor. */
static bool gives_way(const struct filling *x, const struct instance_port *p, const char *key)
{
	for (size_t i = 0; i < x->n_activated; i++)
		if (p->fd == FIRST_ACTIVATED_FD + i)
			finding_error(x->v->f, mark_port(x, key, "fd"),
				      "Port %u conflicts with var \"%s\" for fd: %u. Those of activated variables begin at %d",
				      p->port, x->activated[i]->name, p->fd, FIRST_ACTIVATED_FD);
	for (size_t i = 0; i < x->in->n_ports; i++)
		if (x->in->ports[i].variable && x->in->ports[i].port == p->port) {
			finding_warning(x->v->f, mark_port(x, key, NULL), "port %u is that of variable \"%s\", which counts",
					p->port, x->in->ports[i].variable);
			return true;
		}
	return false;
}

static int add_written(struct filling *x, const struct lithos_tcp_port *t)
{
	struct instance_port p = {
		.fd = t->fd, .host = t->host, .backlog = t->listen_backlog,
		.reuse_addr = t->reuse_addr, .reuse_port = t->reuse_port, .non_block = t->set_non_block,
		.on_host = !x->in->sandbox->bridged_network || t->external,
	};
	const struct mark at = mark_port(x, t->key, NULL);
	const size_t before = x->v->f->n_errors;
	const char *text = "";
	struct err why = { 0 };

	if (vars_expand(x->v, t->key, at, &text) < 0)
		return -ENOMEM;
	if (x->v->f->n_errors > before)
		return 0;
	if (vars_parse_port(text, &p.port, &why) < 0) {
		finding_error(x->v->f, at, "Bad port \"%s\": %s", text, why.text);
		return 0;
	}
	if (is_left_out(x, p.on_host)) {
		finding_warning(x->v->f, at, "a command gets no socket of the host: port %u is not opened", p.port);
		return 0;
	}
	if (gives_way(x, &p, t->key))
		return 0;
	check_port(x, &p, at, mark_port(x, t->key, "fd"));
	add_port(x, &p);
	return 0;
}

static void check_number(const struct filling *x)
{
	if (x->in->n_ports > LITHOS_PORTS_MAX)
		finding_error(x->v->f, yaml_mark(x->in->container->doc, "tcp_ports", NULL), "%zu sockets are more than %d",
			      x->in->n_ports, LITHOS_PORTS_MAX);
}

static int compare_ports(const void *a, const void *b)
{
	const uint32_t x = ((const struct instance_port *)a)->fd, y = ((const struct instance_port *)b)->fd;

	return (x > y) - (x < y);
}

/* Names joined by colons, in a; NULL when it is full. */
static const char *join_names(const struct filling *x, struct arena *a)
{
	size_t size = 1;
	char *out, *at;

	for (size_t i = 0; i < x->n_activated; i++)
		size += strlen(x->activated[i]->name) + 1;
	out = at = arena_alloc(a, size);
	for (size_t i = 0; out && i < x->n_activated; i++) {
		if (i > 0)
			*at++ = ':';
		at = mempcpy(at, x->activated[i]->name, strlen(x->activated[i]->name));
	}
	return out;
}

/* The container's own words for what activation says. */
static void warn_of_environ(const struct filling *x)
{
	static const char *const ours[] = { "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PID" };
	const struct lithos_container *c = x->in->container;

	for (size_t i = 0; i < c->n_environ; i++)
		for (size_t j = 0; j < ARRAY_LEN(ours); j++)
			if (strcmp(c->environ[i].key, ours[j]) == 0)
				finding_warning(x->v->f, yaml_mark(c->doc, "environ", ours[j], NULL),
						"%s is what socket activation says, not this", ours[j]);
}

static int activate(struct filling *x, struct activation *ret)
{
	if (list_activated(x) < 0)
		return -ENOMEM;
	if (x->n_activated > 0 && is_left_out(x, !x->in->sandbox->bridged_network)) {
		finding_warning(x->v->f, mark_variable(x, x->activated[0]->name),
				"a command gets no socket of the host: there is no socket activation");
		x->n_activated = 0;
	}
	*ret = (struct activation){ x->n_activated, join_names(x, x->v->a) };
	if (!ret->names)
		return -ENOMEM;
	if (x->n_activated > 0)
		warn_of_environ(x);
	return 0;
}

int socket_fill(const struct instance_request *how, const struct vars *v, struct instance *in, struct activation *ret)
{
	const struct lithos_container *c = in->container;
	struct filling x = { .how = how, .v = v, .in = in };

	if (activate(&x, ret) < 0)
		return -ENOMEM;
	in->ports = ARENA_ARRAY(v->a, x.n_activated + c->n_tcp_ports, struct instance_port);
	if (!in->ports)
		return -ENOMEM;
	add_activated(&x);
	for (size_t i = 0; i < c->n_tcp_ports; i++)
		if (add_written(&x, &c->tcp_ports[i]) < 0)
			return -ENOMEM;
	check_number(&x);
	if (in->n_ports > 0)
		qsort(in->ports, in->n_ports, sizeof(*in->ports), compare_ports);
	return 0;
}
