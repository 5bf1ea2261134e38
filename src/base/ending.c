/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/ending.h"
#include "base/fmt.h"

#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char again[] = " again ", deaf[] = " deaf";

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
		return (struct ending){ .by_signal = true, .number = WTERMSIG(wait_status) };
	return (struct ending){ .number = WEXITSTATUS(wait_status) };
}

int ending_status(const struct ending *end)
{
	return end->by_signal ? 128 + end->number : end->number;
}

size_t ending_text(const struct ending *end, char buf[ENDING_TEXT_MAX])
{
	return fmt(buf, ENDING_TEXT_MAX, "%s%d%s\n", kinds[end->by_signal].word, end->number, end->deaf ? deaf : "");
}

size_t ending_line_text(const struct ending_line *line, char buf[ENDING_LINE_MAX])
{
	const char *word = kinds[line->end.by_signal].word;

	if (!line->is_again)
		return ending_text(&line->end, buf);
	return fmt(buf, ENDING_LINE_MAX, "%s%d%s%lu %lu\n", word, line->end.number, again, (unsigned long)line->number,
		   (unsigned long)line->ran_ms);
}

static bool take_number(const char **at, const char *end, int digits, uint64_t *ret)
{
	const char *from = *at;

	for (*ret = 0; *at < end && *at - from < digits && **at >= '0' && **at <= '9'; ++*at)
		*ret = *ret * 10 + (uint64_t)(**at - '0');
	return *at > from;
}

static bool take_word(const char **at, const char *end, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(end - *at) < len || memcmp(*at, word, len) != 0)
		return false;
	*at += len;
	return true;
}

/* Either the end of the line is next, or what is said of an ending that was not the last. */
static bool take_rest(const char **at, const char *end, struct ending_line *ret)
{
	enum { DIGITS = 18 };

	if (ret->end.by_signal && ret->end.number == SIGKILL)
		ret->end.deaf = take_word(at, end, deaf);
	if (take_word(at, end, "\n"))
		return true;
	if (ret->end.deaf)
		return false;
	ret->is_again = true;
	return take_word(at, end, again) && take_number(at, end, DIGITS, &ret->number) && take_word(at, end, " ") &&
	       take_number(at, end, DIGITS, &ret->ran_ms) && take_word(at, end, "\n");
}

int ending_line_parse(const char *text, size_t n, struct ending_line *ret)
{
	const char *at = text, *end = text + n;

	for (int k = 0; k <= 1; k++) {
		struct ending_line line = { .end.by_signal = k };
		uint64_t number;

		if (!take_word(&at, end, kinds[k].word))
			continue;
		if (!take_number(&at, end, 3, &number))
			return -EINVAL;
		line.end.number = (int)number;
		if (line.end.number < kinds[k].least || line.end.number > kinds[k].most || !take_rest(&at, end, &line))
			return -EINVAL;
		*ret = line;
		return (int)(at - text);
	}
	return -EINVAL;
}

int ending_parse(const char *text, size_t n, struct ending *ret)
{
	while (n > 0) {
		struct ending_line line;
		int len = ending_line_parse(text, n, &line);

		if (len < 0)
			return len;
		if (!line.is_again) {
			*ret = line.end;
			return ENDING_FOUND;
		}
		text += len;
		n -= (size_t)len;
	}
	return ENDING_NONE;
}

int ending_read(int fd, struct ending *ret)
{
	char text[4 * ENDING_LINE_MAX];
	struct stat st;
	size_t skip = 0;
	ssize_t n;
	off_t from;

	if (fstat(fd, &st) < 0)
		return -errno;
	from = st.st_size > (off_t)sizeof(text) ? st.st_size - (off_t)sizeof(text) : 0;
	n = pread(fd, text, sizeof(text), from);
	if (n < 0)
		return -errno;
	/* Not the half of a line. */
	while (from > 0 && skip < (size_t)n && text[skip++] != '\n')
		;
	return ending_parse(text + skip, (size_t)n - skip, ret);
}
