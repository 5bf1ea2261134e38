/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/log.h"

#include "base/arr.h"
#include "base/fmt.h"
#include "base/log.h"
#include "base/text.h"
#include "sys/file.h"

#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

static const struct {
	const char *name;	/* as it is configured */
	const char *shown;
	int severity;		/* of syslog(3) */
} levels[] = {
	[LINE_ERROR] = { "error", "ERROR", 3 },
	[LINE_WARN]  = { "warn",  "WARN",  4 },
	[LINE_INFO]  = { "info",  "INFO",  6 },
	[LINE_DEBUG] = { "debug", "DEBUG", 7 },
	[LINE_TRACE] = { "trace", "TRACE", 7 },
};

bool line_level_find(const char *name, enum line_level *ret)
{
	for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
		if (strcasecmp(name, levels[i].name) == 0) {
			*ret = (enum line_level)i;
			return true;
		}
	}
	return false;
}

/* ---- text that stays in its line ---- */

struct out {
	char *buf;
	size_t size;	/* with the NUL */
	size_t len;
	bool cut;
};

static void put(struct out *o, const char *text, size_t n)
{
	if (o->cut || n >= o->size - o->len) {
		o->cut = true;
		return;
	}
	memcpy(o->buf + o->len, text, n);
	o->len += n;
	o->buf[o->len] = '\0';
}

static void put_fmt(struct out *o, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put_fmt(struct out *o, const char *format, ...)
{
	char piece[256];
	va_list ap;

	va_start(ap, format);
	fmt_v(piece, sizeof(piece), format, ap);
	va_end(ap);
	put(o, piece, strlen(piece));
}

/* Whole characters, or none of one.  quoted: a backslash stands before quotes and backslashes. */
static void put_text(struct out *o, const char *text, bool quoted)
{
	const unsigned char *s = (const unsigned char *)text;

	while (*s && !o->cut) {
		size_t n = text_printable(s);
		char piece[8];

		if (n == 0)
			fmt(piece, sizeof(piece), "\\x%02x", *s);
		else
			fmt(piece, sizeof(piece), "%s%.*s", quoted && (*s == '"' || *s == '\\') ? "\\" : "", (int)n,
			    (const char *)s);
		put(o, piece, strlen(piece));
		s += n > 0 ? n : 1;
	}
}

static void put_time(struct out *o, int64_t seconds)
{
	char time[LOG_TIME_MAX];

	log_time(time, seconds);
	put(o, time, strlen(time));
}

/* The tail has its place whatever was cut before it. */
static size_t end_line(struct out *o, size_t room, const char *tail)
{
	static const char ellipsis[] = "…";

	o->size += room;
	if (o->cut) {
		o->cut = false;
		put(o, ellipsis, sizeof(ellipsis) - 1);
	}
	put(o, tail, strlen(tail));
	return o->len;
}

enum { TAIL_ROOM = 160 };	/* for what stands behind a text that may be cut */

static struct out begin_line(char buf[LINE_MAX_BYTES])
{
	buf[0] = '\0';
	return (struct out){ .buf = buf, .size = LINE_MAX_BYTES - TAIL_ROOM };
}

/* ---- lines ---- */

size_t line_log(char buf[LINE_MAX_BYTES], enum line_level level, int64_t seconds, const char *text)
{
	struct out o = begin_line(buf);

	put_fmt(&o, "[");
	put_time(&o, seconds);
	put_fmt(&o, "][%s] ", levels[level].shown);
	put_text(&o, text, false);
	return end_line(&o, TAIL_ROOM, "\n");
}

size_t line_starting(char buf[LINE_MAX_BYTES], int64_t seconds, const char *name, const char *command)
{
	struct out o = begin_line(buf);

	put_time(&o, seconds);
	put_fmt(&o, ": ----- Starting \"");
	put_text(&o, name, true);
	put_fmt(&o, "\": ");
	put_text(&o, command, false);
	return end_line(&o, TAIL_ROOM, " -----\n");
}

static struct out begin_about(char buf[LINE_MAX_BYTES], int64_t seconds, const char *name)
{
	struct out o = begin_line(buf);

	put_time(&o, seconds);
	put_fmt(&o, ": ----- Process \"");
	put_text(&o, name, true);
	return o;
}

size_t line_ended(char buf[LINE_MAX_BYTES], int64_t seconds, const char *name, const struct proc_ending *how, int64_t uptime_ms)
{
	struct out o = begin_about(buf, seconds, name);
	char status[LINE_STATUS_MAX], tail[TAIL_ROOM];

	line_status(how, status);
	fmt(tail, sizeof(tail), "\" %s, uptime %llds -----\n", status, (long long)(uptime_ms / 1000));
	return end_line(&o, TAIL_ROOM, tail);
}

size_t line_deaf(char buf[LINE_MAX_BYTES], int64_t seconds, const char *name, int64_t kill_ms, int64_t uptime_ms)
{
	struct out o = begin_about(buf, seconds, name);
	char tail[TAIL_ROOM];

	fmt(tail, sizeof(tail), "\" did not respond to SIGTERM in %lld, uptime %llds. Killing.. -----\n",
	    (long long)(kill_ms / 1000), (long long)(uptime_ms / 1000));
	return end_line(&o, TAIL_ROOM, tail);
}

int line_config(int64_t seconds, const char *json, char **ret, size_t *ret_len)
{
	size_t len = LOG_TIME_MAX + strlen(json) + 2;
	char *line = malloc(len + 1), time[LOG_TIME_MAX];

	if (!line)
		return -ENOMEM;
	log_time(time, seconds);
	*ret_len = fmt(line, len + 1, "%s %s\n", time, json);
	*ret = line;
	return 0;
}

size_t line_syslog(char buf[LINE_MAX_BYTES], int facility, enum line_level level, int64_t seconds, const char *app, int pid,
		   const char *text)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct out o = begin_line(buf);
	char time[LOG_TIME_MAX];
	int month, day;

	log_time(time, seconds);	/* YYYY-MM-DDTHH:MM:SSZ */
	month = (time[5] - '0') * 10 + time[6] - '0';
	day = (time[8] - '0') * 10 + time[9] - '0';
	put_fmt(&o, "<%d>%.*s %2d %.*s ", facility | levels[level].severity, 3, months + (month - 1) * 3, day, 8, time + 11);
	put_text(&o, app, false);
	put_fmt(&o, "[%d]: ", pid);
	put_text(&o, text, false);
	return end_line(&o, TAIL_ROOM, "");
}

