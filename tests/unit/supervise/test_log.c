/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/log.h"

#include "sys/file.h"
#include "tests/check.h"

#include <signal.h>
#include <stdlib.h>

static const int64_t WHEN = 1534768496;	/* 2018-08-20T12:34:56Z */

static char line[LINE_MAX_BYTES];

static void test_lines(void)
{
	const struct proc_ending one = { .how = ENDING_EXIT, .number = 1 };
	char *config = NULL;
	size_t len = 0;

	CASE("the forms");
	CHECK(line_log(line, LINE_ERROR, 1447756180, "Fatal error") == strlen(line));
	CHECK_STR(line, "[2015-11-17T10:29:40Z][ERROR] Fatal error\n");
	line_starting(line, WHEN, "django/worker.0", "\"/usr/bin/python3\" \"-m\" \"app\"");
	CHECK_STR(line, "2018-08-20T12:34:56Z: ----- Starting \"django/worker.0\": \"/usr/bin/python3\" \"-m\" \"app\" -----\n");
	line_ended(line, WHEN, "django/worker.0", &one, 304999);
	CHECK_STR(line, "2018-08-20T12:34:56Z: ----- Process \"django/worker.0\" exited with code 1, uptime 304s -----\n");
	CHECK(line_deaf(line, WHEN, "django/worker.0", 5000, 60000) == strlen(line));
	CHECK_STR(line, "2018-08-20T12:34:56Z: ----- Process \"django/worker.0\" did not respond to SIGTERM in 5, uptime 60s. "
			"Killing.. -----\n");
	CHECK(line_config(WHEN, "{\"w\":{}}", &config, &len) == 0 && len == strlen(config));
	CHECK_STR(config, "2018-08-20T12:34:56Z {\"w\":{}}\n");
	free(config);
	line_syslog(line, line_facility("daemon"), LINE_WARN, 1447756180, "lithos", 77, "a\nb");
	CHECK_STR(line, "<28>Nov 17 10:29:40 lithos[77]: a\\x0ab");
	line_syslog(line, line_facility("LOG_LOCAL7"), LINE_INFO, 1446374580, "x", 1, "y");
	CHECK_STR(line, "<190>Nov  1 10:43:00 x[1]: y");
	CHECK(line_facility("nothing") < 0 && line_facility("") < 0);
}

static void test_levels(void)
{
	static const char *const names[] = { "error", "WARN", "Info", "debug", "trace" };
	enum line_level level;

	CASE("levels");
	for (size_t i = 0; i < 5; i++)
		CHECK(line_level_find(names[i], &level) && level == (enum line_level)i);
	CHECK(!line_level_find("warning", &level));
}

static const char *status(enum ending_how how, int number, bool core)
{
	static char buf[LINE_STATUS_MAX];

	line_status(&(struct proc_ending){ .how = how, .number = number, .core = core }, buf);
	return buf;
}

static void test_status(void)
{
	CASE("how it ended");
	CHECK_STR(status(ENDING_EXIT, 255, false), "exited with code 255");
	CHECK_STR(status(ENDING_SIGNAL, SIGTERM, false), "killed by signal SIGTERM[15]");
	CHECK_STR(status(ENDING_SIGNAL, SIGSEGV, true), "killed by signal SIGSEGV[11] (core dumped)");
	CHECK_STR(status(ENDING_SIGNAL, 37, false), "killed by signal SIGRTMIN+3[37]");
	CHECK_STR(status(ENDING_SIGNAL, 99, false), "killed by signal signal 99[99]");
	CHECK_STR(status(ENDING_UNKNOWN, 0, false), "ended in a way that nobody has seen");
}

static size_t newlines(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += *s == '\n';
	return n;
}

