/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What update makes of options, and of a change on what is stored: as JSON, since that is what is kept. */
#include "base/arr.h"
#include "libocispec/ocispec.h"
#include "runtime/resources.h"
#include "tests/check.h"

#include <stdlib.h>

static char block[1 << 20];

static struct arena fresh(void)
{
	memset(block, 0, sizeof(block));
	return (struct arena){ .base = block, .size = sizeof(block) };
}

static void is_json(const struct oci_resources *r, const char *want)
{
	char *got = oci_resources_write(r, NULL);

	CHECK_STR(got, want);
	free(got);
}

/* ---- sizes and numbers ---- */

static const struct {
	const char *text;
	int64_t value;	/* -2: refused */
} sizes[] = {
	{ "0", 0 }, { "1", 1 }, { "-1", -1 }, { "64M", 64 << 20 }, { "64m", 64 << 20 }, { "64mb", 64 << 20 },
	{ "64MiB", 64 << 20 }, { "1b", 1 }, { "1B", 1 }, { "2k", 2048 }, { "1g", 1 << 30 }, { "1t", INT64_C(1) << 40 },
	{ "1p", INT64_C(1) << 50 }, { "8191p", INT64_C(8191) << 50 }, { "9223372036854775807", INT64_MAX },
	{ "8192p", -2 }, { "9223372036854775808", -2 }, { "99999999999999999999", -2 }, { "-2", -2 }, { "-1m", -2 },
	{ "m", -2 }, { "1x", -2 }, { "1mm", -2 }, { "1bb", -2 }, { "1 m", -2 }, { " 1", -2 }, { "1.5g", -2 },
	{ "0x10", -2 }, { "+1", -2 }, { "1e3", -2 }, { "--1", -2 }, { "-", -2 }, { "1mi", -2 }, { "1\n", -2 },
	{ "1\x0d", -2 },
};

static void test_sizes(void)
{
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		const struct update_options o = { .memory = sizes[i].text };
		struct resources r;
		struct err e = { 0 };
		char want[100];

		CASE(sizes[i].text);
		if (sizes[i].value != -2) {
			CHECK(resources_from_options(&o, &r, &e) == 0);
			CHECK(r.memory.has_limit && r.memory.limit == sizes[i].value);
			continue;
		}
		snprintf(want, sizeof(want), "invalid value for memory: %s", sizes[i].text);
		CHECK(resources_from_options(&o, &r, &e) == -EINVAL);
		CHECK_STR(e.text, want);
	}
}

