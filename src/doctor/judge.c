/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The deciding half: one row per thing to be judged; facts and a configuration in, a finding out. */
#include "base/arr.h"
#include "doctor/doctor.h"
#include "libocispec/oci_config.h"

#include <stdlib.h>
#include <string.h>

struct verdict {
	const struct doctor_facts *f;
	const struct oci_config *c;	/* NULL: every container that there may be */
	struct arena *a;
	enum doctor_level level;
	const char *evidence;
	const char *remedy;
};

static void say(struct verdict *v, enum doctor_level level, const char *evidence, const char *remedy)
{
	v->level = level;
	v->evidence = evidence;
	v->remedy = remedy;
}

/* " a, b" or so, as a list grows; NULL stays NULL when the arena is full. */
static const char *listed(struct arena *a, const char *list, const char *word)
{
	return !list ? NULL : *list ? arena_fmt(a, "%s, %s", list, word) : arena_str(a, word);
}

/* ---- who needs what ---- */

static bool wants_namespace(const struct oci_config *c, enum ns_kind kind)
{
	return oci_namespace(c, ns_kinds[kind].oci) != NULL;
}

static bool wants_user_namespace(const struct oci_config *c)
{
	return wants_namespace(c, NS_USER);
}

static bool wants_own_pids(const struct oci_config *c)
{
	return wants_namespace(c, NS_PID);
}

static bool wants_limits(const struct oci_config *c)
{
	return c->linux && c->linux->resources;
}

static bool wants_seccomp(const struct oci_config *c)
{
	return c->linux && c->linux->seccomp;
}

static bool wants_apparmor(const struct oci_config *c)
{
	const char *profile = c->process ? c->process->apparmor_profile : NULL;

	return profile && *profile && strcmp(profile, "unconfined") != 0;
}

static bool wants_selinux(const struct oci_config *c)
{
	return (c->process && c->process->selinux_label && *c->process->selinux_label) ||
	       (c->linux && c->linux->mount_label && *c->linux->mount_label);
}

static bool wants_rdt(const struct oci_config *c)
{
	return c->linux && c->linux->intel_rdt;
}

static bool wants_raised_limits(const struct oci_config *c)
{
	return c->process && (c->process->n_rlimits > 0 || c->process->has_oom_score_adj);
}

static bool wants_priority(const struct oci_config *c)
{
	return c->process && (c->process->scheduler || c->process->io_priority);
}

static bool wants_own_network(const struct oci_config *c)
{
	return wants_namespace(c, NS_NET);
}

static bool joins_namespaces(const struct oci_config *c)
{
	for (size_t i = 0; c->linux && i < c->linux->n_namespaces; i++)
		if (c->linux->namespaces[i].path)
			return true;
	return false;
}

static bool nobody(const struct oci_config *c)
{
	(void)c;
	return false;
}

/* ---- the kernel ---- */

static void judge_kernel(struct verdict *v)
{
	char *end;
	unsigned long major = strtoul(v->f->release, &end, 10);
	unsigned long minor = *end == '.' ? strtoul(end + 1, NULL, 10) : 0;

	say(v, DOCTOR_OK, arena_fmt(v->a, "Linux %s", v->f->release), NULL);
	if (major < 5 || (major == 5 && minor < 14))
		say(v, DOCTOR_FATAL, v->evidence, "boot Linux 5.14 or newer");
}

static void judge_calls(struct verdict *v)
{
	const char *list = "";

	for (size_t i = 0; i < DOCTOR_CALLS; i++)
		if (v->f->lacking_calls & (UINT32_C(1) << i))
			list = listed(v->a, list, doctor_calls[i].name);
	if (list && !*list)
		say(v, DOCTOR_OK, arena_fmt(v->a, "all of the %u that cist needs", DOCTOR_CALLS), NULL);
	else
		say(v, DOCTOR_FATAL, arena_fmt(v->a, "missing: %s", list),
		    "allow them in the system call filter that this process runs under, or boot a newer kernel");
}

/* memfd_create(2): with 2 no memory file can be executed, and that is what cist-init is. */
static void judge_memfd(struct verdict *v)
{
	if (v->f->memfd_noexec >= 2)
		say(v, DOCTOR_FATAL, arena_fmt(v->a, "vm.memfd_noexec is %ld: memory files cannot be executed",
					       (long)v->f->memfd_noexec), "sysctl vm.memfd_noexec=1");
	else
		say(v, DOCTOR_OK, "memory files can be executed", NULL);
}

