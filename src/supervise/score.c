/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/score.h"

#include "base/auto.h"
#include "base/fmt.h"
#include "sys/file.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define FILE_NAME "/proc/self/oom_score_adj"

enum { LOWEST = -1000, HIGHEST = 1000 };

/* Of this process, and of the forks of it. */
static struct {
	bool lowered;
	int first;
	char word[sizeof(SCORE_VARIABLE) + 16];
} score;

static bool parse(const char *text, int *ret)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (end == text || (*end && *end != '\n') || n < LOWEST || n > HIGHEST)
		return false;
	*ret = (int)n;
	return true;
}

static bool put(int value)
{
	auto_close int fd = sys_openat(AT_FDCWD, FILE_NAME, O_WRONLY, 0);
	char text[16];
	size_t n = fmt(text, sizeof text, "%d", value);

	return fd >= 0 && sys_write_all(fd, text, n) >= 0;
}

static const char *find_word(const char *const *envp)
{
	for (; *envp; envp++)
		if (strncmp(*envp, SCORE_VARIABLE, strlen(SCORE_VARIABLE)) == 0)
			return *envp + strlen(SCORE_VARIABLE);
	return NULL;
}

void score_lower(const char *const *envp)
{
	const char *handed = find_word(envp);
	char text[32];
	int now;

	score.lowered = false;
	if (sys_read_at(AT_FDCWD, FILE_NAME, text, sizeof text) <= 0 || !parse(text, &now))
		return;
	/* A successor finds what its predecessor has made of it. */
	if (now == SCORE_OWN && handed && parse(handed, &score.first))
		score.lowered = true;
	else if (now > SCORE_OWN && put(SCORE_OWN)) {
		score.first = now;
		score.lowered = true;
	}
	if (score.lowered)
		fmt(score.word, sizeof score.word, SCORE_VARIABLE "%d", score.first);
}

const char *score_word(void)
{
	return score.lowered ? score.word : NULL;
}

void score_restore(void)
{
	if (score.lowered)
		(void)put(score.first);
}
