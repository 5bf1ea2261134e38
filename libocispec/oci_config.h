/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The structs of config.json, OCI runtime specification 1.3, common and Linux parts, in the
 * order of the specification.
 *
 * Members carry the JSON names in snake_case, and the shape of a member says what JSON has there:
 *
 *   const char *x                   a string; NULL = absent
 *   const char **x; size_t n_x      a list of strings; absent and [] are the same: n_x == 0
 *   struct oci_t *x; size_t n_x     a list of objects, or a map of objects if struct oci_t starts
 *                                   with `const char *key`; absent and empty are the same
 *   struct oci_pair *x; size_t n_x  a map from string to string, in the order of the document
 *   struct oci_t *x                 an object; NULL = absent
 *   bool has_x; T x                 a number or boolean that may be absent; x is 0 or false then
 *   T x  (no has_x)                 a number or boolean that is required, or for which the
 *                                   specification makes absent the same as 0 or false
 *
 * The value `null` for an optional member means absent.  Strings hold no NUL byte and are
 * valid UTF-8.  All of it lives in the document (struct oci_doc, ocispec.h) that it was read from.
 *
 * A configuration that only the reader has seen is well shaped: types and ranges are right and
 * required members are there.  Whether it makes sense together is what check.h judges.
 */
#ifndef OCI_CONFIG_H
#define OCI_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* GNU C predefines `linux` as 1; here it is the name of a member. */
#undef linux

struct oci_pair {
	const char *key;
	const char *value;
};

/* ---- process (config.md#process) ---- */

struct oci_console_size {
	uint64_t height;		/* in characters */
	uint64_t width;
};

struct oci_user {
	uint32_t uid;			/* absent = 0; 4294967295 never gets here: it means "no id" to the kernel */
	uint32_t gid;
	bool has_umask;
	uint32_t umask;
	uint32_t *additional_gids;
	size_t n_additional_gids;
	const char *username;		/* Windows; kept, not used */
};

/* Absent as a whole (NULL) is not the same as five empty sets: it leaves the choice to the runtime. */
struct oci_capabilities {
	const char **bounding;		/* "CAP_..."; the names are judged by the runtime */
	size_t n_bounding;
	const char **effective;
	size_t n_effective;
	const char **inheritable;
	size_t n_inheritable;
	const char **permitted;
	size_t n_permitted;
	const char **ambient;
	size_t n_ambient;
};

struct oci_rlimit {
	const char *type;		/* "RLIMIT_..." */
	uint64_t hard;
	uint64_t soft;
};

struct oci_scheduler {
	const char *policy;		/* "SCHED_..." */
	bool has_nice;
	int32_t nice;
	bool has_priority;
	int32_t priority;
	const char **flags;		/* "SCHED_FLAG_..." */
	size_t n_flags;
	bool has_runtime;
	uint64_t runtime;		/* nanoseconds, as the next two */
	bool has_deadline;
	uint64_t deadline;
	bool has_period;
	uint64_t period;
};

struct oci_io_priority {
	const char *class;		/* "IOPRIO_CLASS_..." */
	bool has_priority;
	int32_t priority;
};

struct oci_exec_cpu_affinity {
	const char *initial;		/* a list of CPUs as in "0-3,7" */
	const char *final;
};

struct oci_process {
	bool has_terminal;
	bool terminal;
	struct oci_console_size *console_size;
	struct oci_user user;		/* absent = all zero */
	const char **args;
	size_t n_args;
	const char *command_line;	/* Windows; kept, not used */
	const char **env;		/* "NAME=value" */
	size_t n_env;
	const char *cwd;
	struct oci_capabilities *capabilities;
	struct oci_rlimit *rlimits;
	size_t n_rlimits;
	bool has_no_new_privileges;	/* `exec` inherits the container's value when it is absent */
	bool no_new_privileges;
	const char *apparmor_profile;
	bool has_oom_score_adj;
	int32_t oom_score_adj;
	struct oci_scheduler *scheduler;
	const char *selinux_label;
	struct oci_io_priority *io_priority;
	struct oci_exec_cpu_affinity *exec_cpu_affinity;
};

/* ---- file systems (config.md#root, #mounts) ---- */

struct oci_id_mapping {
	uint32_t container_id;
	uint32_t host_id;
	uint32_t size;
};

struct oci_root {
	const char *path;		/* relative to the bundle, or absolute */
	bool has_readonly;
	bool readonly;
};

struct oci_mount {
	const char *destination;
	const char *type;
	const char *source;
	const char **options;
	size_t n_options;
	struct oci_id_mapping *uid_mappings;
	size_t n_uid_mappings;
	struct oci_id_mapping *gid_mappings;
	size_t n_gid_mappings;
};