static void test_refused(void)
{
	static const struct {
		struct update_options o;
		const char *want;
	} rows[] = {
		{ { .blkio_weight = "9" }, "invalid value for blkio-weight: 9" },
		{ { .blkio_weight = "1001" }, "invalid value for blkio-weight: 1001" },
		{ { .cpu_period = "-1" }, "invalid value for cpu-period: -1" },
		{ { .cpu_quota = "1m" }, "invalid value for cpu-quota: 1m" },
		{ { .cpu_burst = "x" }, "invalid value for cpu-burst: x" },
		{ { .cpu_share = "18446744073709551616" }, "invalid value for cpu-share: 18446744073709551616" },
		{ { .cpu_rt_period = "1 " }, "invalid value for cpu-rt-period: 1 " },
		{ { .cpu_rt_runtime = "-" }, "invalid value for cpu-rt-runtime: -" },
		{ { .cpu_idle = "2" }, "invalid value for cpu-idle: 2" },
		{ { .cpu_idle = "-1" }, "invalid value for cpu-idle: -1" },
		{ { .memory_reservation = "-3" }, "invalid value for memory-reservation: -3" },
		{ { .memory_swap = "all" }, "invalid value for memory-swap: all" },
		{ { .pids_limit = "max" }, "invalid value for pids-limit: max" },
		{ { .pids_limit = "9223372036854775808" }, "invalid value for pids-limit: 9223372036854775808" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct resources r;
		struct err e = { 0 };

		CASE(rows[i].want);
		CHECK(resources_from_options(&rows[i].o, &r, &e) == -EINVAL);
		CHECK_STR(e.text, rows[i].want);
	}
}

static void test_options(void)
{
	const struct update_options all = {
		.blkio_weight = "500", .cpu_period = "2", .cpu_quota = "-1", .cpu_burst = "4", .cpu_share = "5",
		.cpu_rt_period = "6", .cpu_rt_runtime = "-7", .cpu_idle = "1", .cpuset_cpus = "0-1", .cpuset_mems = "0",
		.memory = "8k", .memory_reservation = "9", .memory_swap = "-1", .pids_limit = "10",
	};
	const struct update_options none = { .memory = "", .cpuset_cpus = "" };
	struct resources r;
	struct err e = { 0 };

	CASE("all options");
	CHECK(resources_from_options(&all, &r, &e) == 0);
	is_json(&r.all, "{\"memory\":{\"limit\":8192,\"reservation\":9,\"swap\":-1},\"cpu\":{\"shares\":5,\"quota\":-1,"
			"\"burst\":4,\"period\":2,\"realtimeRuntime\":-7,\"realtimePeriod\":6,\"cpus\":\"0-1\","
			"\"mems\":\"0\",\"idle\":1},\"pids\":{\"limit\":10},\"blockIO\":{\"weight\":500}}");
	CASE("no options");
	CHECK(resources_from_options(&none, &r, &e) == 0);
	is_json(&r.all, "{\"memory\":{},\"cpu\":{},\"pids\":{},\"blockIO\":{}}");
}

/* ---- merging ---- */

static const struct {
	const char *name;
	const char *stored, *change, *write, *merged;
} merges[] = {
	{ "nothing onto nothing", "{}", "{}", "{}", "{}" },
	{ "zeros and empty texts leave what is there",
	  "{\"memory\":{\"limit\":5,\"swap\":6},\"cpu\":{\"shares\":7,\"cpus\":\"0\"}}",
	  "{\"memory\":{\"limit\":0,\"reservation\":0,\"swap\":0,\"kernel\":0},"
	  "\"cpu\":{\"shares\":0,\"quota\":0,\"period\":0,\"cpus\":\"\",\"mems\":null},\"blockIO\":{\"weight\":0}}",
	  "{\"memory\":{},\"cpu\":{},\"blockIO\":{}}",
	  "{\"memory\":{\"limit\":5,\"swap\":6},\"cpu\":{\"shares\":7,\"cpus\":\"0\"},\"blockIO\":{}}" },
	{ "a quota with the stored period", "{\"cpu\":{\"quota\":1,\"period\":2,\"shares\":3}}", "{\"cpu\":{\"quota\":4}}",
	  "{\"cpu\":{\"quota\":4,\"period\":2}}", "{\"cpu\":{\"shares\":3,\"quota\":4,\"period\":2}}" },
	{ "a period with the stored quota", "{\"cpu\":{\"quota\":1,\"period\":2}}", "{\"cpu\":{\"period\":4}}",
	  "{\"cpu\":{\"quota\":1,\"period\":4}}", "{\"cpu\":{\"quota\":1,\"period\":4}}" },
	{ "no quota is -1 in whatever words", "{\"cpu\":{\"quota\":1}}", "{\"cpu\":{\"quota\":-7}}",
	  "{\"cpu\":{\"quota\":-1}}", "{\"cpu\":{\"quota\":-1}}" },
	{ "memory with the stored swap", "{\"memory\":{\"limit\":5,\"swap\":9}}", "{\"memory\":{\"limit\":6}}",
	  "{\"memory\":{\"limit\":6,\"swap\":9}}", "{\"memory\":{\"limit\":6,\"swap\":9}}" },
	{ "swap with the stored memory", "{\"memory\":{\"limit\":5,\"swap\":9}}", "{\"memory\":{\"swap\":7}}",
	  "{\"memory\":{\"limit\":5,\"swap\":7}}", "{\"memory\":{\"limit\":5,\"swap\":7}}" },
	{ "a reservation takes neither", "{\"memory\":{\"limit\":5,\"swap\":9}}", "{\"memory\":{\"reservation\":2}}",
	  "{\"memory\":{\"reservation\":2}}", "{\"memory\":{\"limit\":5,\"reservation\":2,\"swap\":9}}" },
	{ "no limit on memory lifts that on swap", "{\"memory\":{\"limit\":5,\"swap\":9}}", "{\"memory\":{\"limit\":-1}}",
	  "{\"memory\":{\"limit\":-1,\"swap\":-1}}", "{\"memory\":{\"limit\":-1,\"swap\":-1}}" },
	{ "checkBeforeUpdate stays", "{\"memory\":{\"checkBeforeUpdate\":true}}", "{\"memory\":{\"reservation\":3}}",
	  "{\"memory\":{\"reservation\":3,\"checkBeforeUpdate\":true}}",
	  "{\"memory\":{\"reservation\":3,\"checkBeforeUpdate\":true}}" },
	{ "idle keeps the weight", "{\"cpu\":{\"shares\":5}}", "{\"cpu\":{\"idle\":1}}", "{\"cpu\":{\"idle\":1}}",
	  "{\"cpu\":{\"shares\":5,\"idle\":1}}" },
	{ "no longer idle, no burst", "{\"cpu\":{\"idle\":1,\"burst\":6}}", "{\"cpu\":{\"idle\":0,\"burst\":0}}",
	  "{\"cpu\":{\"burst\":0,\"idle\":0}}", "{\"cpu\":{\"burst\":0,\"idle\":0}}" },
	{ "pids: absent, null", "{\"pids\":{\"limit\":5}}", "{\"pids\":{\"limit\":null}}", "{\"pids\":{}}",
	  "{\"pids\":{\"limit\":5}}" },
	{ "pids: 0 is the least", "{\"pids\":{\"limit\":5}}", "{\"pids\":{\"limit\":0}}", "{\"pids\":{\"limit\":1}}",
	  "{\"pids\":{\"limit\":1}}" },
	{ "pids: none", "{\"pids\":{\"limit\":5}}", "{\"pids\":{\"limit\":-1}}", "{\"pids\":{\"limit\":-1}}",
	  "{\"pids\":{\"limit\":-1}}" },
	{ "devices and kernel memory are nobody's", "{\"devices\":[{\"allow\":false}]}",
	  "{\"devices\":[{\"allow\":true}],\"memory\":{\"kernel\":7,\"kernelTCP\":8}}", "{\"memory\":{}}", "{\"memory\":{}}" },
	{ "devices of block I/O one by one",
	  "{\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":1},{\"major\":8,\"minor\":1,\"rate\":2}]}}",
	  "{\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":3},{\"major\":9,\"minor\":0,\"rate\":4}]}}",
	  "{\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":3},{\"major\":9,\"minor\":0,\"rate\":4}]}}",
	  "{\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":1,\"rate\":2},{\"major\":8,\"minor\":0,\"rate\":3},"
	  "{\"major\":9,\"minor\":0,\"rate\":4}]}}" },
	{ "files of v2 and pages by name",
	  "{\"unified\":{\"a.x\":\"1\",\"a.y\":\"2\"},\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":1}]}",
	  "{\"unified\":{\"a.x\":\"3\"},\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":2}]}",
	  "{\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":2}],\"unified\":{\"a.x\":\"3\"}}",
	  "{\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":2}],\"unified\":{\"a.y\":\"2\",\"a.x\":\"3\"}}" },
};