/* ---- names ---- */

int line_facility(const char *name)
{
	static const struct {
		const char *name;
		int code;
	} table[] = {
		{ "kern", 0 }, { "user", 1 }, { "mail", 2 }, { "daemon", 3 }, { "auth", 4 }, { "syslog", 5 }, { "lpr", 6 },
		{ "news", 7 }, { "uucp", 8 }, { "cron", 9 }, { "authpriv", 10 }, { "ftp", 11 }, { "local0", 16 },
		{ "local1", 17 }, { "local2", 18 }, { "local3", 19 }, { "local4", 20 }, { "local5", 21 }, { "local6", 22 },
		{ "local7", 23 },
	};

	if (strncasecmp(name, "LOG_", 4) == 0)
		name += 4;
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (strcasecmp(name, table[i].name) == 0)
			return table[i].code << 3;
	return -EINVAL;
}

void line_signal(int number, char buf[24])
{
	const char *name = number > 0 && number < NSIG ? sigabbrev_np(number) : NULL;

	if (name)
		fmt(buf, 24, "SIG%s", name);
	else if (number >= 34 && number <= 64)
		fmt(buf, 24, "SIGRTMIN+%d", number - 34);
	else
		fmt(buf, 24, "signal %d", number);
}

void line_status(const struct proc_ending *how, char buf[LINE_STATUS_MAX])
{
	const char *core = how->core ? " (core dumped)" : "";
	char name[24];

	switch (how->how) {
	case ENDING_EXIT:
		fmt(buf, LINE_STATUS_MAX, "exited with code %d%s", how->number, core);
		return;
	case ENDING_SIGNAL:
		line_signal(how->number, name);
		fmt(buf, LINE_STATUS_MAX, "killed by signal %s[%d]%s", name, how->number, core);
		return;
	case ENDING_UNKNOWN:
		break;
	}
	fmt(buf, LINE_STATUS_MAX, "ended in a way that nobody has seen");
}

void line_quote(const char *const *args, size_t n, char *buf, size_t size)
{
	enum { ELLIPSIS_ROOM = 4 };
	struct out o = { .buf = buf, .size = size > ELLIPSIS_ROOM ? size - ELLIPSIS_ROOM : 0 };

	if (size > 0)
		buf[0] = '\0';
	if (o.size == 0)
		return;
	for (size_t i = 0; i < n; i++) {
		put(&o, " ", i > 0);
		put(&o, "\"", 1);
		put_text(&o, args[i], true);
		put(&o, "\"", 1);
	}
	end_line(&o, ELLIPSIS_ROOM, "");
}

/* ---- where they go ---- */

int line_open(int dir, const char *name, struct line_sink *sink, struct err *e)
{
	/* A FIFO that nobody reads must not hold up whoever opens it. */
	auto_close int fd = sys_openat(dir, name, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0640);
	struct stat st;
	int rc;

	if (fd < 0)
		return err_sys(e, fd, "open the log %s", name);
	rc = sys_fstat(fd, &st);
	if (rc < 0)
		return err_sys(e, rc, "look at the log %s", name);
	if (!S_ISREG(st.st_mode))
		return err_set(e, -EINVAL, "the log %s is not a regular file", name);
	line_close(sink);
	sink->fd = take_fd(fd);
	return 0;
}

void line_close(struct line_sink *sink)
{
	fd_close(&sink->fd);
}

/*
 * In one write: lines of several processes that append to one file do not mix.  One that was written in part has no
 * newline; the next one would continue it, so it gets one.
 */
static bool write_line(struct line_sink *sink, const char *line, size_t len)
{
	ssize_t n = write(sink->fd, line, len);

	if (n > 0 && n < (ssize_t)len)
		n = write(sink->fd, "\n", 1);
	return n == (ssize_t)len;
}

void line_write(struct line_sink *sink, const char *line, size_t len, int64_t seconds)
{
	char notice[LINE_MAX_BYTES], text[64];

	if (sink->fd < 0)
		return;
	if (sink->dropped > 0) {
		fmt(text, sizeof(text), "%llu lines could not be written here", (unsigned long long)sink->dropped);
		if (!write_line(sink, notice, line_log(notice, LINE_ERROR, seconds, text))) {
			sink->dropped++;
			sink->dropped_ever++;
			return;
		}
		sink->dropped = 0;
	}
	if (!write_line(sink, line, len)) {
		sink->dropped++;
		sink->dropped_ever++;
	}
}
