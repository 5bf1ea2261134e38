/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "doctor/doctor.h"
#include "libocispec/ocispec.h"
#include "tests/check.h"

#include <stdio.h>
#include <stdlib.h>

static _Alignas(16) char memory[1 << 20];
static struct arena arena = { .base = memory, .size = sizeof(memory) };

/* A host of root's where all is well. */
static struct doctor_facts healthy(void)
{
	static struct cg_hierarchy v2 = { .mount_point = "/sys/fs/cgroup", .root = "/", .own = "/", .name = "",
		.controllers = CG_BIT(CG_CPU) | CG_BIT(CG_CPUSET) | CG_BIT(CG_MEMORY) | CG_BIT(CG_IO) | CG_BIT(CG_PIDS) |
			       CG_BIT(CG_HUGETLB), .is_v2 = true };
	struct doctor_facts f = {
		.release = "6.1.0-42-amd64", .memfd_noexec = -1, .max_user_namespaces = 1000, .namespaces = UINT64_MAX,
		.in_initial_userns = true, .capabilities = UINT64_MAX,
		.cgroups = { .layout = CG_LAYOUT_V2, .h = &v2, .n = 1 }, .cgroup_dir = "/sys/fs/cgroup", .may_make_cgroups = true,
		.seccomp_actions = "kill allow", .has_apparmor = true, .has_selinux = true, .has_resctrl = true,
		.criu = "/usr/sbin/criu", .has_systemd = true, .bus = { "/run/dbus/system_bus_socket", "/run/user/1/bus" },
		.root = "/run/cist",
		.newuidmap = { "/usr/bin/newuidmap", true, 65536 }, .newgidmap = { "/usr/bin/newgidmap", true, 65536 },
	};

	for (size_t i = 0; i < NS__COUNT; i++)
		f.max_namespaces[i] = 1000;
	return f;
}

static const struct doctor_finding *find(const struct doctor_report *r, const char *name)
{
	for (size_t i = 0; i < r->n_findings; i++)
		if (strcmp(r->findings[i].name, name) == 0)
			return &r->findings[i];
	return NULL;
}

/* What is found under this name; "" when nothing is. */
static const char *level(const struct doctor_facts *f, const struct oci_config *c, const char *name,
			 const char *part_of_remedy)
{
	struct doctor_report r;
	struct err e = { 0 };
	const struct doctor_finding *found;

	arena.used = 0;
	if (!CHECK(doctor_judge(f, c, 0, &arena, &r, &e) == 0))
		return "";
	found = find(&r, name);
	if (part_of_remedy)
		CHECK(found && found->remedy && strstr(found->remedy, part_of_remedy));
	return found ? found->level : "";
}

static void test_healthy(void)
{
	struct doctor_facts f = healthy();
	struct doctor_report r;
	struct err e = { 0 };

	CASE("a host where all is well");
	arena.used = 0;
	CHECK(doctor_judge(&f, NULL, 0, &arena, &r, &e) == 0);
	CHECK(r.worst == DOCTOR_OK);
	for (size_t i = 0; i < r.n_findings; i++) {
		CHECK_STR(r.findings[i].level, "ok");
		CHECK(r.findings[i].remedy == NULL);
	}
	f.uid = 1000;
	f.capabilities = 0;
	CHECK(doctor_judge(&f, NULL, 0, &arena, &r, &e) == 0 && r.worst == DOCTOR_OK);
	CASE("what most hosts do without");
	f.has_apparmor = f.has_selinux = f.has_resctrl = f.has_systemd = false;
	f.criu = NULL;
	CHECK(doctor_judge(&f, NULL, 0, &arena, &r, &e) == 0 && r.worst == DOCTOR_ABSENT);
	CASE("a full arena is an error, not a good finding");
	arena.used = arena.size - 64;
	CHECK(doctor_judge(&f, NULL, 0, &arena, &r, &e) == -ENOMEM);
}

