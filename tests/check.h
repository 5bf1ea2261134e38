/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * All that a unit test needs: CASE names what follows, CHECK and CHECK_STR judge, and main ends with
 * return check_summary();
 */
#ifndef CIST_TESTS_CHECK_H
#define CIST_TESTS_CHECK_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char *check_case = "";
static int check_passed, check_failed;

#define CASE(text) (check_case = (text))

static inline bool check_that(bool ok, const char *what, const char *file, int line)
{
	if (ok) {
		check_passed++;
	} else {
		check_failed++;
		printf("%s:%d: %s%s%s\n", file, line, check_case, *check_case ? ": " : "", what);
	}
	return ok;
}
#define CHECK(expr) check_that((expr), #expr, __FILE__, __LINE__)

static inline bool check_str(const char *got, const char *want, const char *what, const char *file, int line)
{
	bool ok = got && want ? strcmp(got, want) == 0 : got == want;

	if (!check_that(ok, what, file, line))
		printf("  got:  %s\n  want: %s\n", got ? got : "(null)", want ? want : "(null)");
	return ok;
}
#define CHECK_STR(got, want) check_str((got), (want), #got, __FILE__, __LINE__)

static inline int check_summary(void)
{
	printf("%d passed, %d failed\n", check_passed, check_failed);
	return check_failed > 0 || check_passed == 0;
}

#endif
