/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What `explain` says of tests/golden/explain/CASE/config.json on a host that is described here, against HOST.txt beside
 * it.  `test_explain --write` writes these; look at the difference before you keep it.
 */
#include "base/arr.h"
#include "libocispec/check.h"
#include "libocispec/ocispec.h"
#include "runtime/explain.h"
#include "tests/check.h"

#include <stdlib.h>
#include <sys/mman.h>

#define V1_LINE(point, options) "1 1 0:1 / /sys/fs/cgroup/" point " rw - cgroup cgroup rw," options "\n"
#define V2_LINE(point) "1 1 0:1 / /sys/fs/cgroup" point " rw - cgroup2 cgroup2 rw\n"

static const struct host {
	const char *name;
	const char *mountinfo;
	const char *own;
	const char *controllers;
} v2 = { "v2", V2_LINE(""), "0::/init.scope\n", "cpuset cpu io memory pids" },
  v1 = { "v1", V1_LINE("cpu,cpuacct", "cpu,cpuacct") V1_LINE("cpuset", "cpuset") V1_LINE("memory", "memory")
	 V1_LINE("devices", "devices") V1_LINE("pids", "pids"), "5:memory:/\n", "" },
  hybrid = { "hybrid", V1_LINE("memory", "memory") V1_LINE("devices", "devices") V2_LINE("/unified"), "0::/\n",
	     "cpuset cpu pids" };

static const struct { const char *name; const struct host *host; } cases[] = {
	{ "minimal", &v2 }, { "docker", &v2 }, { "docker", &v1 }, { "podman", &v2 }, { "userns", &v2 }, { "joined", &v2 },
	{ "hooks", &v2 }, { "terminal", &v2 }, { "devices", &v2 }, { "devices", &v1 }, { "limits", &v2 }, { "limits", &v1 },
	{ "limits", &hybrid },
};

enum { ARENA_BYTES = 64 << 20 };
static char *memory;
static struct err e;

static char *slurp(const char *path)
{
	char *text = calloc(1, 256 << 10);
	FILE *f = fopen(path, "r");

	if (f && text)
		text[fread(text, 1, (256 << 10) - 1, f)] = '\0';
	if (f)
		fclose(f);
	return text;
}

/* Nothing is asked of this machine: a change here must not change what is printed. */
static int make(const struct oci_config *c, const struct host *h, struct arena *a, struct blueprint *bp)
{
	static const char *const environment[] = { "PATH=/bin", NULL };
	struct facts f = { .last_cap = 40, .has_kcore = true, .may_mknod = true, .environment = environment };
	const struct blueprint_request r = { .config = c, .id = "web1", .bundle = "/bundle", .state_dir = "/run/cist/web1",
					     .facts = &f, .driver = CG_DRIVER_CGROUPFS };

	if (cg_host_parse(h->mountinfo, h->own, h->controllers, a, &f.cgroups, &e) < 0)
		return e.code;
	return blueprint_make(&r, a, bp, &e);
}

static char *explained(const char *config, const struct host *h, enum explain_form form)
{
	char *json = slurp(config), *text = NULL;
	struct oci_err oe = { 0 };
	struct oci_findings found;
	auto_oci_doc struct oci_doc *d = oci_doc_parse(json, strlen(json), OCI_STRICT, &oe);
	struct arena a = { .base = memory, .size = ARENA_BYTES };
	struct blueprint bp = { 0 };
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	e = (struct err){ 0 };
	madvise(memory, ARENA_BYTES, MADV_DONTNEED);
	CHECK_STR(d ? "" : oe.text, "");
	CHECK(d && oci_check(d->config, OCI_CHECK_RUN, &found) != OCI_REJECTED);
	CHECK(d && make(d->config, h, &a, &bp) == 0 && explain_blueprint(&bp, f, form, &e) == 0);
	CHECK_STR(e.text, "");
	fclose(f);
	free(json);
	return text;
}

static void keep(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	if (CHECK(f != NULL)) {
		fputs(text, f);
		fclose(f);
	}
}

static size_t count(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)); text += strlen(what))
		n++;
	return n;
}

static void one(const char *name, const struct host *h, bool write)
{
	const char *srcdir = getenv("srcdir");
	char config[4096], golden[4096], *got, *want, *json;

	snprintf(config, sizeof(config), "%s/tests/golden/explain/%s/config.json", srcdir ? srcdir : ".", name);
	snprintf(golden, sizeof(golden), "%s/tests/golden/explain/%s/%s.txt", srcdir ? srcdir : ".", name, h->name);
	CASE(golden);
	got = explained(config, h, EXPLAIN_TEXT);
	if (write)
		keep(golden, got);
	want = slurp(golden);
	CHECK_STR(got, want);
	/* The other form says as much. */
	json = explained(config, h, EXPLAIN_JSON);
	CHECK(count(json, "{\"does\":") == count(got, "\n      ") && count(json, "\"from\":") == count(got, "]\n"));
	free(json);
	free(want);
	free(got);
}

int main(int argc, char *argv[])
{
	memory = mmap(NULL, ARENA_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (!CHECK(memory != MAP_FAILED))
		return check_summary();
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		one(cases[i].name, cases[i].host, argc > 1 && strcmp(argv[1], "--write") == 0);
	munmap(memory, ARENA_BYTES);
	return check_summary();
}