static void test_merge(void)
{
	for (size_t i = 0; i < ARRAY_LEN(merges); i++) {
		struct oci_err oe;
		auto_oci_doc struct oci_doc *stored = oci_doc_parse_resources(merges[i].stored, strlen(merges[i].stored),
									      OCI_STRICT, &oe);
		auto_oci_doc struct oci_doc *change = oci_doc_parse_resources(merges[i].change, strlen(merges[i].change),
									      OCI_STRICT, &oe);
		char *before = stored ? oci_resources_write(stored->resources, NULL) : NULL;
		struct arena a = fresh();
		struct oci_resources write, merged;
		struct err e = { 0 };

		CASE(merges[i].name);
		if (!CHECK(before && change) ||
		    !CHECK(resources_merge(stored->resources, change->resources, &a, &write, &merged, &e) == 0))
			continue;
		is_json(&write, merges[i].write);
		is_json(&merged, merges[i].merged);
		is_json(stored->resources, before);
		free(before);
	}
}

/* Whatever room there is, it works or says that it does not. */
static void test_small_arena(void)
{
	struct oci_err oe;
	const char *json = merges[ARRAY_LEN(merges) - 1].change;
	auto_oci_doc struct oci_doc *d = oci_doc_parse_resources(json, strlen(json), OCI_STRICT, &oe);

	CASE("no room");
	for (size_t room = 0; room < 400; room += 16) {
		struct arena a = fresh();
		struct oci_resources write, merged;
		struct err e = { 0 };

		a.size = room;
		int rc = resources_merge(NULL, d->resources, &a, &write, &merged, &e);

		CHECK(rc == 0 || rc == -ENOMEM);
	}
}

int main(void)
{
	test_sizes();
	test_refused();
	test_options();
	test_merge();
	test_small_arena();
	return check_summary();
}
