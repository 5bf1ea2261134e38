/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/arr.h"
#include "base/log.h"
#include "tests/check.h"

#include <stdlib.h>

static const struct {
	const char *says;
	enum log_form form;
	enum log_level level;
	const char *message;
	int64_t seconds;
	const char *want;
} lines[] = {
	{ "logfmt", LOG_LOGFMT, LOG_LEVEL_ERROR, "container does not exist", 1795289361,
	  "time=\"2026-11-21T19:29:21Z\" level=error msg=\"container does not exist\"\n" },
	{ "json", LOG_JSON, LOG_LEVEL_ERROR, "container does not exist", 1795289361,
	  "{\"level\":\"error\",\"msg\":\"container does not exist\",\"time\":\"2026-11-21T19:29:21Z\"}\n" },
	{ "bare", LOG_BARE, LOG_LEVEL_ERROR, "container does not exist", 0, "container does not exist\n" },
	{ "levels", LOG_LOGFMT, LOG_LEVEL_WARNING, "", 0, "time=\"1970-01-01T00:00:00Z\" level=warning msg=\"\"\n" },
	{ "levels", LOG_LOGFMT, LOG_LEVEL_DEBUG, "", 0, "time=\"1970-01-01T00:00:00Z\" level=debug msg=\"\"\n" },
	{ "leap day", LOG_LOGFMT, LOG_LEVEL_DEBUG, "", 1709251199,
	  "time=\"2024-02-29T23:59:59Z\" level=debug msg=\"\"\n" },
	{ "first of March", LOG_LOGFMT, LOG_LEVEL_DEBUG, "", 1709251200,
	  "time=\"2024-03-01T00:00:00Z\" level=debug msg=\"\"\n" },
	{ "end of a year", LOG_LOGFMT, LOG_LEVEL_DEBUG, "", 946684799,
	  "time=\"1999-12-31T23:59:59Z\" level=debug msg=\"\"\n" },
	{ "before 1970", LOG_LOGFMT, LOG_LEVEL_DEBUG, "", -1, "time=\"1969-12-31T23:59:59Z\" level=debug msg=\"\"\n" },
	{ "logfmt escapes", LOG_LOGFMT, LOG_LEVEL_ERROR, "a\"b\\c\nd\te\rf\033[2Jg\177", 0,
	  "time=\"1970-01-01T00:00:00Z\" level=error msg=\"a\\\"b\\\\c\\nd\\te\\rf\\x1b[2Jg\\x7f\"\n" },
	{ "json escapes", LOG_JSON, LOG_LEVEL_ERROR, "a\"b\\c\nd\te\rf\033[2Jg\177\001", 0,
	  "{\"level\":\"error\",\"msg\":\"a\\\"b\\\\c\\nd\\te\\rf\\u001b[2Jg\\u007f\\u0001\","
	  "\"time\":\"1970-01-01T00:00:00Z\"}\n" },
	{ "bare keeps lines and tabs", LOG_BARE, LOG_LEVEL_ERROR, "a\n\tb\033\"\\", 0, "a\n\tb\\x1b\"\\\n" },
	{ "UTF-8 is kept", LOG_JSON, LOG_LEVEL_ERROR, "\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xa7", 0,
	  "{\"level\":\"error\",\"msg\":\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xa7\",\"time\":\"1970-01-01T00:00:00Z\"}\n" },
	{ "C1 control", LOG_BARE, LOG_LEVEL_ERROR, "\xc2\x9b" "2J", 0, "\\xc2\\x9b2J\n" },
	{ "not UTF-8: stray, cut, overlong, surrogate", LOG_BARE, LOG_LEVEL_ERROR,
	  "\x80|\xe2\x82|\xc0\xaf|\xed\xa0\x80|\xf4\x90\x80\x80", 0,
	  "\\x80|\\xe2\\x82|\\xc0\\xaf|\\xed\\xa0\\x80|\\xf4\\x90\\x80\\x80\n" },
	{ "not UTF-8 in JSON", LOG_JSON, LOG_LEVEL_ERROR, "\xff", 0,
	  "{\"level\":\"error\",\"msg\":\"\\ufffd\",\"time\":\"1970-01-01T00:00:00Z\"}\n" },
};

/* Longer than any message, all of it to be escaped: the line stays one and whole. */
static void long_messages_are_cut(void)
{
	static const enum log_form forms[] = { LOG_LOGFMT, LOG_JSON, LOG_BARE };
	char buf[LOG_LINE_MAX], *message = malloc(20001);

	CASE("a message that is too long");
	if (!CHECK(message))
		return;
	memset(message, '\033', 20000);
	message[20000] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		size_t n = log_line(buf, forms[i], LOG_LEVEL_ERROR, message, 0);

		CHECK(n < LOG_LINE_MAX && n > LOG_LINE_MAX - 16);
		CHECK(strlen(buf) == n && buf[n - 1] == '\n');
		CHECK(forms[i] != LOG_JSON || strcmp(buf + n - 3, "\"}\n") == 0);
	}
	free(message);
}

int main(void)
{
	char buf[LOG_LINE_MAX];

	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		size_t n = log_line(buf, lines[i].form, lines[i].level, lines[i].message, lines[i].seconds);

		CASE(lines[i].says);
		CHECK_STR(buf, lines[i].want);
		CHECK(n == strlen(buf));
	}
	long_messages_are_cut();
	return check_summary();
}
