/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules of config-linux.md but for resources and seccomp. */
#include "libocispec/rules.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

/* ---- namespaces ---- */

static void namespaces_are_known(const struct oci_subject *s, struct oci_report *r)
{
	static const char *const types[] = {
		"pid", "network", "mount", "ipc", "uts", "user", "cgroup", "time",
	};
	const struct oci_linux *l = s->config->linux;

	for (size_t i = 0; i < l->n_namespaces; i++)
		if (!IS_ONE_OF(l->namespaces[i].type, types))
			oci_wrong(r, "namespace \"%s\" does not exist", SHOW(l->namespaces[i].type));
}

static void namespaces_come_once(const struct oci_subject *s, struct oci_report *r)
{
	const struct oci_linux *l = s->config->linux;

	for (size_t i = 1; i < l->n_namespaces && i < 64; i++)
		for (size_t j = 0; j < i; j++)
			if (strcmp(l->namespaces[i].type, l->namespaces[j].type) == 0) {
				oci_wrong(r, "malformed spec file: duplicated ns %s: linux.namespaces[%zu]",
					  SHOW(l->namespaces[i].type), i);
				break;
			}
}

static void namespace_paths_are_absolute(const struct oci_subject *s, struct oci_report *r)
{
	const struct oci_linux *l = s->config->linux;

	for (size_t i = 0; i < l->n_namespaces; i++) {
		const char *path = l->namespaces[i].path;

		if (path && *path && *path != '/')
			oci_wrong(r, "linux.namespaces[%zu].path: \"%s\" is not an absolute path", i,
				  SHOW(path));
	}
}

/* ---- user namespace ---- */

static bool ranges_overlap(uint32_t a, uint32_t b, uint32_t size_a, uint32_t size_b)
{
	return a < (uint64_t)b + size_b && b < (uint64_t)a + size_a;
}

static bool is_range(uint32_t first, uint32_t size)
{
	return size > 0 && size <= UINT32_MAX - first;	/* the last id, 4294967295, is never mapped */
}

void oci_judge_id_map(struct oci_report *r, const char *at, const struct oci_id_mapping *v, size_t n)
{
	enum { ROWS_MAX = 340, BYTES_MAX = 4095 };	/* user_namespaces(7); one write, less than a page */
	size_t bytes = 0;

	if (n > ROWS_MAX) {
		oci_wrong(r, "%s: more than %d lines", at, ROWS_MAX);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		bytes += (size_t)snprintf(NULL, 0, "%" PRIu32 " %" PRIu32 " %" PRIu32 "\n",
					  v[i].container_id, v[i].host_id, v[i].size);
		if (v[i].size == 0)
			oci_wrong(r, "%s[%zu]: size is 0", at, i);
		else if (!is_range(v[i].container_id, v[i].size) || !is_range(v[i].host_id, v[i].size))
			oci_wrong(r, "%s[%zu]: reaches beyond the last id", at, i);
		for (size_t j = 0; j < i; j++)
			if (ranges_overlap(v[i].container_id, v[j].container_id, v[i].size, v[j].size) ||
			    ranges_overlap(v[i].host_id, v[j].host_id, v[i].size, v[j].size)) {
				oci_wrong(r, "%s[%zu]: overlaps with [%zu]", at, i, j);
				break;
			}
	}
	if (bytes > BYTES_MAX)
		oci_wrong(r, "%s: more than %d bytes as text, which the kernel does not take", at, BYTES_MAX);
}

static void userns_has_maps(const struct oci_subject *s, struct oci_report *r)
{
	const struct oci_linux *l = s->config->linux;
	const struct oci_namespace *user = oci_namespace(s->config, "user");
	bool joined = user && user->path && *user->path;

	if (!user && (l->n_uid_mappings || l->n_gid_mappings))
		oci_wrong(r,
			  "user namespace mappings specified, but user namespace isn't enabled in the config");
	if (user && !joined && !l->n_uid_mappings)
		oci_wrong(r, "linux.uidMappings: user namespaces enabled, but no uid mappings found");
	if (user && !joined && !l->n_gid_mappings)
		oci_wrong(r, "linux.gidMappings: user namespaces enabled, but no gid mappings found");
}

static void id_maps_are_maps(const struct oci_subject *s, struct oci_report *r)
{
	const struct oci_linux *l = s->config->linux;

	oci_judge_id_map(r, "linux.uidMappings", l->uid_mappings, l->n_uid_mappings);
	oci_judge_id_map(r, "linux.gidMappings", l->gid_mappings, l->n_gid_mappings);
}

/* ---- time namespace ---- */

