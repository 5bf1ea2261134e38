/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/journal.h"

#include "tests/tree.h"

static char text[4096];

static const char *file_text(const char *name)
{
	int fd = open(tree_path(name), O_RDONLY);
	ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : 0;

	text[n > 0 ? n : 0] = '\0';
	if (fd >= 0)
		close(fd);
	return text;
}

/* What follows the time, of each line. */
static const char *words_of(const char *name)
{
	static char out[4096];
	char *line, *next = (char *)file_text(name);
	size_t at = 0;

	while ((line = strsep(&next, "\n")) && *line)
		at += (size_t)snprintf(out + at, sizeof(out) - at, "%s\n", strchr(line, ']') + 1);
	out[at] = '\0';
	return out;
}

static void test_file(void)
{
	struct journal_words w = { .dir = tree_path(""), .file = "app.log" };
	auto_journal struct journal j = JOURNAL_INIT;
	struct err e = { 0 };

	CASE("levels");
	CHECK(journal_open(&j, &w, &e) == 0);
	journal_say(&j, LINE_WARN, "Starting \"%s\": %d", "app/web.0", 7);
	journal_say(&j, LINE_INFO, "nobody wants to know");
	journal_say(&j, LINE_ERROR, "two\nlines");
	CHECK_STR(words_of("app.log"), "[WARN] Starting \"app/web.0\": 7\n[ERROR] two\\x0alines\n");

	CASE("opened anew, after it was moved");
	CHECK(rename(tree_path("app.log"), tree_path("app.log.1")) == 0);
	w.level = "INFO";
	CHECK(journal_open(&j, &w, &e) == 0);
	journal_say(&j, LINE_INFO, "more");
	CHECK_STR(words_of("app.log"), "[INFO] more\n");

	CASE("a facility that there is not means the file");
	w.facility = "local9";
	w.level = "loud";
	CHECK(journal_open(&j, &w, &e) == 0 && j.facility < 0 && j.level == LINE_WARN);

	CASE("what cannot be opened leaves what there was");
	CHECK(symlink("/etc/passwd", tree_path("link")) == 0);
	w.file = "link";
	CHECK(journal_open(&j, &w, &e) < 0 && strstr(e.text, "link"));
	journal_say(&j, LINE_ERROR, "still here");
	CHECK_STR(words_of("app.log"), "[INFO] more\n[ERROR] still here\n");
	w.dir = tree_path("nowhere");
	CHECK(journal_open(&j, &w, &e) == -ENOENT);
}

int main(void)
{
	if (!tree_make())
		return 1;
	test_file();
	tree_remove();
	return check_summary();
}
