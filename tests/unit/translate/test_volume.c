/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Volumes: what a virtual path means, in which order they are mounted, with which options, and what a launch makes. */
#include "base/arr.h"
#include "tests/unit/translate/fixture.h"
#include "translate/volume.h"

#include <stdlib.h>

/* ---- paths ---- */

static void test_normal(void)
{
	static const struct {
		const char *path, *want;
	} cases[] = {
		{ "/", "/" }, { "//", "/" }, { "/.", "/" }, { "/a", "/a" }, { "//a/./b//", "/a/b" }, { "/..a/b..", "/..a/b.." },
		{ "", NULL }, { "a", NULL }, { "./a", NULL }, { "/..", NULL }, { "/a/../b", NULL }, { "/a/..", NULL },
	};
	auto_fixture struct fixture x;

	fixture_make(&x);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *got = NULL;

		CASE(cases[i].path);
		CHECK(volume_normal(cases[i].path, &x.arena, &got, &x.e) == (cases[i].want ? 1 : 0));
		CHECK_STR(got, cases[i].want);
	}
}

static void test_below(void)
{
	static const struct {
		const char *path, *prefix, *below;
	} cases[] = {
		{ "/db", "/db", "" }, { "/db/x/y", "/db", "x/y" }, { "/dbx", "/db", NULL }, { "/d", "/db", NULL },
		{ "/db", "/", "db" }, { "/", "/", "" }, { "/", "/db", NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *below = NULL;

		CASE(cases[i].path);
		CHECK(volume_is_below(cases[i].path, cases[i].prefix, &below) == (cases[i].below != NULL));
		if (cases[i].below)
			CHECK_STR(below, cases[i].below);
	}
}

/* ---- tables ---- */

static void test_find(void)
{
	static const struct {
		const char *says;
		struct lithos_pair ro[2], rw[3];
		enum lithos_volume_type type;
		const char *path, *want, *shorter;	/* want NULL: not found */
	} cases[] = {
		{ "the rest is appended", { { 0 } }, { { "/db", "/srv/db" } }, LITHOS_PERSISTENT, "/db/a/b", "/srv/db/a/b", NULL },
		{ "by components", { { 0 } }, { { "/db", "/srv/db" } }, LITHOS_PERSISTENT, "/dbx", NULL, NULL },
		{ "the longest wins", { { 0 } }, { { "/db", "/a" }, { "/db/sub", "/b" } }, LITHOS_PERSISTENT, "/db/sub/x", "/b/x",
		  "/a/sub/x" },
		{ "in any order", { { 0 } }, { { "/db/sub", "/b" }, { "/db", "/a" } }, LITHOS_PERSISTENT, "/db/sub/x", "/b/x",
		  "/a/sub/x" },
		{ "three deep", { { 0 } }, { { "/", "/r" }, { "/db/sub", "/b" }, { "/db", "/a" } }, LITHOS_PERSISTENT, "/db/sub",
		  "/b", "/r/db/sub" },
		{ "the same place both ways", { { 0 } }, { { "/db", "/a" }, { "/db/sub", "/a/sub/" } }, LITHOS_PERSISTENT,
		  "/db/sub/x", "/a/sub/x", NULL },
		{ "read-only out of the writable ones", { { 0 } }, { { "/db", "/srv" } }, LITHOS_READONLY, "/db", "/srv", NULL },
		{ "its own table first", { { "/", "/ro" } }, { { "/db", "/srv" } }, LITHOS_READONLY, "/db", "/ro/db", NULL },
		{ "writable never out of the read-only ones", { { "/db", "/srv" } }, { { 0 } }, LITHOS_PERSISTENT, "/db", NULL, NULL },
		{ "spelling", { { 0 } }, { { "/db/./", "/srv//" } }, LITHOS_PERSISTENT, "//db//x/.", "/srv/x", NULL },
		{ "relative keys fit nothing", { { 0 } }, { { "db", "/srv" }, { "/db/../db", "/x" } }, LITHOS_PERSISTENT, "/db", NULL,
		  NULL },
		{ "the root of the host", { { 0 } }, { { "/h", "/" } }, LITHOS_PERSISTENT, "/h/etc", "/etc", NULL },
		{ "no .. in the path", { { 0 } }, { { "/", "/srv" } }, LITHOS_PERSISTENT, "/db/../x", NULL, NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct lithos_pair ro[2], rw[3];
		struct lithos_volume v = { .type = cases[i].type, .path = cases[i].path };
		auto_fixture struct fixture x;
		struct volume_place place = { 0 };

		CASE(cases[i].says);
		fixture_make(&x);
		memcpy(ro, cases[i].ro, sizeof(ro));
		memcpy(rw, cases[i].rw, sizeof(rw));
		x.sandbox.readonly_paths = ro;
		while (x.sandbox.n_readonly_paths < 2 && ro[x.sandbox.n_readonly_paths].key)
			x.sandbox.n_readonly_paths++;
		x.sandbox.writable_paths = rw;
		while (x.sandbox.n_writable_paths < 3 && rw[x.sandbox.n_writable_paths].key)
			x.sandbox.n_writable_paths++;
		CHECK(volume_find(&x.sandbox, &v, &x.arena, &place, &x.e) == (cases[i].want ? 1 : 0));
		if (cases[i].want) {
			CHECK_STR(volume_host_path(&place, &x.arena), cases[i].want);
			CHECK_STR(place.shorter, cases[i].shorter);
		}
	}
}

/* ---- the mounts ---- */

static struct lithos_pair writable[] = { { "/db", "/srv/db" } };

/* app/web.0 with these volumes; the tables have /db. */
static void make(struct fixture *x, struct lithos_volume *v, size_t n)
{
	fixture_make(x);
	x->sandbox.writable_paths = writable;
	x->sandbox.n_writable_paths = 1;
	x->container.volumes = v;
	x->container.n_volumes = n;
}

static const struct oci_mount *find(const struct fixture *x, const char *destination)
{
	for (size_t i = 0; i < x->plan.config.n_mounts; i++)
		if (strcmp(x->plan.config.mounts[i].destination, destination) == 0)
			return &x->plan.config.mounts[i];
	return NULL;
}

static const char *options_of(const struct fixture *x, const char *destination)
{
	const struct oci_mount *m = find(x, destination);
	static char text[256];
	size_t len = 0;

	if (!m)
		return NULL;
	*text = '\0';
	for (size_t i = 0; i < m->n_options; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", i ? "," : "", m->options[i]);
	return text;
}

static void test_order(void)
{
	struct lithos_volume v[] = {
		{ .mount_point = "/a/b", .type = LITHOS_TMPFS }, { .mount_point = "/a", .type = LITHOS_TMPFS },
		{ .mount_point = "/zz", .type = LITHOS_TMPFS }, { .mount_point = "/d/////", .type = LITHOS_TMPFS },
		{ .mount_point = "/d/e", .type = LITHOS_TMPFS },
	};
	static const char *const want[] = { "/a", "/d", "/zz", "/a/b", "/d/e" };
	auto_fixture struct fixture x;

	CASE("shorter mount points first, as they are meant");
	make(&x, v, ARRAY_LEN(v));
	CHECK(translate_volumes(&x.d) == 0);
	if (CHECK(x.plan.config.n_mounts == ARRAY_LEN(want)))
		for (size_t i = 0; i < ARRAY_LEN(want); i++)
			CHECK_STR(x.plan.config.mounts[i].destination, want[i]);
	CHECK(x.findings.n == 0);
}

static void test_tmpfs(void)
{
	static const struct {
		uint64_t size;
		uint32_t mode;
		const char *want;
	} cases[] = {
		{ 104857600, 0777, "nosuid,nodev,size=104857600,mode=00777" },
		{ 104857600, 0766, "nosuid,nodev,size=104857600,mode=00766" },
		{ 104857600, 01777, "nosuid,nodev,size=104857600,mode=01777" },
		{ 0, 0, "nosuid,nodev,size=0,mode=00000" },
		{ INT64_MAX, 766, "nosuid,nodev,size=9223372036854775807,mode=01376" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct lithos_volume v = { .mount_point = "/tmp", .type = LITHOS_TMPFS, .size = cases[i].size, .mode = cases[i].mode };
		auto_fixture struct fixture x;

		CASE(cases[i].want);
		make(&x, &v, 1);
		CHECK(translate_volumes(&x.d) == 0);
		CHECK_STR(options_of(&x, "/tmp"), cases[i].want);
		CHECK_STR(find(&x, "/tmp")->type, "tmpfs");
		CHECK(x.plan.n_directories == 0 && x.plan.config.n_annotations == 0);
	}
}

static void test_binds(void)
{
	struct lithos_volume v[] = {
		{ .mount_point = "/ro", .type = LITHOS_READONLY, .path = "/db" },
		{ .mount_point = "/data", .type = LITHOS_PERSISTENT, .path = "/db/a/b" },
		{ .mount_point = "/data/more", .type = LITHOS_PERSISTENT, .path = "/db/more" },
	};
	auto_fixture struct fixture x;

	CASE("binds");
	make(&x, v, ARRAY_LEN(v));
	CHECK(translate_volumes(&x.d) == 0);
	CHECK(x.findings.n == 0);
	CHECK_STR(options_of(&x, "/ro"), "rbind,rro,rnosuid,rnodev,rprivate");
	CHECK_STR(find(&x, "/ro")->source, "/srv/db");
	CHECK_STR(options_of(&x, "/data"), "rbind,rnosuid,rnodev,rprivate");
	CHECK_STR(find(&x, "/data")->source, "/srv/db/a/b");
	CHECK(x.plan.n_directories == 0);
	if (CHECK(x.plan.config.n_annotations == 1)) {
		CHECK_STR(x.plan.config.annotations[0].key, "org.cist.bind.beneath");
		CHECK_STR(x.plan.config.annotations[0].value, "[\"/srv/db\"]");
	}
}

static void test_refused(void)
{
	static const struct {
		struct lithos_volume v[2];
		enum finding_level level;
		const char *text;
	} cases[] = {
		{ { { .mount_point = "/v", .type = LITHOS_PERSISTENT, .path = "/dbx" } }, FINDING_ERROR,
		  "Can't find volume for \"/dbx\", probably missing entry in writable-paths" },
		{ { { .mount_point = "/v", .type = LITHOS_READONLY, .path = "/x" } }, FINDING_ERROR,
		  "Can't find volume for /x, probably missing entry in readonly-paths" },
		{ { { .mount_point = "v", .type = LITHOS_TMPFS } }, FINDING_ERROR, "\"v\" is not an absolute path without \"..\"" },
		{ { { .mount_point = "/v/../w", .type = LITHOS_TMPFS } }, FINDING_ERROR, "is not an absolute path without" },
		{ { { .mount_point = "/v", .type = LITHOS_STATEDIR, .path = "/../x" } }, FINDING_ERROR,
		  "\"/../x\" is not an absolute path without \"..\"" },
		{ { { .mount_point = "//", .type = LITHOS_TMPFS } }, FINDING_ERROR, "a volume cannot be mounted on /: the image" },
		{ { { .mount_point = "/dev/", .type = LITHOS_TMPFS } }, FINDING_ERROR, "a volume cannot be mounted on /dev: " },
		{ { { .mount_point = "/proc", .type = LITHOS_TMPFS } }, FINDING_ERROR, "a volume cannot be mounted on /proc: " },
		{ { { .mount_point = "/proc/sys", .type = LITHOS_TMPFS } }, FINDING_ERROR, "on /proc/sys: no runtime mounts" },
		{ { { .mount_point = "/sys", .type = LITHOS_TMPFS } }, FINDING_WARNING, "the volume on /sys: it hides" },
		{ { { .mount_point = "/dev/log", .type = LITHOS_READONLY, .path = "/db/log" } }, FINDING_WARNING,
		  "a device in the volume on /dev/log cannot be opened: volumes are nodev" },
		{ { { .mount_point = "/v", .type = LITHOS_TMPFS }, { .mount_point = "/v/.", .type = LITHOS_TMPFS } }, FINDING_ERROR,
		  "/v is the mount point of two volumes" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct lithos_volume v[2];
		auto_fixture struct fixture x;

		memcpy(v, cases[i].v, sizeof(v));
		CASE(cases[i].text);
		make(&x, v, v[1].mount_point ? 2 : 1);
		CHECK(translate_volumes(&x.d) == 0);
		CHECK(x.findings.n == 1);
		CHECK(fixture_said(&x, cases[i].level, cases[i].text));
		CHECK(x.findings.n_errors == (cases[i].level == FINDING_ERROR));
	}
}

static void test_fine_places(void)
{
	struct lithos_volume v[] = {
		{ .mount_point = "/dev/shm", .type = LITHOS_TMPFS }, { .mount_point = "/sys/fs/x", .type = LITHOS_TMPFS },
		{ .mount_point = "/process", .type = LITHOS_TMPFS }, { .mount_point = "/device", .type = LITHOS_TMPFS },
	};
	auto_fixture struct fixture x;

	CASE("places that are shadowed on purpose");
	make(&x, v, ARRAY_LEN(v));
	CHECK(translate_volumes(&x.d) == 0);
	CHECK(x.findings.n == 0 && x.plan.config.n_mounts == 4);
}

static void test_tables_of_the_sandbox(void)
{
	static struct lithos_pair nested[] = { { "/db", "/a" }, { "/db/sub", "/b" } }, relative[] = { { "/db", "srv/db" } };
	struct lithos_volume v = { .mount_point = "/v", .type = LITHOS_PERSISTENT, .path = "/db/sub/x" };
	auto_fixture struct fixture x, y, z;

	CASE("the longest prefix, and a warning");
	make(&x, &v, 1);
	x.sandbox.writable_paths = nested;
	x.sandbox.n_writable_paths = 2;
	CHECK(translate_volumes(&x.d) == 0);
	CHECK_STR(find(&x, "/v")->source, "/b/x");
	CHECK(fixture_said(&x, FINDING_WARNING, "/db/sub/x is found by the entry /db/sub of the sandbox' paths, the longest that "
			   "fits; lithos took the shortest, which leads to /a/sub/x"));

	CASE("the second instance says it no more");
	make(&y, &v, 1);
	y.sandbox.writable_paths = nested;
	y.sandbox.n_writable_paths = 2;
	y.in.number = 1;
	CHECK(translate_volumes(&y.d) == 0);
	CHECK(y.findings.n == 0);

	CASE("host paths are absolute");
	make(&z, &v, 1);
	z.sandbox.writable_paths = relative;
	CHECK(translate_volumes(&z.d) == 0);
	CHECK(fixture_said(&z, FINDING_ERROR, "the host path \"srv/db\" of /db in the sandbox' paths is not absolute"));
}

/* ---- directories and their owners ---- */

static struct lithos_map one_map[] = { { 0, 1000, 10 } }, high_map[] = { { 100, 5000, 10 } };

static void test_owners(void)
{
	static const struct {
		const char *says;
		struct lithos_maps of_container, of_sandbox;
		uint32_t user, group;
		uint32_t uid, gid;
		bool made;
		const char *warning;
	} cases[] = {
		{ "no map", { 0 }, { 0 }, 5, 6, 5, 6, true, NULL },
		{ "the container's map", { one_map, 1 }, { 0 }, 5, 6, 1005, 1006, true, NULL },
		{ "the last one in it", { one_map, 1 }, { 0 }, 9, 0, 1009, 1000, true, NULL },
		{ "one after it", { one_map, 1 }, { 0 }, 10, 0, 0, 0, false, "Non-mapped user 10 for volume /v: a missing" },
		{ "its group", { one_map, 1 }, { 0 }, 0, 10, 0, 0, false, "Non-mapped group 10 for volume /v: a missing" },
		{ "an id of the host is none in the container's map", { one_map, 1 }, { 0 }, 1005, 0, 0, 0, false, "Non-mapped user" },
		{ "the sandbox' map", { 0 }, { one_map, 1 }, 5, 6, 1005, 1006, true, NULL },
		{ "an id of the host that the sandbox' map leads to", { 0 }, { one_map, 1 }, 1005, 6, 1005, 1006, true,
		  "user 1005 of volume /v is in no row of the map: taken as one of the host" },
		{ "one that it allows", { 0 }, { one_map, 1 }, 6, 70, 1006, 70, true, "group 70 of volume /v is in no row" },
		{ "one that is nobody's", { 0 }, { one_map, 1 }, 80, 0, 0, 0, false, "Non-mapped user 80 for volume /v" },
		{ "root's, which gives the container nothing", { 0 }, { high_map, 1 }, 0, 100, 0, 5000, true, "user 0 of volume /v" },
	};
	static struct lithos_range allowed[] = { { 70, 79 } };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct lithos_volume v = {
			.mount_point = "/v", .type = LITHOS_PERSISTENT, .path = "/db/new", .mkdir = true, .mode = 0700,
			.user = cases[i].user, .group = cases[i].group,
		};
		auto_fixture struct fixture x;

		CASE(cases[i].says);
		make(&x, &v, 1);
		x.container.uid_map = x.container.gid_map = cases[i].of_container;
		x.sandbox.uid_map = x.sandbox.gid_map = cases[i].of_sandbox;
		x.sandbox.allow_users = x.sandbox.allow_groups = (struct lithos_ranges){ allowed, 1 };
		if (cases[i].of_sandbox.n > 0) {
			x.in.uid_map = &x.sandbox.uid_map;
			x.in.gid_map = &x.sandbox.gid_map;
		}
		CHECK(translate_volumes(&x.d) == 0);
		CHECK(x.findings.n_errors == 0 && x.findings.n == (cases[i].warning ? 1 : 0));
		if (cases[i].warning)
			CHECK(fixture_said(&x, FINDING_WARNING, cases[i].warning));
		CHECK(x.plan.n_directories == cases[i].made);
		CHECK_STR(find(&x, "/v")->source, "/srv/db/new");
		if (cases[i].made) {
			const struct bundle_directory *dir = &x.plan.directories[0];

			CHECK(dir->uid == cases[i].uid && dir->gid == cases[i].gid);
			CHECK(dir->mode == 0700 && dir->keep);
			CHECK_STR(dir->prefix, "/srv/db");
			CHECK_STR(dir->below, "new");
			CHECK_STR(dir->from, "volumes./v");
		}
	}
}

static void test_state(void)
{
	struct lithos_volume v[] = {
		{ .mount_point = "/state", .type = LITHOS_STATEDIR, .path = "/", .mode = 0777 },
		{ .mount_point = "/var/run", .type = LITHOS_STATEDIR, .path = "/run/x", .mode = 0750, .user = 3, .group = 4 },
	};
	auto_fixture struct fixture x;

	CASE("the state directory keeps its mode, what is below it has its own");
	make(&x, v, 2);
	CHECK(translate_volumes(&x.d) == 0);
	CHECK(x.findings.n == 0);
	CHECK_STR(find(&x, "/state")->source, "/run/lithos/state/app/web.0");
	CHECK_STR(find(&x, "/var/run")->source, "/run/lithos/state/app/web.0/run/x");
	CHECK_STR(options_of(&x, "/state"), "rbind,rnosuid,rnodev,rprivate");
	if (CHECK(x.plan.n_directories == 2)) {
		const struct bundle_directory *whole = &x.plan.directories[0], *part = &x.plan.directories[1];

		CHECK_STR(whole->prefix, "/run/lithos/state");
		CHECK_STR(whole->below, "app/web.0");
		CHECK(whole->mode == 01777 && whole->uid == 0 && whole->gid == 0 && !whole->keep);
		CHECK_STR(part->below, "app/web.0/run/x");
		CHECK(part->mode == 0750 && part->uid == 3 && part->gid == 4 && !part->keep);
	}
	CHECK_STR(x.plan.config.annotations[0].value, "[\"/run/lithos/state\"]");
}

static void test_part_of_state(void)
{
	struct lithos_volume v = { .mount_point = "/run", .type = LITHOS_STATEDIR, .path = "/r", .mode = 0777, .user = 10 };
	struct lithos_volume all = { .mount_point = "/state", .type = LITHOS_STATEDIR, .path = "/./", .mode = 0700, .user = 5 };
	auto_fixture struct fixture x, y, z;

	CASE("the state directory is made before what is below it");
	make(&x, &v, 1);
	CHECK(translate_volumes(&x.d) == 0);
	if (CHECK(x.plan.n_directories == 2)) {
		CHECK_STR(x.plan.directories[0].below, "app/web.0");
		CHECK(x.plan.directories[0].mode == 01777);
	}

	CASE("an owner that is not mapped");
	make(&y, &v, 1);
	y.container.uid_map = (struct lithos_maps){ one_map, 1 };
	CHECK(translate_volumes(&y.d) == 0);
	CHECK(fixture_said(&y, FINDING_ERROR, "Non-mapped user 10 for volume /run"));

	CASE("as a whole with a mode and an owner that were asked for");
	make(&z, &all, 1);
	CHECK(translate_volumes(&z.d) == 0);
	CHECK(z.plan.n_directories == 1 && z.plan.directories[0].mode == 0700 && z.plan.directories[0].uid == 5);
	all.mode = 0777;
	all.user = 0;
	fixture_done(&z);
	make(&z, &all, 1);
	z.container.uid_map = (struct lithos_maps){ high_map, 1 };
	CHECK(translate_volumes(&z.d) == 0);
	CHECK(z.findings.n == 0 && z.plan.directories[0].uid == 0);
}

/* An arena of any size too small is an error, never a crash. */
static void test_full_arena(void)
{
	struct lithos_volume v[] = {
		{ .mount_point = "/state", .type = LITHOS_STATEDIR, .path = "/", .mode = 0777 },
		{ .mount_point = "/v", .type = LITHOS_PERSISTENT, .path = "/db/x", .mkdir = true },
		{ .mount_point = "/tmp", .type = LITHOS_TMPFS },
	};
	int rc = -ENOMEM;

	CASE("memory ends");
	for (size_t room = 0; rc < 0 && room < 1 << 16; room += 16) {
		auto_fixture struct fixture x;

		make(&x, v, ARRAY_LEN(v));
		x.arena.size = x.arena.used + room;
		rc = translate_volumes(&x.d);
		CHECK(rc == 0 || rc == -ENOMEM);
	}
	CHECK(rc == 0);
}

int main(void)
{
	test_normal();
	test_below();
	test_find();
	test_order();
	test_tmpfs();
	test_binds();
	test_refused();
	test_fine_places();
	test_tables_of_the_sandbox();
	test_owners();
	test_state();
	test_part_of_state();
	test_full_arena();
	return check_summary();
}
