/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From config.json to the plan, as explain prints it: tests/golden/mnt/NAME.json gives NAME.txt.  With CIST_GOLDEN=write
 * in the environment the latter are written.
 */
#include "base/arr.h"
#include "base/explain.h"
#include "libocispec/ocispec.h"
#include "mnt/mnt.h"
#include "tests/check.h"

#include <stdlib.h>
#include <sys/stat.h>

static char memory[1 << 20] __attribute__((aligned(16)));
static struct arena arena;
static struct mnt_plan plan;
static struct err e;

static int make_plan(const char *json, struct mnt_facts f)
{
	struct oci_err oe = { 0 };
	struct oci_doc *d = oci_doc_parse(json, strlen(json), OCI_LENIENT, &oe);
	int rc;

	memset(memory, 0, sizeof(memory));
	arena = (struct arena){ .base = memory, .size = sizeof(memory) };
	plan = (struct mnt_plan){ 0 };
	e = (struct err){ 0 };
	if (!CHECK(d)) {
		printf("  %s\n", oe.text);
		return -EINVAL;
	}
	f.bundle = "/bundle";
	rc = mnt_plan(d->config, &f, &arena, &plan, &e);
	d = oci_doc_free(d);
	return rc;
}

/* ---- golden files ---- */

static const char *const controllers[] = { "cpu", "cpuacct" };
static const struct mnt_cgroup_view v1[] = {
	{ .name = "cpu,cpuacct", .own = "/sys/fs/cgroup/cpu,cpuacct/box", .root = "/sys/fs/cgroup/cpu,cpuacct",
	  .links = controllers, .n_links = 2 },
	{ .name = "unified", .own = "/sys/fs/cgroup/unified/box", .root = "/sys/fs/cgroup/unified", .v2 = true },
};
static const struct mnt_cgroup_view v2[] = {
	{ .name = "", .own = "/sys/fs/cgroup/box", .root = "/sys/fs/cgroup", .v2 = true },
};

static const struct golden {
	const char *json, *text;
	struct mnt_facts facts;
} goldens[] = {
	{ "default", "default", { .new_mount_ns = true, .new_net_ns = true, .new_cgroup_ns = true, .may_mknod = true,
				  .host_has_kcore = true, .cgroups = v2, .n_cgroups = 1 } },
	{ "default", "default-hybrid", { .new_mount_ns = true, .new_net_ns = true, .may_mknod = true, .cgroups = v1,
					 .n_cgroups = 2, .no_pivot = true, .terminal = true,
					 .notify_dir = "/run/cist/box/notify", .notify_dest = "/run/notify" } },
	{ "default", "default-userns", { .new_mount_ns = true, .new_user_ns = true, .cgroups = v2, .n_cgroups = 1 } },
	{ "engine", "engine", { .new_mount_ns = true, .new_net_ns = true, .new_cgroup_ns = true, .may_mknod = true,
				.cgroups = v2, .n_cgroups = 1 } },
	{ "mapped", "mapped", { .new_mount_ns = true, .new_user_ns = true, .selinux = true } },
	{ "cgroups", "cgroups-hybrid", { .new_mount_ns = true, .may_mknod = true, .cgroups = v1, .n_cgroups = 2 } },
	{ "cgroups", "cgroups-joined", { .new_mount_ns = true, .may_mknod = true, .joined_cgroup_ns = true, .cgroups = v1,
					 .n_cgroups = 2 } },
	{ "beneath", "beneath", { .new_mount_ns = true } },
	{ "cgroup", "cgroup-v2", { .new_mount_ns = true, .may_mknod = true, .cgroups = v2, .n_cgroups = 1 } },
	{ "cgroup", "cgroup-v2-own", { .new_mount_ns = true, .may_mknod = true, .new_cgroup_ns = true, .cgroups = v2,
				       .n_cgroups = 1 } },
	{ "cgroup", "cgroup-none", { .new_mount_ns = true, .may_mknod = true } },
	{ "bare", "bare", { .may_mknod = true } },
};