/* A list of mounts that stands alone, outside of a configuration. */
struct oci_mounts {
	struct oci_mount *mounts;
	size_t n_mounts;
};

/* ---- hooks (config.md#posix-platform-hooks) ---- */

struct oci_hook {
	const char *path;
	const char **args;		/* args[0] included, as for execv */
	size_t n_args;
	const char **env;
	size_t n_env;
	bool has_timeout;
	int64_t timeout;		/* seconds */
};

struct oci_hooks {
	struct oci_hook *prestart;
	size_t n_prestart;
	struct oci_hook *create_runtime;
	size_t n_create_runtime;
	struct oci_hook *create_container;
	size_t n_create_container;
	struct oci_hook *start_container;
	size_t n_start_container;
	struct oci_hook *poststart;
	size_t n_poststart;
	struct oci_hook *poststop;
	size_t n_poststop;
};

/* ---- linux: namespaces, devices (config-linux.md) ---- */

struct oci_namespace {
	const char *type;		/* "pid", "network", "mount", "ipc", "uts", "user", "cgroup", "time" */
	const char *path;		/* NULL = make a new one */
};

struct oci_time_offset {
	const char *key;		/* "monotonic" or "boottime" */
	int64_t secs;
	uint32_t nanosecs;
};

struct oci_device {
	const char *type;		/* "c", "b", "u" (as c) or "p" */
	const char *path;
	bool has_major;
	int64_t major;
	bool has_minor;
	int64_t minor;
	bool has_file_mode;
	uint32_t file_mode;		/* may carry file type bits, as engines copy st_mode */
	bool has_uid;
	uint32_t uid;
	bool has_gid;
	uint32_t gid;
};

struct oci_net_device {
	const char *key;		/* name on the host */
	const char *name;		/* name in the container; NULL = the same */
};

/* ---- linux.resources (config-linux.md#control-groups) ---- */

struct oci_device_cgroup {
	bool allow;
	const char *type;		/* "a", "c", "b"; NULL = "a" */
	bool has_major;			/* absent = all */
	int64_t major;
	bool has_minor;
	int64_t minor;
	const char *access;		/* a subset of "rwm" */
};

struct oci_memory {
	bool has_limit;
	int64_t limit;			/* bytes; -1 = unlimited, as the next two */
	bool has_reservation;
	int64_t reservation;
	bool has_swap;
	int64_t swap;			/* memory and swap together, as on cgroup v1 */
	bool has_kernel;
	int64_t kernel;
	bool has_kernel_tcp;
	int64_t kernel_tcp;
	bool has_swappiness;
	uint64_t swappiness;
	bool has_disable_oom_killer;
	bool disable_oom_killer;
	bool has_use_hierarchy;
	bool use_hierarchy;
	bool has_check_before_update;
	bool check_before_update;
};

struct oci_cpu {
	bool has_shares;
	uint64_t shares;
	bool has_quota;
	int64_t quota;			/* microseconds, as the next four */
	bool has_burst;
	uint64_t burst;
	bool has_period;
	uint64_t period;
	bool has_realtime_runtime;
	int64_t realtime_runtime;
	bool has_realtime_period;
	uint64_t realtime_period;
	const char *cpus;
	const char *mems;
	bool has_idle;
	int64_t idle;
};

struct oci_pids {
	bool has_limit;			/* `update` takes an absent limit as "unchanged" */
	int64_t limit;
};

struct oci_weight_device {
	int64_t major;
	int64_t minor;
	bool has_weight;
	uint16_t weight;
	bool has_leaf_weight;
	uint16_t leaf_weight;
};

struct oci_throttle_device {
	int64_t major;
	int64_t minor;
	bool has_rate;
	uint64_t rate;
};

struct oci_block_io {
	bool has_weight;
	uint16_t weight;
	bool has_leaf_weight;
	uint16_t leaf_weight;
	struct oci_weight_device *weight_device;
	size_t n_weight_device;
	struct oci_throttle_device *throttle_read_bps_device;
	size_t n_throttle_read_bps_device;
	struct oci_throttle_device *throttle_write_bps_device;
	size_t n_throttle_write_bps_device;
	struct oci_throttle_device *throttle_read_iops_device;
	size_t n_throttle_read_iops_device;
	struct oci_throttle_device *throttle_write_iops_device;
	size_t n_throttle_write_iops_device;
};

struct oci_hugepage_limit {
	const char *page_size;		/* "2MB", "1GB" */
	uint64_t limit;			/* bytes */
};

struct oci_interface_priority {
	const char *name;
	uint32_t priority;
};

struct oci_network {
	bool has_class_id;
	uint32_t class_id;
	struct oci_interface_priority *priorities;
	size_t n_priorities;
};

