/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* linux.intelRdt to a plan, lines of schemata, and where resctrl is mounted. */
#include "base/arr.h"
#include "rdt/rdt.h"
#include "tests/check.h"

#include <errno.h>

static char block[1 << 16];

static struct arena fresh(void)
{
	memset(block, 0, sizeof block);
	return (struct arena){ block, sizeof block, 0 };
}

static void test_group(void)
{
	static const char *lines[] = { "L3:0=f", "MB:0=20" };
	static const struct {
		const char *what;
		struct oci_intel_rdt r;
		const char *group;	/* NULL: refused */
		bool is_own, must_exist;
		const char *schema, *schemata, *monitor;
	} rows[] = {
		{ "nothing set", { 0 }, "web1", true, false, NULL, NULL, NULL },
		{ "a name alone", { .clos_id = "gold" }, "gold", false, true, NULL, NULL, NULL },
		{ "the root group", { .clos_id = "/" }, "", false, true, NULL, NULL, NULL },
		{ "a name and a schema", { .clos_id = "gold", .l3_cache_schema = "L3:0=f" }, "gold", false, false, "L3:0=f\n",
		  NULL, NULL },
		{ "bandwidth", { .mem_bw_schema = "MB:0=20" }, "web1", true, false, "MB:0=20\n", NULL, NULL },
		{ "both", { .l3_cache_schema = "L3:0=f", .mem_bw_schema = "MB:0=20" }, "web1", true, false,
		  "L3:0=f\nMB:0=20\n", NULL, NULL },
		{ "bandwidth within the cache's", { .l3_cache_schema = "L3:0=f\nMB:0=5\nL2:0=3\n", .mem_bw_schema = "MB:0=20" },
		  "web1", true, false, "L3:0=f\nL2:0=3\nMB:0=20\n", NULL, NULL },
		{ "schemata come apart", { .l3_cache_schema = "L3:0=7", .schemata = lines, .n_schemata = 2 }, "web1", true, false,
		  "L3:0=7\n", "L3:0=f\nMB:0=20\n", NULL },
		{ "a name and schemata", { .clos_id = "gold", .schemata = lines, .n_schemata = 2 }, "gold", false, false, NULL,
		  "L3:0=f\nMB:0=20\n", NULL },
		{ "monitoring", { .clos_id = "gold", .enable_monitoring = true }, "gold", false, true, NULL, NULL, "web1" },
		{ "a path", { .clos_id = "a/b" }, NULL, false, false, NULL, NULL, NULL },
		{ "upwards", { .clos_id = ".." }, NULL, false, false, NULL, NULL, NULL },
		{ "the kernel's", { .clos_id = "info" }, NULL, false, false, NULL, NULL, NULL },
		{ "two lines", { .clos_id = "a\nb" }, NULL, false, false, NULL, NULL, NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena a = fresh();
		struct rdt_plan p = { 0 };
		struct err e = { 0 };
		int rc = rdt_plan(&rows[i].r, "web1", &a, &p, &e);

		CASE(rows[i].what);
		if (!rows[i].group) {
			CHECK(rc == -EINVAL && strstr(e.text, "linux.intelRdt.closID"));
			continue;
		}
		CHECK(rc == 0 && p.wanted);
		CHECK_STR(p.group, rows[i].group);
		CHECK(p.is_own == rows[i].is_own);
		CHECK(p.must_exist == rows[i].must_exist);
		CHECK_STR(p.schema, rows[i].schema);
		CHECK_STR(p.schemata, rows[i].schemata);
		CHECK_STR(p.monitor, rows[i].monitor);
	}
}

static void test_edges(void)
{
	static const char *empty[] = { "" };
	const struct oci_intel_rdt bandwidth = { .l3_cache_schema = "MB:0=20" };
	const struct oci_intel_rdt no_line = { .schemata = empty, .n_schemata = 1 };
	struct arena a = fresh(), none = { block, 0, 0 };
	struct rdt_plan p = { .wanted = true };
	struct err e = { 0 };

	CASE("no intelRdt");
	CHECK(rdt_plan(NULL, "web1", &a, &p, &e) == 0 && !p.wanted);
	CASE("a container with a name of the kernel's");
	CHECK(rdt_plan(&(struct oci_intel_rdt){ 0 }, "mon_groups", &a, &p, &e) == -EINVAL);
	CASE("a line that is left out is said");
	CHECK(rdt_plan(&bandwidth, "web1", &a, &p, &e) == 0 && !p.schema && p.warning);
	CASE("an empty line");
	CHECK(rdt_plan(&no_line, "web1", &a, &p, &e) == -EINVAL);
	CHECK_STR(e.text, "linux.intelRdt.schemata[0]: is empty");
	CASE("no memory");
	CHECK(rdt_plan(&bandwidth, "web1", &none, &p, &e) == -ENOMEM);
}

static void test_differs(void)
{
	static const char have[] = "    MB:0=100;1= 70\n    L3:0=7ff;1=01f\nL2:0=ff;1=ff;2=f;3=f\n";
	static const struct {
		const char *want;
		const char *differs;
	} rows[] = {
		{ "L3:0=7ff;1=1f\n", NULL },
		{ "L3:1=1F;0=0x7ff\n", NULL },
		{ "L3:1=1f\n", NULL },
		{ "MB:0=100;1=70\n", NULL },
		{ "L3:0=7ff\nMB:1=070\n", NULL },
		{ "L2:03=f;\n", NULL },
		{ "L3:0=7fe;1=1f\n", "L3:0=7fe;1=1f\n" },
		{ "L3:0=7ff\nMB:1=80\nL2:0=1\n", "MB:1=80\nL2:0=1\n" },
		{ "L3:2=1f\n", "L3:2=1f\n" },
		{ "L3:0\n", "L3:0\n" },
		{ "L3CODE:0=1\n", "L3CODE:0=1\n" },
		{ "nothing\n", "nothing\n" },
		{ "L3:0=\n", "L3:0=\n" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CASE(rows[i].want);
		CHECK_STR(rdt_schema_differs(rows[i].want, have), rows[i].differs);
	}
}

static void test_mount_point(void)
{
	struct arena a = fresh();

	CASE("mountinfo");
	CHECK_STR(rdt_mount_point("1 2 0:3 / /proc rw - proc proc rw\n4 2 0:9 / /srv/r rw,noatime shared:9 - resctrl none rw\n", &a),
		  "/srv/r");
	CHECK_STR(rdt_mount_point("4 2 0:9 / /srv/\\040r rw - resctrl none rw\n", &a), NULL);
	CHECK_STR(rdt_mount_point("4 2 0:9 / / rw - ext4 resctrl rw\n", &a), NULL);
	CHECK_STR(rdt_mount_point("", &a), NULL);
	CHECK_STR(rdt_mount_point(" - resctrl ", &a), NULL);
}

int main(void)
{
	test_group();
	test_edges();
	test_differs();
	test_mount_point();
	return check_summary();
}
