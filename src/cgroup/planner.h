/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the pure half works with: a plan that grows. */
#ifndef CIST_CGROUP_PLANNER_H
#define CIST_CGROUP_PLANNER_H

#include "cgroup/cgroup.h"
#include "cgroup/unit.h"

struct cg_planner {
	const struct cg_host *host;
	struct arena *a;
	struct err *e;
	struct cg_plan *p;
	size_t writes_room;
	size_t warnings_room;
};

/* ---- plan.c ---- */

/* The place where a controller lives, or NULL. */
struct cg_place *cg_place_of(const struct cg_planner *pl, enum cg_controller c);

/*
 * Adds a write to the controller's place (->place is filled here).  ->value NULL says that the arena was full.  Without
 * the controller it is an error, unless the value only says "no limit".
 */
int cg_put(struct cg_planner *pl, enum cg_controller c, struct cg_write w);

/* All members but the devices, in the order of writing. */
int cg_plan_resources(struct cg_planner *pl, const struct oci_resources *r);

/* Adds a write whose place is filled already. */
int cg_add(struct cg_planner *pl, const struct cg_write *w);

int cg_warn(struct cg_planner *pl, const char *text);

/* Decimal, in the arena. */
const char *cg_u64(struct cg_planner *pl, uint64_t v);
const char *cg_i64(struct cg_planner *pl, int64_t v);
/* The same, -1 being "max"; other negative values are an error with *e filled, and NULL. */
int cg_limit(struct cg_planner *pl, int64_t v, const char *from, const char *unlimited, const char **ret_text);

/* Reads as "linux.resources.X: cgroup v2 has no such setting". */
int cg_only_v1(struct cg_planner *pl, const char *from);

/* Checks what the kernel's answer would not explain: page sizes and weights. */
int cg_check_page_size(struct cg_planner *pl, const char *size, const char *from);
int cg_check_weight(struct cg_planner *pl, uint64_t weight, const char *from);
/* What no kernel that cist runs on can do, or what can never hold, whichever side the controller is on. */
int cg_check_weight_device(struct cg_planner *pl, const struct oci_weight_device *d, const char *from);
int cg_check_throttle(struct cg_planner *pl, const struct oci_throttle_device *d, const char *from);
int cg_check_memory(struct cg_planner *pl, const struct oci_memory *m);
int cg_check_cpu(struct cg_planner *pl, const struct oci_cpu *c);

/* ---- plan_delegate.c ---- */

/* ->has_owner, ->owner; after the places. */
void cg_plan_owner(const struct oci_config *c, struct cg_plan *p);
/* ->delegate, from CG_DELEGATE_ANNOTATION; after the places. */
int cg_plan_delegate(struct cg_planner *pl, const struct oci_config *c);

/* ---- path.c ---- */

/* Where the container's cgroup is in this hierarchy. */
int cg_path_make(const char *cgroups_path, const char *id, const struct cg_hierarchy *h, struct arena *a,
		 const char **ret_path, struct err *e);
/* A path as it may stand in a record: absolute, normal, not the root. */
bool cg_path_is_normal(const char *path);

/* ---- v1_plan.c, v2_plan.c: resources to files ---- */

int cg1_memory(struct cg_planner *pl, const struct oci_resources *r);
int cg1_cpu(struct cg_planner *pl, const struct oci_resources *r);
int cg1_cpuset(struct cg_planner *pl, const struct oci_resources *r);
int cg1_pids(struct cg_planner *pl, const struct oci_resources *r);
int cg1_io(struct cg_planner *pl, const struct oci_resources *r);
int cg1_hugetlb(struct cg_planner *pl, const struct oci_resources *r);
int cg1_net_cls(struct cg_planner *pl, const struct oci_resources *r);
int cg1_net_prio(struct cg_planner *pl, const struct oci_resources *r);
int cg1_devices(struct cg_planner *pl);

int cg2_memory(struct cg_planner *pl, const struct oci_resources *r);
int cg2_cpu(struct cg_planner *pl, const struct oci_resources *r);
int cg2_pids(struct cg_planner *pl, const struct oci_resources *r);
int cg2_io(struct cg_planner *pl, const struct oci_resources *r);
int cg2_hugetlb(struct cg_planner *pl, const struct oci_resources *r);
int cg2_unified(struct cg_planner *pl, const struct oci_resources *r);
/* The same on both sides. */
int cg_rdma(struct cg_planner *pl, const struct oci_resources *r);

/* ---- weight.c: v1 numbers on v2's scales ---- */

/* cpu.shares 2 … 262144 to cpu.weight 1 … 10000, the curve through 1024 = 100 that runc and crun use. */
uint64_t cg_weight_from_shares(uint64_t shares);
/* blkio.weight 10 … 1000 to io.weight 1 … 10000, linear. */
uint64_t cg_io_weight(uint64_t weight);
/* v1 counts memory and swap together, v2 swap alone.  -1 = no limit, 0 = not set. */
int cg_swap_alone(int64_t swap, int64_t memory, int64_t *ret_swap, struct err *e);

#endif