struct oci_rdma {
	const char *key;		/* name of the device */
	bool has_hca_handles;
	uint32_t hca_handles;
	bool has_hca_objects;
	uint32_t hca_objects;
};

struct oci_resources {
	struct oci_device_cgroup *devices;
	size_t n_devices;
	struct oci_memory *memory;
	struct oci_cpu *cpu;
	struct oci_pids *pids;
	struct oci_block_io *block_io;
	struct oci_hugepage_limit *hugepage_limits;
	size_t n_hugepage_limits;
	struct oci_network *network;
	struct oci_rdma *rdma;
	size_t n_rdma;
	struct oci_pair *unified;	/* cgroup v2 file name to value, written as they are */
	size_t n_unified;
};

/* ---- linux.intelRdt, memoryPolicy, personality ---- */

struct oci_intel_rdt {
	const char *clos_id;
	const char **schemata;
	size_t n_schemata;
	const char *l3_cache_schema;
	const char *mem_bw_schema;
	bool has_enable_cmt;		/* up to 1.2 */
	bool enable_cmt;
	bool has_enable_mbm;		/* up to 1.2 */
	bool enable_mbm;
	bool has_enable_monitoring;
	bool enable_monitoring;
};

struct oci_memory_policy {
	const char *mode;		/* "MPOL_..." */
	const char *nodes;		/* "0-3,7" */
	const char **flags;		/* "MPOL_F_..." */
	size_t n_flags;
};

struct oci_personality {
	const char *domain;		/* "LINUX" or "LINUX32" */
	const char **flags;
	size_t n_flags;
};

/* ---- linux.seccomp (config-linux.md#seccomp) ---- */

struct oci_syscall_arg {
	uint32_t index;
	uint64_t value;
	uint64_t value_two;		/* absent = 0; only SCMP_CMP_MASKED_EQ looks at it */
	const char *op;			/* "SCMP_CMP_..." */
};

struct oci_syscall {
	const char **names;
	size_t n_names;
	const char *action;		/* "SCMP_ACT_..." */
	bool has_errno_ret;
	uint32_t errno_ret;
	struct oci_syscall_arg *args;
	size_t n_args;
};

struct oci_seccomp {
	const char *default_action;
	bool has_default_errno_ret;
	uint32_t default_errno_ret;
	const char **architectures;	/* "SCMP_ARCH_..." */
	size_t n_architectures;
	const char **flags;		/* "SECCOMP_FILTER_FLAG_..." */
	size_t n_flags;
	const char *listener_path;
	const char *listener_metadata;
	struct oci_syscall *syscalls;
	size_t n_syscalls;
};

struct oci_linux {
	struct oci_namespace *namespaces;
	size_t n_namespaces;
	struct oci_id_mapping *uid_mappings;
	size_t n_uid_mappings;
	struct oci_id_mapping *gid_mappings;
	size_t n_gid_mappings;
	struct oci_time_offset *time_offsets;
	size_t n_time_offsets;
	struct oci_device *devices;
	size_t n_devices;
	struct oci_net_device *net_devices;
	size_t n_net_devices;
	const char *cgroups_path;
	struct oci_resources *resources;
	struct oci_intel_rdt *intel_rdt;
	struct oci_memory_policy *memory_policy;
	struct oci_pair *sysctl;
	size_t n_sysctl;
	struct oci_seccomp *seccomp;
	const char *rootfs_propagation;
	const char **masked_paths;
	size_t n_masked_paths;
	const char **readonly_paths;
	size_t n_readonly_paths;
	const char *mount_label;
	struct oci_personality *personality;
};

/* ---- another platform: only what our checks judge ---- */

struct oci_freebsd_jail {
	const char *vnet;
};

struct oci_freebsd {
	struct oci_freebsd_jail *jail;
};

/* ---- the document ---- */

struct oci_config {
	const char *oci_version;	/* NULL is accepted, as runc does */
	struct oci_process *process;
	struct oci_root *root;
	const char *hostname;
	const char *domainname;
	struct oci_mount *mounts;
	size_t n_mounts;
	struct oci_hooks *hooks;
	struct oci_pair *annotations;
	size_t n_annotations;
	struct oci_linux *linux;
	struct oci_freebsd *freebsd;
};

/* The value of that key, or NULL; what is returned belongs to the map. */
const char *oci_pair_value(const struct oci_pair *pairs, size_t n, const char *key);
const char *oci_annotation(const struct oci_config *c, const char *key);

/* The namespace of this type, or NULL: it is made, or with a path joined. */
const struct oci_namespace *oci_namespace(const struct oci_config *c, const char *type);
bool oci_makes_namespace(const struct oci_config *c, const char *type);
bool oci_joins_namespace(const struct oci_config *c, const char *type);

#endif
