/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Resources to the files of cgroup v1.  Pure. */
#include "cgroup/planner.h"

#include "base/arr.h"

#define RES "linux.resources."

/*
 * Memory first, then memory and swap together: right for a new cgroup, which has no limits yet.  In one that has, the
 * kernel refuses (EINVAL) what would put memory above memsw for a moment; then it is the other way round.
 */
static int memory_and_swap(struct cg_planner *pl, const struct oci_memory *m)
{
	int64_t swap = m->limit == -1 && m->swap == 0 ? -1 : m->swap;
	const char *text;

	if (m->limit > 0 && swap > 0 && swap < m->limit)
		return cg_swap_alone(swap, m->limit, &swap, pl->e);
	if (m->limit != 0) {
		if (cg_limit(pl, m->limit, RES "memory.limit", "-1", &text) < 0 ||
		    cg_put(pl, CG_MEMORY, (struct cg_write){
			.file = "memory.limit_in_bytes", .value = text, .from = RES "memory.limit",
			.usage_file = m->check_before_update && m->limit > 0 ? "memory.usage_in_bytes" : NULL,
			.or_after_next = swap != 0 }) < 0)
			return pl->e->code;
	}
	if (swap != 0) {
		if (cg_limit(pl, swap, RES "memory.swap", "-1", &text) < 0 ||
		    cg_put(pl, CG_MEMORY, (struct cg_write){
			.file = "memory.memsw.limit_in_bytes", .value = text,
			.from = m->swap != 0 ? RES "memory.swap" : RES "memory.limit",
			.usage_file = m->check_before_update && swap > 0 ? "memory.memsw.usage_in_bytes" : NULL,
			.tolerance = swap == -1 ? CG_SKIP_MISSING : CG_STRICT }) < 0)
			return pl->e->code;
	}
	return 0;
}

static int memory_rest(struct cg_planner *pl, const struct oci_memory *m)
{
	const char *text;

	if (m->reservation != 0) {
		if (cg_limit(pl, m->reservation, RES "memory.reservation", "-1", &text) < 0 ||
		    cg_put(pl, CG_MEMORY, (struct cg_write){ .file = "memory.soft_limit_in_bytes", .value = text,
							     .from = RES "memory.reservation" }) < 0)
			return pl->e->code;
	}
	/* A limit of its own: kernels from 5.16 on take it and do nothing, or refuse it. */
	if (m->kernel != 0) {
		if (cg_limit(pl, m->kernel, RES "memory.kernel", "-1", &text) < 0 ||
		    cg_put(pl, CG_MEMORY, (struct cg_write){
			.file = "memory.kmem.limit_in_bytes", .value = text, .from = RES "memory.kernel",
			.must_hold = m->kernel > 0, .tolerance = m->kernel < 0 ? CG_SKIP_UNKNOWN : CG_STRICT }) < 0)
			return pl->e->code;
	}
	if (m->kernel_tcp != 0) {
		if (cg_limit(pl, m->kernel_tcp, RES "memory.kernelTCP", "-1", &text) < 0 ||
		    cg_put(pl, CG_MEMORY, (struct cg_write){
			.file = "memory.kmem.tcp.limit_in_bytes", .value = text, .from = RES "memory.kernelTCP",
			.must_hold = m->kernel_tcp > 0,
			.tolerance = m->kernel_tcp < 0 ? CG_SKIP_UNKNOWN : CG_STRICT }) < 0)
			return pl->e->code;
	}
	if (m->disable_oom_killer &&
	    cg_put(pl, CG_MEMORY, (struct cg_write){ .file = "memory.oom_control", .value = "1",
						     .from = RES "memory.disableOOMKiller" }) < 0)
		return pl->e->code;
	if (m->has_swappiness && m->swappiness != UINT64_MAX) {	/* engines write -1 for "not set" in places */
		if (m->swappiness > 100)
			return err_set(pl->e, -EINVAL, RES "memory.swappiness: %llu is not within 0 to 100",
				       (unsigned long long)m->swappiness);
		return cg_put(pl, CG_MEMORY, (struct cg_write){ .file = "memory.swappiness",
								.value = cg_u64(pl, m->swappiness),
								.from = RES "memory.swappiness" });
	}
	return 0;
}

