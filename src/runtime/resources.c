/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "runtime/resources.h"
#include "base/arr.h"

#include <stdlib.h>
#include <string.h>

/* ---- from options ---- */

static bool read_unsigned(const char *text, uint64_t *ret, const char **ret_end)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*ret = strtoull(text, &end, 10);
	*ret_end = end;
	return errno == 0;
}

/* Also below zero: what that means is the member's business. */
static bool parse_signed(const char *text, int64_t *ret)
{
	uint64_t v;
	bool negative = *text == '-';

	if (!read_unsigned(text + negative, &v, &text) || *text || v > INT64_MAX)
		return false;
	*ret = negative ? -(int64_t)v : (int64_t)v;
	return true;
}

/* -1, or a number with b, k, m, g, t or p behind it (powers of 1024; "m", "mb" and "mib" are the same). */
static bool parse_size(const char *text, int64_t *ret)
{
	static const char units[] = "bkmgtp";
	const char *unit;
	uint64_t v;

	*ret = -1;
	if (strcmp(text, "-1") == 0)
		return true;
	if (!read_unsigned(text, &v, &text))
		return false;
	unit = *text ? strchr(units, *text | 0x20) : units;
	if (!unit || v > (uint64_t)INT64_MAX >> 10 * (unit - units))
		return false;
	*ret = (int64_t)(v << 10 * (unit - units));
	if (*text && unit == units)
		text++;
	else if (*text)
		text += strcasecmp(text + 1, "b") == 0 || strcasecmp(text + 1, "ib") == 0 ? strlen(text) : 1;
	return !*text;
}

enum kind { SIZE, SIGNED, UNSIGNED, WEIGHT, SWITCH, TEXT };

#define FLAG(name, option, kind, member, has) \
	{ name, offsetof(struct update_options, option), kind, offsetof(struct resources, member), \
	  offsetof(struct resources, has) }
#define NUMBER(name, option, kind, part, member) FLAG(name, option, kind, part.member, part.has_##member)

static const struct flag {
	const char *name;
	size_t option;
	enum kind kind;
	size_t member;
	size_t has;
} flags[] = {
	NUMBER("blkio-weight",		blkio_weight,		WEIGHT,		block_io, weight),
	NUMBER("cpu-period",		cpu_period,		UNSIGNED,	cpu, period),
	NUMBER("cpu-quota",		cpu_quota,		SIGNED,		cpu, quota),
	NUMBER("cpu-burst",		cpu_burst,		UNSIGNED,	cpu, burst),
	NUMBER("cpu-share",		cpu_share,		UNSIGNED,	cpu, shares),
	NUMBER("cpu-rt-period",		cpu_rt_period,		UNSIGNED,	cpu, realtime_period),
	NUMBER("cpu-rt-runtime",	cpu_rt_runtime,		SIGNED,		cpu, realtime_runtime),
	NUMBER("cpu-idle",		cpu_idle,		SWITCH,		cpu, idle),
	FLAG("cpuset-cpus",		cpuset_cpus,		TEXT,		cpu.cpus, cpu.cpus),
	FLAG("cpuset-mems",		cpuset_mems,		TEXT,		cpu.mems, cpu.mems),
	NUMBER("memory",		memory,			SIZE,		memory, limit),
	NUMBER("memory-reservation",	memory_reservation,	SIZE,		memory, reservation),
	NUMBER("memory-swap",		memory_swap,		SIZE,		memory, swap),
	NUMBER("pids-limit",		pids_limit,		SIGNED,		pids, limit),
};

/* The types are those of the members in the table above. */
static bool parse(const struct flag *f, const char *text, void *member)
{
	int64_t v = 0;
	const char *end = NULL;

	switch (f->kind) {
	case SIZE:
		return parse_size(text, member);
	case SIGNED:
		return parse_signed(text, member);
	case UNSIGNED:
		return read_unsigned(text, member, &end) && !*end;
	case SWITCH:
		return parse_signed(text, member) && (*(int64_t *)member & ~1) == 0;
	case WEIGHT:	/* 0: as it is */
		if (!parse_signed(text, &v) || (v != 0 && (v < 10 || v > 1000)))
			return false;
		*(uint16_t *)member = (uint16_t)v;
		return true;
	case TEXT:
		*(const char **)member = text;
		return true;
	}
	return false;
}

