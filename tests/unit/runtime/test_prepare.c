/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "runtime/prepare.h"
#include "base/arr.h"
#include "tests/check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static struct err e;

/* Descriptors 3 to 5 as a caller hands them over; whatever was there is put back. */
static void test_descriptors(void)
{
	CASE("none is asked for");
	CHECK(check_kept_descriptors(0, 0, &e) == 0);
	CASE("all are there");
	for (int fd = 3; fd <= 5; fd++)
		CHECK(dup2(STDIN_FILENO, fd) == fd);
	close(6);
	CHECK(check_kept_descriptors(0, 3, &e) == 0);
	CHECK(check_kept_descriptors(2, 1, &e) == 0);
	CHECK(check_kept_descriptors(3, 0, &e) == 0);
	CASE("one is missing");
	CHECK(check_kept_descriptors(1, 3, &e) == -EBADF);
	CHECK_STR(e.text, "unable to stat preserved-fd 4 (of 4): descriptor 6 is not open");
	close(4);
	CHECK(check_kept_descriptors(0, 3, &e) == -EBADF);
	CHECK_STR(e.text, "unable to stat preserved-fd 2 (of 3): descriptor 4 is not open");
	CASE("one of ours is none of the caller's");
	CHECK(dup3(STDIN_FILENO, 4, O_CLOEXEC) == 4);
	CHECK(check_kept_descriptors(0, 3, &e) == -EBADF);
	for (int fd = 3; fd <= 5; fd++)
		close(fd);
}

static const struct {
	bool terminal, foreground;
	const char *socket, *error;
} terminals[] = {
	{ false, false, NULL, NULL },
	{ false, true, NULL, NULL },
	{ true, true, NULL, NULL },
	{ true, false, "/s", NULL },
	{ true, false, NULL, "cannot allocate tty if cist will detach without setting console socket" },
	{ false, false, "/s", "cannot use console socket if cist will not detach or allocate tty" },
	{ true, true, "/s", "cannot use console socket if cist will not detach or allocate tty" },
	{ false, true, "/s", "cannot use console socket if cist will not detach or allocate tty" },
};

static void test_pid_file(void)
{
	static char path[PATH_MAX], longest[PATH_MAX + 1];
	char want[PATH_MAX];

	CASE("a pid file is known by its absolute path");
	path[0] = 'x';
	CHECK(find_pid_file(NULL, path, &e) == 0);
	CHECK_STR(path, "");
	CHECK(find_pid_file("/run/x.pid", path, &e) == 0);
	CHECK_STR(path, "/run/x.pid");
	CHECK(chdir("/tmp") == 0 && find_pid_file("sub/x.pid", path, &e) == 0);
	CHECK(snprintf(want, sizeof(want), "%s/sub/x.pid", "/tmp") > 0);
	CHECK_STR(path, want);
	memset(longest, 'a', sizeof(longest) - 1);
	longest[0] = '/';
	CHECK(find_pid_file(longest, path, &e) == -ENAMETOOLONG);
	longest[PATH_MAX - 1] = '\0';
	CHECK(find_pid_file(longest, path, &e) == 0);
}

int main(void)
{
	test_descriptors();
	for (size_t i = 0; i < ARRAY_LEN(terminals); i++) {
		e = (struct err){ 0 };
		CASE("where a terminal goes");
		CHECK(check_terminal(terminals[i].terminal, terminals[i].foreground, terminals[i].socket, &e) ==
		      (terminals[i].error ? -EINVAL : 0));
		CHECK_STR(e.text, terminals[i].error ? terminals[i].error : "");
	}
	test_pid_file();
	return check_summary();
}
