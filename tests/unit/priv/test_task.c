/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/check.h"
#include "base/arr.h"
#include "libocispec/oci_config.h"
#include "priv/numlist.h"
#include "priv/task.h"
#include "sys/process.h"

#include <errno.h>
#include <sys/personality.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

static _Alignas(16) char memory[4096];
static struct task_plan plan;
static struct err e;

static int plan_of(const struct oci_linux *l, size_t size)
{
	struct arena a = { .base = memory, .size = size };

	memset(memory, 0, sizeof(memory));
	plan = (struct task_plan){ 0 };
	e = (struct err){ 0 };
	return task_plan(l, &a, &plan, &e);
}

#define POLICY(...) { .memory_policy = &(struct oci_memory_policy){ __VA_ARGS__ } }
#define FLAGS(...) .flags = (const char *[]){ __VA_ARGS__ }, .n_flags = ARRAY_LEN(((const char *[]){ __VA_ARGS__ }))

static const struct {
	struct oci_linux in;
	uint32_t policy;
	uint64_t nodes;		/* 0: none at all */
} good[] = {
	{ POLICY(.mode = "MPOL_DEFAULT"), 0, 0 },
	{ POLICY(.mode = "MPOL_DEFAULT", .nodes = ""), 0, 0 },
	{ POLICY(.mode = "MPOL_PREFERRED", .nodes = "1"), 1, 2 },
	{ POLICY(.mode = "MPOL_PREFERRED"), 1, 0 },
	{ POLICY(.mode = "MPOL_BIND", .nodes = "0-3,7"), 2, 0x8f },
	{ POLICY(.mode = "MPOL_INTERLEAVE", .nodes = "0,1"), 3, 3 },
	{ POLICY(.mode = "MPOL_LOCAL"), 4, 0 },
	{ POLICY(.mode = "MPOL_PREFERRED_MANY", .nodes = "0"), 5, 1 },
	{ POLICY(.mode = "MPOL_WEIGHTED_INTERLEAVE", .nodes = "0"), 6, 1 },
	{ POLICY(.mode = "MPOL_BIND", .nodes = "0", FLAGS("MPOL_F_NUMA_BALANCING", "MPOL_F_STATIC_NODES")), 2 | 5 << 13, 1 },
	{ POLICY(.mode = "MPOL_BIND", .nodes = "0", FLAGS("MPOL_F_RELATIVE_NODES")), 2 | 1 << 14, 1 },
};

static const struct {
	struct oci_linux in;
	const char *says;
} refused[] = {
	{ POLICY(.mode = NULL), "linux.memoryPolicy.mode: \"\" is unknown" },
	{ POLICY(.mode = "BIND"), "linux.memoryPolicy.mode: \"BIND\" is unknown" },
	{ POLICY(.mode = "MPOL_BIND", .nodes = " "), "linux.memoryPolicy.nodes: MPOL_BIND needs some" },
	{ POLICY(.mode = "MPOL_LOCAL", .nodes = "0"), "linux.memoryPolicy.nodes: MPOL_LOCAL takes none" },
	{ POLICY(.mode = "MPOL_BIND", .nodes = "x"), "linux.memoryPolicy.nodes: \"x\" is not a list as in 0-3,7" },
	{ POLICY(.mode = "MPOL_BIND", .nodes = "1024"), "linux.memoryPolicy.nodes: \"1024\": the kernel counts up to 1023" },
	{ POLICY(.mode = "MPOL_BIND", .nodes = "0", FLAGS("MPOL_F_X")), "linux.memoryPolicy.flags[0]: \"MPOL_F_X\" is unknown" },
	{ POLICY(.mode = "MPOL_BIND", .nodes = "0", FLAGS("MPOL_F_STATIC_NODES", "MPOL_F_RELATIVE_NODES")),
	  "linux.memoryPolicy.flags: MPOL_F_RELATIVE_NODES and MPOL_F_STATIC_NODES exclude each other" },
	{ { .personality = &(struct oci_personality){ .domain = "LINUX64" } },
	  "linux.personality.domain: \"LINUX64\" is unknown" },
	{ { .personality = &(struct oci_personality){ .domain = "LINUX", FLAGS("ADDR_NO_RANDOMIZE") } },
	  "linux.personality.flags: the specification has no flags yet" },
};

