/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/tenant.h"

#include "base/arr.h"
#include "tests/tree.h"

#include <stdlib.h>

static char memory[64 << 10] __attribute__((aligned(16)));
static struct arena arena = { .base = memory, .size = sizeof(memory) };

static const char *web[] = { "web.v1", "web.v2" }, *db[] = { "db.v1", "web.v2" };

/* Directories are told apart by their numbers and paths; none has to be open for that. */
static struct tenant tenant(const char *name, ino_t ino, const char *path)
{
	return (struct tenant){
		.name = name, .image_dir = path, .levels = 1, .auto_clean = true, .dir = ino ? 0 : -EBADF, .dev = 1, .ino = ino,
		.path = path,
	};
}

/* "app db": those that are left alone; in brackets one that has no reason of its own. */
static const char *alone(const struct tenant *v, size_t n)
{
	static char text[128];

	*text = '\0';
	for (size_t i = 0; i < n; i++)
		if (tenants_are_alone(v, n, &v[i]))
			snprintf(text + strlen(text), sizeof(text) - strlen(text), v[i].why ? "%s%s" : "%s[%s]", *text ? " " : "",
				 v[i].name);
	return text;
}

static void test_compare(void)
{
	struct tenant v[3];

	CASE("directories of their own");
	v[0] = tenant("app", 1, "/i/app");
	v[1] = tenant("db", 2, "/i/app-db");
	v[2] = tenant("gone", 0, NULL);
	tenants_compare(v, 3);
	CHECK_STR(alone(v, 3), "");
	CHECK(tenants_share(&v[0], &v[0]) && !tenants_share(&v[0], &v[1]) && !tenants_share(&v[2], &v[2]));

	CASE("one within the other");
	v[1].path = "/i/app/db";
	tenants_compare(v, 3);
	CHECK_STR(alone(v, 3), "app db");
	v[0] = tenant("app", 1, "/");
	v[1] = tenant("db", 2, "/i");
	tenants_compare(v, 3);
	CHECK_STR(alone(v, 3), "app db");

	CASE("one directory, two minds about it: told once");
	v[0] = tenant("app", 1, "/i");
	v[1] = tenant("db", 1, "/i");
	v[1].levels = 2;
	tenants_compare(v, 2);
	CHECK_STR(alone(v, 2), "app [db]");
	CHECK(v[0].why && strstr(v[0].why, "image-dir-levels"));
	v[0] = tenant("app", 1, "/i");
	v[1] = tenant("db", 1, "/i");
	v[1].auto_clean = false;
	tenants_compare(v, 2);
	CHECK_STR(alone(v, 2), "app [db]");

	CASE("what one needs all of a directory need");
	v[0] = tenant("app", 1, "/i");
	v[1] = tenant("db", 1, "/i");
	v[2] = tenant("other", 3, "/o");
	tenants_compare(v, 3);
	tenant_leave(&v[1], "its log is broken");
	tenant_leave(&v[1], "and more");
	CHECK_STR(alone(v, 3), "[app] db");
	CHECK_STR(v[1].why, "its log is broken");
}

static void test_images(void)
{
	struct tenant v[3] = { tenant("app", 1, "/i"), tenant("other", 2, "/o"), tenant("db", 1, "/i") };
	struct arena none = { .base = memory, .size = 0 };
	struct names all;
	struct err e = { 0 };

	CASE("the images of a directory");
	v[0].used = names_sort(web, ARRAY_LEN(web));
	v[2].used = names_sort(db, ARRAY_LEN(db));
	CHECK(tenants_images(v, 3, &v[0], &arena, &all, &e) == 0 && all.n == 3 && names_have(&all, "db.v1"));
	CHECK(tenants_images(v, 3, &v[1], &arena, &all, &e) == 0 && all.n == 0);
	CHECK(tenants_images(v, 3, &v[0], &none, &all, &e) == -ENOMEM);
}

static void test_mind(void)
{
	struct tenant v[2] = { tenant("app", 1, "/a"), tenant("app2", 2, "/b") };
	struct report_instance some[] = { { .name = "app/web.0" }, { .name = "app2/web.0" } };
	const struct report r = { .instances = some, .n_instances = ARRAY_LEN(some) };

	CASE("what a supervisor is at");
	tenants_mind(v, 2, &r);
	CHECK_STR(alone(v, 2), "");
	some[0].stale = true;
	tenants_mind(v, 2, &r);
	CHECK_STR(alone(v, 2), "app");
	some[1].kept = true;
	tenants_mind(v, 2, &r);
	CHECK(v[0].why && strstr(v[0].why, "update") && v[1].why && strstr(v[1].why, "former"));
}

static void test_open(void)
{
	struct tenant a = TENANT_INIT, b = TENANT_INIT;
	struct err e = { 0 };

	CASE("a directory by its name and by a link");
	tree_dir("images");
	tree_link("images", "link");
	a.image_dir = tree_path("images");
	b.image_dir = tree_path("link");
	CHECK(tenant_open(&a, &arena, &e) == 0 && tenant_open(&b, &arena, &e) == 0 && tenants_share(&a, &b));
	CHECK_STR(a.path, b.path);
	fd_close(&a.dir);
	fd_close(&b.dir);
	a.image_dir = tree_path("none");
	CHECK(tenant_open(&a, &arena, &e) == -ENOENT && a.dir < 0);
}

int main(void)
{
	test_compare();
	test_images();
	test_mind();
	if (tree_make()) {
		test_open();
		tree_remove();
	}
	return check_summary();
}
