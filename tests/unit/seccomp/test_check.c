/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Profiles that are refused, with the place that the sentence names; names; and a filter in a real process. */
#include "judge.h"
#include "tests/check.h"
#include "base/arena.h"
#include "base/arr.h"
#include "base/explain.h"
#include "seccomp/seccomp.h"
#include "seccomp/table.h"
#include "sys/process.h"

#include <errno.h>
#include <seccomp.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static _Alignas(16) char memory[1 << 20];

static struct arena fresh_arena(void)
{
	memset(memory, 0, sizeof(memory));
	return (struct arena){ memory, sizeof(memory), 0 };
}

static const struct {
	const char *profile;
	int rc;
	const char *says;
} refused[] = {
	{ "default SCMP_ACT_WHATEVER\n", -EINVAL, "linux.seccomp.defaultAction: unknown action 'SCMP_ACT_WHATEVER'" },
	{ "default scmp_act_allow\n", -EINVAL, "linux.seccomp.defaultAction: unknown action 'scmp_act_allow'" },
	{ "rule SCMP_ACT_ALLOW read\n", -EINVAL, "linux.seccomp.defaultAction: unknown action ''" },
	{ "default SCMP_ACT_NOTIFY\n", -EINVAL, "linux.seccomp.defaultAction: SCMP_ACT_NOTIFY cannot be the default" },
	{ "default SCMP_ACT_ALLOW 1\n", -EINVAL, "linux.seccomp.defaultErrnoRet: SCMP_ACT_ALLOW takes no errno" },
	{ "default SCMP_ACT_ERRNO 4096\n", -EINVAL, "linux.seccomp.defaultErrnoRet: 4096 is above 4095" },
	{ "default SCMP_ACT_ALLOW\nrule SCMP_ACT_KILL=3 read\n", -EINVAL,
	  "linux.seccomp.syscalls[0].errnoRet: SCMP_ACT_KILL takes no errno" },
	{ "default SCMP_ACT_ALLOW\nrule SCMP_ACT_TRACE=65536 read\n", -EINVAL,
	  "linux.seccomp.syscalls[0].errnoRet: 65536 is above 65535" },
	{ "default SCMP_ACT_ALLOW\nrule SCMP_ACT_KILL\n", -EINVAL, "linux.seccomp.syscalls[0].names: it is empty" },
	{ "default SCMP_ACT_ALLOW\narch SCMP_ARCH_X86_64 SCMP_ARCH_VAX\n", -EINVAL,
	  "linux.seccomp.architectures[1]: unknown architecture 'SCMP_ARCH_VAX'" },
	{ "default SCMP_ACT_ALLOW\nflag SECCOMP_FILTER_FLAG_LOG SECCOMP_FILTER_FLAG_NEW_LISTENER\n", -EINVAL,
	  "linux.seccomp.flags[1]: unknown flag 'SECCOMP_FILTER_FLAG_NEW_LISTENER'" },
	{ "default SCMP_ACT_ALLOW\nrule SCMP_ACT_KILL read if 0 SCMP_CMP_EQ 1 6 SCMP_CMP_EQ 1\n", -EINVAL,
	  "linux.seccomp.syscalls[0].args[1].index: 6 is above 5" },
	{ "default SCMP_ACT_ALLOW\nrule SCMP_ACT_KILL read if 0 SCMP_CMP_LIKE 1\n", -EINVAL,
	  "linux.seccomp.syscalls[0].args[0].op: unknown operator 'SCMP_CMP_LIKE'" },
};

static void refused_profiles(void)
{
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		struct oci_seccomp *s = profile_parse(refused[i].profile);
		struct arena a = fresh_arena();
		struct seccomp_plan plan;
		struct err e = { 0 };

		CASE(refused[i].says);
		CHECK(seccomp_check(s, &e) == refused[i].rc);
		CHECK_STR(e.text, refused[i].says);
		CHECK(seccomp_compile(s, &a, &plan, &e) == refused[i].rc);
	}
}

static void no_profile(void)
{
	struct seccomp_plan plan = { .wanted = true };
	struct err e = { 0 };

	CASE("no profile");
	CHECK(seccomp_check(NULL, &e) == 0);
	CHECK(seccomp_compile(NULL, NULL, &plan, &e) == 0);
	CHECK(!plan.wanted);
	CHECK(seccomp_install(&plan, &e) == 0);
}

/* Five thousand values of one argument need more instructions than the kernel takes; a thousand need long jumps. */
static void long_filters(void)
{
	static struct oci_syscall_arg args[5000];
	struct err e = { 0 };
	struct seccomp_plan plan = { 0 };

	CASE("long filters");
	for (int n = 1000; n <= 5000; n += 4000) {
		struct oci_seccomp *s;
		struct arena a = fresh_arena();
		size_t steps = 0, wrong = 0;

		s = profile_parse("default SCMP_ACT_ERRNO\nrule SCMP_ACT_ALLOW ioctl\n");
		for (int i = 0; i < n; i++)
			args[i] = (struct oci_syscall_arg){ .index = 1, .value = (uint64_t)i * 3, .op = "SCMP_CMP_EQ" };
		s->syscalls[0].args = args;
		s->syscalls[0].n_args = (size_t)n;
		if (n == 5000) {
			CHECK(seccomp_compile(s, &a, &plan, &e) == -E2BIG);
			continue;
		}
		CHECK(seccomp_compile(s, &a, &plan, &e) == 0);
		for (int i = 0; i < 3 * n; i++) {
			struct call_data d = { .nr = (uint32_t)seccomp_syscall_resolve_name("ioctl"), .arch = arch_native()->audit,
					       .args = { 0, (uint64_t)i } };

			wrong += bpf_run(plan.filter, plan.n, &d, &steps) != (i % 3 == 0 ? ACTION_ALLOW : ACTION_ERRNO | EPERM);
		}
		CHECK(wrong == 0);
	}
}

