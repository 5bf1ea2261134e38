/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plan; then what needs no privilege, on a child. */
#include "tests/check.h"
#include "base/arr.h"
#include "libocispec/oci_config.h"
#include "priv/numlist.h"
#include "priv/sched.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static _Alignas(16) char memory[8192];
static struct sched_plan plan;
static struct err e;

static int plan_of(const struct oci_process *p, size_t size)
{
	struct arena a = { .base = memory, .size = size };

	memset(memory, 0, sizeof(memory));
	plan = (struct sched_plan){ 0 };
	e = (struct err){ 0 };
	return sched_plan(p, "process", &a, &plan, &e);
}

#define FLAGS(...) .flags = (const char *[]){ __VA_ARGS__ }, .n_flags = ARRAY_LEN(((const char *[]){ __VA_ARGS__ }))

/* Against the numbers of the libc's header, where it has them. */
static const struct {
	struct oci_scheduler in;
	struct k_sched_attr want;
} good[] = {
	{ { .policy = "SCHED_OTHER", .nice = 5 }, { .policy = SCHED_OTHER, .nice = 5 } },
	{ { .policy = "SCHED_OTHER", .nice = -20 }, { .policy = SCHED_OTHER, .nice = -20 } },
	{ { .policy = "SCHED_FIFO", .priority = 1 }, { .policy = SCHED_FIFO, .priority = 1 } },
	{ { .policy = "SCHED_RR", .priority = 99, FLAGS("SCHED_FLAG_RESET_ON_FORK") },
	  { .policy = SCHED_RR, .priority = 99, .flags = 1 } },
	{ { .policy = "SCHED_BATCH", .nice = 19 }, { .policy = SCHED_BATCH, .nice = 19 } },
	{ { .policy = "SCHED_IDLE" }, { .policy = SCHED_IDLE } },
	{ { .policy = "SCHED_DEADLINE", .runtime = 1024, .deadline = 1024,
	    FLAGS("SCHED_FLAG_RECLAIM", "SCHED_FLAG_DL_OVERRUN") },
	  { .policy = 6, .runtime = 1024, .deadline = 1024, .flags = 6 } },
	{ { .policy = "SCHED_DEADLINE", .runtime = 10000000, .deadline = 20000000, .period = 30000000 },
	  { .policy = 6, .runtime = 10000000, .deadline = 20000000, .period = 30000000 } },
	{ { .policy = "SCHED_OTHER", FLAGS("SCHED_FLAG_KEEP_POLICY", "SCHED_FLAG_KEEP_PARAMS", "SCHED_FLAG_UTIL_CLAMP_MIN",
					   "SCHED_FLAG_UTIL_CLAMP_MAX") }, { .flags = 0x78 } },
};

static const struct {
	struct oci_process in;
	const char *says;
} refused[] = {
#define SCHED(...) { .scheduler = &(struct oci_scheduler){ __VA_ARGS__ } }
	{ SCHED(.policy = "SCHED_ISO"),
	  "process.scheduler.policy: SCHED_ISO is a name that Linux reserves and does not implement" },
	{ SCHED(.policy = "sched_other"), "process.scheduler.policy: \"sched_other\" is unknown" },
	{ SCHED(.policy = NULL), "process.scheduler.policy: \"\" is unknown" },
	{ SCHED(.policy = "SCHED_FIFO"),
	  "process.scheduler.priority: 0 is not between 1 and 99, where SCHED_FIFO has its priorities" },
	{ SCHED(.policy = "SCHED_RR", .priority = 100),
	  "process.scheduler.priority: 100 is not between 1 and 99, where SCHED_RR has its priorities" },
	{ SCHED(.policy = "SCHED_BATCH", .priority = 1),
	  "process.scheduler.priority: only SCHED_FIFO and SCHED_RR have one" },
	{ SCHED(.policy = "SCHED_OTHER", .nice = 20), "process.scheduler.nice: 20 is not between -20 and 19" },
	{ SCHED(.policy = "SCHED_OTHER", .nice = -21), "process.scheduler.nice: -21 is not between -20 and 19" },
	{ SCHED(.policy = "SCHED_OTHER", .period = 1),
	  "process.scheduler: runtime, deadline and period are for SCHED_DEADLINE only" },
	{ SCHED(.policy = "SCHED_DEADLINE", .runtime = 1023, .deadline = 2000),
	  "process.scheduler.runtime: 1023 is below 1024 nanoseconds" },
	{ SCHED(.policy = "SCHED_DEADLINE", .runtime = 3000, .deadline = 2000),
	  "process.scheduler.deadline: it is before the runtime has passed" },
	{ SCHED(.policy = "SCHED_DEADLINE", .runtime = 3000, .deadline = 4000, .period = 3999),
	  "process.scheduler.period: it is shorter than the deadline" },
	{ SCHED(.policy = "SCHED_DEADLINE", .runtime = 3000, .deadline = UINT64_MAX),
	  "process.scheduler: deadline and period are below 2^63 nanoseconds" },
	{ SCHED(.policy = "SCHED_OTHER", FLAGS("SCHED_FLAG_RESET_ON_FORK", "x")),
	  "process.scheduler.flags[1]: \"x\" is unknown" },
#undef SCHED
	{ { .io_priority = &(struct oci_io_priority){ .class = "IOPRIO_CLASS_NONE" } },
	  "process.ioPriority.class: \"IOPRIO_CLASS_NONE\" is unknown" },
	{ { .io_priority = &(struct oci_io_priority){ .class = "IOPRIO_CLASS_BE", .priority = 8 } },
	  "process.ioPriority.priority: 8 is not between 0 and 7" },
	{ { .exec_cpu_affinity = &(struct oci_exec_cpu_affinity){ .initial = "0", .final = "1-" } },
	  "process.execCPUAffinity.final: \"1-\" is not a list as in 0-3,7" },
	{ { .exec_cpu_affinity = &(struct oci_exec_cpu_affinity){ .initial = "8192" } },
	  "process.execCPUAffinity.initial: \"8192\": the kernel counts up to 8191" },
};

