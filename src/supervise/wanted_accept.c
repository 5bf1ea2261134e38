/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is accepted of what was planned. */
#include "supervise/wanted.h"

#include "lithos/claim.h"

#include <string.h>

/* A set to which gaps are added, and the problems that tell of them. */
struct accepting {
	const struct desired_set *old;
	struct desired_set next;
	struct desired_gap *gaps;
	struct report_problem *problems;
	size_t n_problems;
	struct arena *a;
};

static int copy_lists(struct accepting *x, const struct wanted *planned)
{
	for (size_t i = 0; i < planned->set.n_gaps; i++) {
		size_t n = i;
		struct desired_gap *g = ARENA_ADD(x->a, x->gaps, n);

		if (!g)
			return -ENOMEM;
		*g = planned->set.gaps[i];
	}
	for (size_t i = 0; i < planned->n_problems; i++) {
		struct report_problem *p = ARENA_ADD(x->a, x->problems, x->n_problems);

		if (!p)
			return -ENOMEM;
		*p = planned->problems[i];
	}
	return 0;
}

/* The process of d shall not have a port that an entry of the former configuration has still. */
static int add_gap(struct accepting *x, const struct desired *d, const struct desired_port *port, const char *owner)
{
	struct desired_gap *g = ARENA_ADD(x->a, x->gaps, x->next.n_gaps);
	struct report_problem *p = ARENA_ADD(x->a, x->problems, x->n_problems);

	if (!g || !p)
		return -ENOMEM;
	*g = (struct desired_gap){
		.sandbox = d->sandbox, .process = d->process,
		.why = arena_fmt(x->a, "Port %u of %s is that of %s, whose former configuration is kept", port->port,
				 port->host, owner),
	};
	*p = (struct report_problem){ .about = arena_fmt(x->a, "%s/%s", d->sandbox, d->process), .text = g->why };
	x->next.gaps = x->gaps;
	return p->about && p->text ? 0 : -ENOMEM;
}

/* 1: it has one; 0: none; -ENOMEM. */
static int has_others_port(struct claims *c, const struct desired *d, const struct desired_port **ret,
			   const char **ret_owner)
{
	for (size_t i = 0; i < d->n_ports; i++) {
		const struct desired_port *p = &d->ports[i];
		const struct port_claim claim = {
			.sandbox = d->sandbox, .process = d->process, .host = p->host, .port = p->port,
			.reuse_port = p->reuse_port, .uid = p->uid,
		};
		struct claim_owner owner = { 0 };
		int rc = claims_port(c, &claim, &owner);

		*ret = p;
		*ret_owner = owner.name;
		if (rc != 0)
			return rc;
	}
	return 0;
}

/* What is kept says first which ports it has.  1: gaps were added; 0: none was needed; -ENOMEM. */
static int find_conflicts(struct accepting *x, const struct desired_set *merged, struct claims *c)
{
	const struct desired_port *port;
	const char *owner;
	int answer = 0;

	for (int kept = 1; kept >= 0; kept--)
		for (size_t i = 0; i < merged->n; i++) {
			const struct desired *d = &merged->v[i];
			int rc = d->kept == (kept == 1) ? has_others_port(c, d, &port, &owner) : 0;

			if (rc > 0 && !kept && !desired_in_gap(x->gaps, x->next.n_gaps, d)) {
				rc = add_gap(x, d, port, owner);
				answer = 1;
			}
			if (rc < 0)
				return rc;
		}
	return answer;
}

/* Each round makes one more process a gap, so there are not more rounds than processes. */
static int merge(struct accepting *x, struct desired_set *ret, struct err *e)
{
	for (;;) {
		struct claims *c;
		int rc = desired_merge(x->old, &x->next, x->a, ret, e);

		if (rc < 0)
			return rc;
		if (x->next.n_gaps == 0)
			return 0;
		c = claims_new();
		rc = c ? find_conflicts(x, ret, c) : -ENOMEM;
		claims_free(c);
		if (rc < 0)
			return err_nomem(e);
		if (rc == 0)
			return 0;
	}
}

/* Nothing can be said of anything: all of old stays as it is. */
static int keep_all(const struct wanted *old, const struct wanted *planned, struct arena *a, struct wanted *ret,
		    struct err *e)
{
	struct desired *v = ARENA_ARRAY(a, old->set.n + 1, struct desired);

	if (!v)
		return err_nomem(e);
	*ret = *old;
	for (size_t i = 0; i < old->set.n; i++) {
		v[i] = old->set.v[i];
		v[i].kept = true;
	}
	ret->set.v = v;
	ret->problems = planned->problems;
	ret->n_problems = planned->n_problems;
	ret->n_errors = planned->n_errors;
	return 0;
}

int wanted_accept(const struct wanted *old, const struct wanted *planned, struct arena *a, struct wanted *ret, struct err *e)
{
	struct accepting x = { .old = &old->set, .next = planned->set, .a = a };

	if (!planned->settings.runtime_dir) {
		if (keep_all(old, planned, a, ret, e) < 0)
			return e->code;
	} else {
		if (copy_lists(&x, planned) < 0)
			return err_nomem(e);
		*ret = *planned;
		x.next.gaps = x.gaps;
		if (merge(&x, &ret->set, e) < 0)
			return e->code;
		ret->problems = x.problems;
		ret->n_problems = x.n_problems;
		ret->n_errors = planned->n_errors + (x.n_problems - planned->n_problems);
	}
	ret->accepted = old->accepted + 1;
	return 0;
}