static void time_offsets_have_a_namespace(const struct oci_subject *s, struct oci_report *r)
{
	const struct oci_namespace *time = oci_namespace(s->config, "time");

	if (!s->config->linux->n_time_offsets)
		return;
	if (!time)
		oci_wrong(r,
			  "linux.timeOffsets: time namespace offsets specified, but time namespace isn't enabled");
	else if (time->path && *time->path)
		oci_wrong(r, "linux.timeOffsets: the offsets of a joined time namespace cannot be set");
}

static void time_offsets_are_known(const struct oci_subject *s, struct oci_report *r)
{
	static const char *const clocks[] = { "monotonic", "boottime" };	/* time_namespaces(7) */
	const struct oci_linux *l = s->config->linux;

	for (size_t i = 0; i < l->n_time_offsets; i++) {
		const struct oci_time_offset *t = &l->time_offsets[i];

		if (!IS_ONE_OF(t->key, clocks))
			oci_wrong(r, "linux.timeOffsets: clock \"%s\" is unknown", SHOW(t->key));
		if (t->nanosecs > 999999999)
			oci_wrong(r, "linux.timeOffsets.%s.nanosecs: %" PRIu32 " is not below one second",
				  SHOW(t->key), t->nanosecs);
	}
}

/* ---- devices ---- */

static bool has_numbers(const struct oci_device *d)
{
	enum { MAJOR_MAX = 0xfff, MINOR_MAX = 0xfffff };	/* dev_t of the kernel: 12 and 20 bits */

	return d->major >= 0 && d->major <= MAJOR_MAX && d->minor >= 0 && d->minor <= MINOR_MAX;
}

static void devices_can_be_made(const struct oci_subject *s, struct oci_report *r)
{
	static const char *const types[] = { "c", "b", "u", "p" };
	const struct oci_linux *l = s->config->linux;

	for (size_t i = 0; i < l->n_devices; i++) {
		const struct oci_device *d = &l->devices[i];
		bool fifo = strcmp(d->type, "p") == 0;

		if (!IS_ONE_OF(d->type, types))
			oci_wrong(r, "linux.devices[%zu].type: \"%s\" is unknown", i, SHOW(d->type));
		else if (!fifo && (!d->has_major || !d->has_minor))
			oci_wrong(r, "linux.devices[%zu]: major and minor are required for type %s", i,
				  d->type);
		else if (!fifo && !has_numbers(d))
			oci_wrong(r, "linux.devices[%zu]: %" PRId64 ":%" PRId64 " is out of range", i,
				  d->major, d->minor);
		if (d->has_file_mode && d->file_mode > 0177777)
			oci_wrong(r, "linux.devices[%zu].fileMode: %" PRIu32 " is not a mode", i,
				  d->file_mode);
	}
}

static void device_paths_are_absolute(const struct oci_subject *s, struct oci_report *r)
{
	const struct oci_linux *l = s->config->linux;

	for (size_t i = 0; i < l->n_devices; i++) {
		const char *path = l->devices[i].path;

		if (path[0] != '/' || path[1] == '\0')
			oci_wrong(r, "linux.devices[%zu].path: \"%s\" is not an absolute path", i,
				  SHOW(path));
		else if (strlen(path) >= PATH_MAX)
			oci_wrong(r, "linux.devices[%zu].path: longer than %d bytes", i, PATH_MAX - 1);
	}
}

/* ---- network devices ---- */

/* dev_valid_name() of the kernel. */
static bool is_interface(const char *name)
{
	return *name && strlen(name) < 16 && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
	       !strpbrk(name, "/: \t\n\v\f\r");
}

/* One "%d" in the new name stands for a number (config-linux.md#network-devices). */
static bool is_interface_or_template(const char *name)
{
	const char *percent = strchr(name, '%');

	return is_interface(name) && (!percent || (percent[1] == 'd' && !strchr(percent + 1, '%')));
}

static void net_devices_can_be_moved(const struct oci_subject *s, struct oci_report *r)
{
	const struct oci_linux *l = s->config->linux;

	if (s->run && l->n_net_devices && !oci_namespace(s->config, "network"))
		oci_wrong(r,
			  "linux.netDevices: unable to move network devices without a private network namespace");
	for (size_t i = 0; i < l->n_net_devices; i++) {
		const struct oci_net_device *d = &l->net_devices[i];

		if (!is_interface(d->key))
			oci_wrong(r, "linux.netDevices: \"%s\" is not the name of an interface",
				  SHOW(d->key));
		if (d->name && *d->name && !is_interface_or_template(d->name))
			oci_wrong(r, "linux.netDevices[\"%s\"].name: \"%s\" is not the name of an interface",
				  SHOW(d->key), SHOW(d->name));
	}
}

/* ---- paths ---- */

