/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lithos/allow.h"
#include "base/arr.h"
#include "tests/unit/lithos/model.h"

#include <errno.h>

static void test_ranges(void)
{
	static struct lithos_range v[] = { { 1, 1 }, { 99, 99 }, { 1000, 2000 }, { 9, 5 }, { 2001, 2001 }, { UINT32_MAX, UINT32_MAX } };
	static const struct lithos_ranges r = { v, ARRAY_LEN(v) };
	static const struct { uint32_t first, count; bool held; } rows[] = {
		{ 1, 1, true }, { 0, 1, false }, { 2, 1, false }, { 99, 1, true }, { 1000, 1001, true }, { 1000, 1002, false },
		{ 999, 2, false }, { 2000, 2, false }, { 5, 1, false }, { 7, 1, false }, { 2001, 1, true },
		{ UINT32_MAX, 1, true }, { UINT32_MAX, 2, false }, { 1, UINT32_MAX, false },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CASE("a range");
		CHECK(lithos_ranges_hold_all(&r, rows[i].first, rows[i].count) == rows[i].held);
		if (rows[i].count == 1)
			CHECK(lithos_ranges_hold(&r, rows[i].first) == rows[i].held);
	}
	CHECK(!lithos_ranges_hold(&(struct lithos_ranges){ 0 }, 0));
}

static void test_map(void)
{
	static struct lithos_map v[] = { { 0, 1000, 10 }, { 20, 5000, 1 }, { 100, 4294967200, 95 } };
	static const struct lithos_maps m = { v, ARRAY_LEN(v) };
	static const struct { uint32_t inside; int64_t outside; } rows[] = {
		{ 0, 1000 }, { 9, 1009 }, { 10, -1 }, { 19, -1 }, { 20, 5000 }, { 21, -1 }, { 100, 4294967200 }, { 194, 4294967294 },
		{ 195, -1 }, { UINT32_MAX, -1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint32_t got = 77;

		CASE("an id");
		CHECK(lithos_map_id(&m, rows[i].inside, &got) == (rows[i].outside >= 0));
		CHECK(got == (rows[i].outside >= 0 ? (uint32_t)rows[i].outside : 77));
	}
}

static void test_map_rows(void)
{
	static const struct { const char *maps, *want; } rows[] = {
		{ "[{inside: 0, outside: 0, count: 1}]", "" },
		{ "[{inside: 0, outside: 5, count: 5}, {inside: 5, outside: 0, count: 5}]", "" },
		{ "[{inside: 0, outside: 0, count: 4294967295}]", "" },
		{ "[{inside: 4294967294, outside: 0, count: 1}]", "" },
		{ "[{inside: 0, outside: 0, count: 0}]", "sandbox:1: count must be at least 1" },
		{ "[{inside: 1, outside: 0, count: 4294967295}]", "sandbox:1: the last id of the mapping is above 4294967294" },
		{ "[{inside: 0, outside: 4294967295, count: 2}]", "sandbox:1: the last id of the mapping is above 4294967294" },
		{ "[{inside: 4294967295, outside: 0, count: 1}]", "sandbox:1: the last id of the mapping is above 4294967294" },
		{ "[{inside: 0, outside: 10, count: 5}, {inside: 4, outside: 30, count: 5}]",
		  "sandbox:1: inside ids overlap with those of [0]" },
		{ "[{inside: 5, outside: 10, count: 5}, {inside: 0, outside: 14, count: 5}]",
		  "sandbox:1: outside ids overlap with those of [0]" },
		{ "[{inside: 0, outside: 0, count: 1}, {inside: 9, outside: 4294967290, count: 9}, {inside: 20, outside: 1, count: 1}]",
		  "sandbox:1: the last id of the mapping is above 4294967294" },
	};
	struct model m = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char text[512];

		fmt(text, sizeof(text), "uid-map: %s\n", rows[i].maps);
		CASE(rows[i].maps);
		model_begin(&m);
		CHECK(model_sandbox(&m, "app", text) == (*rows[i].want == '\0'));
		CHECK_STR(model_told(&m), rows[i].want);
	}
	model_done(&m);
}

