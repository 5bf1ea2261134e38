/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ns/ns.h"
#include "base/arr.h"
#include "base/limits.h"
#include "libocispec/ocispec.h"
#include "tests/check.h"

#include <stdlib.h>

static _Alignas(16) char memory[1 << 20];
static struct ns_plan plan;
static struct err e;
static struct ns_caller caller = { .may_make = true, .may_set_uids = true, .may_set_gids = true };

static int plan_of(const struct oci_config *c)
{
	struct arena a = { .base = memory, .size = sizeof(memory) };

	memset(memory, 0, sizeof(memory));
	plan = (struct ns_plan){ 0 };
	e = (struct err){ 0 };
	return ns_plan(c, &caller, &a, &plan, &e);
}

static void test_names(void)
{
	enum ns_kind kind = NS__COUNT;

	CASE("the table, both ways");
	for (int k = 0; k < NS__COUNT; k++) {
		CHECK(ns_kind_from_oci(ns_kinds[k].oci, &kind) == 0 && (int)kind == k);
		CHECK(ns_kinds[k].proc && ns_kinds[k].flag && (ns_kinds[k].flag & (ns_kinds[k].flag - 1)) == 0);
		for (int other = 0; other < k; other++)
			CHECK(ns_kinds[other].flag != ns_kinds[k].flag);
	}
	CHECK(ns_kind_from_oci("network", &kind) == 0 && strcmp(ns_kinds[kind].proc, "net") == 0);
	CHECK(ns_kind_from_oci("mnt", &kind) == -EINVAL);
	CHECK(ns_kind_from_oci("net", &kind) == -EINVAL);
	CHECK(ns_kind_from_oci("", &kind) == -EINVAL);
	CHECK(ns_kind_from_oci("pidx", &kind) == -EINVAL);
}

static void test_kinds(void)
{
	struct oci_namespace all[] = {
		{ .type = "user" }, { .type = "mount" }, { .type = "pid" }, { .type = "network" }, { .type = "ipc", .path = "" },
		{ .type = "uts" }, { .type = "cgroup" }, { .type = "time" },
	};
	struct oci_id_mapping root = { .container_id = 0, .host_id = 1000, .size = 1 };
	struct oci_linux l = { .namespaces = all, .n_namespaces = ARRAY_LEN(all), .uid_mappings = &root, .n_uid_mappings = 1,
			       .gid_mappings = &root, .n_gid_mappings = 1 };
	struct oci_config c = { .linux = &l };

	CASE("no linux section, no namespace");
	CHECK(plan_of(&(struct oci_config){ .hostname = "" }) == 0 && plan.fresh == 0 && plan.n_joins == 0 && !plan.hostname);
	CASE("all eight are made");
	CHECK(plan_of(&c) == 0 && plan.joined == 0 && plan.n_joins == 0);
	CHECK(plan.fresh == (K_CLONE_NEWUSER | K_CLONE_NEWNS | K_CLONE_NEWPID | K_CLONE_NEWNET | K_CLONE_NEWIPC |
			     K_CLONE_NEWUTS | K_CLONE_NEWCGROUP | K_CLONE_NEWTIME));
	CHECK((ns_of_clone(&plan) & (K_CLONE_NEWCGROUP | K_CLONE_NEWTIME)) == 0);
	CHECK(ns_has(&plan, K_CLONE_NEWTIME));
	CASE("an unknown one");
	all[3].type = "net";
	CHECK(plan_of(&c) == -EINVAL);
	CHECK_STR(e.text, "linux.namespaces[3].type: namespace type \"net\" is unknown");
}

static void test_joins(void)
{
	struct oci_namespace some[] = {
		{ .type = "user", .path = "/u" }, { .type = "network", .path = "/n" }, { .type = "mount" },
		{ .type = "pid", .path = "/p" },
	};
	struct oci_linux l = { .namespaces = some, .n_namespaces = ARRAY_LEN(some) };
	struct oci_config c = { .linux = &l };

	CASE("the user namespace is joined last, since it takes rights away; maps are not asked for");
	CHECK(plan_of(&c) == 0 && plan.n_joins == 3 && plan.fresh == K_CLONE_NEWNS);
	CHECK(plan.joined == (K_CLONE_NEWUSER | K_CLONE_NEWNET | K_CLONE_NEWPID));
	CHECK(plan.joins[2].kind == NS_USER && plan.joins[2].fd == -1);
	CHECK_STR(plan.joins[2].path, "/u");
	CHECK_STR(plan.joins[2].from, "linux.namespaces[0].path");
	CHECK(plan.joins[0].kind != plan.joins[1].kind);
	CHECK(!plan.uid_map && !plan.gid_map);
	l.namespaces = some + 1;
	l.n_namespaces = 3;
	CHECK(plan_of(&c) == 0 && plan.n_joins == 2);
	CHECK(plan.joins[0].kind == NS_NET && plan.joins[1].kind == NS_PID);
	CHECK_STR(plan.joins[1].from, "linux.namespaces[2].path");
}

