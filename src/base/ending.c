/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/ending.h"
#include "base/fmt.h"

#include <string.h>
#include <sys/wait.h>

enum { SIGNAL_MAX = 64, STATUS_MAX = 255 };

static const struct {
	const char *word;
	int least, most;
} kinds[] = {
	[false] = { "exit ", 0, STATUS_MAX },
	[true]  = { "signal ", 1, SIGNAL_MAX },
};

struct ending ending_of(int wait_status)
{
	if (WIFSIGNALED(wait_status))
		return (struct ending){ true, WTERMSIG(wait_status) };
	return (struct ending){ false, WEXITSTATUS(wait_status) };
}

int ending_status(const struct ending *end)
{
	return end->by_signal ? 128 + end->number : end->number;
}

size_t ending_text(const struct ending *end, char buf[ENDING_TEXT_MAX])
{
	return fmt(buf, ENDING_TEXT_MAX, "%s%d\n", kinds[end->by_signal].word, end->number);
}

/* One to three digits, then the end of the line. */
static int number_of(const char *text, size_t n, int *ret)
{
	size_t i = 0;

	*ret = 0;
	for (; i < n && i < 3 && text[i] >= '0' && text[i] <= '9'; i++)
		*ret = *ret * 10 + (text[i] - '0');
	return i > 0 && i < n && text[i] == '\n' ? 0 : -EINVAL;
}

int ending_parse(const char *text, size_t n, struct ending *ret)
{
	if (n == 0)
		return ENDING_NONE;
	for (int k = 0; k <= 1; k++) {
		size_t skip = strlen(kinds[k].word);
		int number;

		if (n <= skip || memcmp(text, kinds[k].word, skip) != 0)
			continue;
		if (number_of(text + skip, n - skip, &number) < 0 || number < kinds[k].least || number > kinds[k].most)
			return -EINVAL;
		*ret = (struct ending){ k, number };
		return ENDING_FOUND;
	}
	return -EINVAL;
}