int resources_from_options(const struct update_options *o, struct resources *ret, struct err *e)
{
	*ret = (struct resources){ 0 };
	ret->all = (struct oci_resources){
		.memory = &ret->memory, .cpu = &ret->cpu, .pids = &ret->pids, .block_io = &ret->block_io,
	};
	for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
		const char *text = *(const char *const *)(const void *)((const char *)o + flags[i].option);

		if (!text || !*text)
			continue;
		if (!parse(&flags[i], text, (char *)ret + flags[i].member))
			return err_set(e, -EINVAL, "invalid value for %s: %s", flags[i].name, text);
		if (flags[i].has != flags[i].member)
			*(bool *)((char *)ret + flags[i].has) = true;
	}
	return 0;
}

/* ---- merging ---- */

/* What a change says of a number, if it says something. */
#define TAKE(to, from, member) \
	do { \
		if ((from)->member != 0) { \
			(to)->member = (from)->member; \
			(to)->has_##member = true; \
		} \
	} while (0)
/* The same where 0 is a value. */
#define TAKE_ALSO_0(to, from, member) \
	do { \
		if ((from)->has_##member) { \
			(to)->member = (from)->member; \
			(to)->has_##member = true; \
		} \
	} while (0)

/* Kernel memory is left out: no kernel since 5.16 limits it. */
static void take_memory(struct oci_memory *to, const struct oci_memory *from)
{
	if (from->limit == -1 && from->swap == 0) {
		to->swap = -1;
		to->has_swap = true;
	}
	TAKE(to, from, limit);
	TAKE(to, from, swap);
	TAKE(to, from, reservation);
	TAKE(to, from, swappiness);
	TAKE(to, from, disable_oom_killer);
	TAKE_ALSO_0(to, from, check_before_update);
}

/* A burst of 0 is none, and an idle of 0 is not idle: nothing else could say that. */
static void take_cpu(struct oci_cpu *to, const struct oci_cpu *from)
{
	TAKE(to, from, shares);
	TAKE(to, from, quota);
	TAKE(to, from, period);
	TAKE(to, from, realtime_runtime);
	TAKE(to, from, realtime_period);
	TAKE_ALSO_0(to, from, burst);
	TAKE_ALSO_0(to, from, idle);
	if (to->quota < 0)
		to->quota = -1;
	if (from->cpus && *from->cpus)
		to->cpus = from->cpus;
	if (from->mems && *from->mems)
		to->mems = from->mems;
}

/* 0 is not "no limit": it becomes the least that there is, the process that is there. */
static void take_pids(struct oci_pids *to, const struct oci_pids *from)
{
	TAKE_ALSO_0(to, from, limit);
	if (from->has_limit && from->limit == 0)
		to->limit = 1;
}

typedef bool same_fn(const void *a, const void *b);

/* The devices' numbers stand first. */
static bool same_device(const void *a, const void *b)
{
	return memcmp(a, b, 2 * sizeof(int64_t)) == 0;
}

/* The name stands first. */
static bool same_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b) == 0;
}

/* A list whose elements are `each` bytes: those of `to` that the change does not name, then the change's. */
static int take_list(struct arena *a, void **to, size_t *n_to, const void *from, size_t n_from, size_t each,
		     same_fn *same, struct err *e)
{
	char *list = arena_array(a, *n_to + n_from + 1, each);
	size_t n = 0;

	if (!list)
		return err_nomem(e);
	for (size_t i = 0; i < *n_to; i++) {
		const char *old = (const char *)*to + i * each;
		bool named = false;

		for (size_t k = 0; k < n_from && !named; k++)
			named = same(old, (const char *)from + k * each);
		if (!named)
			memcpy(list + n++ * each, old, each);
	}
	if (n_from > 0)
		memcpy(list + n * each, from, n_from * each);
	*to = list;
	*n_to = n + n_from;
	return 0;
}
#define TAKE_LIST(a, to, from, list, same, e) \
	((from)->n_##list == 0 ? 0 : ({ \
		void *list_ = (to)->list; \
		int rc_ = take_list(a, &list_, &(to)->n_##list, (from)->list, (from)->n_##list, \
				    sizeof(*(to)->list), same, e); \
		(to)->list = list_; \
		rc_; }))