static char *slurp(const char *name, const char *ending)
{
	const char *top = getenv("srcdir");
	char path[512], *text = calloc(1, 64 << 10);
	FILE *f;

	snprintf(path, sizeof(path), "%s/tests/golden/mnt/%s.%s", top ? top : ".", name, ending);
	f = fopen(path, "r");
	if (!f || !text || fread(text, 1, (64 << 10) - 1, f) == 0)
		printf("cannot read %s\n", path);
	if (f)
		fclose(f);
	return text;
}

static void write_golden(const char *name, const char *text)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "tests/golden/mnt/%s.txt", name);
	f = fopen(path, "w");
	if (f && fputs(text, f) >= 0)
		fclose(f);
}

static char *explain(void)
{
	struct explain x;
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	explain_begin(&x, f, EXPLAIN_TEXT);
	explain_step(&x, "host", "open sources");
	mnt_explain_sources(&plan, &x);
	explain_step(&x, "init", "prepare the rootfs");
	mnt_explain_prepare_root(&plan, &x);
	explain_step(&x, "init", "mount");
	mnt_explain_mounts(&plan, &x);
	explain_step(&x, "init", "make devices");
	mnt_explain_devices(&plan, &x);
	explain_step(&x, "init", "open the console");
	mnt_explain_console(&plan, &x);
	explain_step(&x, "init", "switch root");
	mnt_explain_switch_root(&plan, &x);
	explain_step(&x, "init", "restrict the rootfs");
	mnt_explain_restrict(&plan, &x);
	explain_end(&x);
	fclose(f);
	return text;
}

static bool in_arena(const void *p)
{
	return !p || ((const char *)p >= memory && (const char *)p < memory + sizeof(memory));
}

/* A pointer to a constant of this program would be wrong in cist-init. */
static void check_pointers(void)
{
	CHECK(in_arena(plan.sources) && in_arena(plan.ops) && in_arena(plan.devices) && in_arena(plan.links) &&
	      in_arena(plan.masked) && in_arena(plan.readonly) && in_arena(plan.root_path));
	for (uint32_t i = 0; i < plan.n_sources; i++)
		CHECK(in_arena(plan.sources[i].from) && in_arena(plan.sources[i].dest) && in_arena(plan.sources[i].path) &&
		      in_arena(plan.sources[i].beneath) &&
		      in_arena(plan.sources[i].link) && in_arena(plan.sources[i].idmap) && plan.sources[i].fd == -1);
	for (uint32_t i = 0; i < plan.n_idmaps; i++)
		CHECK(in_arena(plan.idmaps[i].uid_map) && in_arena(plan.idmaps[i].gid_map) && plan.idmaps[i].fd == -1);
	CHECK(in_arena(plan.label) && in_arena(plan.label_option));
	for (uint32_t i = 0; i < plan.n_ops; i++) {
		const struct mnt_op *op = &plan.ops[i];

		CHECK(in_arena(op->label));
		CHECK(in_arena(op->from) && in_arena(op->dest) && in_arena(op->options) && in_arena(op->type) &&
		      in_arena(op->source) && in_arena(op->params));
		for (uint32_t k = 0; k < op->n_params; k++)
			CHECK(in_arena(op->params[k].key) && in_arena(op->params[k].value));
	}
	for (uint32_t i = 0; i < plan.n_devices; i++)
		CHECK(in_arena(plan.devices[i].from) && in_arena(plan.devices[i].path));
	for (uint32_t i = 0; i < plan.n_links; i++)
		CHECK(in_arena(plan.links[i].name) && in_arena(plan.links[i].target));
}

static void test_goldens(void)
{
	const char *mode = getenv("CIST_GOLDEN");

	for (size_t i = 0; i < ARRAY_LEN(goldens); i++) {
		char *json = slurp(goldens[i].json, "json"), *got, *want;

		CASE(goldens[i].text);
		CHECK(make_plan(json, goldens[i].facts) == 0);
		CHECK_STR(e.text, "");
		check_pointers();
		got = explain();
		if (mode && strcmp(mode, "write") == 0)
			write_golden(goldens[i].text, got);
		want = slurp(goldens[i].text, "txt");
		CHECK_STR(got, want);
		free(json);
		free(got);
		free(want);
	}
}

/* ---- what is refused ---- */

#define ROOT "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"rootfs\"}"
#define MOUNT(text) ROOT ",\"mounts\":[{" text "}]}"
#define LINUX(text) ROOT ",\"linux\":{" text "}}"

