/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The shape of a log line.  Engines parse these (containerd takes the last JSON object of level "error", Podman
 * the whole file as one object), so the three forms are made in one place and touch no file:
 *
 *	LOG_LOGFMT	time="2026-11-21T19:29:03Z" level=error msg="container does not exist"
 *	LOG_JSON	{"level":"error","msg":"container does not exist","time":"2026-11-21T19:29:03Z"}
 *	LOG_BARE	container does not exist
 *
 * What a message quotes may come from an image or a hostile file, and somebody's terminal shows it: control
 * characters and bytes that are not UTF-8 are written as escapes in each form.
 */
#ifndef CIST_BASE_LOG_H
#define CIST_BASE_LOG_H

#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_DEBUG };
enum log_form { LOG_LOGFMT, LOG_JSON, LOG_BARE };

enum {
	/* A message of ERR_TEXT_MAX bytes, six for each in the worst case, and what stands around it. */
	LOG_LINE_MAX = 6 * 2048 + 128,
	LOG_TIME_MAX = 24,
};

/* "error", "warning", "debug" */
const char *log_level_name(enum log_level level);

/* RFC 3339 in UTC, "2026-11-21T19:29:03Z", without libc's time zones, which would read files. */
void log_time(char buf[LOG_TIME_MAX], int64_t seconds);

/*
 * Writes the line, its newline and a NUL to buf; seconds are since 1970, UTC.  A message that does not fit is
 * cut between two characters, the line stays whole.  Returns the length without the NUL.
 */
size_t log_line(char buf[LOG_LINE_MAX], enum log_form form, enum log_level level, const char *message,
		int64_t seconds);

#endif
