/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lithos: one program that is several, by the name it is called with (lithos_crypt) or by its first word (lithos crypt).
 * Puts the process into a known state, reads the words of the command line, lets one tool work, and is the one place
 * that prints an error and picks the exit status.
 */
#include "base/arr.h"
#include "base/log.h"
#include "cmd/lithos/tools.h"
#include "cmd/lithos/usage.h"
#include "cmd/settle.h"

#include <stdlib.h>
#include <string.h>

static const struct tool *const tools[] = {
	&tool_bundle,
	&tool_check,
	&tool_clean,
	&tool_cmd,
	&tool_crypt,
	&tool_ps,
	&tool_switch,
	&tool_tree,
};

/* What lithos_tree executes: nobody else does, so they have neither a name of their own nor a manual. */
static const struct tool *const parts[] = {
	&tool_hold,
	&tool_plan,
};

enum exit_status { STATUS_ERROR = 1, STATUS_USAGE = 2 };

/* How much of a word an error repeats. */
enum { QUOTED_MAX = 256 };

struct session {
	const struct tool *tool;		/* NULL: none is known yet */
	const struct tool_command *command;	/* NULL: the same */
	bool stdout_is_missing;
};

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static const struct tool *find_tool(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(tools); i++)
		if (strcmp(tools[i]->name, name) == 0)
			return tools[i];
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (strcmp(parts[i]->name, name) == 0)
			return parts[i];
	return NULL;
}

static const struct tool_command *find_command(const struct tool *tool, const char *name)
{
	for (size_t i = 0; i < tool->n_commands; i++)
		if (strcmp(tool->commands[i].name, name) == 0)
			return &tool->commands[i];
	return NULL;
}

/* ---- what is printed without a tool at work ---- */

static int may_print(const struct session *s, struct err *e)
{
	return s->stdout_is_missing ? err_set(e, -EBADF, "standard output is closed") : 0;
}

static void put_tools(FILE *to)
{
	fprintf(to, "NAME:\n   lithos - configurations of lithos as OCI bundles\n"
		"\nUSAGE:\n   lithos TOOL [options] [ARGUMENTS]\n   lithos_TOOL [options] [ARGUMENTS]\n\nTOOLS:\n");
	for (size_t i = 0; i < ARRAY_LEN(tools); i++)
		fprintf(to, "   %-12s%s\n", tools[i]->name, tools[i]->help);
}

/* What the parser answered instead of options. */
static int print_answer(const struct session *s, int answer, struct err *e)
{
	if (may_print(s, e) < 0)
		return e->code;
	if (answer == CLI_VERSION)
		printf("lithos%s%s " PACKAGE_VERSION " (cist, commit " CIST_COMMIT ")\n", s->tool ? "_" : "",
		       s->tool ? s->tool->name : "");
	else if (s->tool)
		usage_help(stdout, s->tool, s->command);
	else
		put_tools(stdout);
	return 0;
}

/* ---- words ---- */

static int check_args(const struct tool_command *c, const struct cli_call *call, struct err *e)
{
	if (call->n_args > c->max_args)
		return err_set(e, TOOL_USAGE, "Unexpected argument %.*s", QUOTED_MAX, call->args[c->max_args]);
	if (call->n_args < c->min_args)
		return err_set(e, TOOL_USAGE, "Argument %s is required", c->args);
	return 0;
}

static int run_command(struct session *s, const struct tool_command *c, const char *const *words, size_t n,
		       struct err *e)
{
	const struct cli_table table = { c->options, c->n_options, CLI_ARGPARSE, c->options_first };
	auto_cli_call struct cli_call call = { 0 };
	void *options = calloc(1, c->options_size + 1);
	int rc;

	if (!options)
		return err_nomem(e);
	s->command = c;
	rc = cli_parse(&table, words, n, options, &call, e);
	if (rc < 0)
		rc = TOOL_USAGE;
	else if (rc != CLI_PARSED)
		rc = print_answer(s, rc, e);
	else if (check_args(c, &call, e) < 0 || (c->prints && may_print(s, e) < 0))
		rc = e->code;
	else
		rc = c->run(&call, e);
	free(options);
	return rc;
}