static void names(void)
{
	char version[32];

	CASE("names are in order and found again");
	for (enum seccomp_table t = SECCOMP_ACTIONS; t <= SECCOMP_FLAGS; t++) {
		size_t i = 0;

		for (; seccomp_name(t, i); i++)
			if (i > 0)
				CHECK(strcmp(seccomp_name(t, i - 1), seccomp_name(t, i)) < 0);
		CHECK(i >= 4);
	}
	for (size_t i = 0; seccomp_name(SECCOMP_ACTIONS, i); i++)
		CHECK(action_find(seccomp_name(SECCOMP_ACTIONS, i)) != NULL);
	CHECK(arch_native() != NULL);
	seccomp_library_version(version, sizeof(version));
	CHECK(strchr(version, '.') != NULL);
}

/* The table of numbers against libseccomp, which may be older and not know a name. */
static void numbers(void)
{
	static const char *const arches[] = { "SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32", "SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM",
					      "SCMP_ARCH_RISCV64" };
	size_t n = 0;

	CASE("numbers");
	for (; number_name(n); n++) {
		const char *name = number_name(n);

		if (n > 0)
			CHECK(strcmp(number_name(n - 1), name) < 0);
		for (size_t i = 0; i < ARRAY_LEN(arches); i++) {
			const struct arch_row *a = arch_find(arches[i]);
			int theirs = seccomp_syscall_resolve_name_arch(a->token, name), ours = number_of(number_find(name), name, a);
			struct mux_call mux;

			/* Below zero only the numbers of multiplexed calls have a meaning, and only where calls are multiplexed. */
			if (theirs != __NR_SCMP_ERROR && (theirs >= 0 || ours >= 0 || mux_find(a, theirs, &mux)))
				if (!CHECK(ours == theirs))
					printf("  %s on %s: %d, libseccomp says %d\n", name, arches[i], ours, theirs);
		}
	}
	CHECK(n > 400);
	CHECK(number_find("no_such_call") == NULL && number_find("") == NULL);
}

/* In a child, without privilege: no_new_privs, then the filter. */
static void real_filter(void)
{
	struct oci_seccomp *s = profile_parse(
		"default SCMP_ACT_ALLOW\nflag SECCOMP_FILTER_FLAG_LOG SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV\n"
		"rule SCMP_ACT_ERRNO=77 getpriority if 1 SCMP_CMP_EQ 4242\nrule SCMP_ACT_KILL_PROCESS no_such_call sethostname\n");
	struct arena a = fresh_arena();
	struct seccomp_plan plan = { 0 };
	struct err e = { 0 };
	int status = 0;
	pid_t pid;

	CASE("a real filter");
	CHECK(seccomp_compile(s, &a, &plan, &e) == 0);
	CHECK(plan.flags == K_SECCOMP_FILTER_FLAG_LOG);
	CHECK(plan.n_unknown == 1 && strcmp(plan.unknown[0], "no_such_call") == 0);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		if (sys_prctl(K_PR_SET_NO_NEW_PRIVS, 1, 0) < 0 || seccomp_install(&plan, &e) < 0)
			_exit(1);
		if (syscall(SCMP_SYS(getpriority), 0, 4242) != -1 || errno != 77)
			_exit(2);
		if (syscall(SCMP_SYS(getpriority), 0, 0) < 0)
			_exit(3);
		syscall(SCMP_SYS(sethostname), "x", 0);
		_exit(4);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	if (!CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS))
		printf("  status %x\n", (unsigned int)status);
}

static void explained(void)
{
	struct oci_seccomp *s = profile_parse("default SCMP_ACT_ALLOW\nrule SCMP_ACT_KILL read write if 0 SCMP_CMP_EQ 1\n");
	struct arena a = fresh_arena();
	struct seccomp_plan plan = { 0 };
	struct err e = { 0 };
	struct explain x;
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	CASE("explain");
	CHECK(seccomp_compile(s, &a, &plan, &e) == 0);
	explain_begin(&x, f, EXPLAIN_TEXT);
	explain_step(&x, "init", "load the filter");
	seccomp_explain(&plan, s, &x);
	explain_end(&x);
	fclose(f);
	CHECK(strstr(text, "SCMP_ACT_ALLOW for what no rule names  [linux.seccomp]") != NULL);
	CHECK(strstr(text, "SCMP_ACT_KILL depending on arguments: read write (2 names)  [linux.seccomp.syscalls[0]]") != NULL);
	free(text);
}

int main(void)
{
	refused_profiles();
	no_profile();
	long_filters();
	names();
	numbers();
	real_filter();
	explained();
	return check_summary();
}