static void test_kernel(void)
{
	struct doctor_facts f = healthy();

	CASE("the release");
	f.release = "5.14.0";
	CHECK_STR(level(&f, NULL, "kernel", NULL), "ok");
	f.release = "5.13.19-generic";
	CHECK_STR(level(&f, NULL, "kernel", "5.14"), "fatal");
	f.release = "4.19";
	CHECK_STR(level(&f, NULL, "kernel", "5.14"), "fatal");
	f.release = "10.0";
	CHECK_STR(level(&f, NULL, "kernel", NULL), "ok");
	CASE("calls");
	f.lacking_calls = 1u << (DOCTOR_CALLS - 1);
	CHECK_STR(level(&f, NULL, "system calls", "filter"), "fatal");
	CASE("memory files");
	f.memfd_noexec = 1;
	CHECK_STR(level(&f, NULL, "memory files", NULL), "ok");
	f.memfd_noexec = 2;
	CHECK_STR(level(&f, NULL, "memory files", "vm.memfd_noexec=1"), "fatal");
	CASE("namespaces");
	f.max_namespaces[NS_PID] = 0;
	CHECK_STR(level(&f, NULL, "namespaces", "sysctls"), "lack");
	f.namespaces &= ~K_CLONE_NEWTIME;
	CHECK_STR(level(&f, NULL, "namespaces", "boot"), "lack");
}

static void test_users(void)
{
	struct doctor_facts f = healthy();

	CASE("user namespaces: root can do without");
	f.userns_error = -ENOSPC;
	f.max_user_namespaces = 0;
	CHECK_STR(level(&f, NULL, "user namespaces", "max_user_namespaces=65536"), "lack");
	f.uid = 1000;
	CHECK_STR(level(&f, NULL, "user namespaces", "max_user_namespaces=65536"), "fatal");
	CASE("what distributions invented");
	f.max_user_namespaces = 5;
	f.userns_error = -EPERM;
	f.unprivileged_userns_clone = 0;
	CHECK_STR(level(&f, NULL, "user namespaces", "unprivileged_userns_clone=1"), "fatal");
	f.unprivileged_userns_clone = 1;
	f.apparmor_restrict_userns = 1;
	CHECK_STR(level(&f, NULL, "user namespaces", "userns,"), "fatal");
	f.apparmor_restrict_userns = -1;
	CHECK_STR(level(&f, NULL, "user namespaces", "filter"), "fatal");
	CASE("a sysctl of theirs does not matter where it works");
	f.unprivileged_userns_clone = 0;
	f.userns_error = 0;
	CHECK_STR(level(&f, NULL, "user namespaces", NULL), "ok");
	CASE("helpers");
	f.newuidmap.ids = 0;
	CHECK_STR(level(&f, NULL, "newuidmap", "/etc/subuid"), "lack");
	f.newuidmap.is_privileged = false;
	CHECK_STR(level(&f, NULL, "newuidmap", "again"), "lack");
	f.newgidmap.path = NULL;
	CHECK_STR(level(&f, NULL, "newgidmap", "uidmap"), "lack");
	f.uid = 0;
	CHECK_STR(level(&f, NULL, "newgidmap", NULL), "ok");
	CASE("capabilities of root");
	f.capabilities &= ~(UINT64_C(1) << 24);
	CHECK_STR(level(&f, NULL, "capabilities", "give"), "lack");
	f.capabilities &= ~(UINT64_C(1) << 21);
	CHECK_STR(level(&f, NULL, "capabilities", "give"), "fatal");
}