static const struct bad {
	const char *json, *text;
} bads[] = {
	{ MOUNT("\"destination\":\"\",\"type\":\"tmpfs\""), "mounts[0]: : destination is empty" },
	{ MOUNT("\"destination\":\"/\",\"type\":\"tmpfs\""),
	  "mounts[0]: /: a mount on / is refused: the root file system is there" },
	{ MOUNT("\"destination\":\"//./\",\"type\":\"tmpfs\""),
	  "mounts[0]: //./: a mount on / is refused: the root file system is there" },
	{ MOUNT("\"destination\":\"/d\""), "mounts[0]: /d: a mount that is no bind needs a type" },
	{ MOUNT("\"destination\":\"/d\",\"options\":[\"bind\"]"), "mounts[0]: /d: a bind mount needs a source" },
	{ MOUNT("\"destination\":\"/d\",\"type\":\"proc\",\"source\":\"/s\",\"options\":[\"rbind\"]"),
	  "mounts[0]: /d: option \"rbind\" and type \"proc\" exclude each other" },
	{ MOUNT("\"destination\":\"/d\",\"type\":\"bind\",\"source\":\"/s\",\"options\":[\"rbind\",\"size=4\"]"),
	  "mounts[0]: /d: option \"size=4\" is not one of a bind mount" },
	{ MOUNT("\"destination\":\"/d\",\"type\":\"bind\",\"source\":\"/s\",\"options\":[\"tmpcopyup\"]"),
	  "mounts[0]: /d: option \"tmpcopyup\" is for tmpfs only" },
	{ MOUNT("\"destination\":\"/d\",\"type\":\"proc\",\"options\":[\"tmpcopyup\"]"),
	  "mounts[0]: /d: option \"tmpcopyup\" is for tmpfs only" },
	{ MOUNT("\"destination\":\"/d\",\"type\":\"bind\",\"source\":\"/s\""
		",\"options\":[\"bind\",\"idmap\"]"),
	  "mounts[0]: /d: an id-mapped mount needs uidMappings and gidMappings of its own, as the "
	  "container has no user namespace" },
	{ MOUNT("\"destination\":\"/d\",\"type\":\"bind\",\"source\":\"/s\""
		",\"options\":[\"bind\"],\"uidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":2}]"),
	  "mounts[0]: /d: uidMappings and gidMappings must be given together" },
	{ MOUNT("\"destination\":\"/d\",\"type\":\"tmpfs\""
		",\"options\":[\"idmap=uids=0-1-1;gids=0-1-1\"]"),
	  "mounts[0]: /d: only a bind mount can be id-mapped" },
	{ MOUNT("\"destination\":\"/d\",\"type\":\"bind\",\"source\":\"/s\""
		",\"options\":[\"bind\",\"idmap=uids=0-1-2\"]"),
	  "mounts[0]: /d: an id map needs both \"uids=\" and \"gids=\"" },
	{ MOUNT("\"destination\":\"/d\",\"type\":\"bind\",\"source\":\"/s\""
		",\"options\":[\"bind\",\"idmap=uids=0-1;gids=0-1-2\"]"),
	  "mounts[0]: /d: \"0-1\" is no map: FROM-TO-COUNT, several of them with \"#\" between" },
	{ MOUNT("\"destination\":\"/d\",\"type\":\"bind\",\"source\":\"/s\""
		",\"options\":[\"bind\",\"idmap=uids=0-4294967296-1;gids=0-1-2\"]"),
	  "mounts[0]: /d: \"0-4294967296-1\" is no map: FROM-TO-COUNT, several of them with \"#\" between" },
	{ MOUNT("\"destination\":\"/d\",\"type\":\"bind\",\"source\":\"/s\""
		",\"options\":[\"bind\",\"idmap=uids=0-1-2#;gids=0-1-2\"]"),
	  "mounts[0]: /d: \"0-1-2#\" is no map: FROM-TO-COUNT, several of them with \"#\" between" },
	{ MOUNT("\"destination\":\"/d\",\"type\":\"bind\",\"source\":\"/s\""
		",\"options\":[\"bind\",\"idmap=uids=0-1-2;pids=0-1-2\"]"),
	  "mounts[0]: /d: \"pids=0-1-2\" is neither \"uids=\" nor \"gids=\" of an id map" },
	{ MOUNT("\"destination\":\"/d\",\"type\":\"bind\",\"source\":\"/s\""
		",\"options\":[\"bind\",\"idmap=uids=0-1-2;uids=0-1-2\"]"),
	  "mounts[0]: /d: \"uids\" of an id map is given twice" },
	{ MOUNT("\"destination\":\"/d\",\"type\":\"bind\",\"source\":\"/s\""
		",\"options\":[\"bind\",\"ridmap=uids=0-1-0;gids=0-1-2\"]"),
	  "mounts[0]: /d: a range of a map is empty" },
	{ MOUNT("\"destination\":\"/d\",\"type\":\"bind\",\"source\":\"/s\""
		",\"options\":[\"bind\",\"idmap=uids=0-1-2#1-9-1;gids=0-1-2\"]"),
	  "mounts[0]: /d: ranges of a map overlap" },
	{ MOUNT("\"destination\":\"/d\",\"type\":\"bind\",\"source\":\"/s\""
		",\"options\":[\"bind\",\"idmap=uids=1-1-4294967295;gids=0-1-2\"]"),
	  "mounts[0]: /d: a range of a map reaches beyond the last id" },
	{ MOUNT("\"destination\":\"/d\",\"type\":\"bind\",\"source\":\"/s\""
		",\"options\":[\"bind\",\"idmap=uids=@0-1-2;gids=0-1-2\"]"),
	  "mounts[0]: /d: a map with \"@\" is relative to the container's user namespace, of which no maps "
	  "are given" },
	{ MOUNT("\"destination\":\"/d\""
		",\"options\":[\"remount\",\"size=4\"]"),
	  "mounts[0]: /d: option \"size\" with \"remount\" would change a file system that is not of this "
	  "container alone" },
	{ MOUNT("\"destination\":\"/d\""
		",\"options\":[\"remount\",\"tmpcopyup\"]"),
	  "mounts[0]: /d: option \"tmpcopyup\" and \"remount\" exclude each other" },
	{ MOUNT("\"destination\":\"/d\",\"type\":\"cgroup\",\"options\":[\"size=4\"]"),
	  "mounts[0]: /d: option \"size=4\" is not one of a cgroup mount" },
	{ MOUNT("\"destination\":\"/d\",\"type\":\"cgroup2\""),
	  "mounts[0]: /d: cgroup v2 is not mounted on this host; type cgroup shows what is" },
	{ LINUX("\"rootfsPropagation\":\"wild\""), "linux.rootfsPropagation: unknown value \"wild\"" },
	{ LINUX("\"mountLabel\":\"x\""), "linux.mountLabel: SELinux is not enabled on this host" },
	{ ROOT ",\"annotations\":{\"run.oci.mount_context_type\":\"wild\"}}",
	  "annotations: run.oci.mount_context_type: \"wild\" is none of context, fscontext, defcontext and rootcontext" },
	{ ROOT ",\"annotations\":{\"org.cist.bind.beneath\":\"[\\\"srv\\\"]\"}}",
	  "annotations: org.cist.bind.beneath: [0]: \"srv\" is not an absolute path" },
	{ ROOT ",\"annotations\":{\"org.cist.bind.beneath\":\"[\"}}",
	  "annotations: org.cist.bind.beneath: JSON syntax: premature EOF (line 1, column 2)" },
	{ ROOT ",\"annotations\":{\"org.cist.bind.beneath\":\"[7]\"}}",
	  "annotations: org.cist.bind.beneath: [0]: expected a string, got a number (line 1, column 2)" },
	{ ROOT ",\"annotations\":{\"org.cist.root.sealed\":\"yes\"}}",
	  "annotations: org.cist.root.sealed: \"yes\" is neither \"true\" nor \"false\"" },
	{ ROOT ",\"annotations\":{\"org.cist.console.unbound\":\"yes\"}}",
	  "annotations: org.cist.console.unbound: \"yes\" is neither \"true\" nor \"false\"" },
	{ LINUX("\"maskedPaths\":[\"\"]"), "linux.maskedPaths[0]: the path is empty" },
	{ LINUX("\"devices\":[{\"path\":\"rel\",\"type\":\"c\",\"major\":1,\"minor\":2}]"),
	  "linux.devices[0]: rel: the path is not absolute" },
	{ LINUX("\"devices\":[{\"path\":\"/dev/x\",\"type\":\"z\",\"major\":1,\"minor\":2}]"),
	  "linux.devices[0]: /dev/x: unknown type \"z\"" },
	{ LINUX("\"devices\":[{\"path\":\"/dev/x\",\"type\":\"c\",\"major\":1}]"),
	  "linux.devices[0]: /dev/x: major and minor are needed" },
	{ LINUX("\"devices\":[{\"path\":\"/dev/x\",\"type\":\"c\",\"major\":4096,\"minor\":0}]"),
	  "linux.devices[0]: /dev/x: major 4096 is not in 0...4095" },
	{ LINUX("\"devices\":[{\"path\":\"/dev/x\",\"type\":\"b\",\"major\":1,\"minor\":-1}]"),
	  "linux.devices[0]: /dev/x: minor -1 is not in 0...1048575" },
	{ "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"\"}}", "invalid rootfs: root.path is empty" },
	{ "{\"ociVersion\":\"1.3.0\"}", "root must be specified" },
};