static void judge_namespaces(struct verdict *v)
{
	const char *missing = "", *none = "";

	for (size_t i = 0; i < NS__COUNT; i++) {
		if (v->c && !wants_namespace(v->c, (enum ns_kind)i))
			continue;
		if (!(v->f->namespaces & ns_kinds[i].flag))
			missing = listed(v->a, missing, ns_kinds[i].oci);
		else if (i != NS_USER && v->f->max_namespaces[i] == 0)
			none = listed(v->a, none, ns_kinds[i].oci);
	}
	if (!missing || !none)
		say(v, DOCTOR_LACK, NULL, NULL);
	else if (*missing)
		say(v, DOCTOR_LACK, arena_fmt(v->a, "the kernel has none of type %s", missing),
		    "boot a kernel that is configured with them (CONFIG_…_NS)");
	else if (*none)
		say(v, DOCTOR_LACK, arena_fmt(v->a, "user.max_*_namespaces is 0 for %s", none),
		    "raise these sysctls");
	else
		say(v, DOCTOR_OK, v->c ? "all kinds that are asked for" : "all eight kinds", NULL);
}

/* ---- users ---- */

/* Nobody but root gets anywhere without one. */
static enum doctor_level without_userns(const struct verdict *v)
{
	return v->f->uid == 0 ? DOCTOR_LACK : DOCTOR_FATAL;
}

static void judge_user_namespaces(struct verdict *v)
{
	const struct doctor_facts *f = v->f;
	char meaning[64];

	if (f->userns_error == 0)
		say(v, DOCTOR_OK, "one was made, and has capabilities in it", NULL);
	else if (f->max_user_namespaces == 0)
		say(v, without_userns(v), "user.max_user_namespaces is 0", "sysctl user.max_user_namespaces=65536");
	else if (f->uid != 0 && f->unprivileged_userns_clone == 0)
		say(v, DOCTOR_FATAL, "kernel.unprivileged_userns_clone is 0: only root makes user namespaces",
		    "sysctl kernel.unprivileged_userns_clone=1");
	else if (f->uid != 0 && f->apparmor_restrict_userns > 0)
		say(v, DOCTOR_FATAL,
		    "kernel.apparmor_restrict_unprivileged_userns is 1: what an unconfined program makes is without rights",
		    "load an AppArmor profile for cist that has the rule \"userns,\", or "
		    "sysctl kernel.apparmor_restrict_unprivileged_userns=0");
	else
		say(v, without_userns(v), arena_fmt(v->a, "none could be made: %s", err_meaning(f->userns_error, meaning)),
		    "look for a system call filter or a security module that forbids them to this process");
}

static void judge_id_helper(struct verdict *v, const struct doctor_id_helper *h, const char *name, const char *file)
{
	if (v->f->uid == 0)
		say(v, DOCTOR_OK, "root maps ids itself", NULL);
	else if (!h->path)
		say(v, DOCTOR_LACK, arena_fmt(v->a, "%s is not installed: only one id can be mapped", name),
		    "install it (package uidmap or shadow-utils)");
	else if (!h->is_privileged)
		say(v, DOCTOR_LACK, arena_fmt(v->a, "%s is neither set-user-id root nor has it file capabilities", h->path),
		    "install it again from its package");
	else if (h->ids == 0)
		say(v, DOCTOR_LACK, arena_fmt(v->a, "%s grants this user no ids", file),
		    arena_fmt(v->a, "add a line USER:100000:65536 to %s", file));
	else
		say(v, DOCTOR_OK, arena_fmt(v->a, "%s, and %s grants %lu ids", h->path, file, (unsigned long)h->ids), NULL);
}

static void judge_newuidmap(struct verdict *v)
{
	judge_id_helper(v, &v->f->newuidmap, "newuidmap", "/etc/subuid");
}

static void judge_newgidmap(struct verdict *v)
{
	judge_id_helper(v, &v->f->newgidmap, "newgidmap", "/etc/subgid");
}