static void test_host(void)
{
	struct doctor_facts f = healthy();
	struct cg_hierarchy v2 = f.cgroups.h[0];

	CASE("controllers");
	f.cgroups.h = &v2;
	v2.controllers &= ~CG_BIT(CG_MEMORY);
	CHECK_STR(level(&f, NULL, "controllers", "cgroup_enable=memory"), "lack");
	CASE("device filter");
	f.device_filter_error = -EPERM;
	CHECK_STR(level(&f, NULL, "device filter", "CAP_BPF"), "fatal");
	f.cgroups.layout = CG_LAYOUT_HYBRID;
	CHECK_STR(level(&f, NULL, "device filter", NULL), "ok");
	CASE("cgroups that cannot be made");
	f.may_make_cgroups = false;
	CHECK_STR(level(&f, NULL, "cgroups", "disabled"), "fatal");
	f.uid = 1000;
	CHECK_STR(level(&f, NULL, "cgroups", "Delegate"), "lack");
	f.cgroups = (struct cg_host){ .layout = CG_LAYOUT_NONE };
	CHECK_STR(level(&f, NULL, "cgroups", "mount"), "lack");
	CASE("the state directory");
	f.root_error = -EACCES;
	CHECK_STR(level(&f, NULL, "state directory", "XDG_RUNTIME_DIR"), "fatal");
	CASE("a masked /proc matters in a user namespace only");
	f.hides_proc = "/proc/kcore";
	CHECK_STR(level(&f, NULL, "procfs", NULL), "ok");
	f.in_initial_userns = false;
	CHECK_STR(level(&f, NULL, "procfs", "unmasked"), "lack");
	CASE("systemd, where it was asked for");
	f.has_systemd = false;
	CHECK_STR(level(&f, NULL, "systemd", NULL), "absent");
	f.wants_systemd = true;
	CHECK_STR(level(&f, NULL, "systemd", "cgroupfs"), "fatal");
}

static void test_bundle(void)
{
	static const char json[] =
		"{\"ociVersion\":\"1.3.0\",\"process\":{\"cwd\":\"/\",\"args\":[\"x\"],\"apparmorProfile\":\"p\"},"
		"\"linux\":{\"namespaces\":[{\"type\":\"pid\"}],\"resources\":{\"memory\":{\"limit\":1}}}}";
	struct oci_err oe;
	struct oci_doc *d = oci_doc_parse(json, sizeof(json) - 1, OCI_LENIENT, &oe);
	struct doctor_facts f = healthy();
	struct cg_hierarchy v2 = f.cgroups.h[0];

	if (!CHECK(d))
		return;
	CASE("what a bundle does not need is not judged");
	CHECK_STR(level(&f, d->config, "SELinux", NULL), "");
	CHECK_STR(level(&f, d->config, "user namespaces", NULL), "");
	CHECK_STR(level(&f, d->config, "systemd", NULL), "");
	f.max_namespaces[NS_NET] = 0;
	CHECK_STR(level(&f, d->config, "namespaces", NULL), "ok");
	CASE("a controller that it does not need");
	f.cgroups.h = &v2;
	v2.controllers = CG_BIT(CG_MEMORY);
	CHECK_STR(level(&f, d->config, "controllers", NULL), "ok");
	CASE("what it needs is fatal");
	v2.controllers = CG_BIT(CG_CPU);
	CHECK_STR(level(&f, d->config, "controllers", "boot"), "fatal");
	f.has_apparmor = false;
	CHECK_STR(level(&f, d->config, "AppArmor", "leave"), "fatal");
	CASE("what every container has is as it is for others");
	f.capabilities &= ~(UINT64_C(1) << 24);
	CHECK_STR(level(&f, d->config, "capabilities", NULL), "ok");
	f.capabilities &= ~(UINT64_C(1) << 27);
	CHECK_STR(level(&f, d->config, "capabilities", NULL), "lack");
	oci_doc_free(d);
}

static void test_write(void)
{
	struct doctor_finding room[2];
	struct doctor_report r = { .findings = room };
	struct err e = { 0 };
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	if (!CHECK(out))
		return;
	CASE("text and JSON");
	doctor_add(&r, DOCTOR_OK, "a", "fine", NULL);
	doctor_add(&r, DOCTOR_LACK, "long", "bad \"x\"", "mend");
	CHECK(r.worst == DOCTOR_LACK);
	CHECK(doctor_write(&r, false, out, &e) == 0);
	fflush(out);
	CHECK_STR(text, "ok      a     fine\nlack    long  bad \"x\"\n              -> mend\n");
	rewind(out);
	CHECK(doctor_write(&r, true, out, &e) == 0);
	fclose(out);
	CHECK(strstr(text, "\"worst\": \"lack\"") && strstr(text, "\"evidence\": \"bad \\\"x\\\"\""));
	free(text);
}

int main(void)
{
	test_healthy();
	test_kernel();
	test_users();
	test_host();
	test_bundle();
	test_write();
	return check_summary();
}