static void test_bads(void)
{
	char json[5000], path[4200];

	CASE("refused");
	for (size_t i = 0; i < ARRAY_LEN(bads); i++) {
		CHECK(make_plan(bads[i].json, (struct mnt_facts){ .new_mount_ns = true }) < 0);
		CHECK_STR(e.text, bads[i].text);
	}
	CASE("long names and paths");
	memset(path, 'a', 256);
	path[256] = '\0';
	snprintf(json, sizeof(json), MOUNT("\"destination\":\"/%s\",\"type\":\"tmpfs\""), path);
	CHECK(make_plan(json, (struct mnt_facts){ .new_mount_ns = true }) == -ENAMETOOLONG);
	for (size_t i = 0; i < 4100; i++)
		path[i] = i % 2 ? 'a' : '/';
	path[4100] = '\0';
	snprintf(json, sizeof(json), MOUNT("\"destination\":\"%s\",\"type\":\"tmpfs\""), path);
	CHECK(make_plan(json, (struct mnt_facts){ .new_mount_ns = true }) == -ENAMETOOLONG);

	CASE("nothing can be mounted without a mount namespace");
	CHECK(make_plan(MOUNT("\"destination\":\"/d\",\"type\":\"tmpfs\""), (struct mnt_facts){ 0 }) < 0);
	CHECK_STR(e.text, "mounts: needs a new mount namespace");
	CHECK(make_plan(LINUX("\"maskedPaths\":[\"/x\"]"), (struct mnt_facts){ 0 }) < 0);
	CHECK_STR(e.text, "linux.maskedPaths: needs a new mount namespace");
}

