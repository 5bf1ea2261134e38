/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows of config-linux.md#control-groups, #intelrdt, #memory-policy. */
#include "libocispec/rows.h"

static const struct oci_row device_rows[] = {
	OCI_FLAG(struct oci_device_cgroup, "allow",  allow,  OCI_REQUIRED),
	OCI_STR (struct oci_device_cgroup, "type",   type,   0),
	OCI_INT (struct oci_device_cgroup, "major",  major,  0),
	OCI_INT (struct oci_device_cgroup, "minor",  minor,  0),
	OCI_STR (struct oci_device_cgroup, "access", access, 0),
};
static const struct oci_table device = OCI_TABLE(struct oci_device_cgroup, device_rows);

static const struct oci_row memory_rows[] = {
	OCI_INT (struct oci_memory, "limit",             limit,               0),
	OCI_INT (struct oci_memory, "reservation",       reservation,         0),
	OCI_INT (struct oci_memory, "swap",              swap,                0),
	OCI_INT (struct oci_memory, "kernel",            kernel,              0),
	OCI_INT (struct oci_memory, "kernelTCP",         kernel_tcp,          0),
	OCI_INT (struct oci_memory, "swappiness",        swappiness,          0),
	OCI_BOOL(struct oci_memory, "disableOOMKiller",  disable_oom_killer,  0),
	OCI_BOOL(struct oci_memory, "useHierarchy",      use_hierarchy,       0),
	OCI_BOOL(struct oci_memory, "checkBeforeUpdate", check_before_update, 0),
};
static const struct oci_table memory = OCI_TABLE(struct oci_memory, memory_rows);

static const struct oci_row cpu_rows[] = {
	OCI_INT(struct oci_cpu, "shares",          shares,           0),
	OCI_INT(struct oci_cpu, "quota",           quota,            0),
	OCI_INT(struct oci_cpu, "burst",           burst,            0),
	OCI_INT(struct oci_cpu, "period",          period,           0),
	OCI_INT(struct oci_cpu, "realtimeRuntime", realtime_runtime, 0),
	OCI_INT(struct oci_cpu, "realtimePeriod",  realtime_period,  0),
	OCI_STR(struct oci_cpu, "cpus",            cpus,             0),
	OCI_STR(struct oci_cpu, "mems",            mems,             0),
	OCI_INT(struct oci_cpu, "idle",            idle,             0),
};
static const struct oci_table cpu = OCI_TABLE(struct oci_cpu, cpu_rows);

static const struct oci_row pids_rows[] = {
	/* Required by the specification, yet absent and null mean "unchanged" to `update` in practice. */
	OCI_INT(struct oci_pids, "limit", limit, 0),
};
static const struct oci_table pids = OCI_TABLE(struct oci_pids, pids_rows);

static const struct oci_row weight_device_rows[] = {
	OCI_INT0(struct oci_weight_device, "major",      major,       OCI_REQUIRED),
	OCI_INT0(struct oci_weight_device, "minor",      minor,       OCI_REQUIRED),
	OCI_INT (struct oci_weight_device, "weight",     weight,      0),
	OCI_INT (struct oci_weight_device, "leafWeight", leaf_weight, 0),
};
static const struct oci_table weight_device = OCI_TABLE(struct oci_weight_device, weight_device_rows);

static const struct oci_row throttle_device_rows[] = {
	OCI_INT0(struct oci_throttle_device, "major", major, OCI_REQUIRED),
	OCI_INT0(struct oci_throttle_device, "minor", minor, OCI_REQUIRED),
	OCI_INT (struct oci_throttle_device, "rate",  rate,  0),
};
static const struct oci_table throttle = OCI_TABLE(struct oci_throttle_device, throttle_device_rows);