static void test_maps(void)
{
	static struct oci_id_mapping many[ID_MAP_ROWS_MAX];
	struct oci_namespace user = { .type = "user" };
	struct oci_id_mapping uids[] = {
		{ .container_id = 0, .host_id = 1000, .size = 1 }, { .container_id = 1, .host_id = 100000, .size = 4294967295u },
	};
	struct oci_id_mapping gids[] = { { .container_id = 0, .host_id = 5, .size = 7 } };
	struct oci_linux l = { .namespaces = &user, .n_namespaces = 1, .uid_mappings = uids, .n_uid_mappings = 2,
			       .gid_mappings = gids, .n_gid_mappings = 1 };
	struct oci_config c = { .linux = &l };

	CASE("maps as the kernel reads them");
	CHECK(plan_of(&c) == 0);
	CHECK_STR(plan.uid_map, "0 1000 1\n1 100000 4294967295\n");
	CHECK_STR(plan.gid_map, "0 5 7\n");

	CASE("root has to be mapped");
	gids[0].container_id = 1;
	CHECK(plan_of(&c) == -EINVAL);
	CHECK(strncmp(e.text, "linux.gidMappings: container id 0 is not mapped", 47) == 0);
	gids[0] = (struct oci_id_mapping){ 0 };
	CHECK(plan_of(&c) == -EINVAL);
	gids[0].size = 1;
	l.n_uid_mappings = 0;
	CHECK(plan_of(&c) == -EINVAL);
	CHECK(strncmp(e.text, "linux.uidMappings: container id 0 is not mapped", 47) == 0);

	CASE("as many rows as the kernel takes, in as much text as it takes");
	for (uint32_t i = 0; i < ARRAY_LEN(many); i++)
		many[i] = (struct oci_id_mapping){ .container_id = i, .host_id = i, .size = 1 };
	l.uid_mappings = many;
	l.n_uid_mappings = ARRAY_LEN(many);
	CHECK(plan_of(&c) == 0 && strlen(plan.uid_map) <= ID_MAP_BYTES_MAX);
	for (uint32_t i = 1; i < ARRAY_LEN(many); i++)
		many[i] = (struct oci_id_mapping){ .container_id = 4000000000u + i, .host_id = 4000000000u + i, .size = 1 };
	CHECK(plan_of(&c) == -E2BIG);
	CHECK(strncmp(e.text, "linux.uidMappings: 340 rows are more text than the kernel takes", 60) == 0);
}

static void test_time(void)
{
	struct oci_namespace time = { .type = "time" };
	struct oci_time_offset offsets[] = {
		{ .key = "monotonic", .secs = INT64_MIN, .nanosecs = 0 },
		{ .key = "boottime", .secs = INT64_MAX, .nanosecs = 999999999 },
	};
	struct oci_linux l = { .namespaces = &time, .n_namespaces = 1, .time_offsets = offsets, .n_time_offsets = 2 };
	struct oci_config c = { .linux = &l };

	CASE("time offsets");
	CHECK(plan_of(&c) == 0);
	CHECK_STR(plan.time_offsets, "monotonic -9223372036854775808 0\nboottime 9223372036854775807 999999999\n");
	offsets[1].key = "realtime";
	CHECK(plan_of(&c) == -EINVAL);
	CHECK_STR(e.text, "linux.timeOffsets.realtime: the clock is neither monotonic nor boottime");
	time.path = "/proc/1/ns/time";
	CHECK(plan_of(&c) == -EINVAL);
	CHECK_STR(e.text, "linux.timeOffsets: there is no new time namespace to set them in");
	l.n_time_offsets = 0;
	CHECK(plan_of(&c) == 0 && !plan.time_offsets);
}