int cg1_memory(struct cg_planner *pl, const struct oci_resources *r)
{
	const struct oci_memory *m = r->memory;

	return m && (cg_check_memory(pl, m) < 0 || memory_and_swap(pl, m) < 0 || memory_rest(pl, m) < 0) ? pl->e->code
													  : 0;
}

/* The kernel would clamp silently. */
static int check_shares(struct cg_planner *pl, uint64_t shares)
{
	if (shares < 2)
		return err_set(pl->e, -EINVAL, RES "cpu.shares: %llu: the minimum allowed cpu-shares is 2",
			       (unsigned long long)shares);
	if (shares > 262144)
		return err_set(pl->e, -EINVAL, RES "cpu.shares: %llu: the maximum allowed cpu-shares is 262144",
			       (unsigned long long)shares);
	return 0;
}

static int put_number(struct cg_planner *pl, enum cg_controller c, const char *file, const char *value,
		      const char *from)
{
	return cg_put(pl, c, (struct cg_write){ .file = file, .value = value, .from = from });
}

/*
 * The period before what is measured by it: a real-time runtime may be longer than the default period.  A period below the
 * runtime in force is refused; then it is the other way round.
 */
static int cpu_realtime(struct cg_planner *pl, const struct oci_cpu *c)
{
	if (c->realtime_period != 0 &&
	    cg_put(pl, CG_CPU, (struct cg_write){ .file = "cpu.rt_period_us", .value = cg_u64(pl, c->realtime_period),
						  .from = RES "cpu.realtimePeriod",
						  .or_after_next = c->realtime_runtime != 0 }) < 0)
		return pl->e->code;
	if (c->realtime_runtime != 0 && put_number(pl, CG_CPU, "cpu.rt_runtime_us", cg_i64(pl, c->realtime_runtime),
						   RES "cpu.realtimeRuntime") < 0)
		return pl->e->code;
	return 0;
}

/*
 * The kernel refuses a period that makes the quota in force more than the parent's share, and a quota below the burst
 * in force: then the next one goes first.
 */
static int cpu_bandwidth(struct cg_planner *pl, const struct oci_cpu *c)
{
	bool burst = c->burst != 0 || c->has_burst;

	if (c->period != 0 &&
	    cg_put(pl, CG_CPU, (struct cg_write){ .file = "cpu.cfs_period_us", .value = cg_u64(pl, c->period),
						  .from = RES "cpu.period", .or_after_next = c->quota != 0 }) < 0)
		return pl->e->code;
	if (c->quota != 0 &&
	    cg_put(pl, CG_CPU, (struct cg_write){ .file = "cpu.cfs_quota_us",
						  .value = cg_i64(pl, c->quota < 0 ? -1 : c->quota),
						  .from = RES "cpu.quota", .or_after_next = burst }) < 0)
		return pl->e->code;
	if (burst && cg_put(pl, CG_CPU, (struct cg_write){
			.file = "cpu.cfs_burst_us", .value = cg_u64(pl, c->burst), .from = RES "cpu.burst",
			.tolerance = c->burst == 0 ? CG_SKIP_MISSING : CG_STRICT }) < 0)
		return pl->e->code;
	return 0;
}

int cg1_cpu(struct cg_planner *pl, const struct oci_resources *r)
{
	const struct oci_cpu *c = r->cpu;

	if (!c)
		return 0;
	if (cg_check_cpu(pl, c) < 0 || cpu_realtime(pl, c) < 0)
		return pl->e->code;
	if (c->shares != 0 &&
	    (check_shares(pl, c->shares) < 0 ||
	     cg_put(pl, CG_CPU, (struct cg_write){ .file = "cpu.shares", .value = cg_u64(pl, c->shares),
						   .from = RES "cpu.shares", .or_after_next = c->has_idle }) < 0))
		return pl->e->code;
	if (c->has_idle && put_number(pl, CG_CPU, "cpu.idle", cg_i64(pl, c->idle), RES "cpu.idle") < 0)
		return pl->e->code;
	return cpu_bandwidth(pl, c);
}

