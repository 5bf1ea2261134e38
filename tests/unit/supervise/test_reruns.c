/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/reruns.h"

#include "sys/file.h"
#include "tests/check.h"

#include <stdlib.h>

/* "1:exit 3/7 2:signal 9/8", and " !" when there was what no init writes. */
static const char *heard_of(const char *text, size_t n, bool whole, uint64_t last, uint64_t most)
{
	static char buf[4096];
	struct ending_line line;
	struct reruns r;
	size_t len = 0;

	buf[0] = '\0';
	reruns_begin(&r, text, n, whole, last, most);
	while (reruns_next(&r, &line))
		len += (size_t)snprintf(buf + len, sizeof(buf) - len, "%s%llu:%s %d/%llu", len > 0 ? " " : "",
					(unsigned long long)line.number, line.end.by_signal ? "signal" : "exit", line.end.number,
					(unsigned long long)line.ran_ms);
	if (r.damaged)
		snprintf(buf + len, sizeof(buf) - len, " !");
	return buf;
}

static const char *heard(const char *text, uint64_t last)
{
	return heard_of(text, strlen(text), true, last, 1000);
}

static void test_lines(void)
{
	CASE("what is new");
	CHECK_STR(heard("", 0), "");
	CHECK_STR(heard("exit 3 again 1 7\nsignal 9 again 2 8\n", 0), "1:exit 3/7 2:signal 9/8");
	CHECK_STR(heard("exit 3 again 1 7\nsignal 9 again 2 8\n", 1), "2:signal 9/8");
	CHECK_STR(heard("exit 3 again 1 7\nsignal 9 again 2 8\n", 2), "");
	CHECK_STR(heard_of("3 again 1 7\nexit 0 again 2 8\n", 29, false, 0, 1000), "2:exit 0/8");

	CASE("the end of the container is none of these");
	CHECK_STR(heard("exit 3 again 1 7\nsignal 15\n", 0), "1:exit 3/7");
	CHECK_STR(heard("exit 3\nexit 3 again 1 7\n", 0), "1:exit 3/7");

	CASE("numbers that jump, come again, or go back");
	CHECK_STR(heard("exit 0 again 5 7\nexit 1 again 5 7\nexit 2 again 4 7\nexit 3 again 9 7\n", 1), "5:exit 0/7 9:exit 3/7");
	CHECK_STR(heard("exit 0 again 1000 7\nexit 0 again 1001 7\nexit 0 again 999999999999999999 7\n", 0), "1000:exit 0/7 !");

	CASE("a line that is being written");
	CHECK_STR(heard("exit 3 again 1 7\nexit 3 aga", 0), "1:exit 3/7");
	CHECK_STR(heard("exit 3 again 1 7", 0), "");
}

static void test_hostile(void)
{
	static const char nul[] = "exit 0 again 1 1\n\0\0\n\0exit 0 again 2 2\nexit 0 again 3 3\n";
	char text[400];

	CASE("what no init writes is left out");
	CHECK_STR(heard("hello\nexit 3 again 1 7\n\n\nexit 256 again 2 7\nexit 4 again 3 7\n", 0), "1:exit 3/7 3:exit 4/7 !");
	CHECK_STR(heard_of(nul, sizeof(nul) - 1, true, 0, 10), "1:exit 0/1 3:exit 0/3 !");
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	CHECK_STR(heard(text, 0), " !");
	memcpy(text + 300, "\nexit 1 again 1 1\n", 18);
	CHECK_STR(heard(text, 0), "1:exit 1/1 !");
	CHECK_STR(heard_of(text, 300, false, 0, 1000), "");
}

/* ---- files ---- */

static int file_of(uint64_t from, uint64_t to)
{
	int fd = sys_memfd("exit", K_MFD_CLOEXEC);
	char line[ENDING_LINE_MAX];

	CHECK(fd >= 0);
	for (uint64_t i = from; i <= to; i++) {
		const struct ending_line l = { .is_again = true, .number = i, .ran_ms = i };

		CHECK(sys_write_all(fd, line, ending_line_text(&l, line)) == 0);
	}
	return fd;
}

/* How many of a file are new, and the number of the first of these. */
static uint64_t new_of(int fd, uint64_t last, uint64_t *ret_first, size_t *ret_read)
{
	struct ending_line line;
	struct reruns r;
	uint64_t n = 0;
	char *text = NULL;
	bool whole;

	*ret_first = *ret_read = 0;
	if (!CHECK(reruns_read(fd, last, &text, ret_read, &whole) == 0))
		return 0;
	reruns_begin(&r, text, *ret_read, whole, last, UINT64_MAX);
	for (; reruns_next(&r, &line); n++)
		if (n == 0)
			*ret_first = line.number;
	CHECK(!r.damaged);
	free(text);
	return n;
}

static void test_files(void)
{
	uint64_t first;
	size_t n_read;
	int fd;

	CASE("of a file only as much as is needed is read");
	fd = file_of(1, 2000);
	CHECK(new_of(fd, 1990, &first, &n_read) == 10 && first == 1991 && n_read <= 1024);
	CHECK(new_of(fd, 2000, &first, &n_read) == 0 && n_read <= 1024);
	CHECK(new_of(fd, 10, &first, &n_read) == 1990 && first == 11 && n_read > 1024);
	CHECK(new_of(fd, 0, &first, &n_read) == 2000 && first == 1);
	close(fd);

	CASE("a short one");
	fd = file_of(1, 3);
	CHECK(new_of(fd, 1, &first, &n_read) == 2 && first == 2);
	close(fd);

	CASE("one that was begun anew");
	fd = file_of(5000, 5002);
	CHECK(new_of(fd, 4000, &first, &n_read) == 3 && first == 5000);
	close(fd);

	CASE("one that is far too long");
	fd = file_of(1, 10000);
	CHECK(new_of(fd, 0, &first, &n_read) > 1000 && first > 1 && n_read == RERUNS_BYTES);
	close(fd);

	CASE("none");
	fd = file_of(1, 0);
	CHECK(new_of(fd, 0, &first, &n_read) == 0 && n_read == 0);
	close(fd);
	CHECK(reruns_read(-1, 0, &(char *){ NULL }, &n_read, &(bool){ false }) == -EBADF);
}

int main(void)
{
	test_lines();
	test_hostile();
	test_files();
	return check_summary();
}