/* Of root: what each is for, and so what fails without it. */
static const struct capability {
	uint32_t bit;
	const char *name;
	const char *without;
	enum doctor_level level;
	bool (*needed_by)(const struct oci_config *c);	/* NULL: by every container */
} capabilities[] = {
	{ 21, "CAP_SYS_ADMIN",	  "no namespace and no mount can be made", DOCTOR_FATAL, NULL },
	{ 7,  "CAP_SETUID",	  "no user can be switched to", DOCTOR_FATAL, NULL },
	{ 6,  "CAP_SETGID",	  "no group can be switched to", DOCTOR_FATAL, NULL },
	{ 8,  "CAP_SETPCAP",	  "capabilities cannot be taken away", DOCTOR_FATAL, NULL },
	{ 5,  "CAP_KILL",	  "containers of other users cannot be signalled", DOCTOR_LACK, NULL },
	{ 0,  "CAP_CHOWN",	  "files cannot be given to the users of a container", DOCTOR_LACK, NULL },
	{ 1,  "CAP_DAC_OVERRIDE", "files of other users cannot be reached", DOCTOR_LACK, NULL },
	{ 12, "CAP_NET_ADMIN",	  "no network device can be configured", DOCTOR_LACK, wants_own_network },
	{ 27, "CAP_MKNOD",	  "devices cannot be made", DOCTOR_LACK, NULL },
	{ 19, "CAP_SYS_PTRACE",	  "namespaces of processes of other users cannot be joined", DOCTOR_LACK, joins_namespaces },
	{ 23, "CAP_SYS_NICE",	  "schedulers and priorities cannot be raised", DOCTOR_LACK, wants_priority },
	{ 24, "CAP_SYS_RESOURCE", "hard limits (process.rlimits) cannot be raised, nor process.oomScoreAdj lowered",
	  DOCTOR_LACK, wants_raised_limits },
};

static void judge_capabilities(struct verdict *v)
{
	const char *list = "";
	enum doctor_level worst = DOCTOR_OK;

	if (v->f->uid != 0) {
		say(v, DOCTOR_OK, "an ordinary user has those of the user namespace that is made", NULL);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(capabilities); i++) {
		const struct capability *c = &capabilities[i];

		if ((v->f->capabilities & (UINT64_C(1) << c->bit)) || (v->c && c->needed_by && !c->needed_by(v->c)))
			continue;
		list = listed(v->a, list, c->name);
		if (list)
			list = arena_fmt(v->a, "%s (%s)", list, c->without);
		worst = c->level > worst ? c->level : worst;
	}
	if (worst == DOCTOR_OK)
		say(v, DOCTOR_OK, "root has all that cist uses", NULL);
	else
		say(v, worst, arena_fmt(v->a, "missing: %s", list), "give them to the process that starts cist");
}

/* ---- control groups ---- */

static const char *const layouts[] = {
	[CG_LAYOUT_NONE] = "none", [CG_LAYOUT_V1] = "v1", [CG_LAYOUT_HYBRID] = "v1 with v2 beside", [CG_LAYOUT_V2] = "v2",
};

static void judge_cgroups(struct verdict *v)
{
	const struct doctor_facts *f = v->f;

	if (f->cgroups.layout == CG_LAYOUT_NONE)
		say(v, DOCTOR_LACK, "no cgroup file system is mounted", "mount -t cgroup2 cgroup2 /sys/fs/cgroup");
	else if (!f->may_make_cgroups && f->uid == 0)
		say(v, DOCTOR_FATAL, arena_fmt(v->a, "%s, and %s cannot be written", layouts[f->cgroups.layout], f->cgroup_dir),
		    "mount the cgroup file system read-write, or use --cgroup-manager=disabled");
	else if (!f->may_make_cgroups)
		say(v, DOCTOR_LACK, arena_fmt(v->a, "%s, and %s is not delegated to this user", layouts[f->cgroups.layout],
					      f->cgroup_dir),
		    "start cist from a unit with Delegate=yes, or use --systemd-cgroup with the user's systemd");
	else
		say(v, DOCTOR_OK, layouts[f->cgroups.layout], NULL);
}

/* The controllers that members of linux.resources need. */
static const struct controller {
	uint32_t bits;		/* one of them suffices */
	const char *name;
	const char *remedy;
} controllers[] = {
	{ CG_BIT(CG_CPU), "cpu", NULL },
	{ CG_BIT(CG_CPUSET), "cpuset", NULL },
	{ CG_BIT(CG_MEMORY), "memory", "boot with cgroup_enable=memory" },
	{ CG_BIT(CG_IO), "io", NULL },
	{ CG_BIT(CG_PIDS), "pids", NULL },
	{ CG_BIT(CG_HUGETLB), "hugetlb", NULL },
};

