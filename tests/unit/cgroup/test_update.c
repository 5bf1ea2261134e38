/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pure parts of update: writes from a record, and what takes a write back. */
#include "base/arr.h"
#include "cgroup/dir.h"
#include "libocispec/ocispec.h"
#include "tests/check.h"

#include <stdlib.h>

static char block[1 << 20];

static struct cg_record_place v2_place[] = {
	{ "/sys/fs/cgroup", "/a/b", "cpuset,cpu,io,memory,pids", true, 0 },
};
static struct cg_record_place hybrid_places[] = {
	{ "/sys/fs/cgroup/memory", "/a", "memory", false, 0 },
	{ "/sys/fs/cgroup/cpu,cpuacct", "/a", "cpu,cpuacct", false, 0 },
	{ "/sys/fs/cgroup/unified", "/a", "hugetlb", true, 0 },
};
static const struct cg_record v2 = { .driver = "cgroupfs", .places = v2_place, .n_places = ARRAY_LEN(v2_place) };
static const struct cg_record hybrid = { .driver = "cgroupfs", .places = hybrid_places, .n_places = ARRAY_LEN(hybrid_places) };
static const struct cg_record v1 = { .driver = "cgroupfs", .places = hybrid_places, .n_places = 2 };
static const struct cg_record none = { .driver = "disabled", .places = NULL, .n_places = 0 };
static const struct cg_record systemd = { .driver = "systemd", .places = v2_place, .n_places = ARRAY_LEN(v2_place),
					.unit = "x-a.scope" };

static const struct {
	const struct cg_record *record;
	const char *json;
	const char *want;	/* "place file=value[+]; " for each, + where the next may go first; or the error */
} plans[] = {
	{ &v2, "{}", "" },
	{ &v2, "{\"memory\":{\"limit\":5,\"swap\":8}}", "0 memory.swap.max=3; 0 memory.max=5; " },
	{ &v2, "{\"memory\":{\"limit\":-1,\"swap\":-1}}", "0 memory.swap.max=max; 0 memory.max=max; " },
	{ &v2, "{\"cpu\":{\"quota\":5,\"period\":7}}", "0 cpu.max=5 7; " },
	{ &v2, "{\"cpu\":{\"quota\":5,\"period\":7,\"burst\":2}}", "0 cpu.max=5 7+; 0 cpu.max.burst=2; " },
	{ &v2, "{\"cpu\":{\"shares\":1024,\"idle\":0}}", "0 cpu.weight=100+; 0 cpu.idle=0; " },
	{ &v2, "{\"pids\":{\"limit\":-1}}", "0 pids.max=max; " },
	{ &v2, "{\"devices\":[{\"allow\":true}]}", "" },
	{ &v2, "{\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":1}]}",
	  "linux.resources.hugepageLimits[0]: cgroup controller hugetlb is not available on this host; "
	  "the kernel lacks it, or it is not delegated" },
	{ &hybrid, "{\"memory\":{\"limit\":5,\"swap\":8},\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":1}]}",
	  "0 memory.limit_in_bytes=5+; 0 memory.memsw.limit_in_bytes=8; 2 hugetlb.2MB.max=1; 2 hugetlb.2MB.rsvd.max=1; " },
	{ &hybrid, "{\"cpu\":{\"quota\":5,\"period\":7,\"shares\":9,\"idle\":1,\"burst\":0}}",
	  "1 cpu.shares=9+; 1 cpu.idle=1; 1 cpu.cfs_period_us=7+; 1 cpu.cfs_quota_us=5+; 1 cpu.cfs_burst_us=0; " },
	{ &v1, "{\"memory\":{\"limit\":8,\"swap\":5}}",
	  "linux.resources.memory.swap: 5 is below memory.limit 8; it counts both" },
	{ &v1, "{\"pids\":{\"limit\":5}}", "linux.resources.pids.limit: cgroup controller pids is not available on this host; "
	  "the kernel lacks it, or it is not delegated" },
	{ &v1, "{\"pids\":{\"limit\":-1}}", "" },
	{ &none, "{}", "" },
	{ &none, "{\"pids\":{\"limit\":5}}", "the container has no cgroup of its own: "
	  "linux.resources.pids.limit: cgroup controller pids is not available on this host; "
	  "the kernel lacks it, or it is not delegated" },
	{ &systemd, "{\"pids\":{\"limit\":5}}", "0 pids.max=5; " },
};

