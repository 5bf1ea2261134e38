/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the supervisor writes down: lines as operators of lithos know them, and where they go.  Pure but for the sink.
 *
 *	master, sandbox	[2015-11-17T10:29:40Z][ERROR] text
 *	stdio		2018-08-20T12:34:56Z: ----- Starting "app/web.0": "/bin/x" "-v" -----
 *	configurations	2018-08-20T12:34:56Z {"web":{…}}
 *
 * One record is one line: what comes from configurations, images and runtimes is escaped (control characters, which
 * terminals obey, and what is not UTF-8, as \xNN), and it is cut where it does not fit, between two characters.
 */
#ifndef CIST_SUPERVISE_LOG_H
#define CIST_SUPERVISE_LOG_H

#include "base/err.h"
#include "supervise/react.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LINE_MAX_BYTES = 8192 };		/* with its newline and NUL */

enum line_level { LINE_ERROR, LINE_WARN, LINE_INFO, LINE_DEBUG, LINE_TRACE };

/* "error" … "trace" in letters of any case; false: no level. */
bool line_level_find(const char *name, enum line_level *ret);

/* "[TIME][LEVEL] TEXT\n".  seconds are since 1970.  Returns the length without the NUL. */
size_t line_log(char buf[LINE_MAX_BYTES], enum line_level level, int64_t seconds, const char *text);

/*
 * "TIME: ----- Starting "NAME": COMMAND -----\n" and so on, for the file with the program's output.  command is quoted
 * already (line_quote()).
 */
size_t line_starting(char buf[LINE_MAX_BYTES], int64_t seconds, const char *name, const char *command);
size_t line_ended(char buf[LINE_MAX_BYTES], int64_t seconds, const char *name, const struct proc_ending *how,
		  int64_t uptime_ms);
size_t line_deaf(char buf[LINE_MAX_BYTES], int64_t seconds, const char *name, int64_t kill_ms, int64_t uptime_ms);

/* "TIME JSON\n", of any length: *ret is the caller's to free.  -ENOMEM. */
must_use int line_config(int64_t seconds, const char *json, char **ret, size_t *ret_len);

/*
 * "<PRI>Nov 17 10:29:40 APP[PID]: TEXT" as /dev/log takes it (RFC 3164): without a newline, a NUL behind it; the time in
 * UTC, since the local one is in files that may be on a disk which does not answer.  facility is that number of
 * line_facility().
 */
size_t line_syslog(char buf[LINE_MAX_BYTES], int facility, enum line_level level, int64_t seconds, const char *app, int pid,
		   const char *text);

/* "daemon", "LOG_DAEMON", "local0", … to its number, LOG_DAEMON and its like of syslog(3); negative: no facility. */
int line_facility(const char *name);

/* "exited with code 1", "killed by signal SIGTERM[15]", "… (core dumped)", "ended in a way that nobody has seen". */
enum { LINE_STATUS_MAX = 64 };
void line_status(const struct proc_ending *how, char buf[LINE_STATUS_MAX]);
/* "SIGTERM", "SIGRTMIN+3"; "signal 77" for what has no name. */
void line_signal(int number, char buf[24]);

/* `"/bin/x" "a \"b\""`: what line_starting() takes, cut with "…" when it does not fit. */
void line_quote(const char *const *args, size_t n, char *buf, size_t size);

/*
 * Where lines go.  A disk that is full or gone must not stop supervision: what cannot be written is dropped and counted,
 * and the next line that can be written says how many were.
 */
struct line_sink {
	int fd;			/* negative: nowhere; nothing is counted then */
	uint64_t dropped;	/* since the last line that was written */
	uint64_t dropped_ever;
};
#define LINE_SINK_INIT { .fd = -1 }

/*
 * Opens NAME in the directory dir to be appended to; makes it with mode 0640.  What is not a regular file, a link also, is
 * an error.  The old one of *sink is closed when the new one is open, else it stays.
 */
must_use int line_open(int dir, const char *name, struct line_sink *sink, struct err *e);
void line_close(struct line_sink *sink);
void line_write(struct line_sink *sink, const char *line, size_t len, int64_t seconds);

#endif
