/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The properties of a container's unit.  The limits say no more than the writes of v1_plan.c and v2_plan.c do, and they
 * come after those, which have checked them; what systemd has no property for stands in the files alone.  Pure.
 */
#include "cgroup/host.h"
#include "cgroup/planner.h"

#include "base/arr.h"
#include "base/fmt.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define RES "linux.resources."
#define NO_LIMIT UINT64_MAX	/* systemd's "infinity" */

enum { MASK_BITS_MAX = 8192 };

/* ---- a list that grows ---- */

static int add(struct cg_planner *pl, struct cg_properties *l, const struct cg_property *p)
{
	if (l->n == l->room) {
		size_t room = l->room ? 2 * l->room : 16;
		struct cg_property *v = ARENA_ARRAY(pl->a, room, struct cg_property);

		if (!v)
			return err_nomem(pl->e);
		if (l->n > 0)
			memcpy(v, l->v, l->n * sizeof *v);
		l->v = v;
		l->room = room;
	}
	l->v[l->n++] = *p;
	return 0;
}

/* One value of a basic type; NULL when the arena was full. */
static int put(struct cg_planner *pl, struct cg_properties *l, const char *name, const char *type, const char *value,
	       const char *from)
{
	const char **values = ARENA_NEW(pl->a, const char *);

	if (!values || !value)
		return err_nomem(pl->e);
	*values = value;
	return add(pl, l, &(struct cg_property){ name, type, values, 1, from });
}

static int put_limit(struct cg_planner *pl, const char *name, uint64_t value, const char *from)
{
	return put(pl, &pl->p->unit.limits, name, "t", cg_u64(pl, value), from);
}

/* 0 = not set, -1 = no limit. */
static int put_size(struct cg_planner *pl, const char *name, int64_t value, const char *from)
{
	return value == 0 ? 0 : put_limit(pl, name, value < 0 ? NO_LIMIT : (uint64_t)value, from);
}

static bool is_v2(const struct cg_planner *pl)
{
	return pl->p->layout == CG_LAYOUT_V2;
}

/* ---- memory, cpu, pids ---- */

static int limit_memory(struct cg_planner *pl, const struct oci_resources *r)
{
	const struct oci_memory *m = r->memory;
	int64_t swap = 0;

	if (!m)
		return 0;
	if (put_size(pl, is_v2(pl) ? "MemoryMax" : "MemoryLimit", m->limit, RES "memory.limit") < 0)
		return pl->e->code;
	if (!is_v2(pl))		/* v1's soft limit and swap are no properties */
		return 0;
	if (cg_swap_alone(m->swap, m->limit, &swap, pl->e) < 0 ||
	    put_size(pl, "MemoryLow", m->reservation, RES "memory.reservation") < 0)
		return pl->e->code;
	if (swap == 0 && m->swap == 0)
		return 0;
	return put_limit(pl, "MemorySwapMax", swap < 0 ? NO_LIMIT : (uint64_t)swap, RES "memory.swap");
}

/*
 * systemd keeps per cent of a CPU.  Where the cgroup below has the exact number it must not be more than this, so this is
 * rounded up to the next one.
 */
static uint64_t usec_per_second(const struct oci_cpu *c)
{
	const uint64_t percent = 10000, period = c->period ? c->period : 100000;
	unsigned __int128 usec = (unsigned __int128)(uint64_t)c->quota * 1000000 / period;

	if (usec > UINT64_MAX - percent)
		return NO_LIMIT;
	return ((uint64_t)usec + percent - 1) / percent * percent;
}

static int limit_cpu(struct cg_planner *pl, const struct oci_resources *r)
{
	const struct oci_cpu *c = r->cpu;
	uint64_t weight;

	if (!c)
		return 0;
	/* A weight is one among siblings, and those of the unit's cgroup are systemd's. */
	weight = is_v2(pl) && c->shares ? cg_weight_from_shares(c->shares) : c->shares;
	if (is_v2(pl) && c->has_idle)
		weight = c->idle ? 0 : weight ? weight : NO_LIMIT;	/* NO_LIMIT: none is set */
	if ((c->shares || (is_v2(pl) && c->has_idle)) &&
	    put_limit(pl, is_v2(pl) ? "CPUWeight" : "CPUShares", weight,
		      c->shares ? RES "cpu.shares" : RES "cpu.idle") < 0)
		return pl->e->code;
	if (c->period && put_limit(pl, "CPUQuotaPeriodUSec", c->period, RES "cpu.period") < 0)
		return pl->e->code;
	if (c->quota)
		return put_limit(pl, "CPUQuotaPerSecUSec", c->quota < 0 ? NO_LIMIT : usec_per_second(c), RES "cpu.quota");
	return 0;
}

