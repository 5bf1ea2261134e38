/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The acting half: reads, tries, and judges nothing. */
#include "base/arr.h"
#include "base/fmt.h"
#include "doctor/doctor.h"
#include "libocispec/oci_config.h"
#include "sys/call.h"
#include "sys/file.h"
#include "sys/proc.h"
#include "sys/process.h"

#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/xattr.h>

enum { TEXT_MAX = 64 << 10 };

const struct doctor_call doctor_calls[DOCTOR_CALLS] = {
	{ "openat2",           SYS_openat2,           "5.6" },
	{ "open_tree",         SYS_open_tree,         "5.2" },
	{ "move_mount",        SYS_move_mount,        "5.2" },
	{ "fsopen",            SYS_fsopen,            "5.2" },
	{ "mount_setattr",     SYS_mount_setattr,     "5.12" },
	{ "clone3",            SYS_clone3,            "5.3" },
	{ "pidfd_open",        SYS_pidfd_open,        "5.3" },
	{ "pidfd_send_signal", SYS_pidfd_send_signal, "5.1" },
	{ "close_range",       SYS_close_range,       "5.9" },
	{ "faccessat2",        SYS_faccessat2,        "5.8" },
};

static uint32_t lacking_calls(void)
{
	uint32_t lacking = 0;

	for (size_t i = 0; i < DOCTOR_CALLS; i++)
		if (!sys_has_call(doctor_calls[i].number))
			lacking |= UINT32_C(1) << i;
	return lacking;
}

/* A number from a file of one line; -1 when there is no such file. */
static int64_t number_of(const char *path)
{
	char text[64];

	return sys_read_at(AT_FDCWD, path, text, sizeof(text)) > 0 ? strtoll(text, NULL, 10) : -1;
}

static const char *text_of(const char *path, struct arena *a)
{
	char text[4096];

	if (sys_read_at(AT_FDCWD, path, text, sizeof(text)) < 0)
		return NULL;
	text[strcspn(text, "\n")] = '\0';
	return arena_str(a, text);
}

static bool exists(const char *path)
{
	struct stat st;

	return sys_fstatat(AT_FDCWD, path, 0, &st) == 0;
}

static const char *if_exists(const char *path, struct arena *a)
{
	return exists(path) ? arena_str(a, path) : NULL;
}

/* In the usual places: what PATH says here may not be what it says where containers are made. */
static const char *find_program(const char *name, struct arena *a)
{
	static const char *const dirs[] = { "/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin", "/sbin" };
	char path[256];

	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		fmt(path, sizeof(path), "%s/%s", dirs[i], name);
		if (sys_faccessat(AT_FDCWD, path, X_OK) == 0)
			return arena_str(a, path);
	}
	return NULL;
}

static bool is_privileged(const char *path)
{
	struct stat st;

	return sys_fstatat(AT_FDCWD, path, 0, &st) == 0 &&
	       (((st.st_mode & S_ISUID) && st.st_uid == 0) || getxattr(path, "security.capability", NULL, 0) > 0);
}

static void look_for_helper(const char *program, const char *ranges, uint32_t uid, struct arena *a,
			    struct doctor_id_helper *ret)
{
	char *text = malloc(TEXT_MAX), path[NS_HELPER_PATH_MAX];
	const char *user = getenv("USER");

	ret->path = ns_find_helper(program, path) ? arena_str(a, path) : NULL;
	ret->is_privileged = ret->path && is_privileged(ret->path);
	if (text && sys_read_at(AT_FDCWD, ranges, text, TEXT_MAX) >= 0)
		ret->ids = doctor_subids(text, uid, user ? user : getenv("LOGNAME"));
	free(text);
}

/* ---- namespaces ---- */

static void look_at_namespaces(struct doctor_facts *f)
{
	/* Names of the sysctls, which are not always those of /proc/PID/ns. */
	static const char *const names[NS__COUNT] = {
		[NS_USER] = "user", [NS_MOUNT] = "mnt", [NS_PID] = "pid", [NS_NET] = "net", [NS_IPC] = "ipc",
		[NS_UTS] = "uts", [NS_CGROUP] = "cgroup", [NS_TIME] = "time",
	};
	char path[128];

	for (size_t i = 0; i < NS__COUNT; i++) {
		fmt(path, sizeof(path), "/proc/self/ns/%s", ns_kinds[i].proc);
		if (exists(path))
			f->namespaces |= ns_kinds[i].flag;
		fmt(path, sizeof(path), "/proc/sys/user/max_%s_namespaces", names[i]);
		f->max_namespaces[i] = number_of(path);
	}
	f->max_user_namespaces = f->max_namespaces[NS_USER];
	f->unprivileged_userns_clone = number_of("/proc/sys/kernel/unprivileged_userns_clone");
	f->apparmor_restrict_userns = number_of("/proc/sys/kernel/apparmor_restrict_unprivileged_userns");
}

/*
 * Ubuntu lets anybody make a user namespace and takes the capabilities in it away: only a try tells.  A mount namespace
 * needs CAP_SYS_ADMIN in the user namespace that was made a moment before.
 */
