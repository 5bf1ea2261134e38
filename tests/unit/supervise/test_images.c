/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/images.h"

#include "tests/tree.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

static char memory[4 << 20] __attribute__((aligned(16)));
static struct arena arena = { .base = memory, .size = sizeof(memory) };

static void make(const char *const *names)
{
	for (; *names; names++)
		CHECK(mkdir(tree_path(*names), 0755) == 0);
}

static void make_file(const char *name)
{
	int fd = open(tree_path(name), O_WRONLY | O_CREAT, 0600);

	CHECK(fd >= 0);
	close(fd);
}

static int open_dir(const char *name)
{
	return open(tree_path(name), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static bool is_there(const char *name)
{
	struct stat st;

	return lstat(tree_path(name), &st) == 0;
}

static const char *list(int dir, uint32_t levels)
{
	static char text[512];
	struct names n = { 0 };
	struct err e = { 0 };
	size_t at = 0;

	text[0] = '\0';
	CHECK(images_list(dir, levels, &arena, &n, &e) == 0);
	for (size_t i = 0; i < n.n; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s", i ? " " : "", n.v[i]);
	return text;
}

static void test_list(void)
{
	static const char *const names[] = {
		"i", "i/b", "i/b/2", "i/b/1", "i/b/1/deep", "i/a", "i/.hidden", "i/.hidden/1", "i/a/.tmp", "elsewhere", "elsewhere/x", NULL,
	};

	make(names);
	make_file("i/file");
	CHECK(symlink("../elsewhere", tree_path("i/link")) == 0);
	auto_close int dir = open_dir("i");

	CASE("exactly so deep; no links, no files, nothing hidden");
	CHECK_STR(list(dir, 1), "a b");
	CHECK_STR(list(dir, 2), "b/1 b/2");
	CHECK_STR(list(dir, 3), "b/1/deep");
	CHECK_STR(list(dir, 4), "");
}

static void test_changed(void)
{
	auto_close int dir = open_dir("i");
	struct timespec old[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };
	struct err e = { 0 };
	int64_t s = 0;

	CASE("a time stamp that was set back does not make it old");
	CHECK(utimensat(AT_FDCWD, tree_path("i/b/1"), old, 0) == 0);
	CHECK(images_changed(dir, "b/1", &s, &e) == 0 && s > time(NULL) - 600);
	CHECK(images_changed(dir, "b/none", &s, &e) == -ENOENT);
}

static void test_remove(void)
{
	auto_close int dir = open_dir("i");
	struct err e = { 0 };

	CASE("an image, and nothing that a link in it leads to");
	CHECK(symlink(tree_path("elsewhere"), tree_path("i/b/1/out")) == 0);
	make_file("i/b/1/deep/file");
	CHECK(images_remove(dir, "b/1", &e) == 1);
	CHECK(!is_there("i/b/1") && is_there("i/b/2") && is_there("elsewhere/x"));
	CHECK_STR(list(dir, 2), "b/2");

	CASE("not by way of a link, not a link, not a file, not what is not below");
	CHECK(images_remove(dir, "link/x", &e) < 0 && is_there("elsewhere/x"));
	CHECK(images_remove(dir, "link", &e) == -ENOTDIR && is_there("i/link"));
	CHECK(images_remove(dir, "file", &e) == -ENOTDIR && is_there("i/file"));
	CHECK(images_remove(dir, "../elsewhere/x", &e) < 0 && is_there("elsewhere/x"));
	CHECK(images_remove(dir, "none", &e) == -ENOENT);
}

/* Somebody whose root it is: chroot(2) takes a privilege, so without one this is not looked at. */
static void test_in_use(void)
{
	auto_close int dir = open_dir("i");
	struct err e = { 0 };
	int ends[2];
	char c;
	pid_t pid;

	CASE("one that a process has as its root");
	if (geteuid() != 0) {
		printf("skipped: %s: needs root\n", check_case);
		return;
	}
	CHECK(pipe(ends) == 0);
	pid = fork();
	if (pid == 0) {
		if (chroot(tree_path("i/b/2")) != 0 || write(ends[1], "x", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	CHECK(read(ends[0], &c, 1) == 1);
	CHECK(images_remove(dir, "b/2", &e) == 0 && is_there("i/b/2"));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	CHECK(images_remove(dir, "b/2", &e) == 1 && !is_there("i/b/2"));
	close(ends[0]);
	close(ends[1]);
}

static void test_sweep(void)
{
	static const char *const names[] = { "i/a/.lithos_clean.77", "i/a/.lithos_clean.77/x", "i/.lithos_clean.78", NULL };
	auto_close int dir = open_dir("i");
	struct err e = { 0 };

	CASE("what an interrupted removal has left, and no other hidden name");
	make(names);
	CHECK(images_sweep(dir, 2, &arena, &e) == 0);
	CHECK(!is_there("i/a/.lithos_clean.77") && is_there("i/a/.tmp") && is_there("i/.lithos_clean.78"));
	CHECK(images_sweep(dir, 1, &arena, &e) == 0 && !is_there("i/.lithos_clean.78") && is_there("i/.hidden/1"));
}

int main(void)
{
	if (!tree_make())
		return 1;
	test_list();
	test_changed();
	test_remove();
	test_in_use();
	test_sweep();
	tree_remove();
	return check_summary();
}
