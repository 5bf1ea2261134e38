/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Device rules in their order, merged into one default with exceptions.  Pure. */
#include "cgroup/device.h"

#include "base/arr.h"
#include "base/fmt.h"

#include <string.h>

enum { DEVICE_RULES_MAX = 4096 };

/* What every container may do, after the rules of the configuration (config-linux.md#default-devices). */
static const struct cg_device_rule own_rules[] = {
	{ CG_DEV_CHAR,	CG_DEV_MKNOD, CG_DEV_ANY, CG_DEV_ANY, NULL },
	{ CG_DEV_BLOCK,	CG_DEV_MKNOD, CG_DEV_ANY, CG_DEV_ANY, NULL },
	{ CG_DEV_CHAR,	CG_DEV_ALL, 1, 3, NULL },		/* null */
	{ CG_DEV_CHAR,	CG_DEV_ALL, 1, 5, NULL },		/* zero */
	{ CG_DEV_CHAR,	CG_DEV_ALL, 1, 7, NULL },		/* full */
	{ CG_DEV_CHAR,	CG_DEV_ALL, 1, 8, NULL },		/* random */
	{ CG_DEV_CHAR,	CG_DEV_ALL, 1, 9, NULL },		/* urandom */
	{ CG_DEV_CHAR,	CG_DEV_ALL, 5, 0, NULL },		/* tty */
	{ CG_DEV_CHAR,	CG_DEV_ALL, 5, 1, NULL },		/* console */
	{ CG_DEV_CHAR,	CG_DEV_ALL, 5, 2, NULL },		/* ptmx */
	{ CG_DEV_CHAR,	CG_DEV_ALL, 136, CG_DEV_ANY, NULL },	/* pts */
};

/* Does a's number include b's?  Do they have one in common? */
static bool includes(int64_t a, int64_t b)
{
	return a == CG_DEV_ANY || a == b;
}

static bool meets(int64_t a, int64_t b)
{
	return includes(a, b) || b == CG_DEV_ANY;
}

void cg_device_text(const struct cg_device_rule *r, char buf[CG_DEVICE_TEXT_MAX])
{
	char major[24] = "*", minor[24] = "*";

	if (r->major != CG_DEV_ANY)
		fmt(major, sizeof major, "%lld", (long long)r->major);
	if (r->minor != CG_DEV_ANY)
		fmt(minor, sizeof minor, "%lld", (long long)r->minor);
	fmt(buf, CG_DEVICE_TEXT_MAX, "%c %s:%s %s%s%s", r->type == CG_DEV_BLOCK ? 'b' : 'c', major, minor,
	    r->access & CG_DEV_READ ? "r" : "", r->access & CG_DEV_WRITE ? "w" : "",
	    r->access & CG_DEV_MKNOD ? "m" : "");
}

/* ---- the policy under construction ---- */

struct merge {
	struct cg_device_policy p;
	size_t room;
	struct arena *a;
	struct err *e;
};

static int add_exception(struct merge *m, const struct cg_device_rule *r)
{
	for (size_t i = 0; i < m->p.n_rules; i++) {
		struct cg_device_rule *x = &m->p.rules[i];

		if (x->type == r->type && x->major == r->major && x->minor == r->minor) {
			x->access |= r->access;
			return 0;
		}
	}
	if (m->p.n_rules == DEVICE_RULES_MAX)
		return err_set(m->e, -E2BIG, "more than %d device rules", DEVICE_RULES_MAX);
	if (m->p.n_rules == m->room) {
		struct cg_device_rule *v = ARENA_ARRAY(m->a, m->room ? m->room * 2 : 32, struct cg_device_rule);

		if (!v)
			return err_nomem(m->e);
		if (m->p.n_rules > 0)
			memcpy(v, m->p.rules, m->p.n_rules * sizeof *v);
		m->p.rules = v;
		m->room = m->room ? m->room * 2 : 32;
	}
	m->p.rules[m->p.n_rules++] = *r;
	return 0;
}

/*
 * Back to the default for what r names.  Exceptions that r includes shrink.  One that r only cuts into cannot be
 * expressed: neither by v1's list nor, in few words, by ours; v1 would ignore the request silently.
 */