/* The files have the same names on both sides. */
int cg1_cpuset(struct cg_planner *pl, const struct oci_resources *r)
{
	if (!r->cpu)
		return 0;
	if (r->cpu->cpus && *r->cpu->cpus &&
	    put_number(pl, CG_CPUSET, "cpuset.cpus", r->cpu->cpus, RES "cpu.cpus") < 0)
		return pl->e->code;
	if (r->cpu->mems && *r->cpu->mems &&
	    put_number(pl, CG_CPUSET, "cpuset.mems", r->cpu->mems, RES "cpu.mems") < 0)
		return pl->e->code;
	return 0;
}

int cg1_pids(struct cg_planner *pl, const struct oci_resources *r)
{
	/* 0 is "not set": engines write it, and no container lives with it. */
	if (!r->pids || r->pids->limit == 0)
		return 0;
	return put_number(pl, CG_PIDS, "pids.max", r->pids->limit < 0 ? "max" : cg_i64(pl, r->pids->limit),
			  RES "pids.limit");
}

/* BFQ's files, or those that CFQ had before Linux 5.0. */
static int io_weights(struct cg_planner *pl, const struct oci_block_io *b)
{
	if (b->weight != 0 &&
	    (cg_check_weight(pl, b->weight, RES "blockIO.weight") < 0 ||
	     cg_put(pl, CG_IO, (struct cg_write){ .file = "blkio.bfq.weight", .value = cg_u64(pl, b->weight),
						  .or_file = "blkio.weight", .or_value = cg_u64(pl, b->weight),
						  .from = RES "blockIO.weight" }) < 0))
		return pl->e->code;
	if (b->leaf_weight != 0 &&
	    put_number(pl, CG_IO, "blkio.leaf_weight", cg_u64(pl, b->leaf_weight), RES "blockIO.leafWeight") < 0)
		return pl->e->code;
	for (size_t i = 0; i < b->n_weight_device; i++) {
		const struct oci_weight_device *d = &b->weight_device[i];
		const char *from = arena_fmt(pl->a, RES "blockIO.weightDevice[%zu]", i);
		const char *text = arena_fmt(pl->a, "%lld:%lld %u", (long long)d->major, (long long)d->minor,
					     d->weight);
		const char *leaf = arena_fmt(pl->a, "%lld:%lld %u", (long long)d->major, (long long)d->minor,
					     d->leaf_weight);

		if (cg_check_weight_device(pl, d, from) < 0)
			return pl->e->code;
		if (d->weight != 0 &&
		    (cg_check_weight(pl, d->weight, from) < 0 ||
		     cg_put(pl, CG_IO, (struct cg_write){ .file = "blkio.bfq.weight_device", .value = text,
							  .or_file = "blkio.weight_device", .or_value = text,
							  .from = from }) < 0))
			return pl->e->code;
		if (d->leaf_weight != 0 && put_number(pl, CG_IO, "blkio.leaf_weight_device", leaf, from) < 0)
			return pl->e->code;
	}
	return 0;
}

int cg1_io(struct cg_planner *pl, const struct oci_resources *r)
{
	const struct oci_block_io *b = r->block_io;

	if (!b)
		return 0;
	if (io_weights(pl, b) < 0)
		return pl->e->code;

	const struct {
		const struct oci_throttle_device *v;
		size_t n;
		const char *file;
		const char *member;
	} rows[] = {
		{ b->throttle_read_bps_device, b->n_throttle_read_bps_device, "blkio.throttle.read_bps_device",
		  "throttleReadBpsDevice" },
		{ b->throttle_write_bps_device, b->n_throttle_write_bps_device, "blkio.throttle.write_bps_device",
		  "throttleWriteBpsDevice" },
		{ b->throttle_read_iops_device, b->n_throttle_read_iops_device, "blkio.throttle.read_iops_device",
		  "throttleReadIOPSDevice" },
		{ b->throttle_write_iops_device, b->n_throttle_write_iops_device, "blkio.throttle.write_iops_device",
		  "throttleWriteIOPSDevice" },
	};

	for (size_t k = 0; k < ARRAY_LEN(rows); k++)
		for (size_t i = 0; i < rows[k].n; i++) {
			const struct oci_throttle_device *d = &rows[k].v[i];

			const char *from = arena_fmt(pl->a, RES "blockIO.%s[%zu]", rows[k].member, i);

			if (cg_check_throttle(pl, d, from) < 0 ||
			    put_number(pl, CG_IO, rows[k].file,
				       arena_fmt(pl->a, "%lld:%lld %llu", (long long)d->major, (long long)d->minor,
						 (unsigned long long)d->rate), from) < 0)
				return pl->e->code;
		}
	return 0;
}