/* What is behind the options that every program has; false: they were all that was asked, and *ret_rc came of them. */
static bool take_words(const struct session *s, const char *const *words, size_t n, struct cli_call *ret, int *ret_rc,
		       struct err *e)
{
	const struct cli_table none = { .grammar = CLI_ARGPARSE, .options_first = true };
	char nothing;
	int rc = cli_parse(&none, words, n, &nothing, ret, e);

	if (rc == CLI_PARSED)
		return true;
	*ret_rc = rc < 0 ? TOOL_USAGE : print_answer(s, rc, e);
	return false;
}

/* The options before the command of a tool that has several, and the command. */
static int choose_command(struct session *s, const char *const *words, size_t n, struct err *e)
{
	auto_cli_call struct cli_call call = { 0 };
	const struct tool_command *c;
	int rc;

	if (!take_words(s, words, n, &call, &rc, e))
		return rc;
	if (call.n_args == 0) {
		usage_help(stderr, s->tool, NULL);
		return s->tool->usage_status;
	}
	if (strcmp(call.args[0], "help") == 0)
		return print_answer(s, CLI_HELP, e);
	c = find_command(s->tool, call.args[0]);
	if (!c)
		return err_set(e, TOOL_USAGE, "there is no command \"%.*s\"", QUOTED_MAX, call.args[0]);
	return run_command(s, c, call.args + 1, call.n_args - 1, e);
}

static int run_tool(struct session *s, const char *const *words, size_t n, struct err *e)
{
	if (n == 1 && strcmp(words[0], "--manual") == 0) {
		if (may_print(s, e) < 0)
			return e->code;
		usage_manual(stdout, s->tool);
		return 0;
	}
	if (s->tool->commands[0].name)
		return choose_command(s, words, n, e);
	return run_command(s, &s->tool->commands[0], words, n, e);
}

/* Without a name of a tool as its own, the program is told by its first word. */
static int choose_tool(struct session *s, const char *const *words, size_t n, struct err *e)
{
	auto_cli_call struct cli_call call = { 0 };
	int rc;

	if (!take_words(s, words, n, &call, &rc, e))
		return rc;
	if (call.n_args == 0) {
		put_tools(stderr);
		return STATUS_USAGE;
	}
	s->tool = find_tool(call.args[0]);
	if (!s->tool)
		return err_set(e, TOOL_USAGE, "there is no tool \"%.*s\"", QUOTED_MAX, call.args[0]);
	return run_tool(s, call.args + 1, call.n_args - 1, e);
}

static int lithos(struct session *s, const char *name, const char *const *words, size_t n, struct err *e)
{
	static const char prefix[] = "lithos_";

	if (strncmp(name, prefix, strlen(prefix)) != 0)
		return choose_tool(s, words, n, e);
	s->tool = find_tool(name + strlen(prefix));
	if (!s->tool)
		return err_set(e, TOOL_USAGE, "there is no tool \"%.*s\"", QUOTED_MAX, name);
	return run_tool(s, words, n, e);
}

/* What a sentence quotes may be an image's: log_line() leaves nothing in it that a terminal obeys. */
static int report(const struct session *s, int rc, const struct err *e)
{
	char line[LOG_LINE_MAX];

	if (rc >= 0)
		return rc;
	log_line(line, LOG_BARE, LOG_LEVEL_ERROR, e->text, 0);
	fputs(line, stderr);
	if (rc != TOOL_USAGE)
		return STATUS_ERROR;
	if (s->tool)
		usage_line(stderr, s->tool, s->command);
	return s->tool ? s->tool->usage_status : STATUS_USAGE;
}

/* The supervisor, also when it executes itself: what was sent in between is still to be read. */
static bool takes_signals(const char *name, char *const *argv)
{
	return strcmp(name, "lithos_tree") == 0 || (strcmp(name, "lithos") == 0 && argv[1] && strcmp(argv[1], "tree") == 0);
}

int main(int argc, char **argv)
{
	const char *name = argc > 0 ? base_name(argv[0]) : "lithos";
	struct session s = { 0 };
	struct err e = { 0 };
	int rc;

	if (settle_process(name, &s.stdout_is_missing, &e) < 0 || (!takes_signals(name, argv) && settle_signals(&e) < 0))
		return report(&s, e.code, &e);
	rc = lithos(&s, name, (const char *const *)argv + 1, argc > 0 ? (size_t)argc - 1 : 0, &e);
	if (rc >= 0 && settle_output(&e) < 0)
		rc = e.code;
	return report(&s, rc, &e);
}
