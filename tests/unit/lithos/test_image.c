/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lithos/image.h"
#include "base/arr.h"
#include "base/fmt.h"
#include "sys/file.h"
#include "tests/check.h"

#include <errno.h>
#include <ftw.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static char top[] = "/tmp/cist-test-image.XXXXXX";

static const char *under_top(const char *path)
{
	static char text[4][256];
	static int turn;

	turn = (turn + 1) % 4;
	fmt(text[turn], sizeof(text[turn]), "%s/%s", top, path);
	return text[turn];
}

static void make_file(const char *path, const char *text)
{
	auto_close int fd = open(under_top(path), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	CHECK(fd >= 0 && sys_write_all(fd, text, strlen(text)) == 0);
}

static void make_socket(const char *path)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	auto_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	fmt(name.sun_path, sizeof(name.sun_path), "%s", under_top(path));
	CHECK(fd >= 0 && bind(fd, (const struct sockaddr *)&name, sizeof(name)) == 0);
}

static void make_sparse(const char *path, off_t size)
{
	auto_close int fd = open(under_top(path), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	CHECK(fd >= 0 && ftruncate(fd, size) == 0);
}

/* Directories that hold an image called web, one called a/b, and what an image may try. */
static void make_tree(void)
{
	static const char *const directories[] = { "images", "images/web", "images/web/etc", "images/web/sub", "images/a", "images/a/b",
						   "out" };
	static const struct { const char *target, *path; } links[] = {
		{ "good", "images/web/link" },		{ "/good", "images/web/absolute" },	{ "../../../../good", "images/web/climbing" },
		{ "loop", "images/web/loop" },		{ "nowhere", "images/web/dangling" },	{ "/out/secret", "images/web/outside" },
		{ "etc", "images/web/folder" },		{ "/proc/self/root/etc/passwd", "images/web/magic" },
		{ "web", "images/current" },		{ "../out", "images/escape" },		{ "/", "images/host" },
		{ "../images/web", "images/round" },
	};

	for (size_t i = 0; i < ARRAY_LEN(directories); i++)
		CHECK(sys_mkdirat(AT_FDCWD, under_top(directories[i]), 0755) == 0);
	make_file("images/web/good", "in the image");
	make_file("images/web/etc/deep", "deep");
	make_file("out/secret", "out of the image");
	make_file("images/plain", "no directory");
	make_socket("images/web/socket");
	make_sparse("images/web/sparse", (off_t)1 << 40);
	CHECK(mkfifo(under_top("images/web/fifo"), 0644) == 0);
	for (size_t i = 0; i < ARRAY_LEN(links); i++)
		CHECK(sys_symlinkat(links[i].target, AT_FDCWD, under_top(links[i].path)) == 0);
}

static void test_images(void)
{
	static const struct { const char *image; uint32_t levels; int rc; const char *want; } rows[] = {
		{ "web", 1, 0, NULL },			{ "a/b", 2, 0, NULL },			{ "current", 1, 0, NULL },
		{ "..", 1, -EINVAL, "is no name of a directory" },
		{ "a/../web", 3, -EINVAL, "is no name of a directory" },
		{ "web", 2, -EINVAL, "it has 1 component, image-dir-levels is 2" },
		{ "missing", 1, -ENOENT, "images/missing: no such file or directory" },
		{ "plain", 1, -ENOTDIR, "images/plain: not a directory" },
		{ "escape", 1, -EXDEV, "a symbolic link leads out of image-dir" },
		{ "host", 1, -EXDEV, "a symbolic link leads out of image-dir" },
		{ "round", 1, -EXDEV, "a symbolic link leads out of image-dir" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_close int fd = -EBADF;
		struct err e = { 0 };

		CASE(rows[i].image);
		CHECK(image_open(under_top("images"), rows[i].image, rows[i].levels, &fd, &e) == rows[i].rc);
		CHECK((fd >= 0) == (rows[i].rc == 0));
		CHECK(!rows[i].want || strstr(e.text, rows[i].want));
	}
	CASE("no directory of images");
	auto_close int fd = -EBADF;
	struct err e = { 0 };
	CHECK(image_open(under_top("nowhere"), "web", 1, &fd, &e) == -ENOENT && strstr(e.text, "image-dir"));
}

/* The first bytes of a file that was opened. */
static const char *contents(int fd)
{
	static char text[64];
	ssize_t n = fd < 0 ? -1 : sys_read_all(fd, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void test_files(void)
{
	static const struct { const char *path; int rc; const char *want; } rows[] = {
		{ "/good", 0, "in the image" },			{ "/link", 0, "in the image" },
		{ "/absolute", 0, "in the image" },		{ "/climbing", 0, "in the image" },
		{ "/../../good", 0, "in the image" },		{ "/folder/deep", 0, "deep" },
		{ "etc/deep", 0, "deep" },			{ "/sparse", 0, "" },
		{ "/outside", -ENOENT, "/outside: no such file or directory" },
		{ "/dangling", -ENOENT, "/dangling: no such file or directory" },
		{ "/loop", -ELOOP, "/loop: too many levels of symbolic links" },
		{ "/magic", -ENOENT, "/magic: no such file or directory" },
		{ "/missing", -ENOENT, "/missing: no such file or directory" },
		{ "/good/x", -ENOTDIR, "/good/x: not a directory" },
		{ "/good/", -ENOTDIR, "/good/: not a directory" },
		{ "/etc", -EINVAL, "/etc: it is a directory, not a regular file" },
		{ "/", -EINVAL, "/: it is a directory, not a regular file" },
		{ "/fifo", -EINVAL, "/fifo: it is a FIFO, not a regular file" },
		{ "/socket", -EINVAL, "/socket: it is a socket, not a regular file" },
	};
	auto_close int image = -EBADF;
	struct err e = { 0 };

	CHECK(image_open(under_top("images"), "web", 1, &image, &e) == 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_close int fd = -EBADF;

		CASE(rows[i].path);
		e = (struct err){ 0 };
		CHECK(image_open_file(image, rows[i].path, &fd, &e) == rows[i].rc);
		CHECK_STR(rows[i].rc < 0 ? e.text : contents(fd), rows[i].want);
		if (fd < 0)
			continue;
		CHECK((fcntl(fd, F_GETFD) & FD_CLOEXEC) && (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY);
	}
}

static void test_devices(void)
{
	auto_close int fd = -EBADF;
	struct err e = { 0 };

	CASE("a device is never opened for reading");
	CHECK(image_open_host_file("/dev/zero", &fd, &e) == -EINVAL && fd < 0);
	CHECK_STR(e.text, "it is a device, not a regular file");
	if (geteuid() != 0) {
		puts("device in an image: needs root, left out");
		return;
	}

	auto_close int image = -EBADF;

	if (sys_mknodat(AT_FDCWD, under_top("images/web/null"), S_IFCHR | 0666, (dev_t)0x0103) < 0) {
		puts("device in an image: none can be made here, left out");
		return;
	}
	e = (struct err){ 0 };
	CHECK(image_open(under_top("images"), "web", 1, &image, &e) == 0);
	CHECK(image_open_file(image, "/null", &fd, &e) == -EINVAL);
	CHECK_STR(e.text, "/null: it is a device, not a regular file");
}

static void test_handles(void)
{
	auto_close int image = -EBADF, fd = -EBADF, directory = -EBADF;
	struct err e = { 0 };

	CASE("what is there, whatever it is");
	CHECK(image_open(under_top("images"), "web", 1, &image, &e) == 0);
	CHECK(image_open_handle(image, "/fifo", &fd, &e) == 0 && (fcntl(fd, F_GETFL) & O_PATH));
	CHECK(image_open_handle(image, "/folder", &directory, &e) == 0);
	CHECK(image_open_handle(image, "/dangling", &fd, &e) == -ENOENT);
	CASE("a file that is replaced by a FIFO afterwards is still the file");
	CHECK(image_open_file(image, "/link", &fd, &e) == 0);
	CHECK(sys_unlinkat(AT_FDCWD, under_top("images/web/good"), 0) == 0);
	CHECK(mkfifo(under_top("images/web/good"), 0644) == 0);
	CHECK_STR(contents(fd), "in the image");
}

static void test_host_files(void)
{
	auto_close int fd = -EBADF, link = -EBADF;
	struct err e = { 0 };

	CASE("the administrator's files, links followed");
	CHECK(image_open_host_file(under_top("out/secret"), &fd, &e) == 0);
	CHECK_STR(contents(fd), "out of the image");
	CHECK(sys_symlinkat("out/secret", AT_FDCWD, under_top("admin")) == 0);
	CHECK(image_open_host_file(under_top("admin"), &link, &e) == 0);
	CASE("but no directory, nothing that is missing");
	CHECK(image_open_host_file(under_top("out"), &link, &e) == -EINVAL && strstr(e.text, "it is a directory"));
	e = (struct err){ 0 };
	CHECK(image_open_host_file(under_top("none"), &link, &e) == -ENOENT && strstr(e.text, "no such file or directory"));
	CHECK(image_open_host_file(under_top("images/web/fifo"), &link, &e) == -EINVAL);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	(void)st;
	(void)kind;
	(void)where;
	return remove(path);
}

int main(void)
{
	if (!CHECK(mkdtemp(top)))
		return check_summary();
	make_tree();
	test_images();
	test_files();
	test_devices();
	test_handles();
	test_host_files();
	CASE("clean up");
	CHECK(nftw(top, remove_one, 8, FTW_DEPTH | FTW_PHYS) == 0);
	return check_summary();
}
