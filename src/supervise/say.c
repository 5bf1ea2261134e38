/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The logs: the supervisor's, those of sandboxes, and the lines among the output of a program. */
#include "supervise/tree.h"

#include "base/fmt.h"

#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void tree_say(struct tree *t, enum line_level level, const char *format, ...)
{
	char text[LINE_MAX_BYTES];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	journal_say(&t->log, level, "%s", text);
}

static int open_journal(struct tree *t, const char *file, struct journal *j, struct err *e)
{
	const struct journal_words words = {
		.dir = t->settings.default_log_dir, .file = file,
		.level = t->words->log_level ? t->words->log_level : t->settings.log_level,
		.facility = t->settings.syslog_facility, .app = t->settings.syslog_app_name,
		.to_stderr = t->words->log_stderr,
	};

	return journal_open(j, &words, e);
}

int tree_logs_open(struct tree *t, struct err *e)
{
	return open_journal(t, t->settings.log_file, &t->log, e);
}

/* One that cannot be opened is said once; its lines go to the master log. */
static struct journal *journal_of(struct tree *t, const char *file)
{
	struct tree_log *l;
	struct err e = { 0 };

	for (l = t->logs_open; l; l = l->next)
		if (strcmp(l->file, file) == 0)
			return l->journal.file.fd < 0 && l->journal.facility < 0 ? &t->log : &l->journal;
	l = calloc(1, sizeof(*l));
	if (l)
		l->file = strdup(file);
	if (!l || !l->file) {
		free(l);
		return &t->log;
	}
	l->journal = (struct journal)JOURNAL_INIT;
	l->next = t->logs_open;
	t->logs_open = l;
	if (open_journal(t, file, &l->journal, &e) == 0)
		return &l->journal;
	tree_say(t, LINE_ERROR, "%s", e.text);
	return &t->log;
}

void ward_say(struct ward *w, enum line_level level, const char *format, ...)
{
	const char *file = w->r.log_file;
	struct journal *j = file ? journal_of(w->tree, file) : &w->tree->log;
	char text[LINE_MAX_BYTES];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	journal_say(j, level, "%s", text);
}

/* Opened for each line, as it is for each life: one that was moved away is not written to. */
void ward_note(const struct ward *w, const char *line, size_t len)
{
	struct line_sink sink = LINE_SINK_INIT;
	char file[PATH_MAX];
	struct err e;

	/* The program's own output may go elsewhere; these lines are always there. */
	fmt(file, sizeof file, "%s/%.*s.log", w->tree->settings.stdio_log_dir, (int)strcspn(w->r.id, "+"), w->r.id);
	if (line_open(AT_FDCWD, file, &sink, &e) == 0)
		line_write(&sink, line, len, time(NULL));
	line_close(&sink);
}

uint64_t tree_logs_dropped(const struct tree *t)
{
	uint64_t n = t->log.file.dropped_ever;

	for (const struct tree_log *l = t->logs_open; l; l = l->next)
		n += l->journal.file.dropped_ever;
	return n;
}

void tree_logs_close(struct tree *t)
{
	while (t->logs_open) {
		struct tree_log *l = t->logs_open;

		t->logs_open = l->next;
		journal_close(&l->journal);
		free(l->file);
		free(l);
	}
	journal_close(&t->log);
}
