/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/ending.h"
#include "base/arr.h"
#include "tests/check.h"

#include <signal.h>
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
		CHECK(again.by_signal == end.by_signal && again.number == end.number);
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
		{ "exit 3 \n", -EINVAL, -1 },		{ " exit 3\n", -EINVAL, -1 },
		{ "signal 0\n", -EINVAL, -1 },		{ "signal 65\n", -EINVAL, -1 },
		{ "Exit 3\n", -EINVAL, -1 },		{ "exit", -EINVAL, -1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct ending end = { true, -129 };

		CASE(rows[i].text);
		CHECK(ending_parse(rows[i].text, strlen(rows[i].text), &end) == rows[i].rc);
		CHECK(ending_status(&end) == rows[i].status);
	}
	CASE("nothing behind the given bytes is looked at");
	struct ending end;
	CHECK(ending_parse("exit 3\n", 6, &end) == -EINVAL);
}

int main(void)
{
	test_children();
	test_texts();
	return check_summary();
}