static void test_identity(void)
{
	static const struct { const char *sandbox, *container, *want; uint32_t uid, gid; } rows[] = {
		{ "allow-users: [7]\nallow-groups: [0]\ndefault-user: 7", "", "", 7, 0 },
		{ "allow-users: [7, 9]\nallow-groups: [8, 10]\ndefault-user: 7\ndefault-group: 8", "user-id: 9\ngroup-id: 10", "", 9, 10 },
		{ "allow-users: [7]\nallow-groups: [0]", "", "container:1: No user id specified and no default is found", 0, 0 },
		{ "allow-users: [7]\nallow-groups: [0]\ndefault-user: 8", "", "sandbox:3: User is not in allowed range (uid: 8)", 8, 0 },
		{ "allow-users: [7]\nallow-groups: [3]\ndefault-user: 7", "",
		  "sandbox:1: Group is not in allowed range (gid: 0)", 7, 0 },
		{ "allow-users: [7]\nallow-groups: [3]", "user-id: 6\ngroup-id: 4",
		  "container:1: User is not in allowed range (uid: 6)\ncontainer:2: Group is not in allowed range (gid: 4)", 6, 4 },
		/* root that a map would tame is not allowed by that */
		{ "allow-users: [1-65535]\nallow-groups: [0]\nuid-map: [{inside: 0, outside: 100000, count: 65536}]\n"
		  "gid-map: [{inside: 0, outside: 100000, count: 65536}]", "user-id: 0",
		  "container:1: User is not in allowed range (uid: 0)", 0, 0 },
		/* the end of a map is not of it */
		{ "allow-users: [0-99]\nallow-groups: [0-99]\nuid-map: [{inside: 0, outside: 1000, count: 10}]\n"
		  "gid-map: [{inside: 0, outside: 1000, count: 10}]", "user-id: 9\ngroup-id: 9", "", 9, 9 },
		{ "allow-users: [0-99]\nallow-groups: [0-99]\nuid-map: [{inside: 0, outside: 1000, count: 10}]\n"
		  "gid-map: [{inside: 0, outside: 1000, count: 10}]", "user-id: 10\ngroup-id: 10",
		  "container:1: User is not in mapped range (uid: 10)\ncontainer:2: Group is not in mapped range (gid: 10)", 10, 10 },
		{ "allow-users: [1000-1001]\nallow-groups: [1000-1001]", "user-id: 1\nuid-map: [{inside: 0, outside: 1000, count: 2}]\n"
		  "gid-map: [{inside: 0, outside: 1000, count: 2}]", "", 1, 0 },
		{ "allow-users: [1000-1001]\nallow-groups: [1000-1001]", "user-id: 2\nuid-map: [{inside: 0, outside: 1000, count: 2}]\n"
		  "gid-map: [{inside: 0, outside: 1000, count: 2}]", "container:1: User is not in mapped range (uid: 2)", 2, 0 },
		/* one range must hold all of a row */
		{ "allow-users: [1000, 1001]\nallow-groups: [1000-1001]", "user-id: 1\nuid-map: [{inside: 0, outside: 1000, count: 2}]\n"
		  "gid-map: [{inside: 0, outside: 1000, count: 2}]",
		  "container:2: Bad uid mapping (probably doesn't match allow_users)", 1, 0 },
		{ "allow-users: [1000-1001]\nallow-groups: [1001-1002]", "user-id: 1\nuid-map: [{inside: 0, outside: 1000, count: 2}]\n"
		  "gid-map: [{inside: 0, outside: 1000, count: 2}]",
		  "container:3: Bad gid mapping (probably doesn't match allow_groups)", 1, 0 },
		/* on both sides */
		{ "allow-users: [0-9999]\nallow-groups: [0-9999]\nuid-map: [{inside: 0, outside: 1, count: 2}]\n"
		  "gid-map: [{inside: 0, outside: 1, count: 2}]", "user-id: 1\nuid-map: [{inside: 0, outside: 1000, count: 2}]\n"
		  "gid-map: [{inside: 0, outside: 1000, count: 2}]",
		  "container:2: Can't have uid_maps in both the sandbox and a container itself\n"
		  "container:3: Can't have gid_maps in both the sandbox and a container itself", 1, 0 },
		/* only one of the two */
		{ "allow-users: [0-9999]\nallow-groups: [0-9999]", "user-id: 1\nuid-map: [{inside: 0, outside: 1000, count: 2}]",
		  "container:2: uid-map without gid-map", 1, 0 },
		{ "allow-users: [0-9999]\nallow-groups: [0-9999]\ngid-map: [{inside: 0, outside: 1, count: 2}]", "user-id: 1",
		  "sandbox:3: gid-map without uid-map", 1, 0 },
	};
	struct model m = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct allow_identity id;
		char text[512];

		CASE(rows[i].container);
		model_begin(&m);
		fmt(text, sizeof(text), "%s\nexecutable: /bin/x\n", rows[i].container);
		CHECK(model_sandbox(&m, "app", rows[i].sandbox) == 1);
		CHECK(model_container(&m, *rows[i].container ? text : text + 1) == 1);
		allow_identity(&m.sandbox, &m.container, &m.f, &id);
		CHECK_STR(model_told(&m), rows[i].want);
		CHECK(id.uid == rows[i].uid && id.gid == rows[i].gid && id.uid_map && id.gid_map);
	}
	model_done(&m);
}