static uint32_t controllers_of(const struct oci_resources *r)
{
	return (r->cpu ? CG_BIT(CG_CPU) : 0) | (r->cpu && (r->cpu->cpus || r->cpu->mems) ? CG_BIT(CG_CPUSET) : 0) |
	       (r->memory ? CG_BIT(CG_MEMORY) : 0) | (r->block_io ? CG_BIT(CG_IO) : 0) |
	       (r->pids ? CG_BIT(CG_PIDS) : 0) | (r->n_hugepage_limits > 0 ? CG_BIT(CG_HUGETLB) : 0);
}

static void judge_controllers(struct verdict *v)
{
	uint32_t wanted = v->c ? controllers_of(v->c->linux->resources) : UINT32_MAX, there = 0;
	const char *has = "", *lacks = "";
	const char *remedy = "mount their hierarchy, or enable them in cgroup.subtree_control of the cgroups above";

	for (size_t i = 0; i < v->f->cgroups.n; i++)
		there |= v->f->cgroups.h[i].controllers;
	for (size_t i = 0; i < ARRAY_LEN(controllers); i++) {
		const struct controller *c = &controllers[i];

		if (!(c->bits & wanted))
			continue;
		if (c->bits & there) {
			has = listed(v->a, has, c->name);
			continue;
		}
		lacks = listed(v->a, lacks, c->name);
		remedy = c->remedy ? c->remedy : remedy;
	}
	if (lacks && *lacks)
		say(v, DOCTOR_LACK, arena_fmt(v->a, "missing: %s", lacks), remedy);
	else
		say(v, DOCTOR_OK, has && !*has ? "none is asked for" : has, NULL);
}

static void judge_device_filter(struct verdict *v)
{
	char meaning[64];

	if (v->f->cgroups.layout == CG_LAYOUT_V1 || v->f->cgroups.layout == CG_LAYOUT_HYBRID)
		say(v, DOCTOR_OK, "cgroup v1 has a controller for that", NULL);
	else if (v->f->device_filter_error == 0)
		say(v, DOCTOR_OK, "the kernel takes a program of type cgroup_device", NULL);
	else
		say(v, v->f->uid == 0 ? DOCTOR_FATAL : DOCTOR_ABSENT,
		    arena_fmt(v->a, "bpf(2) refuses a device filter: %s", err_meaning(v->f->device_filter_error, meaning)),
		    v->f->uid == 0 ? "give the caller CAP_BPF or CAP_SYS_ADMIN, and the kernel CONFIG_CGROUP_BPF" : NULL);
}

/* ---- filters and labels ---- */

static void judge_seccomp(struct verdict *v)
{
	if (!v->f->seccomp_actions)
		say(v, DOCTOR_LACK, "the kernel has no system call filters", "boot a kernel with CONFIG_SECCOMP_FILTER");
	else
		say(v, DOCTOR_OK, arena_fmt(v->a, "actions: %s", v->f->seccomp_actions), NULL);
}

static void judge_apparmor(struct verdict *v)
{
	if (v->f->has_apparmor)
		say(v, DOCTOR_OK, "enabled", NULL);
	else
		say(v, DOCTOR_ABSENT, "not enabled: process.apparmorProfile will be refused",
		    v->c ? "boot with lsm=…,apparmor, or leave process.apparmorProfile out" : NULL);
}

static void judge_selinux(struct verdict *v)
{
	if (v->f->has_selinux)
		say(v, DOCTOR_OK, "enabled", NULL);
	else
		say(v, DOCTOR_ABSENT, "not enabled: process.selinuxLabel and linux.mountLabel will be refused",
		    v->c ? "boot with lsm=…,selinux, or leave the labels out" : NULL);
}

static void judge_rdt(struct verdict *v)
{
	if (v->f->has_resctrl)
		say(v, DOCTOR_OK, "mounted on /sys/fs/resctrl", NULL);
	else
		say(v, DOCTOR_ABSENT, "no resctrl file system: linux.intelRdt will be refused",
		    v->c ? "mount -t resctrl resctrl /sys/fs/resctrl, where the processor has it" : NULL);
}

/* ---- the rest of the host ---- */

static void judge_procfs(struct verdict *v)
{
	if (v->f->in_initial_userns || !v->f->hides_proc)
		say(v, DOCTOR_OK, "a new one can be mounted", NULL);
	else
		say(v, DOCTOR_LACK,
		    arena_fmt(v->a, "%s is mounted over: the kernel lets no user namespace mount a procfs that would show more",
			      v->f->hides_proc), "run the outer container with an unmasked /proc");
}