static const struct oci_row block_io_rows[] = {
	OCI_INT (struct oci_block_io, "weight",                  weight,                     0),
	OCI_INT (struct oci_block_io, "leafWeight",              leaf_weight,                0),
	OCI_OBJS(struct oci_block_io, "weightDevice",            weight_device,              &weight_device, 0),
	OCI_OBJS(struct oci_block_io, "throttleReadBpsDevice",   throttle_read_bps_device,   &throttle, 0),
	OCI_OBJS(struct oci_block_io, "throttleWriteBpsDevice",  throttle_write_bps_device,  &throttle, 0),
	OCI_OBJS(struct oci_block_io, "throttleReadIOPSDevice",  throttle_read_iops_device,  &throttle, 0),
	OCI_OBJS(struct oci_block_io, "throttleWriteIOPSDevice", throttle_write_iops_device, &throttle, 0),
};
static const struct oci_table block_io = OCI_TABLE(struct oci_block_io, block_io_rows);

static const struct oci_row hugepage_limit_rows[] = {
	OCI_STR (struct oci_hugepage_limit, "pageSize", page_size, OCI_REQUIRED),
	OCI_INT0(struct oci_hugepage_limit, "limit",    limit,     OCI_REQUIRED),
};
static const struct oci_table hugepage_limit = OCI_TABLE(struct oci_hugepage_limit, hugepage_limit_rows);

static const struct oci_row priority_rows[] = {
	OCI_STR (struct oci_interface_priority, "name",     name,     OCI_REQUIRED),
	OCI_INT0(struct oci_interface_priority, "priority", priority, OCI_REQUIRED),
};
static const struct oci_table priority = OCI_TABLE(struct oci_interface_priority, priority_rows);

static const struct oci_row network_rows[] = {
	OCI_INT (struct oci_network, "classID",    class_id,   0),
	OCI_OBJS(struct oci_network, "priorities", priorities, &priority, 0),
};
static const struct oci_table network = OCI_TABLE(struct oci_network, network_rows);

static const struct oci_row rdma_rows[] = {
	OCI_INT(struct oci_rdma, "hcaHandles", hca_handles, 0),
	OCI_INT(struct oci_rdma, "hcaObjects", hca_objects, 0),
};
static const struct oci_table rdma = OCI_TABLE(struct oci_rdma, rdma_rows);

static const struct oci_row resources_rows[] = {
	OCI_OBJS (struct oci_resources, "devices",        devices,         &device, 0),
	OCI_OBJ  (struct oci_resources, "memory",         memory,          &memory, 0),
	OCI_OBJ  (struct oci_resources, "cpu",            cpu,             &cpu, 0),
	OCI_OBJ  (struct oci_resources, "pids",           pids,            &pids, 0),
	OCI_OBJ  (struct oci_resources, "blockIO",        block_io,        &block_io, 0),
	OCI_OBJS (struct oci_resources, "hugepageLimits", hugepage_limits, &hugepage_limit, 0),
	OCI_OBJ  (struct oci_resources, "network",        network,         &network, 0),
	OCI_KEYED(struct oci_resources, "rdma",           rdma,            &rdma, 0),
	OCI_PAIRS(struct oci_resources, "unified",        unified,         0),
};
const struct oci_table oci_resources_table = OCI_TABLE(struct oci_resources, resources_rows);

static const struct oci_row intel_rdt_rows[] = {
	OCI_STR (struct oci_intel_rdt, "closID",           clos_id,           0),
	OCI_STRS(struct oci_intel_rdt, "schemata",         schemata,          0),
	OCI_STR (struct oci_intel_rdt, "l3CacheSchema",    l3_cache_schema,   0),
	OCI_STR (struct oci_intel_rdt, "memBwSchema",      mem_bw_schema,     0),
	OCI_BOOL(struct oci_intel_rdt, "enableCMT",        enable_cmt,        0),
	OCI_BOOL(struct oci_intel_rdt, "enableMBM",        enable_mbm,        0),
	OCI_BOOL(struct oci_intel_rdt, "enableMonitoring", enable_monitoring, 0),
};
const struct oci_table oci_intel_rdt_table = OCI_TABLE(struct oci_intel_rdt, intel_rdt_rows);

static const struct oci_row memory_policy_rows[] = {
	OCI_STR (struct oci_memory_policy, "mode",  mode,  0),
	OCI_STR (struct oci_memory_policy, "nodes", nodes, 0),
	OCI_STRS(struct oci_memory_policy, "flags", flags, 0),
};
const struct oci_table oci_memory_policy_table = OCI_TABLE(struct oci_memory_policy, memory_policy_rows);
