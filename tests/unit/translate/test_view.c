/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "translate/view.h"
#include "tests/tree.h"

#include <errno.h>

static void make_tree(void)
{
	tree_dir("image/etc");
	tree_dir("image/tmp");
	tree_dir("image/proc");
	tree_dir("image/a");
	tree_file("image/a/b", "", 0644);
	tree_dir("image/a/c");
	tree_file("image/etc/file", "", 0644);
	tree_file("image/data/hidden", "", 0644);
	tree_link("/etc", "image/abs");
	tree_link("../../../../etc/file", "image/a/up");
	tree_link("c/../../etc", "image/a/mixed");
	tree_link("loop2", "image/loop1");
	tree_link("loop1", "image/loop2");
	tree_link("/data/inner", "image/into");
	tree_link("nowhere", "image/dangling");
	tree_link("etc/", "image/slash");
	tree_file("host/inner/prog", "", 0755);
	tree_link("/etc/file", "host/back");
	tree_link("..", "host/parent");
	tree_file("plain", "", 0644);
	tree_file("secret", "", 0644);
}

enum { FOUND, UNKNOWN };

static const struct {
	const char *path;
	int follow;
	int answer;		/* of view_look() */
	const char *at;		/* where it is found; NULL: not found */
	char type;		/* d, f, l */
} rows[] = {
	{ "/", 1, FOUND, "", 'd' },
	{ "/etc", 1, FOUND, "/etc", 'd' },
	{ "etc/file", 1, FOUND, "/etc/file", 'f' },
	{ "//etc/./file", 1, FOUND, "/etc/file", 'f' },
	{ "/etc/file/", 1, -ENOTDIR, NULL, 0 },
	{ "/etc/file/x", 1, -ENOTDIR, NULL, 0 },
	{ "/etc/none", 1, -ENOENT, NULL, 0 },
	{ "/none/..", 1, -ENOENT, NULL, 0 },
	{ "", 1, -ENOENT, NULL, 0 },
	{ "/../../etc", 1, FOUND, "/etc", 'd' },
	{ "/abs/file", 1, FOUND, "/etc/file", 'f' },
	{ "/abs", 0, FOUND, "/abs", 'l' },
	{ "/abs/", 0, FOUND, "/etc", 'd' },
	{ "/slash", 1, FOUND, "/etc", 'd' },
	{ "/a/up", 1, FOUND, "/etc/file", 'f' },
	{ "/a/mixed/file", 1, FOUND, "/etc/file", 'f' },
	{ "/a/c/..", 1, FOUND, "/a", 'd' },
	{ "/a/b/..", 1, -ENOTDIR, NULL, 0 },
	{ "/loop1", 1, -ELOOP, NULL, 0 },
	{ "/dangling", 1, -ENOENT, NULL, 0 },
	/* What is mounted hides what was there, and its links mean what they mean within the container. */
	{ "/data/hidden", 1, -ENOENT, NULL, 0 },
	{ "/data/inner/prog", 1, FOUND, "/data/inner/prog", 'f' },
	{ "/into/prog", 1, FOUND, "/data/inner/prog", 'f' },
	{ "/data/back", 1, FOUND, "/etc/file", 'f' },
	{ "/data/parent/etc", 1, FOUND, "/etc", 'd' },
	{ "/data/../etc", 1, FOUND, "/etc", 'd' },
	{ "/data/parent/secret", 1, -ENOENT, NULL, 0 },
	{ "/tmp", 1, FOUND, "/tmp", 'd' },
	{ "/tmp/x", 1, -ENOENT, NULL, 0 },
	{ "/tmp/../etc", 1, FOUND, "/etc", 'd' },
	{ "/proc", 1, FOUND, "/proc", 'd' },
	{ "/proc/self/exe", 1, UNKNOWN, NULL, 0 },
	{ "/a/b", 1, FOUND, "/a/b", 'f' },
};

static char type_of(mode_t mode)
{
	return S_ISDIR(mode) ? 'd' : S_ISREG(mode) ? 'f' : S_ISLNK(mode) ? 'l' : '?';
}

static void test_look(const struct view *v)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_found struct view_found x = { .fd = -EBADF };

		CASE(rows[i].path);
		if (!CHECK(view_look(v, rows[i].path, rows[i].follow, &x) == rows[i].answer) || !rows[i].at)
			continue;
		CHECK_STR(x.path, rows[i].at);
		CHECK(type_of(x.st.st_mode) == rows[i].type);
	}
}

static void test_readonly(const struct view *v)
{
	struct view_found x;

	CASE("what a file is on");
	CHECK(view_look(v, "/etc/file", true, &x) == 0 && x.mount == &v->v[0] && x.mount->readonly);
	view_found_done(&x);
	CHECK(view_look(v, "/data/inner", true, &x) == 0 && !x.mount->readonly && strcmp(x.mount->path, "/data") == 0);
	view_found_done(&x);
}

static void test_long(const struct view *v)
{
	static char path[2 * VIEW_PATH_MAX];
	struct view_found x;

	CASE("a path that is too long");
	memset(path, '/', sizeof(path) - 1);
	CHECK(view_look(v, path, true, &x) == -ENAMETOOLONG);
	view_found_done(&x);
	CASE("a name that is too long");
	memset(path, 'a', 300);
	path[300] = '\0';
	CHECK(view_look(v, path, true, &x) == -ENAMETOOLONG);
	view_found_done(&x);
}

static void test_normal(void)
{
	char n[VIEW_PATH_MAX];

	CASE("normal paths");
	CHECK(view_normal("//a/./b///", n) == 0);
	CHECK_STR(n, "/a/b");
	CHECK(view_normal("/", n) == 0);
	CHECK_STR(n, "");
	CHECK(view_normal("a", n) == 0);
	CHECK_STR(n, "/a");
}

int main(void)
{
	auto_view struct view v = { .n = 0 };
	int image;

	if (!tree_make())
		return check_summary();
	make_tree();
	image = tree_handle("image");
	CHECK(view_init(&v, image) == 0);
	close(image);
	CHECK(view_mount(&v, "/data/", VIEW_FILES, tree_handle("host"), false) == 0);
	CHECK(view_mount(&v, "/tmp", VIEW_EMPTY, -EBADF, false) == 0);
	CHECK(view_mount(&v, "proc", VIEW_UNKNOWN, -EBADF, false) == 0);
	CHECK(view_mount(&v, "/a/b", VIEW_FILES, tree_handle("plain"), true) == 0);
	test_look(&v);
	test_readonly(&v);
	test_long(&v);
	test_normal();
	CASE("too many");
	for (size_t i = v.n; i < VIEW_MOUNTS_MAX; i++)
		CHECK(view_mount(&v, "/tmp", VIEW_EMPTY, -EBADF, false) == 0);
	CHECK(view_mount(&v, "/tmp", VIEW_EMPTY, -EBADF, false) == -E2BIG);
	tree_remove();
	return check_summary();
}
