/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The configuration that `cist spec` writes: the one everybody starts from, as runc and crun have it. */
#include "base/arr.h"
#include "libocispec/ocispec.h"
#include "runtime/runtime.h"
#include "runtime/version.h"
#include "sys/file.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CGROUP2_MAGIC 0x63677270

#define STRINGS(name, ...) static const char *name[] = { __VA_ARGS__ }

STRINGS(args, "sh");
STRINGS(env, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm");
STRINGS(caps, "CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE");
STRINGS(masked, "/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
	"/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware",
	"/sys/devices/virtual/powercap");
STRINGS(readonly, "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger");

STRINGS(dev_options, "nosuid", "strictatime", "mode=755", "size=65536k");
/* Group 5 is "tty"; last, since a user namespace with one id has no such group. */
STRINGS(pts_options, "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5");
STRINGS(shm_options, "nosuid", "noexec", "nodev", "mode=1777", "size=65536k");
STRINGS(mqueue_options, "nosuid", "noexec", "nodev");
STRINGS(sys_options, "nosuid", "noexec", "nodev", "ro");
STRINGS(sys_bind_options, "rbind", "nosuid", "noexec", "nodev", "ro");
STRINGS(cgroup_options, "nosuid", "noexec", "nodev", "relatime", "ro");

#define OPTIONS(v) .options = (v), .n_options = ARRAY_LEN(v)

enum { MOUNT_PTS = 2, MOUNT_SYS = 5 };
static const struct oci_mount mounts[] = {
	{ .destination = "/proc", .type = "proc", .source = "proc" },
	{ "/dev", "tmpfs", "tmpfs", OPTIONS(dev_options) },
	[MOUNT_PTS] = { "/dev/pts", "devpts", "devpts", OPTIONS(pts_options) },
	{ "/dev/shm", "tmpfs", "shm", OPTIONS(shm_options) },
	{ "/dev/mqueue", "mqueue", "mqueue", OPTIONS(mqueue_options) },
	[MOUNT_SYS] = { "/sys", "sysfs", "sysfs", OPTIONS(sys_options) },
	{ "/sys/fs/cgroup", "cgroup", "cgroup", OPTIONS(cgroup_options) },
};

/* All parts of the document; its lists are changed in place, so they are copies. */
struct draft {
	struct oci_config config;
	struct oci_process process;
	struct oci_capabilities caps;
	struct oci_rlimit nofile;
	struct oci_root root;
	struct oci_linux linux_part;
	struct oci_namespace namespaces[8];
	struct oci_mount mounts[ARRAY_LEN(mounts)];
	struct oci_resources resources;
	struct oci_device_cgroup no_devices;
	struct oci_id_mapping uid;
	struct oci_id_mapping gid;
};

static void add_namespace(struct draft *d, const char *type)
{
	d->namespaces[d->linux_part.n_namespaces++].type = type;
}

static void draft_process(struct draft *d)
{
	d->caps = (struct oci_capabilities){
		.bounding = caps, .n_bounding = ARRAY_LEN(caps),
		.effective = caps, .n_effective = ARRAY_LEN(caps),
		.permitted = caps, .n_permitted = ARRAY_LEN(caps),
	};
	d->nofile = (struct oci_rlimit){ "RLIMIT_NOFILE", 1024, 1024 };
	d->process = (struct oci_process){
		.has_terminal = true, .terminal = true,
		.args = args, .n_args = ARRAY_LEN(args),
		.env = env, .n_env = ARRAY_LEN(env),
		.cwd = "/",
		.capabilities = &d->caps,
		.rlimits = &d->nofile, .n_rlimits = 1,
		.has_no_new_privileges = true, .no_new_privileges = true,
	};
}

static void draft_linux(struct draft *d, bool cgroup2)
{
	d->no_devices = (struct oci_device_cgroup){ .allow = false, .access = "rwm" };
	d->resources = (struct oci_resources){ .devices = &d->no_devices, .n_devices = 1 };
	d->linux_part = (struct oci_linux){
		.namespaces = d->namespaces,
		.resources = &d->resources,
		.masked_paths = masked, .n_masked_paths = ARRAY_LEN(masked),
		.readonly_paths = readonly, .n_readonly_paths = ARRAY_LEN(readonly),
	};
	add_namespace(d, "pid");
	add_namespace(d, "ipc");
	add_namespace(d, "uts");
	add_namespace(d, "mount");
	/* On v1 the namespace would show the container paths that its cgroup mounts do not have. */
	if (cgroup2)
		add_namespace(d, "cgroup");
}

/* An ordinary user has one id to give, no device nodes, no cgroup and no network to set up (runtime-cli 2.15). */
static void make_rootless(struct draft *d)
{
	struct oci_mount *sys = &d->mounts[MOUNT_SYS];

	add_namespace(d, "user");
	d->uid = (struct oci_id_mapping){ .container_id = 0, .host_id = geteuid(), .size = 1 };
	d->gid = (struct oci_id_mapping){ .container_id = 0, .host_id = getegid(), .size = 1 };
	d->linux_part.uid_mappings = &d->uid;
	d->linux_part.n_uid_mappings = 1;
	d->linux_part.gid_mappings = &d->gid;
	d->linux_part.n_gid_mappings = 1;
	d->linux_part.resources = NULL;
	d->mounts[MOUNT_PTS].n_options--;
	/* The kernel gives a new sysfs only to who owns the network namespace. */
	*sys = (struct oci_mount){ sys->destination, "none", "/sys", OPTIONS(sys_bind_options) };
}

static void make_draft(struct draft *d, bool rootless, bool cgroup2)
{
	*d = (struct draft){ 0 };
	draft_process(d);
	draft_linux(d, cgroup2);
	memcpy(d->mounts, mounts, sizeof(mounts));
	d->root = (struct oci_root){ .path = "rootfs", .has_readonly = true, .readonly = true };
	d->config = (struct oci_config){
		.oci_version = SPEC_VERSION,
		.process = &d->process,
		.root = &d->root,
		.hostname = "cist",
		.mounts = d->mounts, .n_mounts = ARRAY_LEN(d->mounts),
		.linux = &d->linux_part,
	};
	if (rootless)
		make_rootless(d);
	else
		add_namespace(d, "network");
}

static int write_new(int dirfd, const char *file, const char *text, struct err *e)
{
	auto_close int fd = sys_openat(dirfd, file, O_WRONLY | O_CREAT | O_EXCL | O_NOCTTY, 0644);
	int rc;

	if (fd == -EEXIST)
		return err_set(e, fd, "File %s exists. Remove it first", file);
	if (fd < 0)
		return err_sys(e, fd, "create %s", file);
	/* It is for everybody to read, whatever the umask of the runtime. */
	rc = fchmod(fd, 0644) < 0 ? -errno : sys_write_all(fd, text, strlen(text));
	if (rc == 0)
		rc = sys_write_all(fd, "\n", 1);
	if (rc < 0)
		sys_unlinkat(dirfd, file, 0);
	return rc < 0 ? err_sys(e, rc, "write %s", file) : 0;
}

int runtime_spec(const char *bundle, const char *file, bool rootless, struct err *e)
{
	const char *where = bundle && *bundle ? bundle : ".";
	auto_close int dirfd = sys_openat(AT_FDCWD, where, O_RDONLY | O_DIRECTORY, 0);
	auto_close int cgroup_fd = sys_openat(AT_FDCWD, "/sys/fs/cgroup", O_PATH | O_DIRECTORY, 0);
	struct draft d;
	char *text;
	int rc;

	if (dirfd < 0)
		return err_sys(e, dirfd, "open bundle %s", where);
	make_draft(&d, rootless, cgroup_fd >= 0 && sys_fs_magic(cgroup_fd) == CGROUP2_MAGIC);
	text = oci_config_write(&d.config, "\t");
	if (!text)
		return err_nomem(e);
	rc = write_new(dirfd, file && *file ? file : "config.json", text, e);
	free(text);
	return rc;
}