static int try_user_namespace(void)
{
	struct k_clone_args args = { .flags = K_CLONE_NEWUSER | K_CLONE_PIDFD, .exit_signal = SIGCHLD };
	auto_close int pidfd = -EBADF;
	int status;
	pid_t pid;

	args.pidfd = (uintptr_t)&pidfd;
	pid = sys_clone3(&args);
	if (pid < 0)
		return (int)pid;
	if (pid == 0)
		_exit(-sys_unshare(K_CLONE_NEWNS));
	status = sys_pidfd_wait(pidfd);
	return status < 0 ? status : -status;
}

/* ---- cgroups ---- */

static int try_device_filter(struct arena *a)
{
	struct cg_device_policy policy;
	struct cg_filter filter;
	auto_close int fd = -EBADF;
	struct err e = { 0 };

	if (cg_device_merge(NULL, 0, a, &policy, &e) < 0 || cg_filter_make(&policy, a, &filter, &e) < 0)
		return e.code;
	fd = cg_filter_load(&filter, &e);
	return fd < 0 ? fd : 0;
}

static void look_at_cgroups(struct arena *a, struct doctor_facts *f)
{
	const struct cg_host *host = &f->cgroups;

	f->may_make_cgroups = host->n > 0;
	for (size_t i = 0; i < host->n; i++) {
		const struct cg_hierarchy *h = &host->h[i];
		/* Root starts at the mount; for everybody else what is delegated is the cgroup that they are in. */
		const char *dir = arena_fmt(a, "%s%s", h->mount_point, f->uid == 0 ? "" : h->own);

		if (!dir || sys_faccessat(AT_FDCWD, dir, W_OK) < 0)
			f->may_make_cgroups = false;
		f->cgroup_dir = dir;
		if (h->is_v2)
			f->device_filter_error = try_device_filter(a);
	}
}

/* ---- what else there may be ---- */

static uint64_t effective_capabilities(void)
{
	const char *line = strstr(sys_own_status(), "\nCapEff:");

	return line ? strtoull(line + strlen("\nCapEff:"), NULL, 16) : 0;
}

/* The first mount point below /proc: mount_too_revealing() of the kernel then refuses a new procfs to user namespaces. */
static const char *hidden_below_proc(struct arena *a)
{
	char *text = malloc(TEXT_MAX), *at = NULL;
	const char *found = NULL;

	if (text && sys_read_at(AT_FDCWD, "/proc/self/mountinfo", text, TEXT_MAX) >= 0)
		at = strstr(text, " /proc/");
	/* An automount point like binfmt_misc is a directory made to be mounted on, and hides nothing. */
	while (at && strncmp(at, " /proc/sys/fs/binfmt_misc ", 26) == 0)
		at = strstr(at + 1, " /proc/");
	if (at) {
		at[1 + strcspn(at + 1, " ")] = '\0';
		found = arena_str(a, at + 1);
	}
	free(text);
	return found;
}

static void look_at_systemd(struct arena *a, struct doctor_facts *f)
{
	const char *runtime_dir = getenv("XDG_RUNTIME_DIR");
	const char *user_bus = runtime_dir && *runtime_dir == '/' ? arena_fmt(a, "%s/bus", runtime_dir) : NULL;

	f->has_systemd = exists("/run/systemd/system");
	f->bus[DOCTOR_BUS_SYSTEM] = if_exists("/run/dbus/system_bus_socket", a);
	f->bus[DOCTOR_BUS_USER] = user_bus ? if_exists(user_bus, a) : NULL;
}

/* The nearest directory that exists has to let us make the rest. */
static int try_root(const char *root)
{
	char path[4096];
	size_t len = strlen(root);

	if (len >= sizeof(path))
		return -ENAMETOOLONG;
	fmt(path, sizeof(path), "%s", root);
	while (len > 1 && !exists(path)) {
		while (len > 1 && path[len - 1] != '/')
			len--;
		while (len > 1 && path[len - 1] == '/')
			len--;
		path[len] = '\0';
	}
	return sys_faccessat(AT_FDCWD, path, W_OK | X_OK);
}

int doctor_look(struct doctor_facts *f, struct arena *a, struct err *e)
{
	struct utsname names;

	f->release = uname(&names) == 0 ? arena_str(a, names.release) : "unknown";
	f->lacking_calls = lacking_calls();
	f->memfd_noexec = number_of("/proc/sys/vm/memfd_noexec");
	f->uid = geteuid();
	f->in_initial_userns = !sys_in_user_ns();
	f->capabilities = effective_capabilities();
	f->seccomp_actions = text_of("/proc/sys/kernel/seccomp/actions_avail", a);
	f->has_resctrl = exists("/sys/fs/resctrl/schemata");
	f->hides_proc = hidden_below_proc(a);
	f->criu = find_program("criu", a);
	f->root_error = try_root(f->root);
	f->userns_error = try_user_namespace();
	look_at_namespaces(f);
	look_for_helper("newuidmap", "/etc/subuid", f->uid, a, &f->newuidmap);
	look_for_helper("newgidmap", "/etc/subgid", f->uid, a, &f->newgidmap);
	look_at_cgroups(a, f);
	look_at_systemd(a, f);
	return f->release ? 0 : err_nomem(e);
}
