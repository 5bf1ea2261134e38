/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/adhoc_log.h"

#include "sys/file.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

int adhoc_log_open(struct adhoc_log *l, const struct instance *in, const char *level, bool to_stderr, struct arena *a,
		   struct err *e)
{
	const struct lithos_master *m = in->master;
	const struct lithos_sandbox *s = in->sandbox;
	const char *file = arena_fmt(a, "%s.log", s->name);
	char command[LINE_MAX_BYTES / 2];
	const struct journal_words w = {
		.dir = m->default_log_dir, .file = s->log_file ? s->log_file : file,
		.level = level ? level : s->log_level ? s->log_level : m->log_level,
		.facility = m->syslog_facility, .app = arena_fmt(a, "%s-%s", m->syslog_app_name, s->name),
		.to_stderr = to_stderr,
	};
	auto_close int dir = sys_openat(AT_FDCWD, m->stdio_log_dir, O_PATH | O_DIRECTORY, 0);

	line_quote(in->args, in->n_args, command, sizeof(command));
	l->name = arena_str(a, in->name);
	l->command = arena_str(a, command);
	l->has_streams = in->container->interactive;
	if (!file || !w.app || !l->name || !l->command)
		return err_nomem(e);
	if (dir < 0)
		return err_sys(e, dir, "open the directory of logs %s", m->stdio_log_dir);
	if (line_open(dir, file, &l->output, e) < 0)
		return e->code;
	return journal_open(&l->journal, &w, e);
}

void adhoc_log_close(struct adhoc_log *l)
{
	journal_close(&l->journal);
	line_close(&l->output);
}

void adhoc_log_start(struct adhoc_log *l)
{
	char line[LINE_MAX_BYTES];
	int64_t now = (int64_t)time(NULL);

	line_write(&l->output, line, line_starting(line, now, l->name, l->command), now);
	journal_say(&l->journal, LINE_WARN, "Starting \"%s\": %s", l->name, l->command);
}

void adhoc_log_deaf(struct adhoc_log *l, int64_t kill_ms, int64_t uptime_ms)
{
	char line[LINE_MAX_BYTES];
	int64_t now = (int64_t)time(NULL);

	line_write(&l->output, line, line_deaf(line, now, l->name, kill_ms, uptime_ms), now);
	journal_say(&l->journal, LINE_ERROR, "Process \"%s\" did not respond to SIGTERM in %lld seconds, killing it",
		    l->name, (long long)(kill_ms / 1000));
}

/*
 * What the runtime had to say, of a command that failed: on standard error it is already when that is the command's own,
 * otherwise nobody would see it.
 */
static void tell_runtime(struct adhoc_log *l, const char *runtime_log)
{
	auto_close int fd = sys_openat(AT_FDCWD, runtime_log, O_RDONLY | O_NOFOLLOW, 0);
	char text[2048];
	ssize_t n = fd >= 0 ? sys_read_all(fd, text, sizeof(text) - 1) : 0;
	char *line, *next = text;

	text[n > 0 ? n : 0] = '\0';
	while ((line = strsep(&next, "\n")))
		if (*line) {
			journal_say(&l->journal, LINE_ERROR, "\"%s\": %s", l->name, line);
			if (!l->has_streams && !l->journal.to_stderr)
				fprintf(stderr, "%s\n", line);
		}
}

/* A status above 128 is a signal's by the convention of shells; a program that exits with one means the same. */
static struct proc_ending ending_of(int status)
{
	bool is_signal = status > 128 && status <= 128 + 64;

	return (struct proc_ending){
		.how = is_signal ? ENDING_SIGNAL : ENDING_EXIT,
		.number = is_signal ? status - 128 : status,
	};
}

void adhoc_log_end(struct adhoc_log *l, const struct adhoc_end *end, const char *runtime_log)
{
	const struct proc_ending how = ending_of(end->status);
	char line[LINE_MAX_BYTES], status[LINE_STATUS_MAX];
	int64_t now = (int64_t)time(NULL);

	line_write(&l->output, line, line_ended(line, now, l->name, &how, end->uptime_ms), now);
	line_status(&how, status);
	journal_say(&l->journal, end->status == 0 ? LINE_INFO : LINE_ERROR, "Process \"%s\" %s", l->name, status);
	if (end->status != 0)
		tell_runtime(l, runtime_log);
}