static void judge_root(struct verdict *v)
{
	char meaning[64];

	if (v->f->root_error == 0)
		say(v, DOCTOR_OK, arena_str(v->a, v->f->root), NULL);
	else
		say(v, DOCTOR_FATAL, arena_fmt(v->a, "%s cannot be written: %s", v->f->root,
					       err_meaning(v->f->root_error, meaning)),
		    v->f->uid == 0 ? "name another one with --root" :
		    "set XDG_RUNTIME_DIR to a directory of the caller, or name one with --root");
}

/* sd_booted(3), and the bus that cist-systemd would talk to. */
static void judge_systemd(struct verdict *v)
{
	const char *bus = v->f->bus[v->f->uid == 0 ? DOCTOR_BUS_SYSTEM : DOCTOR_BUS_USER];

	if (v->f->has_systemd && bus)
		say(v, DOCTOR_OK, arena_fmt(v->a, "bus at %s", bus), NULL);
	else
		say(v, v->f->wants_systemd ? DOCTOR_FATAL : DOCTOR_ABSENT,
		    v->f->has_systemd ? "systemd runs, and its bus is not there: --systemd-cgroup will fail" :
		    "systemd is not the init of this host: --systemd-cgroup will fail",
		    v->f->wants_systemd ? "install dbus and log in anew, or use --cgroup-manager=cgroupfs" : NULL);
}

static void judge_criu(struct verdict *v)
{
	if (v->f->criu)
		say(v, DOCTOR_OK, v->f->criu, NULL);
	else
		say(v, DOCTOR_ABSENT, "not installed: no checkpoints", NULL);
}

static const struct check {
	const char *name;
	bool (*needed_by)(const struct oci_config *c);	/* NULL: by every container */
	void (*judge)(struct verdict *v);
} checks[] = {
	{ "kernel",		NULL,			judge_kernel },
	{ "system calls",	NULL,			judge_calls },
	{ "memory files",	NULL,			judge_memfd },
	{ "state directory",	NULL,			judge_root },
	{ "capabilities",	NULL,			judge_capabilities },
	{ "namespaces",		NULL,			judge_namespaces },
	{ "user namespaces",	wants_user_namespace,	judge_user_namespaces },
	{ "newuidmap",		wants_user_namespace,	judge_newuidmap },
	{ "newgidmap",		wants_user_namespace,	judge_newgidmap },
	{ "procfs",		wants_own_pids,		judge_procfs },
	{ "cgroups",		NULL,			judge_cgroups },
	{ "controllers",	wants_limits,		judge_controllers },
	{ "device filter",	NULL,			judge_device_filter },
	{ "systemd",		nobody,			judge_systemd },
	{ "seccomp",		wants_seccomp,		judge_seccomp },
	{ "AppArmor",		wants_apparmor,		judge_apparmor },
	{ "SELinux",		wants_selinux,		judge_selinux },
	{ "resctrl",		wants_rdt,		judge_rdt },
	{ "CRIU",		nobody,			judge_criu },
};

static bool is_needed(const struct check *k, const struct doctor_facts *f, const struct oci_config *c)
{
	return !k->needed_by || !c || k->needed_by(c) || (k->judge == judge_systemd && f->wants_systemd);
}

int doctor_judge(const struct doctor_facts *f, const struct oci_config *c, size_t extra, struct arena *a,
		 struct doctor_report *ret_report, struct err *e)
{
	struct doctor_report r = { .findings = ARENA_ARRAY(a, ARRAY_LEN(checks) + extra, struct doctor_finding) };

	if (!r.findings)
		return err_nomem(e);
	for (size_t i = 0; i < ARRAY_LEN(checks); i++) {
		struct verdict v = { .f = f, .c = c, .a = a };

		if (!is_needed(&checks[i], f, c))
			continue;
		checks[i].judge(&v);
		if (!v.evidence)
			return err_nomem(e);
		/* What this bundle asks for it cannot do without; what every container has it can, as others do. */
		if (c && checks[i].needed_by && v.level > DOCTOR_OK)
			v.level = DOCTOR_FATAL;
		doctor_add(&r, v.level, checks[i].name, v.evidence, v.remedy);
	}
	*ret_report = r;
	return 0;
}