static void test_effective_maps(void)
{
	static const char maps[] = "uid-map: [{inside: 0, outside: 1, count: 2}]\ngid-map: [{inside: 0, outside: 1, count: 2}]\n";
	struct allow_identity id;
	struct model m = { 0 };
	char text[256];

	fmt(text, sizeof(text), "%sexecutable: /bin/x\n", maps);
	for (int side = 0; side < 3; side++) {
		CASE("the maps that count");
		model_begin(&m);
		CHECK(model_sandbox(&m, "app", side == 1 ? maps : "{}") == 1);
		CHECK(model_container(&m, side == 2 ? text : "executable: /bin/x") == 1);
		allow_identity(&m.sandbox, &m.container, &m.f, &id);
		CHECK(id.uid_map == (side == 1 ? &m.sandbox.uid_map : &m.container.uid_map));
		CHECK(id.gid_map == (side == 1 ? &m.sandbox.gid_map : &m.container.gid_map));
		CHECK(id.uid_map->n == (side == 0 ? 0 : 1));
	}
	model_done(&m);
}

static void test_sandbox(void)
{
	struct model m = { 0 };

	CASE("nobody");
	model_begin(&m);
	CHECK(model_sandbox(&m, "app", "default-user: 7") == 1);
	allow_check_sandbox(&m.sandbox, &m.f);
	CHECK_STR(model_told(&m), "sandbox:1: No allowed users range. Please add `allow-users: [1-65534]`\n"
				  "sandbox:1: No allowed groups range. Please add `allow-groups: [1-65534]`");
	CASE("somebody");
	model_begin(&m);
	CHECK(model_sandbox(&m, "app", "allow-users: [1]\nallow-groups: [1]") == 1);
	allow_check_sandbox(&m.sandbox, &m.f);
	CHECK_STR(model_told(&m), "");
	CASE("ports");
	model_begin(&m);
	CHECK(model_sandbox(&m, "app", "allow-tcp-ports: [80, 8000-9000]") == 1);
	CHECK(allow_port(&m.sandbox, 80) && allow_port(&m.sandbox, 9000) && !allow_port(&m.sandbox, 81));
	CHECK(!allow_port(&m.sandbox, 7999) && !allow_port(&m.sandbox, 9001));
	model_done(&m);
}

