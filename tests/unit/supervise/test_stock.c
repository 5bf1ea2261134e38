/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/stock.h"

#include "tests/tree.h"

static void put_bundle(const char *id, const char *digest)
{
	char name[PATH_MAX];

	snprintf(name, sizeof(name), "bundles/%s/%s", id, digest);
	tree_dir(name);
	snprintf(name, sizeof(name), "bundles/%s/%s/config.json", id, digest);
	tree_file(name, "{}", 0600);
	snprintf(name, sizeof(name), "bundles/%s/%s/digest", id, digest);
	tree_file(name, "", 0600);
}

static bool is_there(const char *name)
{
	return access(tree_path(name), F_OK) == 0;
}

static bool is_used(void *arg, const char *id, const char *digest)
{
	size_t *n = arg;

	(*n)++;
	return strcmp(id, "a+web.0") == 0 && strcmp(digest, "new") == 0;
}

static void test_sweep(void)
{
	char bundles[2 * PATH_MAX];
	struct err e = { 0 };
	size_t n = 0;

	snprintf(bundles, sizeof(bundles), "%s", tree_path("bundles"));
	CASE("nothing is there");
	CHECK(stock_sweep(bundles, is_used, &n, &e) == 0 && n == 0);

	CASE("what nobody refers to goes, with its directory");
	put_bundle("a+web.0", "new");
	put_bundle("a+web.0", "old");
	put_bundle("a+web.1", "old");
	put_bundle("a+cmd+tool.17", "old");
	CHECK(stock_sweep(bundles, is_used, &n, &e) == 0 && n == 3);
	CHECK(is_there("bundles/a+web.0/new") && !is_there("bundles/a+web.0/old") && !is_there("bundles/a+web.1"));
	CASE("those of commands are not ours");
	CHECK(is_there("bundles/a+cmd+tool.17/old"));

	CASE("one that is no bundle stays, and is told; the others go all the same");
	tree_dir("bundles/a+web.0/odd/more");
	put_bundle("a+web.2", "old");
	CHECK(stock_sweep(bundles, is_used, &n, &e) < 0 && strstr(e.text, "odd"));
	CHECK(is_there("bundles/a+web.0/odd") && !is_there("bundles/a+web.2"));
}

static void test_wipe(void)
{
	char bundles[2 * PATH_MAX];
	struct err e = { 0 };

	snprintf(bundles, sizeof(bundles), "%s", tree_path("bundles"));
	CASE("the last of an id takes the directory along");
	put_bundle("b+x.0", "one");
	put_bundle("b+x.0", "two");
	CHECK(stock_wipe(bundles, "b+x.0", "one", &e) == 0 && is_there("bundles/b+x.0/two") && !is_there("bundles/b+x.0/one"));
	CHECK(stock_wipe(bundles, "b+x.0", "two", &e) == 0 && !is_there("bundles/b+x.0"));
	CHECK(stock_wipe(bundles, "b+x.0", "two", &e) == 0);
}

int main(void)
{
	if (tree_make()) {
		test_sweep();
		test_wipe();
		tree_remove();
	}
	return check_summary();
}
