/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is logged of a command: in the log of its sandbox, and where its output goes. */
#ifndef CIST_SUPERVISE_ADHOC_LOG_H
#define CIST_SUPERVISE_ADHOC_LOG_H

#include "lithos/instance.h"
#include "supervise/adhoc.h"
#include "supervise/journal.h"

struct adhoc_log {
	struct journal journal;
	struct line_sink output;	/* stdio-log-dir/SANDBOX.log: the program's too, unless it has the caller's streams */
	const char *name, *command;
	bool has_streams;		/* interactive */
};
#define ADHOC_LOG_INIT { .journal = JOURNAL_INIT, .output = LINE_SINK_INIT }

/* level: NULL, the sandbox' or the master's.  Texts in a. */
must_use int adhoc_log_open(struct adhoc_log *l, const struct instance *in, const char *level, bool to_stderr, struct arena *a,
			    struct err *e);
void adhoc_log_close(struct adhoc_log *l);

void adhoc_log_start(struct adhoc_log *l);
/* It did not end within kill_ms after SIGTERM. */
void adhoc_log_deaf(struct adhoc_log *l, int64_t kill_ms, int64_t uptime_ms);
/* runtime_log: what the runtime had to say is told of a command that failed. */
void adhoc_log_end(struct adhoc_log *l, const struct adhoc_end *end, const char *runtime_log);

#endif
