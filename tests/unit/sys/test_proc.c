/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sys/proc.h"
#include "sys/process.h"
#include "base/arr.h"
#include "tests/check.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define UNTIL_22 " 1 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 "

static const struct {
	const char *says, *text;
	int rc;
	char state;
	uint64_t start_time;
} cases[] = {
	{ "a plain name", "42 (sh) S" UNTIL_22 "12345 1 2 3\n", 0, 'S', 12345 },
	{ "nothing after the start time", "42 (sh) R" UNTIL_22 "7", 0, 'R', 7 },
	{ "a name that ends in a parenthesis", "42 (a)) Z" UNTIL_22 "9 ", 0, 'Z', 9 },
	{ "a name like the rest of a line", "42 (x) R" UNTIL_22 "1) S" UNTIL_22 "99 0\n", 0, 'S', 99 },
	{ "a name with spaces and newlines", "42 (a b\nc) D" UNTIL_22 "5 0", 0, 'D', 5 },
	{ "an empty name", "42 () S" UNTIL_22 "5 0", 0, 'S', 5 },
	{ "a name of another script", "42 (\xc3\xa4\xff) S" UNTIL_22 "5 0", 0, 'S', 5 },
	{ "start time 0", "1 (init) S" UNTIL_22 "0 0", 0, 'S', 0 },
	{ "empty", "", -EPROTO, 0, 0 },
	{ "no name", "42 sh S" UNTIL_22 "5", -EPROTO, 0, 0 },
	{ "cut in the name", "42 (sh", -EPROTO, 0, 0 },
	{ "cut behind the name", "42 (sh)", -EPROTO, 0, 0 },
	{ "cut behind the space", "42 (sh) ", -EPROTO, 0, 0 },
	{ "no space", "42 (sh)S" UNTIL_22 "5", -EPROTO, 0, 0 },
	{ "cut behind the state", "42 (sh) S", -EPROTO, 0, 0 },
	{ "cut before the start time", "42 (sh) S 1 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0", -EPROTO, 0, 0 },
	{ "cut at the start time", "42 (sh) S" UNTIL_22, -EPROTO, 0, 0 },
	{ "the start time is no number", "42 (sh) S" UNTIL_22 "-5 0", -EPROTO, 0, 0 },
};

/* Each prefix of a good line is a bad one or gives some number, and is never read beyond its end. */
static void test_prefixes(void)
{
	static const char line[] = "42 (a) b) S" UNTIL_22 "12345 1 2 3";

	CASE("every prefix");
	for (size_t n = 0; n < sizeof(line); n++) {
		char *cut = malloc(n + 1);
		struct proc_stat st;

		if (!CHECK(cut != NULL))
			return;
		memcpy(cut, line, n);
		cut[n] = '\0';
		CHECK(sys_proc_stat_parse(cut, &st) == -EPROTO || st.start_time <= 12345);
		free(cut);
	}
}

static void test_real(void)
{
	struct proc_stat st, again;
	char id[37], same[37];

	CASE("this process");
	CHECK(sys_proc_stat(getpid(), &st) == 0 && st.state == 'R' && st.start_time > 0);
	CHECK(sys_proc_stat(getpid(), &again) == 0 && again.start_time == st.start_time);
	CASE("a child that has ended and was not asked yet, and a line that ends before that");
	pid_t pid = fork();
	if (pid == 0)
		_exit(7);
	siginfo_t info;
	CHECK(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == 0);
	CHECK(sys_proc_stat(pid, &st) == 0 && st.state == 'Z' && WIFEXITED(st.exit_code) && WEXITSTATUS(st.exit_code) == 7);
	CHECK(waitpid(pid, NULL, 0) == pid);
	CHECK(sys_proc_stat_parse("42 (sh) Z" UNTIL_22 "12345 1", &st) == 0 && st.exit_code == 0);
	CASE("nobody");
	CHECK(sys_proc_stat(0x7ffffff0, &st) == -ENOENT);
	CASE("this boot");
	CHECK(sys_boot_id(id) == 0 && strlen(id) == 36 && id[8] == '-');
	CHECK(sys_boot_id(same) == 0);
	CHECK_STR(id, same);
}

static void test_first_userns(void)
{
	CASE("the first user namespace maps all ids to themselves");
	CHECK(sys_is_first_userns("         0          0 4294967295\n"));
	CHECK(sys_is_first_userns("0 0 4294967295\n"));
	CHECK(!sys_is_first_userns("         0       1000          1\n"));
	CHECK(!sys_is_first_userns("         0          0      65536\n"));
	CHECK(!sys_is_first_userns("         1          0 4294967295\n"));
	CHECK(!sys_is_first_userns("         0          0 42949672950\n"));
	CHECK(!sys_is_first_userns("         0       1000          1\n         1     100000      65536\n"));
	CHECK(!sys_is_first_userns(""));
}

/* A child works, stands still, and is gone. */
static void test_processor_time(void)
{
	const pid_t pid = fork();
	int status = 0;
	int64_t then;

	CASE("processor time");
	if (pid == 0) {
		for (volatile unsigned int n = 0; sys_processor_us(getpid()) < 20000; n++)
			;
		raise(SIGSTOP);
		for (;;)
			pause();
	}
	if (!CHECK(pid > 0))
		return;
	CHECK(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status));
	then = sys_processor_us(pid);
	CHECK(then >= 20000);
	usleep(20000);
	CHECK(sys_processor_us(pid) < then + 10000);	/* it is told before it really stands */
	CHECK(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
	CHECK(sys_processor_us(pid) < 0);
}

int main(void)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct proc_stat st = { .state = '-', .start_time = 1234 };

		CASE(cases[i].says);
		CHECK(sys_proc_stat_parse(cases[i].text, &st) == cases[i].rc);
		if (cases[i].rc == 0)
			CHECK(st.state == cases[i].state && st.start_time == cases[i].start_time);
	}
	test_prefixes();
	test_real();
	test_first_userns();
	test_processor_time();
	return check_summary();
}