static int remove_exception(struct merge *m, const struct cg_device_rule *r)
{
	char now[CG_DEVICE_TEXT_MAX], hole[CG_DEVICE_TEXT_MAX];
	size_t kept = 0;

	for (size_t i = 0; i < m->p.n_rules; i++) {
		struct cg_device_rule *x = &m->p.rules[i];

		if (x->type == r->type && meets(x->major, r->major) && meets(x->minor, r->minor) &&
		    (x->access & r->access)) {
			if (!includes(r->major, x->major) || !includes(r->minor, x->minor)) {
				cg_device_text(x, now);
				cg_device_text(r, hole);
				return err_set(m->e, -EINVAL,
					       "%s: '%s' cannot be cut out of '%s', which an earlier rule %s",
					       r->from ? r->from : "linux.resources.devices", hole, now,
					       m->p.allow ? "denies" : "allows");
			}
			x->access = (uint8_t)(x->access & ~r->access);
		}
		if (x->access)
			m->p.rules[kept++] = *x;
	}
	m->p.n_rules = kept;
	return 0;
}

static int apply_rule(struct merge *m, bool allow, const struct cg_device_rule *r)
{
	return allow == m->p.allow ? remove_exception(m, r) : add_exception(m, r);
}

/* ---- the rules of the configuration ---- */

static int read_number(bool has, int64_t value, const char *from, const char *what, int64_t *ret, struct err *e)
{
	if (has && (value < -1 || value > UINT32_MAX))
		return err_set(e, -EINVAL, "%s.%s: %lld is no device number", from, what, (long long)value);
	*ret = has && value != -1 ? value : CG_DEV_ANY;
	return 0;
}

static int read_access(const struct oci_device_cgroup *d, const char *from, uint8_t *ret, struct err *e)
{
	uint8_t access = 0;

	/* To deny without saying what is to deny all; to allow without saying what is a mistake. */
	if ((!d->access || !*d->access) && d->allow)
		return err_set(e, -EINVAL, "%s.access: cannot be empty", from);
	for (const char *s = d->access ? d->access : ""; *s; s++) {
		if (*s == 'r')
			access |= CG_DEV_READ;
		else if (*s == 'w')
			access |= CG_DEV_WRITE;
		else if (*s == 'm')
			access |= CG_DEV_MKNOD;
		else
			return err_set(e, -EINVAL, "%s.access: '%c' is not one of r, w, m", from, *s);
	}
	*ret = access ? access : CG_DEV_ALL;
	return 0;
}

static int apply_config_rule(struct merge *m, const struct oci_device_cgroup *d, const char *from)
{
	const char *type = d->type ? d->type : "a";
	struct cg_device_rule r = { .from = from };

	if (strcmp(type, "a") != 0 && strcmp(type, "b") != 0 && strcmp(type, "c") != 0)
		return err_set(m->e, -EINVAL, "%s.type: '%s' is not one of a, b, c", from, type);
	if (read_number(d->has_major, d->major, from, "major", &r.major, m->e) < 0 ||
	    read_number(d->has_minor, d->minor, from, "minor", &r.minor, m->e) < 0 ||
	    read_access(d, from, &r.access, m->e) < 0)
		return m->e->code;
	if (*type == 'a' && r.major == CG_DEV_ANY && r.minor == CG_DEV_ANY && r.access == CG_DEV_ALL) {
		m->p.allow = d->allow;
		m->p.from = from;
		m->p.n_rules = 0;
		return 0;
	}
	/*
	 * v1 takes every rule of type "a" as "all, whatever else it says".  To allow more than was asked for is not
	 * acceptable, so a narrower one is two rules here.
	 */
	r.type = CG_DEV_BLOCK;
	if (*type != 'c' && apply_rule(m, d->allow, &r) < 0)
		return m->e->code;
	r.type = CG_DEV_CHAR;
	if (*type != 'b' && apply_rule(m, d->allow, &r) < 0)
		return m->e->code;
	return 0;
}

int cg_device_merge(const struct oci_device_cgroup *v, size_t n, struct arena *a, struct cg_device_policy *ret_policy,
		    struct err *e)
{
	struct merge m = { .a = a, .e = e };

	for (size_t i = 0; i < n; i++) {
		const char *from = arena_fmt(a, "linux.resources.devices[%zu]", i);

		if (!from)
			return err_nomem(e);
		if (apply_config_rule(&m, &v[i], from) < 0)
			return e->code;
	}
	for (size_t i = 0; i < ARRAY_LEN(own_rules); i++)
		if (apply_rule(&m, true, &own_rules[i]) < 0)
			return e->code;
	*ret_policy = m.p;
	return 0;
}
