/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/config_log.h"

#include "tests/tree.h"

#include <errno.h>

static struct err e;

static int append(const char *sandbox, const char *json)
{
	char dir[PATH_MAX];

	snprintf(dir, sizeof(dir), "%s", tree_path("config"));
	e = (struct err){ 0 };
	return config_log_append(dir, sandbox, json, 1534766096, &e);
}

static const char *text_of(const char *name)
{
	static char buf[4096];
	FILE *f = fopen(tree_path(name), "r");
	size_t n = f ? fread(buf, 1, sizeof(buf) - 1, f) : 0;

	buf[n] = '\0';
	if (f)
		fclose(f);
	return buf;
}

static bool is_there(const char *name)
{
	return access(tree_path(name), F_OK) == 0;
}

static void test_lines(void)
{
	CASE("a line each time, in a directory that is made");
	CHECK(append("app", "{\"a\":1}") == 0 && append("app", "{\"a\":1}") == 0);
	CHECK_STR(text_of("config/app.log"), "2018-08-20T11:54:56Z {\"a\":1}\n2018-08-20T11:54:56Z {\"a\":1}\n");

	CASE("no link is followed, a directory is no log");
	tree_link("/dev/null", "config/link.log");
	CHECK(append("link", "{}") < 0 && strstr(e.text, "link.log"));
	tree_dir("config/dir.log");
	CHECK(append("dir", "{}") < 0);
}

static void test_rotation(void)
{
	CASE("a file that has grown is put aside");
	CHECK(truncate(tree_path("config/app.log"), CONFIG_LOG_BYTES) == 0);
	CHECK(append("app", "{\"b\":2}") == 0 && !is_there("config/app.log.1"));
	tree_file("config/app.log.1", "one", 0644);
	tree_file("config/app.log.99", "ninety-nine", 0644);
	tree_file("config/app.log.100", "hundred", 0644);
	CHECK(append("app", "{\"c\":3}") == 0);
	CHECK_STR(text_of("config/app.log"), "2018-08-20T11:54:56Z {\"c\":3}\n");
	CHECK(is_there("config/app.log.1"));
	CHECK_STR(text_of("config/app.log.2"), "one");
	CHECK(!is_there("config/app.log.3") && !is_there("config/app.log.99") && !is_there("config/app.log.101"));
	CHECK_STR(text_of("config/app.log.100"), "ninety-nine");
}

static void test_errors(void)
{
	char dir[PATH_MAX], name[300];

	CASE("no parent, a name that is too long");
	snprintf(dir, sizeof(dir), "%s", tree_path("none/config"));
	CHECK(config_log_append(dir, "app", "{}", 0, &e) == -ENOENT);
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	CHECK(append(name, "{}") == -ENAMETOOLONG);
}

int main(void)
{
	if (tree_make()) {
		test_lines();
		test_rotation();
		test_errors();
		tree_remove();
	}
	return check_summary();
}
