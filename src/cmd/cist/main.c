/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cist: the command.  Puts the process into a known state, reads the words of the command line, lets one verb work,
 * and is the one place that prints an error and picks the exit status.
 */
#include "cmd/cist/cli.h"
#include "cmd/cist/globals.h"
#include "cmd/cist/log_target.h"
#include "cmd/cist/usage.h"
#include "cmd/cist/verbs.h"
#include "cmd/settle.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

enum exit_status {
	STATUS_ERROR = 1,
	STATUS_NO_COMMAND = 3,	/* as runc's command line library has it */
};

struct session {
	struct globals globals;
	struct runtime rt;
	bool stdout_is_missing;
	int error_status;	/* exit status of an error that happens now */
};

/* Global because warnings come to us through a function pointer without an argument. */
static struct log_target log_target = { .level = LOG_LEVEL_WARNING };

static void warn(const char *text)
{
	log_target_say(&log_target, LOG_LEVEL_WARNING, text);
}

/* ---- one command ---- */

static int may_print(const struct session *s, struct err *e)
{
	return s->stdout_is_missing ? err_set(e, -EBADF, "standard output is closed") : 0;
}

static int print_help(const struct session *s, const struct cli_command *c, struct err *e)
{
	if (may_print(s, e) < 0)
		return e->code;
	if (c)
		usage_command(c);
	else
		usage_program();
	return 0;
}

static int run_command(struct session *s, const struct cli_command *c, const struct cli_call *words, struct err *e)
{
	const struct cli_table table = { c->options, c->n_options, CLI_GO, c->options_first };
	union verb_options options = { 0 };
	auto_cli_call struct cli_call call = { 0 };
	char root[PATH_MAX], text[128];
	int rc;

	rc = cli_parse(&table, words->args + 1, words->n_args - 1, &options, &call, e);
	if (rc == CLI_HELP)
		return print_help(s, c, e);
	if (rc < 0 || cli_check_args(c, &call, e) < 0 || globals_runtime(&s->globals, root, &s->rt, e) < 0)
		return e->code;
	if (c->prints && may_print(s, e) < 0)
		return e->code;
	/* Who asks for a level wants to see what there is. */
	log_target.silent = c->silent && !s->globals.log_level && !s->globals.debug;
	snprintf(text, sizeof(text), "%s begins", c->name);
	log_target_say(&log_target, LOG_LEVEL_DEBUG, text);

	s->error_status = c->error_status;
	rc = c->run(&s->rt, &call, e);
	if (rc < 0 && c->says_failed)
		err_ctx(e, "%s failed", c->name);
	if (rc >= 0) {
		snprintf(text, sizeof(text), "%s ends with status %d", c->name, rc);
		log_target_say(&log_target, LOG_LEVEL_DEBUG, text);
	}
	return rc;
}

static int open_log(const struct globals *g, struct err *e)
{
	if (globals_log(g, &log_target.form, &log_target.level, e) < 0)
		return e->code;
	return g->log && *g->log ? log_target_open(&log_target, g->log, e) : 0;
}

static int cist(struct session *s, const char *const *words, size_t n_words, struct err *e)
{
	const struct cli_table table = { global_options, n_global_options, CLI_GO, true };
	auto_cli_call struct cli_call call = { 0 };
	const struct cli_command *c;
	int rc;

	rc = cli_parse(&table, words, n_words, &s->globals, &call, e);
	if (rc < 0)
		return rc;
	if (rc == CLI_HELP)
		return print_help(s, NULL, e);
	if (s->globals.version)
		return may_print(s, e) < 0 ? e->code : runtime_version(e);
	if (open_log(&s->globals, e) < 0)
		return e->code;
	if (call.n_args == 0)
		return print_help(s, NULL, e);
	c = cli_find(commands, n_commands, call.args[0]);
	if (!c) {
		s->error_status = STATUS_NO_COMMAND;
		return verb_unknown(call.args[0], e);
	}
	return run_command(s, c, &call, e);
}

static int report(const struct session *s, int rc, const struct err *e)
{
	if (rc >= 0) {
		log_target_succeeded(&log_target);
		return rc;
	}
	log_target_say(&log_target, LOG_LEVEL_ERROR, e->text);
	/* The program is there and may be executed, but the kernel cannot run it: `exec` reports that as others do. */
	return rc == -ENOEXEC ? STATUS_ERROR : s->error_status;
}

int main(int argc, char **argv)
{
	struct session s = { .rt.warn = warn, .error_status = STATUS_ERROR };
	struct err e = { 0 };
	int rc;

	if (settle_process("cist", &s.stdout_is_missing, &e) < 0 || settle_signals(&e) < 0)
		return report(&s, e.code, &e);
	rc = cist(&s, (const char *const *)argv + 1, argc > 0 ? (size_t)argc - 1 : 0, &e);
	if (rc >= 0 && settle_output(&e) < 0)
		rc = e.code;
	return report(&s, rc, &e);
}
