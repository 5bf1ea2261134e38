/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Resources to the files of cgroup v2.  Pure. */
#include "cgroup/planner.h"

#include "base/arr.h"

#include <string.h>

#define RES "linux.resources."

static int put_text(struct cg_planner *pl, enum cg_controller c, const char *file, const char *value, const char *from)
{
	return cg_put(pl, c, (struct cg_write){ .file = file, .value = value, .from = from });
}

/* What the kernel has no file for on this side. */
static int refuse_v1_memory(struct cg_planner *pl, const struct oci_memory *m)
{
	if (m->has_swappiness && m->swappiness != UINT64_MAX)
		return cg_only_v1(pl, RES "memory.swappiness");
	if (m->disable_oom_killer)
		return cg_only_v1(pl, RES "memory.disableOOMKiller");
	if (m->kernel > 0)
		return cg_only_v1(pl, RES "memory.kernel");
	if (m->kernel_tcp > 0)
		return cg_only_v1(pl, RES "memory.kernelTCP");
	return cg_check_memory(pl, m);
}

static int put_swap(struct cg_planner *pl, const struct oci_memory *m)
{
	int64_t swap;
	const char *text;

	if (cg_swap_alone(m->swap, m->limit, &swap, pl->e) < 0)
		return pl->e->code;
	if (swap == 0 && m->swap == 0)
		return 0;
	if (cg_limit(pl, swap, RES "memory.swap", "max", &text) < 0)
		return pl->e->code;
	/* Without swap accounting there is nothing to lift; "no swap" is what one has on a kernel without swap. */
	return cg_put(pl, CG_MEMORY, (struct cg_write){
		.file = "memory.swap.max", .value = text,
		.from = m->swap != 0 ? RES "memory.swap" : RES "memory.limit",
		.tolerance = swap < 0 ? CG_SKIP_MISSING : swap == 0 ? CG_WARN_MISSING : CG_STRICT,
		.usage_file = m->check_before_update && swap > 0 ? "memory.swap.current" : NULL });
}

int cg2_memory(struct cg_planner *pl, const struct oci_resources *r)
{
	const struct oci_memory *m = r->memory;
	const char *text;

	if (!m)
		return 0;
	if (refuse_v1_memory(pl, m) < 0 || put_swap(pl, m) < 0)
		return pl->e->code;
	if (m->limit != 0) {
		if (cg_limit(pl, m->limit, RES "memory.limit", "max", &text) < 0 ||
		    cg_put(pl, CG_MEMORY, (struct cg_write){
			.file = "memory.max", .value = text, .from = RES "memory.limit",
			.usage_file = m->check_before_update && m->limit > 0 ? "memory.current" : NULL }) < 0)
			return pl->e->code;
	}
	if (m->reservation != 0) {
		if (cg_limit(pl, m->reservation, RES "memory.reservation", "max", &text) < 0 ||
		    put_text(pl, CG_MEMORY, "memory.low", text, RES "memory.reservation") < 0)
			return pl->e->code;
	}
	return 0;
}

static int put_quota(struct cg_planner *pl, const struct oci_cpu *c)
{
	unsigned long long period = c->period != 0 ? c->period : 100000;
	struct cg_write w = { .file = "cpu.max", .value = "max", .from = RES "cpu.quota",
			      .or_after_next = c->burst != 0 || c->has_burst };

	if (c->quota == 0 && c->period == 0)
		return 0;
	if (c->quota > 0)
		w.value = arena_fmt(pl->a, "%lld %llu", (long long)c->quota, period);
	else if (c->period != 0)
		w.value = arena_fmt(pl->a, "max %llu", period);
	if (c->quota == 0)
		w.from = RES "cpu.period";
	return cg_put(pl, CG_CPU, w);
}

