/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "state/exit.h"
#include "state/store.h"
#include "base/arr.h"
#include "tests/check.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char top[] = "/tmp/cist-test-exit.XXXXXX";
static int dir = -1;
static struct err e;

/* What a reader finds now: enum exit_answer or an error; the status in *ret_status. */
static int look(int *ret_status)
{
	auto_close int fd = -1;
	struct ending end = { 0 };
	int rc;

	e = (struct err){ 0 };
	rc = exit_open(dir, &fd, &e);
	if (rc == 0)
		rc = exit_read(fd, &end, &e);
	*ret_status = ending_status(&end);
	return rc;
}

static void put(const char *text)
{
	int fd = openat(dir, STORE_EXIT, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) && close(fd) == 0);
}

static void test_life(void)
{
	int status, fd = -1, early = -1;
	struct ending end;
	struct stat st;

	CASE("there is none");
	CHECK(look(&status) == EXIT_ABSENT);
	exit_note_kill(dir);
	CHECK(look(&status) == EXIT_ABSENT);
	CASE("an empty one, for its owner alone");
	CHECK(exit_make(dir, &fd, &e) == 0 && look(&status) == EXIT_OPEN);
	CHECK(fstat(fd, &st) == 0 && (st.st_mode & 07777) == 0600 && st.st_size == 0);
	CHECK((fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND)) == (O_WRONLY | O_APPEND) && fcntl(fd, F_GETFD) & FD_CLOEXEC);
	CHECK(exit_make(dir, &early, &e) == -EEXIST && early == -1);
	CASE("who opened it before it was written reads it after it was removed");
	CHECK(exit_open(dir, &early, &e) == 0);
	CHECK(write(fd, "exit 7\n", 7) == 7 && look(&status) == EXIT_KNOWN && status == 7);
	exit_note_kill(dir);
	CHECK(look(&status) == EXIT_KNOWN && status == 7);
	CHECK(unlinkat(dir, STORE_EXIT, 0) == 0 && exit_read(early, &end, &e) == EXIT_KNOWN && ending_status(&end) == 7);
	close(fd);
	close(early);
	CASE("killed before it could write");
	CHECK(exit_make(dir, &fd, &e) == 0);
	exit_note_kill(dir);
	exit_note_kill(dir);
	CHECK(look(&status) == EXIT_KNOWN && status == 137 && fstat(fd, &st) == 0 && st.st_size == 9);
	close(fd);
	unlinkat(dir, STORE_EXIT, 0);
	CASE("killed while its program was being started again and again");
	put("exit 1 again 1 5\nexit 1 again 2 5\n");
	CHECK(look(&status) == EXIT_OPEN);
	exit_note_kill(dir);
	CHECK(look(&status) == EXIT_KNOWN && status == 137);
	exit_note_kill(dir);
	CHECK(look(&status) == EXIT_KNOWN && status == 137);
	unlinkat(dir, STORE_EXIT, 0);
}

static void test_damage(void)
{
	static const char *const texts[] = { "x", "exit 3", "exit 999\n", "{}\n", "exit 3\r\n" };
	int status;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		CASE(texts[i]);
		put(texts[i]);
		CHECK(look(&status) == -EINVAL);
		CHECK_STR(e.text, "the exit record is damaged");
	}
	unlinkat(dir, STORE_EXIT, 0);
	CASE("a FIFO, a link, a directory");
	CHECK(mkfifoat(dir, STORE_EXIT, 0600) == 0 && look(&status) == -EINVAL);
	exit_note_kill(dir);
	CHECK(unlinkat(dir, STORE_EXIT, 0) == 0 && symlinkat("/etc/passwd", dir, STORE_EXIT) == 0 && look(&status) == -ELOOP);
	exit_note_kill(dir);
	CHECK(unlinkat(dir, STORE_EXIT, 0) == 0 && mkdirat(dir, STORE_EXIT, 0700) == 0 && look(&status) == -EINVAL);
	CHECK(unlinkat(dir, STORE_EXIT, AT_REMOVEDIR) == 0);
}

int main(void)
{
	if (!mkdtemp(top))
		return 99;
	dir = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	test_life();
	test_damage();
	CHECK(rmdir(top) == 0);
	return check_summary();
}
