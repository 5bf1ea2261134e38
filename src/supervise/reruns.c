/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/reruns.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* In most cases the last few lines are all that is new. */
enum { RERUNS_FEW_BYTES = 1 << 10 };

/* ---- lines ---- */

static void skip_line(struct reruns *r)
{
	const char *newline = memchr(r->at, '\n', (size_t)(r->end - r->at));

	r->at = newline ? newline + 1 : r->end;
}

void reruns_begin(struct reruns *r, const char *text, size_t n, bool whole, uint64_t last, uint64_t most)
{
	*r = (struct reruns){ .at = text, .end = text + n, .last = last, .most = most };
	if (!whole)
		skip_line(r);
}

/* The last line may be about to be written. */
static bool is_begun(const struct reruns *r)
{
	const size_t left = (size_t)(r->end - r->at);

	return left < ENDING_LINE_MAX && !memchr(r->at, '\n', left);
}

bool reruns_next(struct reruns *r, struct ending_line *ret)
{
	while (r->at < r->end && !is_begun(r)) {
		struct ending_line line;
		int len = ending_line_parse(r->at, (size_t)(r->end - r->at), &line);

		if (len < 0 || (line.is_again && line.number > r->most)) {
			r->damaged = true;
			skip_line(r);
			continue;
		}
		r->at += len;
		if (!line.is_again || line.number <= r->last)
			continue;
		r->last = line.number;
		*ret = line;
		return true;
	}
	return false;
}

/* ---- the file ---- */

static int read_end(int fd, off_t size, size_t most, char **ret, size_t *ret_n, bool *ret_whole)
{
	const off_t from = size > (off_t)most ? size - (off_t)most : 0;
	char *text = malloc(most);
	ssize_t n = text ? pread(fd, text, most, from) : -1;

	if (n < 0) {
		const int rc = text ? -errno : -ENOMEM;

		free(text);
		return rc;
	}
	*ret = text;
	*ret_n = (size_t)n;
	*ret_whole = from == 0;
	return 0;
}

/* Whether what was left out has been seen before. */
static bool is_enough(const char *text, size_t n, bool whole, uint64_t last)
{
	struct reruns r;
	struct ending_line first;

	if (whole)
		return true;
	reruns_begin(&r, text, n, whole, 0, UINT64_MAX);
	return reruns_next(&r, &first) && first.number <= last + 1;
}

int reruns_read(int fd, uint64_t last, char **ret, size_t *ret_n, bool *ret_whole)
{
	struct stat st;
	int rc;

	if (fstat(fd, &st) < 0)
		return -errno;
	rc = read_end(fd, st.st_size, RERUNS_FEW_BYTES, ret, ret_n, ret_whole);
	if (rc < 0 || is_enough(*ret, *ret_n, *ret_whole, last))
		return rc;
	free(*ret);
	*ret = NULL;
	return read_end(fd, st.st_size, RERUNS_BYTES, ret, ret_n, ret_whole);
}