static int limit_pids(struct cg_planner *pl, const struct oci_resources *r)
{
	return r->pids ? put_size(pl, "TasksMax", r->pids->limit, RES "pids.limit") : 0;
}

/* ---- cpuset ---- */

/* One "3" or "0-2" of a list, and what follows it. */
static const char *take_range(const char *s, unsigned long *ret_from, unsigned long *ret_to)
{
	char *end;

	if (*s < '0' || *s > '9')
		return NULL;
	*ret_from = *ret_to = strtoul(s, &end, 10);
	if (*end == '-') {
		if (end[1] < '0' || end[1] > '9')
			return NULL;
		*ret_to = strtoul(end + 1, &end, 10);
	}
	return *ret_from <= *ret_to && *ret_to < MASK_BITS_MAX ? end : NULL;
}

int cg_unit_mask(const char *list, struct arena *a, struct cg_property *ret, struct err *e)
{
	unsigned char mask[MASK_BITS_MAX / CHAR_BIT] = { 0 };
	const char **values;
	size_t n = 0;

	for (const char *s = list; *s;) {
		unsigned long from, to;

		s = take_range(s, &from, &to);
		if (!s || (*s && *s != ',' && *s != '\n'))
			return 1;
		for (unsigned long i = from; i <= to; i++)
			mask[i / CHAR_BIT] |= (unsigned char)(1u << i % CHAR_BIT);
		n = to / CHAR_BIT + 1 > n ? to / CHAR_BIT + 1 : n;
		s += *s != '\0';
	}
	values = ARENA_ARRAY(a, n + 1, const char *);
	for (size_t i = 0; values && i < n; i++) {
		values[i] = arena_fmt(a, "%u", mask[i]);
		if (!values[i])
			return err_nomem(e);
	}
	ret->type = "ay";
	ret->values = values;
	ret->n_values = n;
	return values ? 0 : err_nomem(e);
}

static int put_mask(struct cg_planner *pl, const char *name, const char *list, const char *from)
{
	struct cg_property p = { .name = name, .from = from };
	int rc = list && *list ? cg_unit_mask(list, pl->a, &p, pl->e) : 1;

	if (rc == 0)
		return add(pl, &pl->p->unit.limits, &p);
	if (rc < 0 || !list || !*list)
		return rc < 0 ? rc : 0;
	return cg_warn(pl, arena_fmt(pl->a, "%s: systemd knows no list like %s; it stands in the cgroup alone", from, list));
}

/* systemd sets none on v1. */
static int limit_cpuset(struct cg_planner *pl, const struct oci_resources *r)
{
	if (!r->cpu || !is_v2(pl))
		return 0;
	if (put_mask(pl, "AllowedCPUs", r->cpu->cpus, RES "cpu.cpus") < 0)
		return pl->e->code;
	return put_mask(pl, "AllowedMemoryNodes", r->cpu->mems, RES "cpu.mems");
}

/* ---- block I/O: the weights, which are among siblings; rates are in the files ---- */

static int limit_device_weights(struct cg_planner *pl, const struct oci_block_io *b)
{
	struct cg_property p = { .name = is_v2(pl) ? "IODeviceWeight" : "BlockIODeviceWeight", .type = "a(st)",
				 .from = RES "blockIO.weightDevice" };
	const char **values = ARENA_ARRAY(pl->a, 2 * b->n_weight_device + 1, const char *);

	if (!values)
		return err_nomem(pl->e);
	for (size_t i = 0; i < b->n_weight_device; i++) {
		const struct oci_weight_device *d = &b->weight_device[i];

		if (!d->weight)
			continue;
		values[p.n_values] = arena_fmt(pl->a, "/dev/block/%lld:%lld", (long long)d->major, (long long)d->minor);
		values[p.n_values + 1] = cg_u64(pl, is_v2(pl) ? cg_io_weight(d->weight) : d->weight);
		if (!values[p.n_values] || !values[p.n_values + 1])
			return err_nomem(pl->e);
		p.n_values += 2;
	}
	p.values = values;
	return p.n_values ? add(pl, &pl->p->unit.limits, &p) : 0;
}

static int limit_io(struct cg_planner *pl, const struct oci_resources *r)
{
	const struct oci_block_io *b = r->block_io;

	if (!b)
		return 0;
	if (b->weight && put_limit(pl, is_v2(pl) ? "IOWeight" : "BlockIOWeight",
				   is_v2(pl) ? cg_io_weight(b->weight) : b->weight, RES "blockIO.weight") < 0)
		return pl->e->code;
	return limit_device_weights(pl, b);
}

/* ---- unified ---- */