static void cgroups_path_stays_below(const struct oci_subject *s, struct oci_report *r)
{
	const char *path = s->config->linux->cgroups_path;

	if (!path)
		return;
	if (strlen(path) >= PATH_MAX)
		oci_wrong(r, "linux.cgroupsPath: longer than %d bytes", PATH_MAX - 1);
	else if (oci_has_dotdot(path))
		oci_wrong(r, "linux.cgroupsPath: \"%s\" contains \"..\"", SHOW(path));
}

static void propagation_is_known(const struct oci_subject *s, struct oci_report *r)
{
	static const char *const known[] = {
		"", "private", "rprivate", "shared", "rshared", "slave", "rslave", "unbindable", "runbindable",
	};
	const char *p = s->config->linux->rootfs_propagation;

	if (p && !IS_ONE_OF(p, known))
		oci_wrong(r, "rootfsPropagation=%s is not supported", SHOW(p));		/* runc's words */
}

static void judge_paths(struct oci_report *r, const char *name, const char *const *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (v[i][0] != '/')
			oci_wrong(r, "linux.%s[%zu]: \"%s\" is not an absolute path", name, i, SHOW(v[i]));
		else if (strlen(v[i]) >= PATH_MAX)
			oci_wrong(r, "linux.%s[%zu]: longer than %d bytes", name, i, PATH_MAX - 1);
}

static void hidden_paths_are_absolute(const struct oci_subject *s, struct oci_report *r)
{
	const struct oci_linux *l = s->config->linux;

	judge_paths(r, "maskedPaths", l->masked_paths, l->n_masked_paths);
	judge_paths(r, "readonlyPaths", l->readonly_paths, l->n_readonly_paths);
}

/* ---- sysctl ---- */

/* "net/ipv4/conf/eth0.1/x" and "net.ipv4.conf.eth0/1.x" are one name: the first separator decides (sysctl(8)). */
static bool dotted(char *name, size_t size, const char *key)
{
	bool slashes = key[strcspn(key, "./")] == '/';
	size_t n = strlen(key);

	if (n >= size)
		return false;
	for (size_t i = 0; i <= n; i++)
		name[i] = !slashes ? key[i] : key[i] == '/' ? '.' : key[i] == '.' ? '/' : key[i];
	return true;
}

static bool is_path_element_sound(const char *name)
{
	/* Dots become slashes below /proc/sys, and slashes dots: nothing may be empty, ".", or "..". */
	return *name && *name != '.' && *name != '/' && !strstr(name, "..") && !strstr(name, "//") &&
	       !strstr(name, "./") && !strstr(name, "/.") && name[strlen(name) - 1] != '.' &&
	       name[strlen(name) - 1] != '/';
}

/* The namespace that a sysctl belongs to, or NULL: then it is the whole machine's. */
static const char *namespace_of(const char *name)
{
	static const struct {
		const char *begins;
		bool whole;
		const char *type;
	} rows[] = {
		{ "net.",                   false, "network" },
		{ "fs.mqueue.",             false, "ipc"     },
		{ "kernel.msgmax",          true,  "ipc"     },
		{ "kernel.msgmnb",          true,  "ipc"     },
		{ "kernel.msgmni",          true,  "ipc"     },
		{ "kernel.sem",             true,  "ipc"     },
		{ "kernel.shmall",          true,  "ipc"     },
		{ "kernel.shmmax",          true,  "ipc"     },
		{ "kernel.shmmni",          true,  "ipc"     },
		{ "kernel.shm_rmid_forced", true,  "ipc"     },
		{ "kernel.domainname",      true,  "uts"     },
		{ "kernel.hostname",        true,  "uts"     },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].whole ? strcmp(name, rows[i].begins) == 0
				  : strncmp(name, rows[i].begins, strlen(rows[i].begins)) == 0)
			return rows[i].type;
	return NULL;
}

static void sysctl_is_namespaced(const struct oci_subject *s, struct oci_report *r)
{
	const struct oci_linux *l = s->config->linux;

	for (size_t i = 0; i < l->n_sysctl; i++) {
		const char *key = l->sysctl[i].key, *type;
		char name[256];

		if (!dotted(name, sizeof(name), key) || !is_path_element_sound(name)) {
			oci_wrong(r, "linux.sysctl: \"%s\" is not the name of a sysctl", SHOW(key));
			continue;
		}
		type = namespace_of(name);
		if (!type)
			oci_wrong(r, "sysctl \"%s\" is not in a separate kernel namespace", SHOW(key));
		else if (strcmp(name, "kernel.hostname") == 0)
			oci_wrong(r,
				  "sysctl \"%s\" is not allowed as it conflicts with the OCI \"hostname\" field",
				  SHOW(key));
		else if (!oci_namespace(s->config, type))
			oci_wrong(r, "sysctl \"%s\" is not allowed in the host's %s namespace", SHOW(key),
				  type);
	}
}

/* ---- the rarer members ---- */

