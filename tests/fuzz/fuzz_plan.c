/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All decisions that follow from a config.json: mounts, namespaces, cgroups, ids, hooks, the filter. */
#include "tests/fuzz/fuzz.h"

#include "libocispec/check.h"
#include "libocispec/ocispec.h"
#include "runtime/blueprint.h"

static const char mountinfo[] =
	"1 1 0:1 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
	"1 1 0:2 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
	"1 1 0:3 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
	"1 1 0:4 / /sys/fs/cgroup/devices rw - cgroup cgroup rw,devices\n"
	"1 1 0:5 / /sys/fs/cgroup/blkio rw - cgroup cgroup rw,blkio\n";

/* One half of the inputs is for a hybrid host, the other for one with v2 only. */
static void gather(struct facts *f, bool hybrid, struct arena *a)
{
	static const char *const environment[] = { "A=b", NULL };
	struct err e = { 0 };

	*f = (struct facts){ .last_cap = 40, .may_mknod = true, .environment = environment };
	MUST(cg_host_parse(hybrid ? mountinfo : "1 1 0:1 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n", "0::/x\n",
			   "cpu memory io pids hugetlb", a, &f->cgroups, &e) == 0);
}

static void plan(const struct oci_config *c, size_t size)
{
	static char facts_memory[64 << 10] __attribute__((aligned(16)));
	struct arena for_facts = { .base = facts_memory, .size = sizeof(facts_memory) };
	struct arena a = { .base = calloc(1, 1 << 20), .size = size % 8 ? 1 << 20 : 8 << 10 };
	auto_text char *memory = a.base;
	struct facts facts;
	const struct blueprint_request r = {
		.config = c, .id = "box", .bundle = "/bundle", .state_dir = "/run/cist/box", .facts = &facts,
	};
	struct blueprint bp;
	struct err e = { 0 };
	int rc;

	memset(facts_memory, 0, sizeof(facts_memory));
	gather(&facts, size % 2, &for_facts);
	rc = blueprint_make(&r, &a, &bp, &e);
	fuzz_judge(rc, &e);
	if (rc == 0)
		fuzz_judge(seccomp_compile(c->linux ? c->linux->seccomp : NULL, &a, &bp.plan->seccomp, &e), &e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct oci_findings found;
	struct oci_err e;
	auto_oci_doc struct oci_doc *d = oci_doc_parse((const char *)data, size, OCI_LENIENT, &e);

	if (d && oci_check(d->config, OCI_CHECK_RUN, &found) == OCI_ACCEPTED)
		plan(d->config, size);
	return 0;
}