static void test_plans(void)
{
	for (size_t i = 0; i < ARRAY_LEN(plans); i++) {
		struct oci_err oe;
		auto_oci_doc struct oci_doc *d = oci_doc_parse_resources(plans[i].json, strlen(plans[i].json), OCI_STRICT, &oe);
		struct arena a = { block, sizeof(block), 0 };
		struct cg_plan p = { 0 };
		struct err e = { 0 };
		char got[ERR_TEXT_MAX] = "";

		memset(block, 0, sizeof(block));
		CASE(plans[i].json);
		if (!CHECK(d))
			continue;
		if (cg_plan_update(plans[i].record, d->resources, &a, &p, &e) < 0)
			snprintf(got, sizeof(got), "%s", e.text);
		for (size_t k = 0; k < p.n_writes; k++)
			snprintf(got + strlen(got), sizeof(got) - strlen(got), "%u %s=%s%s; ", p.writes[k].place,
				 p.writes[k].file, p.writes[k].value, p.writes[k].or_after_next ? "+" : "");
		CHECK_STR(got, plans[i].want);
	}
}

static void test_enables(void)
{
	static const char json[] = "{\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":1}]}";
	struct oci_err oe;
	auto_oci_doc struct oci_doc *d = oci_doc_parse_resources(json, strlen(json), OCI_STRICT, &oe);
	struct arena a = { block, sizeof(block), 0 };
	struct cg_plan p = { 0 };
	struct err e = { 0 };

	CASE("what a limit needs on v2");
	CHECK(cg_plan_update(&hybrid, d->resources, &a, &p, &e) == 0);
	CHECK(p.places[2].need == CG_BIT(CG_HUGETLB) && p.places[0].need == 0 && p.n_places == 3);
}

static const struct {
	const char *file, *value, *now, *want;
} olds[] = {
	{ "memory.max", "5", "max\n", "max" },
	{ "memory.limit_in_bytes", "5", "9223372036854771712\n", "9223372036854771712" },
	{ "cpu.max", "5 7", "max 100000\n", "max 100000" },
	{ "cpuset.cpus", "0", "0-3,7\n", "0-3,7" },
	{ "cpuset.cpus", "0", "\n", "\n" },
	{ "cpuset.cpus", "0", "", "\n" },
	{ "pids.max", "5", "max", "max" },
	{ "io.max", "8:0 rbps=5", "", "8:0 rbps=max wbps=max riops=max wiops=max" },
	{ "io.max", "8:0 rbps=5", "8:16 rbps=1 wbps=max riops=max wiops=max\n8:0 rbps=2 wbps=3 riops=max wiops=max\n",
	  "8:0 rbps=2 wbps=3 riops=max wiops=max" },
	{ "io.weight", "200", "default 100\n8:0 300\n", "default 100" },
	{ "io.weight", "8:0 200", "default 100\n8:0 300\n", "8:0 300" },
	{ "io.weight", "8:16 200", "default 100\n8:0 300\n", "8:16 default" },
	{ "io.weight", "default 200", "default 100\n8:0 300\n", "default 100" },
	{ "io.bfq.weight", "200", "default 100\n", "default 100" },
	{ "blkio.bfq.weight", "200", "100\n", "100" },
	{ "blkio.bfq.weight_device", "8:0 200", "8:0 7\n", "8:0 7" },
	{ "blkio.bfq.weight_device", "8:0 200", "8:01 7\n", "8:0 default" },
	{ "blkio.throttle.read_bps_device", "8:0 5", "8:16 7\n", "8:0 0" },
	{ "blkio.throttle.read_bps_device", "8:0 5", "8:16 7\n8:0 9\n", "8:0 9" },
	{ "rdma.max", "mlx hca_handle=1 hca_object=max", "mlx hca_handle=2 hca_object=3\n", "mlx hca_handle=2 hca_object=3" },
	{ "net_prio.ifpriomap", "eth0 5", "lo 0\neth0 3\n", "eth0 3" },
	{ "memory.oom_control", "1", "oom_kill_disable 0\nunder_oom 0\noom_kill 0\n", "0" },
	{ "memory.oom_control", "1", "", "" },
};

static void test_olds(void)
{
	for (size_t i = 0; i < ARRAY_LEN(olds); i++) {
		char *got = cg_old_value(olds[i].file, olds[i].value, olds[i].now);

		CASE(olds[i].file);
		CHECK_STR(got, olds[i].want);
		free(got);
	}
}

int main(void)
{
	test_plans();
	test_enables();
	test_olds();
	return check_summary();
}