static void test_hostile(void)
{
	static char text[3 * LINE_MAX_BYTES];
	const struct proc_ending one = { .how = ENDING_EXIT, .number = 1 };

	CASE("one record is one line");
	line_log(line, LINE_WARN, WHEN, "a\nb\r\033[31mc\177\302\205 \377 \303\244");
	CHECK_STR(line, "[2018-08-20T12:34:56Z][WARN] a\\x0ab\\x0d\\x1b[31mc\\x7f\\xc2\\x85 \\xff \303\244\n");
	line_ended(line, WHEN, "a\"\n\\b", &one, 0);
	CHECK_STR(line, "2018-08-20T12:34:56Z: ----- Process \"a\\\"\\x0a\\\\b\" exited with code 1, uptime 0s -----\n");

	CASE("nothing is longer than it may be, and nothing is cut within a character");
	for (size_t i = 0; i + 2 < sizeof(text); i += 2)
		memcpy(text + i, "\303\244", 3);
	CHECK(line_log(line, LINE_ERROR, WHEN, text) < LINE_MAX_BYTES && newlines(line) == 1);
	CHECK_STR(line + strlen(line) - 6, "\303\244…\n");
	CHECK(line_starting(line, WHEN, text, text) < LINE_MAX_BYTES && newlines(line) == 1);
	CHECK_STR(line + strlen(line) - 10, "… -----\n");
	CHECK(line_ended(line, WHEN, text, &one, INT64_MAX) < LINE_MAX_BYTES);
	CHECK_STR(strstr(line, "\" exited"), "\" exited with code 1, uptime 9223372036854775s -----\n");
	memset(text, 1, sizeof(text) - 1);
	CHECK(line_deaf(line, WHEN, text, INT64_MAX, INT64_MAX) < LINE_MAX_BYTES && newlines(line) == 1);
	CHECK(line_syslog(line, 8, LINE_ERROR, WHEN, text, INT32_MAX, text) < LINE_MAX_BYTES && newlines(line) == 0);
}

static void test_quote(void)
{
	const char *args[] = { "/bin/x", "a \"b\"", "\n\\" };
	char buf[64], small[16];

	CASE("commands");
	line_quote(args, 3, buf, sizeof(buf));
	CHECK_STR(buf, "\"/bin/x\" \"a \\\"b\\\"\" \"\\x0a\\\\\"");
	line_quote(args, 0, buf, sizeof(buf));
	CHECK_STR(buf, "");
	line_quote(args, 3, small, sizeof(small));
	CHECK_STR(small, "\"/bin/x\" \"a…");
	line_quote(args, 3, small, 4);
	CHECK_STR(small, "");
}

static void test_sink(void)
{
	char dir[] = "/tmp/cist-log-XXXXXX", text[256];
	struct line_sink sink = LINE_SINK_INIT;
	struct err e = { 0 };
	auto_close int d = -EBADF, fd = -EBADF;
	ssize_t n;

	CASE("files");
	if (!CHECK(mkdtemp(dir)))
		return;
	d = sys_openat(AT_FDCWD, dir, O_RDONLY | O_DIRECTORY, 0);
	line_write(&sink, "lost\n", 5, WHEN);
	CHECK(sink.dropped == 0);
	CHECK(line_open(d, "log", &sink, &e) == 0);
	line_write(&sink, "one\n", 4, WHEN);

	CASE("what cannot be written is counted, and said");
	fd_close(&sink.fd);
	sink.fd = sys_openat(AT_FDCWD, "/dev/full", O_WRONLY, 0);
	line_write(&sink, "two\n", 4, WHEN);
	line_write(&sink, "three\n", 6, WHEN);
	CHECK(sink.dropped == 2 && sink.dropped_ever == 2);
	CHECK(line_open(d, "log", &sink, &e) == 0);
	line_write(&sink, "four\n", 5, WHEN);
	CHECK(sink.dropped == 0 && sink.dropped_ever == 2);
	fd = sys_openat(d, "log", O_RDONLY, 0);
	n = sys_read_all(fd, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	CHECK_STR(text, "one\n[2018-08-20T12:34:56Z][ERROR] 2 lines could not be written here\nfour\n");

	CASE("a link, a directory, a FIFO is no log");
	CHECK(sys_symlinkat("log", d, "link") == 0 && line_open(d, "link", &sink, &e) < 0);
	CHECK(sys_mkdirat(d, "dir", 0700) == 0 && line_open(d, "dir", &sink, &e) < 0);
	CHECK(sys_mknodat(d, "fifo", S_IFIFO | 0600, 0) == 0 && line_open(d, "fifo", &sink, &e) < 0);
	CHECK(sink.fd >= 0);
	line_close(&sink);
	line_close(&sink);
	sys_unlinkat(d, "log", 0);
	sys_unlinkat(d, "link", 0);
	sys_unlinkat(d, "fifo", 0);
	sys_unlinkat(d, "dir", AT_REMOVEDIR);
	rmdir(dir);
}

int main(void)
{
	test_lines();
	test_levels();
	test_status();
	test_hostile();
	test_quote();
	test_sink();
	return check_summary();
}
