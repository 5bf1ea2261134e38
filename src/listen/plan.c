/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "listen/listen.h"
#include "base/fmt.h"
#include "libocispec/sockets.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char from[] = "annotations." OCI_SOCKETS_ANNOTATION;

enum { BACKLOG_DEFAULT = 128, FIRST_HANDED_OVER = STDERR_FILENO + 1 };

static int plan_address(const struct oci_socket *s, struct listen_socket *l, struct err *e)
{
	const char *host = s->host ? s->host : "0.0.0.0";
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(s->port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(s->port) };
	bool is_v6 = strchr(host, ':') != NULL;

	_Static_assert(sizeof(v6) == sizeof(l->address) && sizeof(v4) <= sizeof(l->address), "an address fits");
	if (inet_pton(is_v6 ? AF_INET6 : AF_INET, host, is_v6 ? (void *)&v6.sin6_addr : &v4.sin_addr) != 1)
		return err_set(e, -EINVAL, "host: \"%.*s\" is no address", 64, host);
	l->address_len = is_v6 ? sizeof(v6) : sizeof(v4);
	memcpy(l->address, is_v6 ? (const void *)&v6 : &v4, l->address_len);
	fmt(l->name, sizeof(l->name), is_v6 ? "[%s]:%u" : "%s:%u", host, s->port);
	return 0;
}

static int plan_one(const struct oci_socket *s, struct listen_socket *l, struct err *e)
{
	*l = (struct listen_socket){
		.fd = (int32_t)s->fd, .held = -1,
		.backlog = s->has_backlog ? (int32_t)s->backlog : BACKLOG_DEFAULT,
		.reuse_address = !s->has_reuse_address || s->reuse_address, .reuse_port = s->reuse_port,
		.non_block = s->non_block, .inside = s->inside,
	};
	if (l->fd == STDOUT_FILENO || l->fd == STDERR_FILENO)
		return err_set(e, -EINVAL, "fd: %d is standard output or error", l->fd);
	return plan_address(s, l, e);
}

static int check_numbers(const struct listen_plan *p, struct err *e)
{
	for (uint32_t i = 1; i < p->n; i++)
		for (uint32_t k = 0; k < i; k++)
			if (p->v[i].fd == p->v[k].fd)
				return err_set(e, -EINVAL, "%s and %s are both to be descriptor %d", p->v[k].name,
					       p->v[i].name, p->v[i].fd);
	return 0;
}

/* The caller's, in the order of the list. */
static int hand_over(struct listen_plan *p, uint32_t handed_over, struct err *e)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < p->n; i++)
		if (!p->v[i].inside && handed_over > 0)
			p->v[i].held = FIRST_HANDED_OVER + (int32_t)n++;
		else
			n += !p->v[i].inside;
	if (handed_over > 0 && handed_over != n)
		return err_set(e, -EINVAL, "the caller hands over %u descriptors, the sockets of the host's network are %u",
			       handed_over, n);
	p->n_handed_over = handed_over;
	p->first_free = FIRST_HANDED_OVER + handed_over;
	for (uint32_t i = 0; i < p->n; i++)
		if ((uint32_t)p->v[i].fd >= p->first_free)
			p->first_free = (uint32_t)p->v[i].fd + 1;
	return 0;
}

static int plan_list(const struct oci_config *c, const struct oci_sockets *list, uint32_t handed_over, struct arena *a,
		     struct listen_plan *p, struct err *e)
{
	const bool has_network = oci_makes_namespace(c, "network") || oci_joins_namespace(c, "network");

	if (list->n_v > LISTEN_MAX)
		return err_set(e, -EINVAL, "%zu sockets, more than %d", list->n_v, LISTEN_MAX);
	p->n = (uint32_t)list->n_v;
	p->v = ARENA_ARRAY(a, list->n_v, struct listen_socket);
	if (!p->v && p->n > 0)
		return err_nomem(e);
	for (uint32_t i = 0; i < p->n; i++) {
		if (plan_one(&list->v[i], &p->v[i], e) < 0)
			return err_ctx(e, "[%u]", i);
		if (p->v[i].inside && !has_network)
			return err_set(e, -EINVAL, "[%u]: inside: the container has no network namespace of its own", i);
	}
	return check_numbers(p, e) < 0 ? e->code : hand_over(p, handed_over, e);
}

int listen_plan(const struct oci_config *c, uint32_t handed_over, struct arena *a, struct listen_plan *ret, struct err *e)
{
	const char *text = oci_annotation(c, OCI_SOCKETS_ANNOTATION);
	auto_oci_doc struct oci_doc *d = NULL;
	struct oci_err oe;

	*ret = (struct listen_plan){ 0 };
	if (!text)
		return 0;
	d = oci_sockets_parse(text, strlen(text), &oe);
	if (!d)
		err_set(e, oe.code, "%s", oe.text);
	if (!d || plan_list(c, d->root, handed_over, a, ret, e) < 0)
		return err_ctx(e, "annotations: %s", OCI_SOCKETS_ANNOTATION);
	return 0;
}

void listen_explain(const struct listen_plan *p, bool inside, struct explain *x)
{
	for (uint32_t i = 0; i < p->n; i++)
		if (listen_is_made(&p->v[i], inside))
			explain_act(x, from, "listen at %s, backlog %d%s%s%s", p->v[i].name, p->v[i].backlog,
				    p->v[i].reuse_address ? ", reuse of the address" : "",
				    p->v[i].reuse_port ? ", reuse of the port" : "",
				    p->v[i].non_block ? ", non-blocking" : "");
}

void listen_explain_place(const struct listen_plan *p, struct explain *x)
{
	for (uint32_t i = 0; i < p->n; i++)
		if (p->v[i].held >= 0)
			explain_act(x, from, "make the caller's descriptor %d (%s) descriptor %d", p->v[i].held,
				    p->v[i].name, p->v[i].fd);
		else
			explain_act(x, from, "make the socket of %s descriptor %d", p->v[i].name, p->v[i].fd);
}
