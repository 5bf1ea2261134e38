/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where log lines go.  Without --log they are written to standard error; with it they go to the target, and an
 * error is also written to standard error as bare text, which is where conmon, CRI-O and go-runc look.
 *
 * Podman reads a JSON log as one single object.  So warnings are held back there until it is known that no error
 * will follow (log_target_succeeded), and are dropped when one does.
 */
#ifndef CIST_CMD_LOG_TARGET_H
#define CIST_CMD_LOG_TARGET_H

#include "base/err.h"
#include "base/log.h"

#include <stdbool.h>

enum log_target_kind { LOG_TO_STDERR, LOG_TO_FILE, LOG_TO_SYSLOG, LOG_TO_JOURNALD };

struct log_target {
	enum log_target_kind kind;
	int fd;			/* of the file or socket */
	enum log_form form;
	enum log_level level;	/* lines of higher ones are not written */
	bool silent;		/* standard error takes errors only, whatever the level */
	const char *name;	/* how syslog and the journal call us */
	char held[4 * LOG_LINE_MAX];
	size_t n_held;
};

/* where is the word of --log.  The target is open when this returns 0, and a write to it will never block. */
must_use int log_target_open(struct log_target *t, const char *where, struct err *e);
void log_target_say(struct log_target *t, enum log_level level, const char *text);
void log_target_succeeded(struct log_target *t);

#endif
