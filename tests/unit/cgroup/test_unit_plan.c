/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A configuration to a unit with its properties, and to where the container is in it. */
#include "base/arr.h"
#include "cgroup/planner.h"
#include "libocispec/ocispec.h"
#include "tests/check.h"

#include <stdlib.h>

static char block[8 << 20];
static struct arena a;
static struct oci_doc *doc;	/* plans point into it, so it lives until the next one */

#define V2 "1 1 0:1 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"
#define V1(name) "1 1 0:1 / /sys/fs/cgroup/" name " rw - cgroup cgroup rw," name "\n"
static const char v2[] = V2;
static const char v1[] = V1("memory") V1("cpu") V1("cpuset") V1("pids") V1("devices") V1("blkio")
	"1 1 0:1 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd\n";

/* "Name=a b; " of each property. */
static const char *shown(const struct cg_properties *l)
{
	static char text[4096];
	size_t n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < l->n && n < sizeof text; i++) {
		n += (size_t)snprintf(text + n, sizeof text - n, "%s=", l->v[i].name);
		for (size_t k = 0; k < l->v[i].n_values && n < sizeof text; k++)
			n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", k ? " " : "", l->v[i].values[k]);
		n += (size_t)snprintf(text + n, sizeof text - n, "; ");
	}
	return text;
}

static int plan(const char *mounts, const char *linux_part, const char *annotations, struct cg_plan *ret, struct err *e)
{
	char json[4096];
	struct oci_err oe;
	struct cg_host h;
	int rc;

	snprintf(json, sizeof json, "{\"ociVersion\":\"1.0.0\",\"linux\":{%s},\"annotations\":{%s}}", linux_part, annotations);
	memset(block, 0, sizeof block);
	a = (struct arena){ block, sizeof block, 0 };
	*e = (struct err){ 0 };
	oci_doc_free(doc);
	doc = oci_doc_parse(json, strlen(json), OCI_LENIENT, &oe);
	if (!CHECK(doc != NULL)) {
		printf("  %s: %s\n", json, oe.text);
		return -1;
	}
	rc = cg_host_parse(mounts, "", "cpu cpuset memory io pids", &a, &h, e);
	if (rc == 0)
		rc = cg_manager_parse(&h, "", false, 0, &a, e);
	if (rc == 0)
		rc = cg_plan(doc->config, "i", &h, CG_DRIVER_SYSTEMD, &a, ret, e);
	return rc;
}

static void test_limits(void)
{
	static const struct {
		const char *mounts, *resources, *want;
	} rows[] = {
		{ v2, "\"memory\":{\"limit\":5,\"swap\":8,\"reservation\":3}", "MemoryMax=5; MemoryLow=3; MemorySwapMax=3; " },
		{ v2, "\"memory\":{\"limit\":-1}", "MemoryMax=18446744073709551615; MemorySwapMax=18446744073709551615; " },
		{ v2, "\"memory\":{\"limit\":0}", "" },
		{ v1, "\"memory\":{\"limit\":5,\"swap\":8,\"reservation\":3}", "MemoryLimit=5; " },
		{ v2, "\"cpu\":{\"shares\":1024}", "CPUWeight=100; " },
		{ v1, "\"cpu\":{\"shares\":1024}", "CPUShares=1024; " },
		{ v2, "\"cpu\":{\"shares\":1024,\"idle\":1}", "CPUWeight=0; " },
		{ v2, "\"cpu\":{\"idle\":0}", "CPUWeight=18446744073709551615; " },
		{ v2, "\"cpu\":{\"quota\":50500,\"period\":100000}", "CPUQuotaPeriodUSec=100000; CPUQuotaPerSecUSec=510000; " },
		{ v2, "\"cpu\":{\"quota\":50000}", "CPUQuotaPerSecUSec=500000; " },
		{ v2, "\"cpu\":{\"quota\":-1}", "CPUQuotaPerSecUSec=18446744073709551615; " },
		{ v2, "\"cpu\":{\"quota\":9223372036854775807,\"period\":1000}",
		  "CPUQuotaPeriodUSec=1000; CPUQuotaPerSecUSec=18446744073709551615; " },
		{ v2, "\"cpu\":{\"cpus\":\"0-2,9\",\"mems\":\"0\"}", "AllowedCPUs=7 2; AllowedMemoryNodes=1; " },
		{ v1, "\"cpu\":{\"cpus\":\"0-2,9\"}", "" },
		{ v2, "\"pids\":{\"limit\":7}", "TasksMax=7; " },
		{ v2, "\"pids\":{\"limit\":-1}", "TasksMax=18446744073709551615; " },
		{ v2, "\"blockIO\":{\"weight\":10,\"weightDevice\":[{\"major\":8,\"minor\":0,\"weight\":1000}]}",
		  "IOWeight=1; IODeviceWeight=/dev/block/8:0 10000; " },
		{ v1, "\"blockIO\":{\"weight\":10}", "BlockIOWeight=10; " },
		{ v2, "\"unified\":{\"memory.min\":\"5\",\"pids.max\":\"max\"}", "MemoryMin=5; TasksMax=18446744073709551615; " },
		{ v2, "\"unified\":{\"cpu.max\":\"30000 60000\"}", "CPUQuotaPeriodUSec=60000; CPUQuotaPerSecUSec=500000; " },
		{ v2, "\"unified\":{\"cpu.max\":\"max\"}", "CPUQuotaPerSecUSec=18446744073709551615; " },
		{ v2, "\"unified\":{\"cgroup.max.depth\":\"4\"}", "" },
	};

	CASE("limits");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct cg_plan p;
		struct err e;
		char linux_part[1024];

		snprintf(linux_part, sizeof linux_part, "\"resources\":{\"devices\":[{\"allow\":true,\"access\":\"rwm\"}],%s}",
			 rows[i].resources);
		if (!CHECK(plan(rows[i].mounts, linux_part, "", &p, &e) == 0)) {
			printf("  %s: %s\n", rows[i].resources, e.text);
			continue;
		}
		/* The last is that of the devices. */
		CHECK(p.unit.limits.n > 0);
		p.unit.limits.n--;
		CHECK_STR(shown(&p.unit.limits), rows[i].want);
	}
}