#define MAPS "\"uidMappings\":[{\"containerID\":0,\"hostID\":1000,\"size\":10},{\"containerID\":10,\"hostID\":5000,\"size\":10}]," \
	"\"gidMappings\":[{\"containerID\":0,\"hostID\":1000,\"size\":20}]"
#define MAPPED(option) ROOT ",\"linux\":{" MAPS "},\"mounts\":[{\"destination\":\"/d\",\"type\":\"bind\",\"source\":\"/s\"," \
	"\"options\":[\"bind\",\"" option "\"]}]}"

/* The ranges of crun's option that are relative to the container's. */
static void test_relative_maps(void)
{
	const struct mnt_facts f = { .new_mount_ns = true, .new_user_ns = true };

	CASE("ids of the container become ids of the host");
	CHECK(make_plan(MAPPED("idmap=uids=@0-3-4#@7-12-2#50-60-1;gids=@1-3-10"), f) == 0);
	CHECK_STR(plan.idmaps[0].uid_map, "0 1003 4\n7 5002 2\n50 60 1\n");
	CHECK_STR(plan.idmaps[0].gid_map, "1 1003 10\n");
	CHECK(plan.sources[1].path && plan.n_idmaps == 1);

	CASE("a range that reaches over two of the container's, or leads to none");
	CHECK(make_plan(MAPPED("idmap=uids=@0-8-4;gids=0-0-1"), f) == -EINVAL);
	CHECK_STR(e.text, "mounts[0]: /d: the relative map of 4 ids from 8 on reaches beyond a range of the container's user "
		  "namespace: split it");
	CHECK(make_plan(MAPPED("idmap=uids=@0-20-1;gids=0-0-1"), f) == -EINVAL);
	CHECK_STR(e.text, "mounts[0]: /d: the container's user namespace has no id 20, which a relative map leads to");

	CASE("a user namespace that is joined is its own map");
	CHECK(make_plan(MAPPED("ridmap"), (struct mnt_facts){ .new_mount_ns = true, .joined_user_ns = true }) == 0);
	CHECK(plan.n_idmaps == 1 && !plan.idmaps[0].uid_map);
}

