/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/arr.h"
#include "base/fmt.h"
#include "base/log.h"
#include "base/text.h"

#include <stdbool.h>
#include <string.h>

static const char *const level_names[] = {
	[LOG_LEVEL_ERROR]   = "error",
	[LOG_LEVEL_WARNING] = "warning",
	[LOG_LEVEL_DEBUG]   = "debug",
};

const char *log_level_name(enum log_level level)
{
	return level_names[level];
}

/* The calendar is counted from a first of March. */
void log_time(char buf[LOG_TIME_MAX], int64_t seconds)
{
	int64_t days = seconds / 86400, rest = seconds % 86400;
	int64_t z, era, doe, yoe, doy, mp, month;
	long long year;

	if (rest < 0) {
		rest += 86400;
		days--;
	}
	z = days + 719468;
	era = (z >= 0 ? z : z - 146096) / 146097;
	doe = z - era * 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	month = mp < 10 ? mp + 3 : mp - 9;
	year = yoe + era * 400 + (month <= 2);
	fmt(buf, LOG_TIME_MAX, "%04lld-%02d-%02dT%02d:%02d:%02dZ", year, (int)month,
	    (int)(doy - (153 * mp + 2) / 5 + 1), (int)(rest / 3600), (int)(rest / 60 % 60), (int)(rest % 60));
}

/* What stands for one character of the message; moves *s behind it. */
static size_t put_char(char out[12], enum log_form form, const unsigned char **s)
{
	static const char named[][2] = { { '\n', 'n' }, { '\t', 't' }, { '\r', 'r' }, { '"', '"' }, { '\\', '\\' } };
	size_t n = text_printable(*s);
	unsigned int c = **s;

	if (form == LOG_BARE && (c == '\n' || c == '\t'))
		n = 1;
	for (size_t i = 0; i < ARRAY_LEN(named) && form != LOG_BARE; i++)
		if (c == (unsigned char)named[i][0]) {
			(*s)++;
			return fmt(out, 12, "\\%c", named[i][1]);
		}
	if (n > 0) {
		memcpy(out, *s, n);
		*s += n;
		return n;
	}
	(*s)++;
	/* JSON has no escape for a byte: what is no character becomes the replacement character. */
	if (form == LOG_JSON)
		return fmt(out, 12, "\\u%04x", c < 0x80 ? c : 0xfffdu);
	return fmt(out, 12, "\\x%02x", c);
}

size_t log_line(char buf[LOG_LINE_MAX], enum log_form form, enum log_level level, const char *message,
		int64_t seconds)
{
	const unsigned char *s = (const unsigned char *)message;
	char time[LOG_TIME_MAX], tail[64] = "\n", piece[12];
	size_t n = 0;

	log_time(time, seconds);
	if (form == LOG_LOGFMT) {
		n = fmt(buf, LOG_LINE_MAX, "time=\"%s\" level=%s msg=\"", time, log_level_name(level));
		fmt(tail, sizeof(tail), "\"\n");
	} else if (form == LOG_JSON) {
		n = fmt(buf, LOG_LINE_MAX, "{\"level\":\"%s\",\"msg\":\"", log_level_name(level));
		fmt(tail, sizeof(tail), "\",\"time\":\"%s\"}\n", time);
	}
	while (*s) {
		size_t more = put_char(piece, form, &s);

		if (n + more + strlen(tail) >= LOG_LINE_MAX)
			break;
		memcpy(buf + n, piece, more);
		n += more;
	}
	return n + fmt(buf + n, LOG_LINE_MAX - n, "%s", tail);
}