int cg2_cpu(struct cg_planner *pl, const struct oci_resources *r)
{
	const struct oci_cpu *c = r->cpu;

	if (!c)
		return 0;
	if (cg_check_cpu(pl, c) < 0)
		return pl->e->code;
	if (c->realtime_period != 0 || c->realtime_runtime != 0)
		return cg_only_v1(pl, c->realtime_period ? RES "cpu.realtimePeriod" : RES "cpu.realtimeRuntime");
	/* An idle group refuses a weight, so the weight goes first, or, where the group is idle already, last. */
	if (c->shares != 0 &&
	    cg_put(pl, CG_CPU, (struct cg_write){ .file = "cpu.weight",
						  .value = cg_u64(pl, cg_weight_from_shares(c->shares)),
						  .from = RES "cpu.shares", .or_after_next = c->has_idle }) < 0)
		return pl->e->code;
	if (c->has_idle && put_text(pl, CG_CPU, "cpu.idle", cg_i64(pl, c->idle), RES "cpu.idle") < 0)
		return pl->e->code;
	if (put_quota(pl, c) < 0)
		return pl->e->code;
	/* A burst may not be above the quota, so the quota goes first, unless it is below the burst in force. */
	if ((c->burst != 0 || c->has_burst) &&
	    cg_put(pl, CG_CPU, (struct cg_write){ .file = "cpu.max.burst", .value = cg_u64(pl, c->burst),
						  .from = RES "cpu.burst",
						  .tolerance = c->burst == 0 ? CG_SKIP_MISSING : CG_STRICT }) < 0)
		return pl->e->code;
	return 0;
}

int cg2_pids(struct cg_planner *pl, const struct oci_resources *r)
{
	return cg1_pids(pl, r);		/* the file and its values are the same */
}

/* BFQ's own file takes the specification's scale; io.weight has its own. */
static int put_weight(struct cg_planner *pl, const char *device, uint64_t weight, const char *from)
{
	if (cg_check_weight(pl, weight, from) < 0)
		return pl->e->code;
	return cg_put(pl, CG_IO, (struct cg_write){
		.file = "io.bfq.weight",
		.value = arena_fmt(pl->a, "%s%llu", device, (unsigned long long)weight),
		.or_file = "io.weight",
		.or_value = arena_fmt(pl->a, "%s%llu", device, (unsigned long long)cg_io_weight(weight)),
		.from = from });
}

static int io_weights(struct cg_planner *pl, const struct oci_block_io *b)
{
	if (b->leaf_weight != 0)
		return cg_only_v1(pl, RES "blockIO.leafWeight");
	if (b->weight != 0 && put_weight(pl, "", b->weight, RES "blockIO.weight") < 0)
		return pl->e->code;
	for (size_t i = 0; i < b->n_weight_device; i++) {
		const struct oci_weight_device *d = &b->weight_device[i];
		const char *from = arena_fmt(pl->a, RES "blockIO.weightDevice[%zu]", i);
		const char *device = arena_fmt(pl->a, "%lld:%lld ", (long long)d->major, (long long)d->minor);

		if (cg_check_weight_device(pl, d, from) < 0)
			return pl->e->code;
		if (!device)
			return err_nomem(pl->e);
		if (d->leaf_weight != 0)
			return cg_only_v1(pl, from);
		if (d->weight != 0 && put_weight(pl, device, d->weight, from) < 0)
			return pl->e->code;
	}
	return 0;
}

int cg2_io(struct cg_planner *pl, const struct oci_resources *r)
{
	const struct oci_block_io *b = r->block_io;

	if (!b)
		return 0;
	if (io_weights(pl, b) < 0)
		return pl->e->code;

	const struct {
		const struct oci_throttle_device *v;
		size_t n;
		const char *key;
		const char *member;
	} rows[] = {
		{ b->throttle_read_bps_device, b->n_throttle_read_bps_device, "rbps", "throttleReadBpsDevice" },
		{ b->throttle_write_bps_device, b->n_throttle_write_bps_device, "wbps", "throttleWriteBpsDevice" },
		{ b->throttle_read_iops_device, b->n_throttle_read_iops_device, "riops", "throttleReadIOPSDevice" },
		{ b->throttle_write_iops_device, b->n_throttle_write_iops_device, "wiops", "throttleWriteIOPSDevice" },
	};

	for (size_t k = 0; k < ARRAY_LEN(rows); k++)
		for (size_t i = 0; i < rows[k].n; i++) {
			const struct oci_throttle_device *d = &rows[k].v[i];
			const char *rate = d->rate != 0 ? cg_u64(pl, d->rate) : "max";	/* v1's 0 = no limit */

			const char *from = arena_fmt(pl->a, RES "blockIO.%s[%zu]", rows[k].member, i);

			if (!rate)
				return err_nomem(pl->e);
			if (cg_check_throttle(pl, d, from) < 0 ||
			    put_text(pl, CG_IO, "io.max",
				     arena_fmt(pl->a, "%lld:%lld %s=%s", (long long)d->major, (long long)d->minor,
					       rows[k].key, rate), from) < 0)
				return pl->e->code;
		}
	return 0;
}