#define BENEATH(list, source) ROOT ",\"annotations\":{\"org.cist.bind.beneath\":\"" list "\"},\"mounts\":[{" \
	"\"destination\":\"/d\",\"type\":\"bind\",\"source\":\"" source "\",\"options\":[\"bind\"]}]}"

static void test_beneath(void)
{
	static const struct {
		const char *json, *path, *beneath;
	} cases[] = {
		{ BENEATH("[\\\"/srv/db\\\"]", "/srv/db/a/b"), "/srv/db/a/b", "/srv/db" },
		{ BENEATH("[\\\"/srv/db\\\"]", "/srv/db"), "/srv/db", "/srv/db" },
		{ BENEATH("[\\\"/srv/db\\\"]", "/srv/dbx"), "/srv/dbx", NULL },
		{ BENEATH("[\\\"/srv/db\\\"]", "/srv"), "/srv", NULL },
		{ BENEATH("[\\\"//srv/./db/\\\"]", "/srv//db/./x/"), "/srv/db/x", "/srv/db" },
		{ BENEATH("[\\\"/a\\\", \\\"/srv/db\\\", \\\"/srv\\\", \\\"/srv/db/x\\\"]", "/srv/db/x/y"), "/srv/db/x/y", "/srv" },
		{ BENEATH("[\\\"/\\\"]", "/x"), "/x", "/" },
		{ BENEATH("[\\\"/bundle\\\"]", "hosts"), "/bundle/hosts", "/bundle" },
		{ BENEATH("[]", "/srv//x"), "/srv//x", NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CASE(cases[i].json);
		CHECK(make_plan(cases[i].json, (struct mnt_facts){ .new_mount_ns = true }) == 0);
		CHECK_STR(e.text, "");
		CHECK(plan.n_sources >= 2);
		CHECK_STR(plan.sources[1].path, cases[i].path);
		CHECK_STR(plan.sources[1].beneath, cases[i].beneath);
		check_pointers();
	}
	CASE("a terminal has its place, unless that is not wanted");
	CHECK(make_plan(ROOT "}", (struct mnt_facts){ .new_mount_ns = true, .terminal = true }) == 0 && plan.bind_console);
	CHECK(make_plan(ROOT ",\"annotations\":{\"org.cist.console.unbound\":\"true\"}}",
			(struct mnt_facts){ .new_mount_ns = true, .terminal = true }) == 0 && !plan.bind_console);

	CASE("the tree is sealed in a mount namespace only");
	CHECK(make_plan(ROOT ",\"annotations\":{\"org.cist.root.sealed\":\"true\"}}", (struct mnt_facts){ 0 }) < 0);
	CHECK_STR(e.text, "annotations: org.cist.root.sealed: needs a new mount namespace");
}

/* ---- a container that runs ---- */

static int make_change(const char *json, bool removed, struct mnt_facts f)
{
	static const char config[] = LINUX("\"maskedPaths\":[\"/secret\"],\"readonlyPaths\":[\"/proc/sys\"]");
	struct oci_err oe = { 0 };
	auto_oci_doc struct oci_doc *c = oci_doc_parse(config, strlen(config), OCI_LENIENT, &oe);
	auto_oci_doc struct oci_doc *m = oci_doc_parse_mounts(json, strlen(json), OCI_LENIENT, &oe);

	memset(memory, 0, sizeof(memory));
	arena = (struct arena){ .base = memory, .size = sizeof(memory) };
	plan = (struct mnt_plan){ 0 };
	e = (struct err){ 0 };
	f.bundle = "/bundle";
	if (!CHECK(c && m))
		return -EINVAL;
	return (removed ? mnt_plan_removed : mnt_plan_added)(c->config, m->mounts, &f, &arena, &plan, &e);
}

static void test_added(void)
{
	static const char two[] = "[{\"destination\":\"/a\",\"type\":\"bind\",\"source\":\"x\"},"
				  "{\"destination\":\"b/./c\",\"type\":\"tmpfs\",\"options\":[\"ro\"]}]";
	static const struct bad wrong[] = {
		{ "[{\"destination\":\"/a\",\"options\":[\"remount\",\"ro\"]}]",
		  "[0]: /a: \"remount\" is for the time when a container is made" },
		{ "[{\"destination\":\"/a\",\"type\":\"cgroup2\"}]",
		  "[0]: /a: a cgroup2 file system cannot be added to a container that runs" },
		{ "[{\"destination\":\"/a\",\"type\":\"tmpfs\"},{\"destination\":\"/\",\"type\":\"tmpfs\"}]",
		  "[1]: /: a mount on / is refused: the root file system is there" },
	};
	char many[4096] = "[";

	CASE("added to a container that runs");
	CHECK(make_change(two, false, (struct mnt_facts){ .new_mount_ns = true }) == 0);
	check_pointers();
	CHECK(plan.adds && plan.n_ops == 2 && plan.n_sources == 1 && plan.n_masked == 0 && plan.proc_source == -1);
	CHECK_STR(plan.sources[0].path, "/bundle/x");
	CHECK_STR(plan.ops[1].dest, "/b/c");
	CHECK(plan.ops[1].late_readonly && !plan.ops[1].is_trusted_proc);
	CHECK(make_change(two, false, (struct mnt_facts){ .new_mount_ns = true, .new_user_ns = true }) == 0);
	CHECK(plan.proc_source == 0 && plan.ops[0].source_index == 1);
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		CHECK(make_change(wrong[i].json, false, (struct mnt_facts){ .new_mount_ns = true }) < 0);
		CHECK_STR(e.text, wrong[i].text);
	}

	CASE("removed from it");
	CHECK(make_change(two, true, (struct mnt_facts){ .new_mount_ns = true }) == 0);
	check_pointers();
	CHECK(!plan.adds && plan.n_ops == 0 && plan.n_sources == 0 && plan.n_removed == 2);
	CHECK_STR(plan.removed[1].path, "/b/c");
	CHECK(plan.n_masked == 1 && plan.n_readonly == 1 && plan.null_source == -1);

	CASE("too many at once");
	for (int i = 0; i <= MNT_ADDED_MAX; i++)
		snprintf(many + strlen(many), sizeof(many) - strlen(many), "%s%s", i ? "," : "", "{\"destination\":\"/d\",\"type\":\"tmpfs\"}");
	snprintf(many + strlen(many), sizeof(many) - strlen(many), "]");
	CHECK(make_change(many, false, (struct mnt_facts){ .new_mount_ns = true }) == -E2BIG);
}

/* An arena of any size too small is an error, never a crash. */
static void test_full_arena(void)
{
	struct mnt_facts f = goldens[1].facts;
	char *json = slurp("default", "json");
	struct oci_err oe;
	struct oci_doc *d = oci_doc_parse(json, strlen(json), OCI_LENIENT, &oe);
	size_t size = 0;
	int rc = -ENOMEM;

	CASE("a full arena");
	f.bundle = "/bundle";
	for (; d && rc == -ENOMEM && size < sizeof(memory); size += 16) {
		arena = (struct arena){ .base = memory, .size = size };
		plan = (struct mnt_plan){ 0 };
		memset(memory, 0, size);
		rc = mnt_plan(d->config, &f, &arena, &plan, &e);
	}
	CHECK(rc == 0);
	printf("the default plan takes %zu bytes\n", size);
	d = oci_doc_free(d);
	free(json);
}

int main(void)
{
	test_goldens();
	test_bads();
	test_relative_maps();
	test_beneath();
	test_added();
	test_full_arena();
	return check_summary();
}