static void test_images(void)
{
	static const struct { const char *image; uint32_t levels; const char *want; } rows[] = {
		{ "a", 1, "" },			{ "a/b", 2, "" },		{ "a.b-c_1", 1, "" },	{ "\xc3\xbc", 1, "" },
		{ "..a", 1, "" },		{ "a b", 1, "" },
		{ "a", 2, "it has 1 component, image-dir-levels is 2" },
		{ "a/b", 1, "it has 2 components, image-dir-levels is 1" },
		{ "", 1, "it has 0 components, image-dir-levels is 1" },
		{ "/a", 1, "it is relative to image-dir and does not begin with /" },
		{ "/", 1, "it is relative to image-dir and does not begin with /" },
		{ "a/", 1, "it ends with /" },	{ "a//b", 2, "\"\" is no name of a directory" },
		{ "..", 1, "\"..\" is no name of a directory" },	{ "a/..", 2, "\"..\" is no name of a directory" },
		{ ".", 1, "\".\" is no name of a directory" },	{ "a/./b", 3, "\".\" is no name of a directory" },
		{ "a\nb", 1, "it holds a control character or is no UTF-8" },
		{ "a\xff", 1, "it holds a control character or is no UTF-8" },
		{ "a\x1b[0m", 1, "it holds a control character or is no UTF-8" },
	};
	char longest[300];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err e = { 0 };

		CASE(rows[i].image);
		CHECK(lithos_image_check(rows[i].image, rows[i].levels, &e) == (*rows[i].want ? -EINVAL : 0));
		CHECK_STR(e.text, rows[i].want);
	}
	memset(longest, 'x', sizeof(longest));
	longest[256] = '\0';
	CASE("a component that no file system takes");
	CHECK(lithos_image_check(longest, 1, &(struct err){ 0 }) == -EINVAL);
	CHECK(lithos_image_check(longest + 1, 1, &(struct err){ 0 }) == 0);

	struct model m = { 0 };

	CASE("as a finding");
	model_begin(&m);
	CHECK(model_sandbox(&m, "app", "image-dir-levels: 2") == 1);
	CHECK(model_processes(&m, "web: {image: a/b, config: /c}\nbad:\n  image: a/..\n  config: /c\n") == 1);
	CHECK(allow_image(&m.sandbox, &m.processes.v[0], &m.f) && !allow_image(&m.sandbox, &m.processes.v[1], &m.f));
	CHECK_STR(model_told(&m), "process:3: Image \"a/..\" in sandbox \"app\", process \"bad\" is invalid: "
				  "\"..\" is no name of a directory");
	model_done(&m);
}

static void test_names(void)
{
	static const struct { const char *name, *want; } rows[] = {
		{ "web", "" },	{ "a.b-c_9", "" },	{ "_tpl", "" },	{ "9", "" },
		{ "a b", "f:0 warning: the name of the process \"a b\" holds other than letters, digits, -, _ and ." },
		{ "a:b", "f:0 warning: the name of the process \"a:b\" holds other than letters, digits, -, _ and ." },
		{ "\xc3\xbc", "f:0 warning: the name of the process \"\xc3\xbc\" holds other than letters, digits, -, _ and ." },
		{ "", "f:0: the name of the process \"\" is empty" },
		{ ".", "f:0: the name of the process \".\" begins with . or -" },
		{ "..", "f:0: the name of the process \"..\" begins with . or -" },
		{ ".a", "f:0: the name of the process \".a\" begins with . or -" },
		{ "-a", "f:0: the name of the process \"-a\" begins with . or -" },
		{ "a/b", "f:0: the name of the process \"a/b\" holds a /" },
		{ "a\nb", "f:0: the name of the process \"a\\x0ab\" holds a control character or is no UTF-8" },
		{ "a\xff", "f:0: the name of the process \"a\\xff\" holds a control character or is no UTF-8" },
	};
	struct model m = { 0 };
	char longest[LITHOS_NAME_MAX + 2];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CASE(rows[i].name);
		model_begin(&m);
		lithos_name_check("process", rows[i].name, (struct mark){ .file = "f" }, &m.f);
		CHECK_STR(model_told(&m), rows[i].want);
	}
	CASE("length");
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	model_begin(&m);
	lithos_name_check("process", longest + 1, (struct mark){ .file = "f" }, &m.f);
	CHECK(m.f.n == 0);
	lithos_name_check("process", longest, (struct mark){ .file = "f" }, &m.f);
	CHECK(m.f.n_errors == 1);
	model_done(&m);
}

int main(void)
{
	test_ranges();
	test_map();
	test_map_rows();
	test_identity();
	test_effective_maps();
	test_sandbox();
	test_images();
	test_names();
	return check_summary();
}
