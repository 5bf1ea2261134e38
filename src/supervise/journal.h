/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A log that operators read: of the supervisor, or of a sandbox.  Goes to a file, or where the master file has a
 * syslog-facility, to syslog.  Nothing here waits: what a syslog daemon does not take at once is dropped, and counted as
 * what a full disk does not take.
 */
#ifndef CIST_SUPERVISE_JOURNAL_H
#define CIST_SUPERVISE_JOURNAL_H

#include "base/err.h"
#include "supervise/log.h"

#include <stdbool.h>

enum { JOURNAL_APP_MAX = 256 };

struct journal {
	enum line_level level;		/* what is below it is not written */
	struct line_sink file;		/* its counters also of syslog */
	int facility;			/* negative: no syslog */
	int syslog;			/* connected; negative: it was not there when it was last tried */
	bool in_stream;			/* it takes bytes, not records */
	char app[JOURNAL_APP_MAX];	/* of a line of syslog */
	bool to_stderr;
};
#define JOURNAL_INIT { .level = LINE_WARN, .file = LINE_SINK_INIT, .facility = -1, .syslog = -1 }

struct journal_words {
	const char *dir;		/* default-log-dir */
	const char *file;		/* in dir, or absolute */
	const char *level;		/* NULL, or one that there is not: warn */
	const char *facility;		/* NULL: the file */
	const char *app;
	bool to_stderr;			/* --log-stderr; of no effect with syslog */
};

/*
 * Opens it, or opens it anew (after a rotation, or with other words): the counters stay.  A facility that there is not
 * means the file.  When it fails *j goes on with what it had.
 */
must_use int journal_open(struct journal *j, const struct journal_words *w, struct err *e);
void journal_close(struct journal *j);
#define auto_journal __attribute__((cleanup(journal_close)))

/* One record, at the time of the call. */
void journal_say(struct journal *j, enum line_level level, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