int cg2_hugetlb(struct cg_planner *pl, const struct oci_resources *r)
{
	for (size_t i = 0; i < r->n_hugepage_limits; i++) {
		const struct oci_hugepage_limit *l = &r->hugepage_limits[i];
		const char *from = arena_fmt(pl->a, RES "hugepageLimits[%zu]", i);

		if (cg_check_page_size(pl, l->page_size, from) < 0 ||
		    put_text(pl, CG_HUGETLB, arena_fmt(pl->a, "hugetlb.%s.max", l->page_size), cg_u64(pl, l->limit),
			     from) < 0 ||
		    cg_put(pl, CG_HUGETLB, (struct cg_write){
			.file = arena_fmt(pl->a, "hugetlb.%s.rsvd.max", l->page_size), .value = cg_u64(pl, l->limit),
			.from = from, .tolerance = CG_SKIP_MISSING }) < 0)
			return pl->e->code;
	}
	return 0;
}

/* ---- unified: files by name ---- */

/* Files that move or stop processes, or change what the cgroup is: limits they are not. */
static const char *const not_limits[] = {
	"cgroup.procs", "cgroup.threads", "cgroup.kill", "cgroup.freeze", "cgroup.type", "cgroup.subtree_control",
};

static int unified_place(struct cg_planner *pl, const char *file, const char *from, uint32_t *ret_place)
{
	size_t n = strcspn(file, ".");
	struct cg_place *last = pl->p->n_places > 0 ? &pl->p->places[pl->p->n_places - 1] : NULL;
	uint32_t bit = 0;

	for (unsigned int c = 0; c < CG__CONTROLLERS; c++) {
		const char *name = cg_controller_name((enum cg_controller)c, true);

		if (strlen(name) == n && memcmp(name, file, n) == 0)
			bit = CG_BIT(c);
	}
	if (!last || !last->h->is_v2)
		return err_set(pl->e, -ENOTSUP, "%s: unified needs cgroup v2, which this host does not have", from);
	if (strncmp(file, "cgroup.", 7) != 0 && !(bit & last->h->controllers))
		return err_set(pl->e, -ENOTSUP, "%s: cgroup controller %.*s is not available on cgroup v2 of this host",
			       from, (int)n, file);
	last->need |= bit;
	last->enable |= bit;
	*ret_place = (uint32_t)(pl->p->n_places - 1);
	return 0;
}

/* The kernel takes one line in a write. */
static int put_lines(struct cg_planner *pl, uint32_t place, const char *file, const char *value, const char *from)
{
	for (const char *line = value + strspn(value, "\n"); *line || line == value; line += strspn(line, "\n")) {
		size_t len = strcspn(line, "\n");
		struct cg_write w = { .place = place, .file = file, .from = from,
				      .value = arena_fmt(pl->a, "%.*s", (int)len, line) };

		if (cg_add(pl, &w) < 0)
			return pl->e->code;
		line += len;
		if (len == 0)
			break;
	}
	return 0;
}

int cg2_unified(struct cg_planner *pl, const struct oci_resources *r)
{
	for (size_t i = 0; i < r->n_unified; i++) {
		const char *file = r->unified[i].key;
		const char *from = arena_fmt(pl->a, RES "unified.%s", file);
		uint32_t place = 0;

		if (!from)
			return err_nomem(pl->e);
		if (!*file || strchr(file, '/') || !strchr(file, '.') || file[0] == '.')
			return err_set(pl->e, -EINVAL, "%s: must be the name of a cgroup v2 file, without a slash",
				       from);
		for (size_t k = 0; k < ARRAY_LEN(not_limits); k++)
			if (strcmp(file, not_limits[k]) == 0)
				return err_set(pl->e, -EINVAL, "%s: is not a limit and may not be written", from);
		if (unified_place(pl, file, from, &place) < 0 ||
		    put_lines(pl, place, file, r->unified[i].value, from) < 0)
			return pl->e->code;
	}
	return 0;
}
