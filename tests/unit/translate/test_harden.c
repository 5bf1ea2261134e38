/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What --harden adds, and what its filter says to system calls, by the program that it becomes. */
#include "tests/unit/seccomp/judge.h"
#include "tests/unit/translate/fixture.h"

#include "base/arr.h"
#include "seccomp/seccomp.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/socket.h>

enum { REFUSED = SECCOMP_RET_ERRNO | EPERM, UNKNOWN = SECCOMP_RET_ERRNO | ENOSYS, ALLOWED = SECCOMP_RET_ALLOW };

static void hardened(struct fixture *x, uint32_t uid)
{
	fixture_make(x);
	x->d.harden = true;
	x->in.uid = uid;
	CHECK(translate_process(&x->d) == 0);
	CHECK(translate_harden(&x->d) == 0);
	CHECK(x->findings.n == 0);
}

static uint32_t verdict(const struct seccomp_plan *p, const char *name, uint64_t first)
{
	struct call_data d = {
		.nr = (uint32_t)seccomp_syscall_resolve_name(name), .arch = seccomp_arch_native(), .args = { first },
	};
	size_t steps;

	return bpf_run(p->filter, p->n, &d, &steps);
}

static void soft(void)
{
	auto_fixture struct fixture x;
	const struct oci_linux *l;

	CASE("nothing of it where nobody asks");
	fixture_make(&x);
	CHECK(translate_process(&x.d) == 0);
	CHECK(translate_harden(&x.d) == 0);
	l = x.plan.config.linux;
	CHECK(!l->seccomp && l->n_masked_paths == 0 && l->n_readonly_paths == 0);
	CHECK(!x.plan.config.process->no_new_privileges);
}

static void paths(void)
{
	auto_fixture struct fixture x;
	const struct oci_linux *l;

	CASE("masks, read-only paths, no new privileges");
	hardened(&x, 1);
	l = x.plan.config.linux;
	CHECK(fixture_has(l->masked_paths, l->n_masked_paths, "/proc/kcore"));
	CHECK(fixture_has(l->masked_paths, l->n_masked_paths, "/sys/firmware"));
	CHECK(fixture_has(l->readonly_paths, l->n_readonly_paths, "/proc/sys"));
	CHECK(x.plan.config.process->no_new_privileges);
}

static void user(void)
{
	static const struct {
		const char *name;
		uint64_t first;
		uint32_t verdict;
	} rows[] = {
		{ "read", 0, ALLOWED }, { "execve", 0, ALLOWED }, { "futex", 0, ALLOWED }, { "chown", 0, ALLOWED },
		{ "socket", AF_INET, ALLOWED }, { "socket", AF_UNIX, ALLOWED }, { "socket", AF_VSOCK, REFUSED },
		{ "clone", CLONE_VM | CLONE_THREAD, ALLOWED }, { "clone", CLONE_NEWUSER, REFUSED },
		{ "clone", CLONE_NEWNET | CLONE_VM, REFUSED }, { "clone3", 0, UNKNOWN },
		{ "personality", 0, ALLOWED }, { "personality", 0xffffffff, ALLOWED }, { "personality", 0x0400000, REFUSED },
		{ "mount", 0, REFUSED }, { "unshare", 0, REFUSED }, { "setns", 0, REFUSED }, { "bpf", 0, REFUSED },
		{ "keyctl", 0, REFUSED }, { "add_key", 0, REFUSED }, { "io_uring_setup", 0, REFUSED },
		{ "userfaultfd", 0, REFUSED }, { "init_module", 0, REFUSED }, { "kexec_load", 0, REFUSED },
		{ "reboot", 0, REFUSED }, { "open_by_handle_at", 0, REFUSED }, { "perf_event_open", 0, REFUSED },
		{ "settimeofday", 0, REFUSED }, { "swapon", 0, REFUSED }, { "chroot", 0, REFUSED }, { "syslog", 0, REFUSED },
	};
	auto_fixture struct fixture x;
	struct seccomp_plan p;

	CASE("the filter of a user");
	hardened(&x, 1);
	CHECK(seccomp_check(x.plan.config.linux->seccomp, &x.e) == 0);
	if (!CHECK(seccomp_compile(x.plan.config.linux->seccomp, &x.arena, &p, &x.e) == 0))
		return;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CASE(rows[i].name);
		CHECK(verdict(&p, rows[i].name, rows[i].first) == rows[i].verdict);
	}
}

static void root(void)
{
	static const char *const allowed[] = { "mount", "unshare", "clone3", "bpf", "chroot", "reboot", "settimeofday" };
	static const char *const refused[] = { "keyctl", "io_uring_setup", "userfaultfd", "kexec_load", "swapon" };
	auto_fixture struct fixture x;
	struct seccomp_plan p;

	CASE("the filter of root");
	hardened(&x, 0);
	if (!CHECK(seccomp_compile(x.plan.config.linux->seccomp, &x.arena, &p, &x.e) == 0))
		return;
	for (size_t i = 0; i < ARRAY_LEN(allowed); i++)
		CHECK(verdict(&p, allowed[i], 0) == ALLOWED);
	CHECK(verdict(&p, "clone", CLONE_NEWNS) == ALLOWED);
	for (size_t i = 0; i < ARRAY_LEN(refused); i++)
		CHECK(verdict(&p, refused[i], 0) == REFUSED);
}

/* As runc has its programs made. */
static void by_libseccomp(void)
{
	static struct k_sock_filter out[1 << 16];
	auto_fixture struct fixture x;

	CASE("libseccomp takes the profile too");
	hardened(&x, 1);
	CHECK(judge_compile(x.plan.config.linux->seccomp, out, ARRAY_LEN(out)) > 0);
}

/* A name that libseccomp does not know is one of a newer kernel, not a misspelt one. */
static void spelling(void)
{
	static const char *const newer[] = {
		"cachestat", "fchmodat2", "file_getattr", "file_setattr", "futex_requeue", "futex_wait", "futex_wake", "getxattrat",
		"listmount", "listxattrat", "lsm_get_self_attr", "lsm_list_modules", "map_shadow_stack", "mseal", "quotactl_fd",
		"removexattrat", "riscv_hwprobe", "set_mempolicy_home_node", "setxattrat", "statmount",
	};
	auto_fixture struct fixture x;
	struct seccomp_plan p;

	CASE("names");
	hardened(&x, 0);
	if (!CHECK(seccomp_compile(x.plan.config.linux->seccomp, &x.arena, &p, &x.e) == 0))
		return;
	for (uint32_t i = 0; i < p.n_unknown; i++)
		if (!CHECK(fixture_has(newer, ARRAY_LEN(newer), p.unknown[i])))
			printf("  %s\n", p.unknown[i]);
}

int main(void)
{
	soft();
	paths();
	user();
	root();
	by_libseccomp();
	spelling();
	return check_summary();
}
