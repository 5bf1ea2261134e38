/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/score.h"

#include "tests/check.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const none[] = { NULL };

/* What the kernel has of this process. */
static int own(void)
{
	FILE *f = fopen("/proc/self/oom_score_adj", "r");
	int n = 12345;

	if (!f || fscanf(f, "%d", &n) != 1)
		n = 12345;
	if (f)
		fclose(f);
	return n;
}

/* Of a child that puts it back. */
static int of_child(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		score_restore();
		_exit(own() & 0x7f);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_lower(int first)
{
	char word[64];

	CASE("lowered, put back, and known to a successor");
	CHECK(own() == SCORE_OWN);
	CHECK(of_child() == (first & 0x7f));
	snprintf(word, sizeof(word), SCORE_VARIABLE "%d", first);
	CHECK_STR(score_word(), word);

	const char *const handed[] = { "A=b", SCORE_VARIABLE "77", NULL };
	score_lower(handed);
	CHECK(own() == SCORE_OWN);
	CHECK_STR(score_word(), SCORE_VARIABLE "77");
	CHECK(of_child() == 77);

	CASE("words that are none");
	const char *const odd[] = { SCORE_VARIABLE "77x", NULL };
	score_lower(odd);
	CHECK(!score_word() && of_child() == (SCORE_OWN & 0x7f));
	const char *const far[] = { SCORE_VARIABLE "-1001", NULL };
	score_lower(far);
	CHECK(!score_word());
}

int main(void)
{
	const int first = own();

	CASE("before");
	CHECK(!score_word() && of_child() == (first & 0x7f));
	score_lower(none);
	if (own() != first) {
		test_lower(first);
		return check_summary();
	}
	CASE("without the right to, nothing is changed");
	CHECK(!score_word() && of_child() == (first & 0x7f));
	return check_summary();
}