int cg1_hugetlb(struct cg_planner *pl, const struct oci_resources *r)
{
	for (size_t i = 0; i < r->n_hugepage_limits; i++) {
		const struct oci_hugepage_limit *l = &r->hugepage_limits[i];
		const char *from = arena_fmt(pl->a, RES "hugepageLimits[%zu]", i);

		if (cg_check_page_size(pl, l->page_size, from) < 0 ||
		    put_number(pl, CG_HUGETLB, arena_fmt(pl->a, "hugetlb.%s.limit_in_bytes", l->page_size),
			       cg_u64(pl, l->limit), from) < 0 ||
		    /* reservations are limited too, or a reservation above the limit ends in SIGBUS; Linux 5.7 */
		    cg_put(pl, CG_HUGETLB, (struct cg_write){
			.file = arena_fmt(pl->a, "hugetlb.%s.rsvd.limit_in_bytes", l->page_size),
			.value = cg_u64(pl, l->limit), .from = from, .tolerance = CG_SKIP_MISSING }) < 0)
			return pl->e->code;
	}
	return 0;
}

int cg1_net_cls(struct cg_planner *pl, const struct oci_resources *r)
{
	if (!r->network || r->network->class_id == 0)
		return 0;
	return put_number(pl, CG_NET_CLS, "net_cls.classid", cg_u64(pl, r->network->class_id), RES "network.classID");
}

int cg1_net_prio(struct cg_planner *pl, const struct oci_resources *r)
{
	for (size_t i = 0; r->network && i < r->network->n_priorities; i++) {
		const struct oci_interface_priority *p = &r->network->priorities[i];

		if (put_number(pl, CG_NET_PRIO, "net_prio.ifpriomap", arena_fmt(pl->a, "%s %u", p->name, p->priority),
			       arena_fmt(pl->a, RES "network.priorities[%zu]", i)) < 0)
			return pl->e->code;
	}
	return 0;
}

int cg_rdma(struct cg_planner *pl, const struct oci_resources *r)
{
	for (size_t i = 0; i < r->n_rdma; i++) {
		const struct oci_rdma *d = &r->rdma[i];
		const char *handles = "", *objects = "", *from = arena_fmt(pl->a, RES "rdma.%s", d->key);

		/* What is not named keeps its value: an update of one is not the end of the other. */
		if (d->has_hca_handles)
			handles = arena_fmt(pl->a, " hca_handle=%u", d->hca_handles);
		if (d->has_hca_objects)
			objects = arena_fmt(pl->a, " hca_object=%u", d->hca_objects);
		if (!from || !handles || !objects)
			return err_nomem(pl->e);
		if (!d->has_hca_handles && !d->has_hca_objects)
			return err_set(pl->e, -EINVAL, "%s: neither hcaHandles nor hcaObjects is set", from);
		if (put_number(pl, CG_RDMA, "rdma.max", arena_fmt(pl->a, "%s%s%s", d->key, handles, objects), from) < 0)
			return pl->e->code;
	}
	return 0;
}

/* The default first: it empties the list of exceptions (admin-guide/cgroup-v1/devices.rst). */
int cg1_devices(struct cg_planner *pl)
{
	const struct cg_device_policy *p = &pl->p->policy;

	if (put_number(pl, CG_DEVICES, p->allow ? "devices.allow" : "devices.deny", "a", p->from) < 0)
		return pl->e->code;
	for (size_t i = 0; i < p->n_rules; i++) {
		char text[CG_DEVICE_TEXT_MAX];

		cg_device_text(&p->rules[i], text);
		if (put_number(pl, CG_DEVICES, p->allow ? "devices.deny" : "devices.allow", arena_str(pl->a, text),
			       p->rules[i].from) < 0)
			return pl->e->code;
	}
	return 0;
}