static void test_plan(void)
{
	CASE("nothing asked for");
	CHECK(plan_of(&(struct oci_process){ .exec_cpu_affinity = &(struct oci_exec_cpu_affinity){ .initial = "" } },
		      sizeof(memory)) == 0);
	CHECK(!sched_has_any(&plan) && !plan.initial && !plan.final);
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		struct oci_scheduler in = good[i].in;
		struct k_sched_attr want = good[i].want;

		CASE(in.policy);
		CHECK(plan_of(&(struct oci_process){ .scheduler = &in }, sizeof(memory)) == 0 && plan.has_scheduler);
		want.size = sizeof(want);
		want.util_max = 1024;
		CHECK(memcmp(&want, &plan.attr, sizeof(want)) == 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		CASE(refused[i].says);
		CHECK(plan_of(&refused[i].in, sizeof(memory)) == -EINVAL || e.code == -EOPNOTSUPP);
		CHECK_STR(e.text, refused[i].says);
	}
	CASE("I/O priorities");
	CHECK(plan_of(&(struct oci_process){ .io_priority = &(struct oci_io_priority){ "IOPRIO_CLASS_RT", true, 7 } },
		      sizeof(memory)) == 0 && plan.has_io && plan.io_value == (1 << 13 | 7));
	CHECK(plan_of(&(struct oci_process){ .io_priority = &(struct oci_io_priority){ "IOPRIO_CLASS_BE", false, 0 } },
		      sizeof(memory)) == 0 && plan.io_value == (2 << 13 | 4));
	CASE("no memory");
	CHECK(plan_of(&(struct oci_process){ .exec_cpu_affinity = &(struct oci_exec_cpu_affinity){ .final = "0" } }, 512)
	      == -ENOMEM);
}

static pid_t sleeper(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		pause();
		_exit(0);
	}
	return pid;
}

/* Less than the caller has needs no privilege. */
static void test_apply(void)
{
	const struct oci_process p = {
		.scheduler = &(struct oci_scheduler){ .policy = "SCHED_BATCH", .nice = 19 },
		.io_priority = &(struct oci_io_priority){ "IOPRIO_CLASS_IDLE", true, 0 },
		.exec_cpu_affinity = &(struct oci_exec_cpu_affinity){ .initial = "8000" },
	};
	pid_t pid = sleeper();

	CASE("scheduler and I/O priority of another process");
	CHECK(plan_of(&p, sizeof(memory)) == 0 && sched_apply(&plan, pid, &e) == 0);
	CHECK(sched_getscheduler(pid) == SCHED_BATCH && getpriority(PRIO_PROCESS, (id_t)pid) == 19);
	CHECK(syscall(SYS_ioprio_get, 1, pid) >> 13 == 3);
	CASE("CPUs that are not there");
	CHECK(sched_set_initial_cpus(&plan, &e) == -EINVAL);
	CHECK_STR(e.text, "process.execCPUAffinity.initial: none of the CPUs 8000 is there for the process, by the host or by its "
		  "cpuset");
	CASE("no final list, no change");
	CHECK(sched_set_final_cpus(&plan, -1, &e) == 0);
	CASE("what this kernel does not take has a sentence");
	plan.attr.flags = UINT64_C(1) << 60;
	CHECK(sched_apply(&plan, pid, &e) == -EINVAL);
	CHECK_STR(e.text, "process.scheduler: this kernel does not take SCHED_BATCH with these flags");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	CASE("a process that is gone");
	CHECK(plan_of(&p, sizeof(memory)) == 0 && sched_apply(&plan, pid, &e) == -ESRCH);
}

int main(void)
{
	test_plan();
	test_apply();
	return check_summary();
}
