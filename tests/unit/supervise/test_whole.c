/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/whole.h"

#include "tests/tree.h"

static const char BOOT[] = "11111111-2222-3333-4444-555555555555";
static char memory[64 << 10] __attribute__((aligned(16)));

static void make_file(const char *name, const char *text, size_t len)
{
	int fd = open(tree_path(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	CHECK(fd >= 0 && write(fd, text, len) == (ssize_t)len);
	close(fd);
}

static int read_file(const char *name, size_t max, bool follow, char **text, size_t *len, struct err *e)
{
	*e = (struct err){ 0 };
	*text = NULL;
	return whole_read(AT_FDCWD, tree_path(name), max, follow, text, len, e);
}

static void test_read(void)
{
	struct err e;
	char *text;
	size_t len;

	make_file("file", "a\0b", 3);
	CHECK(symlink("file", tree_path("link")) == 0 && mkfifo(tree_path("fifo"), 0600) == 0);
	CASE("a file, also by a link where that is wanted");
	CHECK(read_file("file", 3, false, &text, &len, &e) == 0 && len == 3 && memcmp(text, "a\0b", 3) == 0);
	free(text);
	CHECK(read_file("link", 3, true, &text, &len, &e) == 0 && len == 3);
	free(text);
	CASE("what is refused");
	CHECK(read_file("file", 2, false, &text, &len, &e) == -EFBIG && strstr(e.text, "larger than 2 bytes"));
	CHECK(read_file("link", 9, false, &text, &len, &e) == -ELOOP);
	CHECK(read_file("fifo", 9, true, &text, &len, &e) == -EINVAL && strstr(e.text, "not a regular file"));
	CHECK(read_file("", 9, true, &text, &len, &e) == -EINVAL);
	CHECK(read_file("none", 9, true, &text, &len, &e) == -ENOENT && !text);
}

static void test_replace(void)
{
	auto_close int dir = open(tree_path("."), O_RDONLY | O_DIRECTORY);
	struct err e = { 0 };
	char *text;
	size_t len;

	CASE("written beside, and renamed");
	CHECK(whole_replace(dir, "new", "one", 3, &e) == 0 && whole_replace(dir, "new", "other", 5, &e) == 0);
	text = whole_text(dir, "new", 9, &len);
	CHECK_STR(text, "other");
	CHECK(len == 5 && access(tree_path("new.new"), F_OK) < 0);
	free(text);
	CHECK(!whole_text(dir, "new", 4, &len) && !whole_text(dir, "none", 4, &len));

	CASE("what cannot be replaced leaves nothing beside");
	CHECK(mkdir(tree_path("full"), 0700) == 0 && mkdir(tree_path("full/x"), 0700) == 0);
	CHECK(whole_replace(dir, "full", "one", 3, &e) < 0 && strncmp(e.text, "write full: ", 12) == 0);
	CHECK(access(tree_path("full.new"), F_OK) < 0);
}

static int report(const char *boot_id, struct report *ret, struct err *e)
{
	struct arena a = { .base = memory, .size = sizeof(memory) };
	char *text = NULL;
	int rc;

	*e = (struct err){ 0 };
	rc = whole_report(tree_path(""), boot_id, &a, &text, ret, e);
	free(text);
	return rc;
}

static void test_report(void)
{
	struct sheet auto_sheet s = { 0 };
	struct report r = { .pid = 7, .master = "m", .version = "1" };
	struct err e = { 0 };

	CASE("none");
	CHECK(report(BOOT, &r, &e) == 0);
	CHECK(report_write(&r, BOOT, &s, &e) == 0);
	make_file("status", s.text, s.len);
	r.pid = 0;
	CASE("there");
	CHECK(report(BOOT, &r, &e) == 1 && r.pid == 7);
	CASE("of another boot");
	CHECK(report("21111111-2222-3333-4444-555555555555", &r, &e) == 0);
	CASE("damaged, newer");
	make_file("status", s.text, s.len - 1);
	CHECK(report(BOOT, &r, &e) == -EPROTO && strstr(e.text, "/status is damaged"));
	CHECK(whole_judge(SHEET_VERSION, "x", &e) == -EPROTO);
	CHECK_STR(e.text, "x was written by a newer version of this program");
}

int main(void)
{
	if (!tree_make())
		return 1;
	test_read();
	test_replace();
	test_report();
	tree_remove();
	return check_summary();
}