static int unified_number(struct cg_planner *pl, const char *name, const char *value, const char *from)
{
	char *end;
	uint64_t n = strncmp(value, "max", 3) == 0 ? NO_LIMIT : strtoull(value, &end, 10);

	/* What is no number here is one to nobody, and the kernel has the say. */
	if (n != NO_LIMIT && (end == value || (*end && *end != '\n')))
		return 0;
	return put_limit(pl, name, n, from);
}

static int unified_idle(struct cg_planner *pl, const char *name, const char *value, const char *from)
{
	return put_limit(pl, name, *value == '1' ? 0 : NO_LIMIT, from);
}

static int unified_cpu_max(struct cg_planner *pl, const char *name, const char *value, const char *from)
{
	struct oci_cpu c = { .quota = -1 };
	char *end = NULL;

	if (strncmp(value, "max", 3) != 0)
		c.quota = strtoll(value, &end, 10);
	c.period = strtoull(end ? end : value + 3, NULL, 10);
	if (c.period && put_limit(pl, "CPUQuotaPeriodUSec", c.period, from) < 0)
		return pl->e->code;
	return put_limit(pl, name, c.quota < 0 ? NO_LIMIT : usec_per_second(&c), from);
}

static int limit_unified(struct cg_planner *pl, const struct oci_resources *r)
{
	static const struct {
		const char *file, *name;
		int (*put)(struct cg_planner *pl, const char *name, const char *value, const char *from);
	} rows[] = {
		{ "cpu.idle",		"CPUWeight",		unified_idle },
		{ "cpu.max",		"CPUQuotaPerSecUSec",	unified_cpu_max },
		{ "cpu.weight",		"CPUWeight",		unified_number },
		{ "cpuset.cpus",	"AllowedCPUs",		put_mask },
		{ "cpuset.mems",	"AllowedMemoryNodes",	put_mask },
		{ "io.weight",		"IOWeight",		unified_number },
		{ "memory.high",	"MemoryHigh",		unified_number },
		{ "memory.low",		"MemoryLow",		unified_number },
		{ "memory.max",		"MemoryMax",		unified_number },
		{ "memory.min",		"MemoryMin",		unified_number },
		{ "memory.swap.max",	"MemorySwapMax",	unified_number },
		{ "pids.max",		"TasksMax",		unified_number },
	};

	for (size_t i = 0; i < r->n_unified; i++)
		for (size_t k = 0; k < ARRAY_LEN(rows); k++) {
			const char *from;

			if (strcmp(r->unified[i].key, rows[k].file) != 0)
				continue;
			from = arena_fmt(pl->a, RES "unified.%s", rows[k].file);
			if (!from)
				return err_nomem(pl->e);
			if (rows[k].put(pl, rows[k].name, r->unified[i].value, from) < 0)
				return pl->e->code;
		}
	return 0;
}

int cg_unit_limits(struct cg_planner *pl, const struct oci_resources *r)
{
	static int (*const members[])(struct cg_planner *pl, const struct oci_resources *r) = {
		limit_memory, limit_cpu, limit_cpuset, limit_pids, limit_io, limit_unified,
	};

	for (size_t i = 0; i < ARRAY_LEN(members); i++)
		if (members[i](pl, r) < 0)
			return pl->e->code;
	return 0;
}

/* ---- devices ---- */

/*
 * systemd's list allows; it names a device by its node, with numbers, or all of a major number, or all there are.
 * NULL in *ret_node: this one it cannot name.
 */
static int device_node(struct cg_planner *pl, const struct cg_device_rule *r, const char **ret_node)
{
	const char *kind = r->type == CG_DEV_BLOCK ? "block" : "char";
	const bool any_major = r->major == CG_DEV_ANY, any_minor = r->minor == CG_DEV_ANY;

	*ret_node = NULL;
	if (any_major && !any_minor)
		return 0;
	if (any_major)
		*ret_node = arena_fmt(pl->a, "%s-*", kind);
	else if (any_minor)
		*ret_node = arena_fmt(pl->a, "%s-%lld", kind, (long long)r->major);
	else
		*ret_node = arena_fmt(pl->a, "/dev/%s/%lld:%lld", kind, (long long)r->major, (long long)r->minor);
	return *ret_node ? 0 : err_nomem(pl->e);
}

/* 1: systemd has no words for these rules. */
static int list_devices(struct cg_planner *pl, struct cg_property *list)
{
	const struct cg_device_policy *policy = &pl->p->policy;
	const char **values = ARENA_ARRAY(pl->a, 2 * policy->n_rules + 1, const char *);

	if (!values)
		return err_nomem(pl->e);
	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct cg_device_rule *r = &policy->rules[i];
		const char *node;

		if (device_node(pl, r, &node) < 0)
			return pl->e->code;
		if (!node)
			return 1;
		values[2 * i] = node;
		values[2 * i + 1] = arena_fmt(pl->a, "%s%s%s", r->access & CG_DEV_READ ? "r" : "",
					      r->access & CG_DEV_WRITE ? "w" : "", r->access & CG_DEV_MKNOD ? "m" : "");
		if (!values[2 * i + 1])
			return err_nomem(pl->e);
	}
	list->values = values;
	list->n_values = 2 * policy->n_rules;
	return 0;
}

