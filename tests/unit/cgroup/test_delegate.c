/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who gets the cgroup, and the cgroup below it of run.oci.delegate-cgroup: which configurations lead to them. */
#include "base/arr.h"
#include "cgroup/cgroup.h"
#include "libocispec/ocispec.h"
#include "tests/check.h"

#include <stdlib.h>

#define V2 "1 1 0:1 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"
#define V1 "1 1 0:1 / /sys/fs/cgroup/devices rw - cgroup cgroup rw,devices\n"
#define HYBRID V1 "1 1 0:1 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"

static char block[1 << 20];

/* A configuration with these namespaces, mounts, more members of linux, and members beside. */
static int plan_of(const char *host, const char *namespaces, const char *mounts, const char *more, const char *beside,
		   struct cg_plan *ret, struct err *e)
{
	struct arena a = { block, sizeof block, 0 };
	struct oci_err oe;
	struct cg_host h;
	char *json = NULL;
	static struct oci_doc *d;	/* what the plan points to; the last one goes with the process */
	int rc;

	*e = (struct err){ 0 };
	memset(block, 0, sizeof block);
	d = oci_doc_free(d);
	if (asprintf(&json, "{\"ociVersion\": \"1.3.0\", \"root\": {\"path\": \"r\"}, \"mounts\": [%s],"
		     "\"process\": {\"cwd\": \"/\", \"args\": [\"a\"], \"user\": {\"uid\": 7, \"gid\": 8}},"
		     "\"linux\": {\"namespaces\": [%s]%s}%s}", mounts, namespaces, more, beside) < 0)
		return -ENOMEM;
	d = oci_doc_parse(json, strlen(json), OCI_STRICT, &oe);
	free(json);
	if (!CHECK(d != NULL)) {
		printf("  %s\n", oe.text);
		return -EINVAL;
	}
	rc = cg_host_parse(host, "0::/\n", "memory", &a, &h, e);
	return rc < 0 ? rc : cg_plan(d->config, "x", &h, CG_DRIVER_CGROUPFS, &a, ret, e);
}

#define CGROUP_NS "{\"type\": \"cgroup\"}"
#define USER_NS "{\"type\": \"user\"}"
#define MAPS ", \"uidMappings\": [{\"containerID\": 0, \"hostID\": 100000, \"size\": 5}," \
	     "{\"containerID\": 5, \"hostID\": 200000, \"size\": 10}]"
#define MOUNT(destination, options) "{\"destination\": \"" destination "\", \"type\": \"cgroup\", \"source\": \"cgroup\"" \
	      ", \"options\": [" options "]}"
#define RW MOUNT("/sys/fs/cgroup", "\"nosuid\", \"rw\"")

static void test_owner(void)
{
	static const struct {
		const char *what, *host, *namespaces, *mounts, *more;
		bool has_owner;
		uint32_t owner;
	} rows[] = {
		{ "mapped", V2, CGROUP_NS "," USER_NS, RW, MAPS, true, 200002 },
		{ "without a user namespace", V2, CGROUP_NS, RW, "", true, 7 },
		{ "no option is writable", V2, CGROUP_NS, MOUNT("/sys/fs/cgroup/", ""), "", true, 7 },
		{ "ro and then rw", V2, CGROUP_NS, MOUNT("/sys/fs/cgroup", "\"ro\", \"rw\""), "", true, 7 },
		{ "ro", V2, CGROUP_NS "," USER_NS, MOUNT("/sys/fs/cgroup", "\"ro\""), MAPS, false, 0 },
		{ "rro", V2, CGROUP_NS, MOUNT("/sys/fs/cgroup", "\"rro\""), "", false, 0 },
		{ "elsewhere", V2, CGROUP_NS, MOUNT("/sys/fs/cgroup2", ""), "", false, 0 },
		{ "no mount", V2, CGROUP_NS "," USER_NS, "", MAPS, false, 0 },
		{ "no cgroup namespace", V2, USER_NS, RW, MAPS, false, 0 },
		{ "a joined cgroup namespace", V2, "{\"type\": \"cgroup\", \"path\": \"/proc/1/ns/cgroup\"}", RW, "", false, 0 },
		{ "a joined user namespace", V2, CGROUP_NS ", {\"type\": \"user\", \"path\": \"/proc/1/ns/user\"}", RW, "",
		  false, 0 },
		{ "an unmapped user", V2, CGROUP_NS "," USER_NS, RW,
		  ", \"uidMappings\": [{\"containerID\": 0, \"hostID\": 100000, \"size\": 5}]", false, 0 },
		{ "mapped to root", V2, CGROUP_NS "," USER_NS, RW,
		  ", \"uidMappings\": [{\"containerID\": 7, \"hostID\": 0, \"size\": 1}]", false, 0 },
		{ "v1", V1, CGROUP_NS, RW, "", false, 0 },
		{ "hybrid", HYBRID, CGROUP_NS, RW, "", false, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct cg_plan p = { 0 };
		struct err e;

		CASE(rows[i].what);
		CHECK(plan_of(rows[i].host, rows[i].namespaces, rows[i].mounts, rows[i].more, "", &p, &e) == 0);
		CHECK(p.has_owner == rows[i].has_owner);
		CHECK(!p.has_owner || p.owner == rows[i].owner);
	}
}

#define ANNOTATION(value) ", \"annotations\": {\"run.oci.delegate-cgroup\": \"" value "\"}"

static void test_delegate(void)
{
	static const struct {
		const char *host, *beside, *path, *error;
	} rows[] = {
		{ V2, "", NULL, NULL },
		{ V2, ANNOTATION(""), NULL, NULL },
		{ V2, ANNOTATION("init"), "init", NULL },
		{ V2, ANNOTATION("/a/b"), "a/b", NULL },
		{ V2, ANNOTATION("a/../.."), NULL, "annotations: run.oci.delegate-cgroup: 'a/../..' is not a path below the "
						   "container's cgroup" },
		{ V2, ANNOTATION(".."), NULL, "annotations: run.oci.delegate-cgroup: '..' is not a path below the "
					      "container's cgroup" },
		{ V2, ANNOTATION("/"), NULL, "annotations: run.oci.delegate-cgroup: '/' is not a path below the "
					     "container's cgroup" },
		{ HYBRID, ANNOTATION("a"), NULL, "annotations: run.oci.delegate-cgroup: needs cgroup v2 alone and a cgroup "
						 "of the container's own" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct cg_plan p = { 0 };
		struct err e;
		int rc = plan_of(rows[i].host, CGROUP_NS, "", "", rows[i].beside, &p, &e);

		CASE(rows[i].beside);
		CHECK((rc < 0) == (rows[i].error != NULL));
		CHECK_STR(rc < 0 ? e.text : NULL, rows[i].error);
		CHECK_STR(rc < 0 ? NULL : p.delegate, rows[i].path);
	}
}

int main(void)
{
	test_owner();
	test_delegate();
	return check_summary();
}