static void test_plan(void)
{
	CASE("nothing asked for");
	CHECK(plan_of(NULL, sizeof(memory)) == 0 && !plan.has_domain && !plan.has_policy);
	CHECK(plan_of(&(struct oci_linux){ 0 }, sizeof(memory)) == 0 && !plan.has_domain && !plan.has_policy);
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		CASE(good[i].in.memory_policy->mode);
		CHECK(plan_of(&good[i].in, sizeof(memory)) == 0 && plan.has_policy && plan.policy == good[i].policy);
		CHECK((plan.nodes ? plan.nodes[0] : 0) == good[i].nodes);
	}
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		CASE(refused[i].says);
		CHECK(plan_of(&refused[i].in, sizeof(memory)) == -EINVAL);
		CHECK_STR(e.text, refused[i].says);
	}
	CASE("domains");
	CHECK(plan_of(&(struct oci_linux){ .personality = &(struct oci_personality){ .domain = "LINUX32" } },
		      sizeof(memory)) == 0 && plan.has_domain && plan.domain == PER_LINUX32);
	CHECK(plan_of(&(struct oci_linux){ .personality = &(struct oci_personality){ .domain = "LINUX" } },
		      sizeof(memory)) == 0 && plan.has_domain && plan.domain == PER_LINUX);
	CASE("no memory");
	CHECK(plan_of(&good[4].in, 64) == -ENOMEM);
}

static int in_child(void (*what)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		check_passed = check_failed = 0;
		what();
		fflush(stdout);
		_exit(check_failed > 0 || check_passed == 0);
	}
	return waitpid(pid, &status, 0) == pid ? status : -1;
}

static void becomes_32(void)
{
	struct utsname before, after;
	struct task_plan p = { .has_domain = true, .domain = PER_LINUX32, .domain_name = "LINUX32" };

	uname(&before);
	CHECK(task_set_domain(&p, &e) == 0 && personality(0xffffffff) == PER_LINUX32);
	uname(&after);
	CHECK(strcmp(before.machine, "x86_64") != 0 || strcmp(after.machine, "i686") == 0);
}

static void binds(void)
{
	uint64_t nodes[NODES_MAX / 64] = { 1 };
	struct task_plan p = { .has_policy = true, .policy = 2, .policy_name = "MPOL_BIND", .nodes = nodes, .nodes_text = "T" };
	uint64_t have[NODES_MAX / 64] = { 0 };
	uint32_t mode;
	int rc = task_set_policy(&p, &e);

	if (rc == -ENOSYS) {
		CHECK_STR(e.text, "linux.memoryPolicy: this kernel is built without NUMA");
		return;
	}
	CHECK(rc == 0 && sys_get_mempolicy(&mode, have, NODES_MAX) == 0 && mode == 2 && have[0] == 1);
	/* A machine has not all 1024 nodes that a kernel may be built for. */
	nodes[NODES_MAX / 64 - 1] = UINT64_C(1) << 63;
	CHECK(task_set_policy(&p, &e) == -EINVAL && strncmp(e.text, "linux.memoryPolicy", 18) == 0);
	p.policy = 99;
	CHECK(task_set_policy(&p, &e) == -EINVAL);
	p = (struct task_plan){ .has_policy = true, .policy = 4, .policy_name = "MPOL_LOCAL", .nodes_text = "" };
	CHECK(task_set_policy(&p, &e) == 0 && sys_get_mempolicy(&mode, have, NODES_MAX) == 0 && mode == 4);
}

int main(void)
{
	test_plan();
	CASE("the acting half");
	CHECK(in_child(becomes_32) == 0);
	CHECK(in_child(binds) == 0);
	return check_summary();
}