static const struct {
	const char *key;
	const char *file;	/* below /proc, or NULL: refused */
	const char *error;
} sysctls[] = {
	{ "net.ipv4.ip_forward", "sys/net/ipv4/ip_forward", NULL },
	{ "net/ipv4/ip_forward", "sys/net/ipv4/ip_forward", NULL },
	{ "net.ipv4.conf.eth0/1.forwarding", "sys/net/ipv4/conf/eth0.1/forwarding", NULL },
	{ "net/ipv4/conf/eth0.1/forwarding", "sys/net/ipv4/conf/eth0.1/forwarding", NULL },
	{ "kernel.msgmax", "sys/kernel/msgmax", NULL },
	{ "kernel.shm_rmid_forced", "sys/kernel/shm_rmid_forced", NULL },
	{ "fs.mqueue.msg_max", "sys/fs/mqueue/msg_max", NULL },
	{ "kernel.domainname", "sys/kernel/domainname", NULL },
	{ "user.max_user_namespaces", NULL, "is not allowed as the container shares its namespace with the host" },
	{ "kernel.hostname", NULL, "is set by the member hostname" },
	{ "kernel/hostname", NULL, "is set by the member hostname" },
	{ "kernel.panic", NULL, "is not in a separate kernel namespace" },
	{ "kernel.core_pattern", NULL, "is not in a separate kernel namespace" },
	{ "kernel.msgmaxx", NULL, "is not in a separate kernel namespace" },
	{ "kernel.semi", NULL, "is not in a separate kernel namespace" },
	{ "fs.file-max", NULL, "is not in a separate kernel namespace" },
	{ "network.x", NULL, "is not in a separate kernel namespace" },
	{ "net", NULL, "is not in a separate kernel namespace" },
	{ "", NULL, "is not a name below /proc/sys" },
	{ ".", NULL, "is not a name below /proc/sys" },
	{ "/", NULL, "is not a name below /proc/sys" },
	{ "net.", NULL, "is not a name below /proc/sys" },
	{ ".net.ipv4", NULL, "is not a name below /proc/sys" },
	{ "/net/ipv4", NULL, "is not a name below /proc/sys" },
	{ "net..ipv4", NULL, "is not a name below /proc/sys" },
	{ "net//ipv4", NULL, "is not a name below /proc/sys" },
	{ "net/../kernel/core_pattern", NULL, "is not a name below /proc/sys" },
	{ "net/./core", NULL, "is not a name below /proc/sys" },
	{ "net.//.kernel.core_pattern", NULL, "is not a name below /proc/sys" },
	{ "net./.core", NULL, "is not a name below /proc/sys" },
	{ "../kernel/core_pattern", NULL, "is not a name below /proc/sys" },
	{ "net/...", "sys/net/...", NULL },
};

static int plan_sysctl(const char *key, struct oci_namespace *ns, size_t n_ns)
{
	struct oci_pair pair = { .key = key, .value = "1" };
	struct oci_linux l = { .namespaces = ns, .n_namespaces = n_ns, .sysctl = &pair, .n_sysctl = 1 };
	struct oci_config c = { .linux = &l };

	return plan_of(&c);
}

static void test_sysctls(void)
{
	struct oci_namespace ns[] = { { .type = "ipc" }, { .type = "network", .path = "/n" }, { .type = "uts" } };
	static char key[300];

	for (size_t i = 0; i < ARRAY_LEN(sysctls); i++) {
		CASE(sysctls[i].key);
		CHECK(plan_sysctl(sysctls[i].key, ns, ARRAY_LEN(ns)) == (sysctls[i].file ? 0 : -EINVAL));
		if (sysctls[i].file)
			CHECK(plan.n_sysctls == 1 && strcmp(plan.sysctls[0].file, sysctls[i].file) == 0);
		else
			CHECK(strncmp(e.text, "linux.sysctl: ", 14) == 0 && strstr(e.text, sysctls[i].error) != NULL);
	}
	CASE("where it comes from, and its value");
	CHECK(plan_sysctl("net/ipv4/ip_forward", ns, ARRAY_LEN(ns)) == 0);
	CHECK_STR(plan.sysctls[0].from, "linux.sysctl.net/ipv4/ip_forward");
	CHECK_STR(plan.sysctls[0].value, "1");
	CASE("a namespace that is shared with the host");
	CHECK(plan_sysctl("net.ipv4.ip_forward", ns, 1) == -EINVAL);
	CHECK_STR(e.text, "linux.sysctl: sysctl \"net.ipv4.ip_forward\" is not allowed as the container shares its "
			  "namespace with the host");
	CHECK(plan_sysctl("kernel.msgmax", ns + 1, 2) == -EINVAL);
	CASE("a long key");
	memset(key, 'a', sizeof(key) - 1);
	memcpy(key, "net.", 4);
	CHECK(plan_sysctl(key, ns, ARRAY_LEN(ns)) == -EINVAL);
	CHECK_STR(e.text, "linux.sysctl: a key is longer than 255 bytes");
	key[255] = '\0';
	CHECK(plan_sysctl(key, ns, ARRAY_LEN(ns)) == 0 && strlen(plan.sysctls[0].file) == 4 + 255);
}

/* An arena of any size too small is an error with a sentence, never a crash. */
static void test_full_arena(void)
{
	struct oci_namespace ns[] = { { .type = "user", .path = "/u" }, { .type = "network", .path = "/n" } };
	struct oci_pair pair = { .key = "net.a", .value = "1" };
	struct oci_linux l = { .namespaces = ns, .n_namespaces = 2, .sysctl = &pair, .n_sysctl = 1 };
	struct oci_config c = { .linux = &l };
	int rc = -ENOMEM;

	CASE("a full arena");
	for (size_t size = 0; rc == -ENOMEM && size < 4096; size += 16) {
		struct arena a = { .base = memory, .size = size };

		memset(memory, 0, size);
		rc = ns_plan(&c, &caller, &a, &plan, &e);
		CHECK(rc == 0 || strncmp(e.text, "out of memory", 13) == 0);
	}
	CHECK(rc == 0);
}

int main(void)
{
	test_names();
	test_kinds();
	test_joins();
	test_maps();
	test_time();
	test_sysctls();
	test_full_arena();
	return check_summary();
}