static void intel_rdt_is_sound(const struct oci_subject *s, struct oci_report *r)
{
	const struct oci_intel_rdt *rdt = s->config->linux->intel_rdt;

	if (!rdt)
		return;
	/* "/" alone is the root group. */
	if (rdt->clos_id && strcmp(rdt->clos_id, "/") != 0 &&
	    (strchr(rdt->clos_id, '/') || oci_has_dotdot(rdt->clos_id) || strcmp(rdt->clos_id, ".") == 0))
		oci_wrong(r, "linux.intelRdt.closID: \"%s\" is not the name of a directory",
			  SHOW(rdt->clos_id));
	if (rdt->mem_bw_schema && *rdt->mem_bw_schema &&
	    (strncmp(rdt->mem_bw_schema, "MB:", 3) != 0 || strchr(rdt->mem_bw_schema, '\n')))
		oci_wrong(r, "linux.intelRdt.memBwSchema: \"%s\" is not one line that starts with MB:",
			  SHOW(rdt->mem_bw_schema));
}

static void memory_policy_is_known(const struct oci_subject *s, struct oci_report *r)
{
	static const char *const modes[] = {
		"MPOL_DEFAULT", "MPOL_BIND", "MPOL_INTERLEAVE", "MPOL_WEIGHTED_INTERLEAVE", "MPOL_PREFERRED",
		"MPOL_PREFERRED_MANY", "MPOL_LOCAL",
	};
	static const char *const flags[] = {
		"MPOL_F_NUMA_BALANCING", "MPOL_F_RELATIVE_NODES", "MPOL_F_STATIC_NODES",
	};
	const struct oci_memory_policy *p = s->config->linux->memory_policy;

	if (!p)
		return;
	if (!p->mode || !IS_ONE_OF(p->mode, modes))
		oci_wrong(r, "linux.memoryPolicy.mode: \"%s\" is unknown", SHOW(p->mode ? p->mode : ""));
	for (size_t i = 0; i < p->n_flags; i++)
		if (!IS_ONE_OF(p->flags[i], flags))
			oci_wrong(r, "linux.memoryPolicy.flags[%zu]: \"%s\" is unknown", i,
				  SHOW(p->flags[i]));
}

static void personality_is_known(const struct oci_subject *s, struct oci_report *r)
{
	static const char *const domains[] = { "LINUX", "LINUX32" };
	const struct oci_personality *p = s->config->linux->personality;

	if (!p)
		return;
	if (!p->domain || !IS_ONE_OF(p->domain, domains))
		oci_wrong(r, "linux.personality.domain: \"%s\" is unknown", SHOW(p->domain ? p->domain : ""));
	if (p->n_flags)
		oci_wrong(r, "linux.personality.flags: additional personality flags are not supported");
}

static const struct oci_rule rules[] = {
	{ "namespaces are known",                  "config-linux.md#namespaces",                namespaces_are_known          },
	{ "each namespace is listed once",         "config-linux.md#namespaces",                namespaces_come_once          },
	{ "namespaces are joined by absolute paths", "config-linux.md#namespaces",              namespace_paths_are_absolute  },
	{ "a user namespace comes with mappings",  "config-linux.md#user-namespace-mappings",   userns_has_maps               },
	{ "id mappings are what the kernel takes", "config-linux.md#user-namespace-mappings",   id_maps_are_maps              },
	{ "time offsets have a new time namespace", "config-linux.md#offset-for-time-namespace", time_offsets_have_a_namespace },
	{ "time offsets are of known clocks",      "config-linux.md#offset-for-time-namespace", time_offsets_are_known        },
	{ "devices have a type and numbers",       "config-linux.md#devices",                   devices_can_be_made           },
	{ "devices have absolute paths",           "config-linux.md#devices",                   device_paths_are_absolute     },
	{ "network devices have a namespace",      "config-linux.md#network-devices",           net_devices_can_be_moved      },
	{ "cgroupsPath stays below the root",      "config-linux.md#cgroups-path",              cgroups_path_stays_below      },
	{ "rootfsPropagation is known",            "config-linux.md#rootfs-mount-propagation",  propagation_is_known          },
	{ "masked and read-only paths are absolute", "config-linux.md#masked-paths",            hidden_paths_are_absolute     },
	{ "sysctls belong to an own namespace",    "config-linux.md#sysctl",                    sysctl_is_namespaced          },
	{ "intelRdt names stay in their place",    "config-linux.md#intelrdt",                  intel_rdt_is_sound            },
	{ "memoryPolicy is known",                 "config-linux.md#memory-policy",             memory_policy_is_known        },
	{ "personality is known",                  "config-linux.md#personality",               personality_is_known          },
};
const struct oci_rules oci_linux_rules = OCI_RULES(rules);