static void test_devices(void)
{
	struct cg_plan p;
	struct err e;

	CASE("devices");
	CHECK(plan(v2, "\"resources\":{\"devices\":[{\"allow\":false,\"access\":\"rwm\"},"
		   "{\"allow\":true,\"type\":\"b\",\"major\":8,\"access\":\"r\"}]}", "", &p, &e) == 0);
	CHECK(strstr(shown(&p.unit.limits), "DevicePolicy=strict; DeviceAllow=block-8 r char-* m block-* m /dev/char/1:3 rwm "));
	CHECK(p.has_filter && p.n_warnings == 0);
	/* One minor number of any major has no name. */
	CHECK(plan(v2, "\"resources\":{\"devices\":[{\"allow\":true,\"type\":\"c\",\"minor\":5,\"access\":\"r\"}]}", "", &p,
		   &e) == 0);
	CHECK_STR(shown(&p.unit.limits), "DevicePolicy=auto; ");
	CHECK(p.has_filter && p.n_warnings == 0);
	CHECK(plan(v1, "\"resources\":{\"devices\":[{\"allow\":true,\"type\":\"c\",\"minor\":5,\"access\":\"r\"}]}", "", &p,
		   &e) == 0);
	CHECK(p.n_warnings == 1);
}

static void test_start(void)
{
	struct cg_plan p;
	struct err e;

	CASE("start");
	CHECK(plan(v2, "\"cgroupsPath\":\"a.slice:x:c\"", "", &p, &e) == 0);
	CHECK_STR(p.places[0].path, "/a.slice/x-c.scope/container");
	CHECK(p.places[0].unit_len == strlen("/a.slice/x-c.scope"));
	CHECK_STR(shown(&p.unit.start), "Description=cist container i; Slice=a.slice; Delegate=true; "
		  "DefaultDependencies=false; CollectMode=inactive-or-failed; MemoryAccounting=true; CPUAccounting=true; "
		  "IOAccounting=true; TasksAccounting=true; ");
	CHECK(plan(v1, "\"cgroupsPath\":\"a.slice:x:c\"", "", &p, &e) == 0);
	CHECK(p.n_places == 7 && p.places[0].unit_len == 0);
	CHECK_STR(p.places[0].path, "/a.slice/x-c.scope");
	CHECK(plan(v2, "\"cgroupsPath\":\"a.slice:x:b.slice\"", "", &p, &e) == 0);
	CHECK_STR(p.places[0].path, "/b.slice");
	CHECK(!strstr(shown(&p.unit.start), "Slice=") && !strstr(shown(&p.unit.start), "Delegate"));
	CASE("annotations");
	CHECK(plan(v2, "", "\"org.systemd.property.CollectMode\":\"'inactive'\",\"run.oci.systemd.subgroup\":\"\"", &p, &e) == 0);
	CHECK_STR(p.places[0].path, "/system.slice/cist-i.scope");
	CHECK(strstr(shown(&p.unit.start), "CollectMode=inactive; ") && !strstr(shown(&p.unit.start), "or-failed"));
	CHECK(plan(v2, "", "\"org.systemd.property.Slice\":\"'x.slice'\"", &p, &e) < 0 && strstr(e.text, "property.Slice"));
	CHECK(plan(v2, "", "\"run.oci.systemd.subgroup\":\"a/b\"", &p, &e) < 0 && strstr(e.text, "subgroup"));
	CHECK(plan(v2, "\"cgroupsPath\":\"a.slice:x:b.slice\"", "\"run.oci.systemd.subgroup\":\"a\"", &p, &e) < 0);
}

static void test_mask(void)
{
	static const struct {
		const char *list;
		int want;
	} rows[] = {
		{ "0", 0 }, { "0-3,7", 0 }, { "8191", 0 }, { "0\n", 0 },
		{ "8192", 1 }, { "3-1", 1 }, { "a", 1 }, { "1-", 1 }, { "0-9:1/2", 1 }, { "-1", 1 }, { ",1", 1 },
	};

	CASE("masks");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct cg_property p = { 0 };
		struct err e = { 0 };

		a = (struct arena){ block, sizeof block, 0 };
		CHECK(cg_unit_mask(rows[i].list, &a, &p, &e) == rows[i].want);
	}
}

int main(void)
{
	test_limits();
	test_devices();
	test_start();
	test_mask();
	oci_doc_free(doc);
	return check_summary();
}