static int take_block_io(struct arena *a, struct oci_block_io *to, const struct oci_block_io *from, struct err *e)
{
	TAKE(to, from, weight);
	TAKE(to, from, leaf_weight);
	if (TAKE_LIST(a, to, from, weight_device, same_device, e) < 0 ||
	    TAKE_LIST(a, to, from, throttle_read_bps_device, same_device, e) < 0 ||
	    TAKE_LIST(a, to, from, throttle_write_bps_device, same_device, e) < 0 ||
	    TAKE_LIST(a, to, from, throttle_read_iops_device, same_device, e) < 0 ||
	    TAKE_LIST(a, to, from, throttle_write_iops_device, same_device, e) < 0)
		return e->code;
	return 0;
}

static int take_network(struct arena *a, struct oci_network *to, const struct oci_network *from, struct err *e)
{
	TAKE(to, from, class_id);
	return TAKE_LIST(a, to, from, priorities, same_name, e);
}

/* A part of its own in *to, as it was or empty, so that what it came from stays as it is. */
#define OWN_PART(a, to, part) \
	({ \
		__typeof__((to)->part) part_ = arena_alloc(a, sizeof(*part_)); \
		if (part_ && (to)->part) \
			*part_ = *(to)->part; \
		(to)->part = part_; \
		part_; \
	})

static int take(struct arena *a, struct oci_resources *to, const struct oci_resources *from, struct err *e)
{
	if (from->memory) {
		if (!OWN_PART(a, to, memory))
			return err_nomem(e);
		take_memory(to->memory, from->memory);
	}
	if (from->cpu) {
		if (!OWN_PART(a, to, cpu))
			return err_nomem(e);
		take_cpu(to->cpu, from->cpu);
	}
	if (from->pids) {
		if (!OWN_PART(a, to, pids))
			return err_nomem(e);
		take_pids(to->pids, from->pids);
	}
	if (from->block_io && (!OWN_PART(a, to, block_io) || take_block_io(a, to->block_io, from->block_io, e) < 0))
		return e->code ? e->code : err_nomem(e);
	if (from->network && (!OWN_PART(a, to, network) || take_network(a, to->network, from->network, e) < 0))
		return e->code ? e->code : err_nomem(e);
	if (TAKE_LIST(a, to, from, hugepage_limits, same_name, e) < 0 || TAKE_LIST(a, to, from, rdma, same_name, e) < 0 ||
	    TAKE_LIST(a, to, from, unified, same_name, e) < 0)
		return e->code;
	return 0;
}

/* cpu.max takes quota and period at once; v2 counts swap from where memory ends, and both must go together on v1. */
static void add_partners(struct oci_resources *write, const struct oci_resources *merged)
{
	struct oci_memory *m = write->memory;
	struct oci_cpu *c = write->cpu;

	if (m && (m->limit != 0 || m->swap != 0)) {
		TAKE(m, merged->memory, limit);
		TAKE(m, merged->memory, swap);
	}
	if (m)
		TAKE_ALSO_0(m, merged->memory, check_before_update);
	if (c && (c->quota != 0 || c->period != 0)) {
		TAKE(c, merged->cpu, quota);
		TAKE(c, merged->cpu, period);
	}
}

int resources_merge(const struct oci_resources *stored, const struct oci_resources *change, struct arena *a,
		    struct oci_resources *ret_write, struct oci_resources *ret_merged, struct err *e)
{
	*ret_write = (struct oci_resources){ 0 };
	*ret_merged = stored ? *stored : (struct oci_resources){ 0 };
	ret_merged->devices = NULL;
	ret_merged->n_devices = 0;
	if (take(a, ret_write, change, e) < 0 || take(a, ret_merged, change, e) < 0)
		return e->code;
	add_partners(ret_write, ret_merged);
	return 0;
}
