/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Resources of tests/golden/cgroup/NAME.json, planned for each kind of host, against NAME.out.  `test_golden --write`
 * writes the .out files; look at the difference before you keep it.
 */
#include "base/arr.h"
#include "cgroup/cgroup.h"
#include "libocispec/ocispec.h"
#include "tests/check.h"

#include <glob.h>
#include <stdlib.h>

#define V1_LINE(point, options) "1 1 0:1 / /sys/fs/cgroup/" point " rw - cgroup cgroup rw," options "\n"
#define V2_LINE(point) "1 1 0:1 / /sys/fs/cgroup" point " rw - cgroup2 cgroup2 rw\n"

static const struct {
	const char *name;
	const char *mountinfo;
	const char *controllers;
	enum cg_driver_kind driver;
} hosts[] = {
	{ "v2", V2_LINE(""), "cpuset cpu io memory hugetlb pids rdma misc dmem", CG_DRIVER_CGROUPFS },
	{ "v2 with hugetlb alone", V2_LINE(""), "hugetlb", CG_DRIVER_CGROUPFS },
	{ "v1", V1_LINE("cpu,cpuacct", "cpu,cpuacct") V1_LINE("cpuset", "cpuset") V1_LINE("memory", "memory")
		V1_LINE("devices", "devices") V1_LINE("freezer", "freezer") V1_LINE("blkio", "blkio")
		V1_LINE("pids", "pids") V1_LINE("hugetlb", "hugetlb") V1_LINE("rdma", "rdma")
		V1_LINE("net_cls,net_prio", "net_cls,net_prio") V1_LINE("systemd", "xattr,name=systemd"),
	  "", CG_DRIVER_CGROUPFS },
	{ "hybrid with hugetlb on v2", V1_LINE("cpu", "cpu") V1_LINE("cpuacct", "cpuacct") V1_LINE("cpuset", "cpuset")
		V1_LINE("memory", "memory") V1_LINE("devices", "devices") V1_LINE("freezer", "freezer")
		V1_LINE("blkio", "blkio") V1_LINE("pids", "pids") V2_LINE("/unified"),
	  "hugetlb", CG_DRIVER_CGROUPFS },
	{ "none", "", "", CG_DRIVER_CGROUPFS },
	{ "disabled", V2_LINE(""), "cpuset cpu io memory hugetlb pids rdma misc", CG_DRIVER_DISABLED },
};

static char block[4 << 20];

/* Resources without device rules: only what their members lead to. */
static void print_limits(FILE *out, const struct cg_plan *p)
{
	for (size_t i = 0; i < p->n_writes; i++) {
		const struct cg_write *w = &p->writes[i];

		if (!w->from)
			continue;
		fprintf(out, "%s/%s = %s", p->places[w->place].h->name, w->file, w->value);
		if (w->or_file)
			fprintf(out, " or %s = %s", w->or_file, w->or_value);
		fprintf(out, "%s%s%s%s%s%s%s\n", w->usage_file ? " not below " : "", w->usage_file ? w->usage_file : "",
			w->or_after_next ? " or after the next" : "", w->must_hold ? " and must hold" : "",
			w->tolerance == CG_WARN_MISSING ? " (may be missing: warning)" : "",
			w->tolerance == CG_SKIP_MISSING ? " (may be missing)" : "",
			w->tolerance == CG_SKIP_UNKNOWN ? " (may be missing or refused)" : "");
	}
}

static void print_plan(FILE *out, size_t host, const struct oci_resources *r)
{
	struct arena a = { block, sizeof block, 0 };
	struct oci_linux linux_part = { .cgroups_path = "/docker/x", .resources = (struct oci_resources *)(uintptr_t)r };
	struct oci_config c = { .linux = &linux_part };
	struct cg_host h;
	struct cg_plan p;
	struct explain x;
	struct err e = { 0 };

	memset(block, 0, sizeof block);
	fprintf(out, "== %s\n", hosts[host].name);
	if (cg_host_parse(hosts[host].mountinfo, "0::/\n", hosts[host].controllers, &a, &h, &e) < 0 ||
	    cg_plan(&c, "x", &h, hosts[host].driver, &a, &p, &e) < 0) {
		fprintf(out, "error: %s\n", e.text);
		return;
	}
	for (size_t i = 0; i < p.n_warnings; i++)
		fprintf(out, "warning: %s\n", p.warnings[i]);
	if (r->n_devices == 0) {
		print_limits(out, &p);
		return;
	}
	explain_begin(&x, out, EXPLAIN_TEXT);
	explain_step(&x, "host", "make the cgroup");
	cg_explain_create(&p, &x);
	explain_step(&x, "host", "enter the cgroup");
	cg_explain_enter(&p, &x);
	explain_step(&x, "host", "limit resources");
	cg_explain_apply(&p, &x);
	explain_end(&x);
}

static char *read_file(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = calloc(1, 256 << 10);

	if (f && text) {
		text[fread(text, 1, (256 << 10) - 1, f)] = '\0';
		fclose(f);
	}
	return text;
}

static void print_all(FILE *out, const char *json)
{
	struct oci_err e;
	auto_oci_doc struct oci_doc *d = oci_doc_parse_resources(json, strlen(json), OCI_STRICT, &e);

	if (!d) {
		fprintf(out, "not read: %s\n", e.text);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(hosts); i++)
		print_plan(out, i, d->resources);
}

static void one(const char *json_path, bool write)
{
	char out_path[4096], *json = read_file(json_path), *want, *got = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&got, &n);

	print_all(out, json);
	fclose(out);
	snprintf(out_path, sizeof out_path, "%.*s.out", (int)(strlen(json_path) - strlen(".json")), json_path);
	if (write) {
		FILE *f = fopen(out_path, "w");

		if (CHECK(f != NULL)) {
			fputs(got, f);
			fclose(f);
		}
	} else {
		want = read_file(out_path);
		CASE(json_path);
		CHECK_STR(got, want);
		free(want);
	}
	free(got);
	free(json);
}

int main(int argc, char *argv[])
{
	const char *srcdir = getenv("srcdir");
	char pattern[4096];
	glob_t g = { 0 };

	snprintf(pattern, sizeof pattern, "%s/tests/golden/cgroup/*.json", srcdir ? srcdir : ".");
	CHECK(glob(pattern, 0, NULL, &g) == 0 && g.gl_pathc > 20);
	for (size_t i = 0; i < g.gl_pathc; i++)
		one(g.gl_pathv[i], argc > 1 && strcmp(argv[1], "--write") == 0);
	globfree(&g);
	return check_summary();
}
