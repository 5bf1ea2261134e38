/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/ending.h"
#include "base/arr.h"
#include "tests/check.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a real child's end becomes, and that it is read back. */
static void test_children(void)
{
	static const struct { bool by_signal; int number, status; } rows[] = {
		{ false, 0, 0 }, { false, 3, 3 }, { false, 255, 255 },
		{ true, SIGKILL, 137 }, { true, SIGTERM, 143 }, { true, 64, 192 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct ending end, again = { 0 };
		char text[ENDING_TEXT_MAX];
		int status = 0;
		pid_t pid = fork();

		if (pid == 0) {
			if (rows[i].by_signal)
				kill(getpid(), rows[i].number);
			_exit(rows[i].by_signal ? 99 : rows[i].number);
		}
		CASE("the end of a child");
		CHECK(waitpid(pid, &status, 0) == pid);
		end = ending_of(status);
		CHECK(end.by_signal == rows[i].by_signal && end.number == rows[i].number);
		CHECK(ending_status(&end) == rows[i].status);
		CHECK(ending_text(&end, text) == strlen(text) && strlen(text) < ENDING_TEXT_MAX - 1);
		CHECK(ending_parse(text, strlen(text), &again) == ENDING_FOUND);
		CHECK(again.by_signal == end.by_signal && again.number == end.number && !end.deaf && !again.deaf);
	}
}

static void test_texts(void)
{
	static const struct { const char *text; int rc; int status; } rows[] = {
		{ "exit 0\n", ENDING_FOUND, 0 },	{ "signal 9\n", ENDING_FOUND, 137 },
		/* two wrote: the first was the first */
		{ "exit 3\nsignal 9\n", ENDING_FOUND, 3 },	{ "signal 9\nexit 3\n", ENDING_FOUND, 137 },
		{ "", ENDING_NONE, -1 },
		{ "\n", -EINVAL, -1 },			{ "exit 3", -EINVAL, -1 },
		{ "exit \n", -EINVAL, -1 },		{ "exit 256\n", -EINVAL, -1 },
		{ "exit 0003\n", -EINVAL, -1 },		{ "exit -1\n", -EINVAL, -1 },
		{ "exit 1 again 1 5\nsignal 9 again 2 70000\nexit 3\n", ENDING_FOUND, 3 },
		{ "exit 1 again 1 5\n", ENDING_NONE, -1 },	{ "exit 1 again 1 5\nsignal 9\nexit 3\n", ENDING_FOUND, 137 },
		{ "exit 1 again 1 5", -EINVAL, -1 },	{ "exit 1 again 1\n", -EINVAL, -1 },
		{ "exit 1 again 1 5 \n", -EINVAL, -1 },	{ "exit 1 again  5\n", -EINVAL, -1 },
		{ "exit 256 again 1 5\n", -EINVAL, -1 },	{ "exit 1 again 1 5\nexit 3", -EINVAL, -1 },
		{ "exit 1 again 1234567890123456789 5\n", -EINVAL, -1 },
		{ "exit 3 \n", -EINVAL, -1 },		{ " exit 3\n", -EINVAL, -1 },
		{ "signal 0\n", -EINVAL, -1 },		{ "signal 65\n", -EINVAL, -1 },
		{ "Exit 3\n", -EINVAL, -1 },		{ "exit", -EINVAL, -1 },
		{ "signal 9 deaf\n", ENDING_FOUND, 137 },	{ "signal 9 deaf\nexit 3\n", ENDING_FOUND, 137 },
		{ "exit 1 again 1 5\nsignal 9 deaf\n", ENDING_FOUND, 137 },
		{ "signal 9 deaf", -EINVAL, -1 },	{ "signal 9  deaf\n", -EINVAL, -1 },
		{ "signal 9 deaf \n", -EINVAL, -1 },	{ "signal 9 deafer\n", -EINVAL, -1 },
		{ "signal 15 deaf\n", -EINVAL, -1 },	{ "exit 9 deaf\n", -EINVAL, -1 },
		{ "signal 9 deaf again 1 5\n", -EINVAL, -1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct ending end = { .by_signal = true, .number = -129 };

		CASE(rows[i].text);
		CHECK(ending_parse(rows[i].text, strlen(rows[i].text), &end) == rows[i].rc);
		CHECK(ending_status(&end) == rows[i].status);
	}
	CASE("nothing behind the given bytes is looked at");
	struct ending end;
	CHECK(ending_parse("exit 3\n", 6, &end) == -EINVAL);
}

static void test_deaf(void)
{
	const struct ending_line line = { .end = { .by_signal = true, .number = SIGKILL, .deaf = true } };
	char text[ENDING_TEXT_MAX], line_text[ENDING_LINE_MAX];
	struct ending end;

	CASE("killed by its init");
	CHECK(ending_text(&line.end, text) == strlen(text));
	CHECK_STR(text, "signal 9 deaf\n");
	CHECK(ending_line_text(&line, line_text) == strlen(text));
	CHECK_STR(line_text, text);
	CHECK(ending_parse(text, strlen(text), &end) == ENDING_FOUND && end.deaf && end.by_signal && end.number == SIGKILL);
	CHECK(ending_status(&end) == 128 + SIGKILL);
	CHECK(ending_parse("signal 9\n", 9, &end) == ENDING_FOUND && !end.deaf);
}

static void test_again(void)
{
	const struct ending_line line = {
		.end = { .by_signal = true, .number = SIGSEGV }, .is_again = true, .number = 999999999999999999, .ran_ms = 5230,
	};
	struct ending_line back = { 0 };
	struct ending end = { .by_signal = true, .number = -129 };
	char text[ENDING_LINE_MAX], path[] = "/tmp/cist-test-ending.XXXXXX";
	size_t n = ending_line_text(&line, text);
	int fd = mkstemp(path);

	CASE("one of many");
	CHECK_STR(text, "signal 11 again 999999999999999999 5230\n");
	CHECK(ending_line_parse(text, n, &back) == (int)n && back.end.by_signal && back.end.number == SIGSEGV && back.is_again);
	CHECK(back.number == line.number && back.ran_ms == line.ran_ms);
	CASE("the end of a record, however long that is");
	CHECK(fd >= 0 && unlink(path) == 0 && ending_read(fd, &end) == ENDING_NONE);
	for (int i = 0; i < 100; i++) {
		CHECK(write(fd, text, n) == (ssize_t)n);
		CHECK(ending_read(fd, &end) == ENDING_NONE);
	}
	CHECK(write(fd, "exit 3\n", 7) == 7 && ending_read(fd, &end) == ENDING_FOUND && end.number == 3);
	CHECK(ftruncate(fd, 0) == 0 && ending_read(fd, &end) == ENDING_NONE);
	for (int i = 0; i < 100; i++)
		CHECK(write(fd, "xxxxxxxx", 8) == 8);
	CHECK(ending_read(fd, &end) == ENDING_NONE || ending_read(fd, &end) == -EINVAL);
	close(fd);
}

int main(void)
{
	test_again();
	test_children();
	test_deaf();
	test_texts();
	return check_summary();
}