int cg_unit_devices(struct cg_planner *pl)
{
	struct cg_property list = { .name = "DeviceAllow", .type = "a(ss)", .from = pl->p->policy.from };
	struct cg_properties *l = &pl->p->unit.limits;
	const bool allows = pl->p->policy.allow;
	int rc;

	/* The filters of a user's systemd would take rights that it has no more than the user. */
	if (pl->p->unit.is_users)
		return 0;
	rc = allows ? pl->p->policy.n_rules > 0 : list_devices(pl, &list);

	if (rc < 0)
		return rc;
	/* On v2 the container's own filter is not systemd's to take away. */
	if (rc > 0 && !is_v2(pl) &&
	    cg_warn(pl, "linux.resources.devices: systemd cannot say these rules; they hold until it is reloaded") < 0)
		return pl->e->code;
	if (put(pl, l, "DevicePolicy", "s", rc > 0 || allows ? "auto" : "strict", pl->p->policy.from) < 0)
		return pl->e->code;
	return rc > 0 || allows ? 0 : add(pl, l, &list);
}

/* ---- what the unit is started with ---- */

static const struct {
	const char *name, *type, *value;
	bool of_scopes;		/* a slice has no such property */
} own_properties[] = {
	/* What is below the unit's cgroup is the container's, and systemd leaves it alone. */
	{ "Delegate",		"b", "true", true },
	/* Not ended at shutdown before the engine's service has had its say. */
	{ "DefaultDependencies", "b", "false", false },
	/* One whose processes the kernel killed for memory does not stay as a failed unit. */
	{ "CollectMode",	"s", "inactive-or-failed", false },
	{ "MemoryAccounting",	"b", "true", false },
	{ "CPUAccounting",	"b", "true", false },
	{ "IOAccounting",	"b", "true", false },
	{ "TasksAccounting",	"b", "true", false },
};

static bool is_taken(const struct cg_properties *l, const char *name)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->v[i].name, name) == 0)
			return true;
	return false;
}

/* They stand for where the container is. */
static int refuse_name(const struct cg_planner *pl, const struct cg_property *p)
{
	static const char *const not_theirs[] = { "Slice", "PIDs" };

	for (size_t i = 0; i < ARRAY_LEN(not_theirs); i++)
		if (strcmp(p->name, not_theirs[i]) == 0)
			return err_set(pl->e, -EINVAL, "%s: this property is set from linux.cgroupsPath", p->from);
	return 0;
}

static int add_annotations(struct cg_planner *pl, const struct oci_config *c)
{
	const size_t len = strlen(CG_UNIT_ANNOTATION);

	for (size_t i = 0; i < c->n_annotations; i++) {
		struct cg_property p;
		const char *from;

		if (strncmp(c->annotations[i].key, CG_UNIT_ANNOTATION, len) != 0)
			continue;
		from = arena_fmt(pl->a, "annotations: %.*s", 256, c->annotations[i].key);
		if (!from)
			return err_nomem(pl->e);
		if (cg_unit_annotation(c->annotations[i].key + len, c->annotations[i].value, from, pl->a, &p, pl->e) < 0 ||
		    refuse_name(pl, &p) < 0 || add(pl, &pl->p->unit.start, &p) < 0)
			return pl->e->code;
	}
	return 0;
}

int cg_unit_start(struct cg_planner *pl, const struct oci_config *c, const char *id)
{
	const struct cg_unit *u = &pl->p->unit;
	struct cg_properties *l = &pl->p->unit.start;

	/* The configuration's come first, and in their place none of ours. */
	if (add_annotations(pl, c) < 0)
		return pl->e->code;
	if (!is_taken(l, "Description") &&
	    put(pl, l, "Description", "s", arena_fmt(pl->a, "cist container %s", id), NULL) < 0)
		return pl->e->code;
	if (!u->is_slice && put(pl, l, "Slice", "s", u->slice, "linux.cgroupsPath") < 0)
		return pl->e->code;
	for (size_t i = 0; i < ARRAY_LEN(own_properties); i++)
		if (!(u->is_slice && own_properties[i].of_scopes) && !is_taken(l, own_properties[i].name) &&
		    put(pl, l, own_properties[i].name, own_properties[i].type, own_properties[i].value, NULL) < 0)
			return pl->e->code;
	return 0;
}
