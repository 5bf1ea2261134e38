/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/arr.h"
#include "base/fmt.h"
#include "cmd/cist/cli.h"
#include "cmd/cist/completion.h"
#include "cmd/cist/globals.h"
#include "cmd/cist/verbs.h"
#include "cmd/option_text.h"

#include <stdio.h>
#include <string.h>

/* What a value is completed with. */
enum complete_as { AS_NOTHING, AS_FILE, AS_DIR, AS_WORDS };

static enum complete_as complete_as(const struct cli_option *o)
{
	if (o->words)
		return AS_WORDS;
	if (!o->arg)
		return AS_NOTHING;
	return strcmp(o->arg, "FILE") == 0 ? AS_FILE : strcmp(o->arg, "DIR") == 0 ? AS_DIR : AS_NOTHING;
}

static bool takes_id(const struct cli_command *c)
{
	return strncmp(c->args, "ID", 2) == 0;
}

/* ---- bash ---- */

/* A pattern for the names of an option, each behind "COMMAND,". */
static void bash_names(const char *command, const struct cli_option *o)
{
	printf("%s--%s", command, o->name);
	if (o->other)
		printf("|%s-%s", command, o->other);
}

static void bash_words(const struct cli_option *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (rows[i].help) {
			printf("--%s ", rows[i].name);
			if (rows[i].other)
				printf("-%s ", rows[i].other);
		}
	printf("--help");
}

/* Cases of "COMMAND,OPTION", the word in front of the one to be completed. */
static void bash_values(const char *command, const struct cli_option *rows, size_t n)
{
	char before[64];

	fmt(before, sizeof(before), "%s,", command);
	for (size_t i = 0; i < n; i++) {
		if (rows[i].kind == CLI_FLAG || !rows[i].help)
			continue;
		printf("\t");
		bash_names(before, &rows[i]);
		switch (complete_as(&rows[i])) {
		case AS_WORDS:
			printf(") COMPREPLY=($(compgen -W '%s' -- \"$cur\")) ;;\n", rows[i].words);
			break;
		case AS_FILE:
			printf(") COMPREPLY=($(compgen -f -- \"$cur\")) ;;\n");
			break;
		case AS_DIR:
			printf(") COMPREPLY=($(compgen -d -- \"$cur\")) ;;\n");
			break;
		case AS_NOTHING:
			printf(") ;;\n");
			break;
		}
	}
}

static void bash_globals_with_value(void)
{
	bool first = true;

	for (size_t i = 0; i < n_global_options; i++)
		if (global_options[i].kind != CLI_FLAG) {
			printf("%s", first ? "" : "|");
			bash_names("", &global_options[i]);
			first = false;
		}
}

static void print_bash(void)
{
	printf("# bash completion for cist\n"
	       "_cist()\n{\n"
	       "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command= words= i\n\n"
	       "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	       "\t\tcase ${COMP_WORDS[i]} in\n\t\t");
	bash_globals_with_value();
	printf(") ((i++)) ;;\n\t\t-*) ;;\n\t\t*) command=${COMP_WORDS[i]}; break ;;\n\t\tesac\n\tdone\n"
	       "\tCOMPREPLY=()\n\tcase $command,$prev in\n");
	bash_values("", global_options, n_global_options);
	for (size_t i = 0; i < n_commands; i++)
		bash_values(commands[i].name, commands[i].options, commands[i].n_options);
	printf("\t*)\n\t\tcase $command in\n\t\t'') words='");
	for (size_t i = 0; i < n_commands; i++)
		printf("%s ", commands[i].name);
	bash_words(global_options, n_global_options);
	printf("' ;;\n");
	for (size_t i = 0; i < n_commands; i++) {
		printf("\t\t%s) words='%s%s", commands[i].name, commands[i].words ? commands[i].words : "",
		       commands[i].words ? " " : "");
		bash_words(commands[i].options, commands[i].n_options);
		printf(takes_id(&commands[i]) ? "'; [[ $cur == -* ]] || words=$(cist list -q 2>/dev/null) ;;\n" : "' ;;\n");
	}
	printf("\t\tesac\n\t\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\")) ;;\n\tesac\n}\n"
	       "complete -F _cist cist\n");
}

/* ---- zsh ---- */

/* Inside of single quotes and of an _arguments specification. */
static void zsh_text(const char *s)
{
	for (; *s; s++) {
		if (strchr(":[]\\", *s))
			putchar('\\');
		putchar(*s);
	}
}

static void zsh_option(const struct cli_option *o)
{
	const char *equals = o->kind == CLI_FLAG ? "" : "=";

	/* '(-a --all)'{-a,--all}'[…]': one excludes the other; '*' in front: may be repeated */
	if (o->kind == CLI_LIST && !o->other)
		printf("'*--%s=[", o->name);
	else if (o->kind == CLI_LIST)
		printf("'*'{--%s=,-%s=}'[", o->name, o->other);
	else if (o->other)
		printf("'(--%s -%s)'{--%s%s,-%s%s}'[", o->name, o->other, o->name, equals, o->other, equals);
	else
		printf("'--%s%s[", o->name, equals);
	zsh_text(o->help);
	printf("]");
	if (o->kind != CLI_FLAG) {
		printf(":");
		zsh_text(o->arg);
		printf(":");
		if (complete_as(o) == AS_WORDS)
			printf("(%s)", o->words);
		else if (complete_as(o) == AS_FILE)
			printf("_files");
		else if (complete_as(o) == AS_DIR)
			printf("_directories");
	}
	printf("'");
}

static void zsh_options(const char *indent, const struct cli_option *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (rows[i].help) {
			printf("%s", indent);
			zsh_option(&rows[i]);
			printf(" \\\n");
		}
	printf("%s'(--help -h)'{--help,-h}'[print help]'", indent);
}

static void print_zsh(void)
{
	printf("#compdef cist\n\n_cist_ids()\n{\n\tlocal -a ids=(${(f)\"$(cist list -q 2>/dev/null)\"})\n"
	       "\t_describe container ids\n}\n\n_cist()\n{\n\tlocal context state state_descr line\n"
	       "\ttypeset -A opt_args\n\tlocal -a commands=(\n");
	for (size_t i = 0; i < n_commands; i++) {
		printf("\t\t'%s:", commands[i].name);
		zsh_text(commands[i].help);
		printf("'\n");
	}
	printf("\t)\n\n\t_arguments -C \\\n");
	zsh_options("\t\t", global_options, n_global_options);
	printf(" \\\n\t\t'1:command:->command' '*::argument:->argument'\n"
	       "\tcase $state in\n\tcommand)\n\t\t_describe command commands ;;\n\targument)\n\t\tcase $line[1] in\n");
	for (size_t i = 0; i < n_commands; i++) {
		printf("\t\t%s)\n\t\t\t_arguments \\\n", commands[i].name);
		zsh_options("\t\t\t\t", commands[i].options, commands[i].n_options);
		if (takes_id(&commands[i]))
			printf(" \\\n\t\t\t\t'1:container:_cist_ids'");
		else if (commands[i].words)
			printf(" \\\n\t\t\t\t'1:word:(%s)'", commands[i].words);
		printf(" ;;\n");
	}
	printf("\t\tesac ;;\n\tesac\n}\n\n_cist \"$@\"\n");
}

/* ---- fish ---- */

static void fish_options(const char *condition, const struct cli_option *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!rows[i].help)
			continue;
		printf("complete -c cist -n '%s' -l %s", condition, rows[i].name);
		if (rows[i].other)
			printf(" -s %s", rows[i].other);
		if (complete_as(&rows[i]) == AS_WORDS)
			printf(" -x -a '%s'", rows[i].words);
		else if (complete_as(&rows[i]) == AS_DIR)
			printf(" -x -a '(__fish_complete_directories)'");
		else if (rows[i].kind != CLI_FLAG)
			printf(complete_as(&rows[i]) == AS_FILE ? " -r -F" : " -x");
		printf(" -d '%s'\n", rows[i].help);
	}
}

static void print_fish(void)
{
	char condition[64];

	printf("# fish completion for cist\ncomplete -c cist -f\n");
	fish_options("__fish_use_subcommand", global_options, n_global_options);
	for (size_t i = 0; i < n_commands; i++)
		printf("complete -c cist -n __fish_use_subcommand -a %s -d '%s'\n", commands[i].name,
		       commands[i].help);
	for (size_t i = 0; i < n_commands; i++) {
		fmt(condition, sizeof(condition), "__fish_seen_subcommand_from %s", commands[i].name);
		fish_options(condition, commands[i].options, commands[i].n_options);
		if (takes_id(&commands[i]))
			printf("complete -c cist -n '%s' -a '(cist list -q 2>/dev/null)'\n", condition);
		else if (commands[i].words)
			printf("complete -c cist -n '%s' -a '%s'\n", condition, commands[i].words);
	}
}

/* ---- the manual ---- */

static void print_man(void)
{
	printf(".SH GLOBAL OPTIONS\n");
	option_manual(stdout, global_options, n_global_options);
	printf(".SH COMMANDS\n");
	for (size_t i = 0; i < n_commands; i++) {
		printf(".SS %s\n\\fBcist %s\\fR [\\fIoptions\\fR]", commands[i].name, commands[i].name);
		if (*commands[i].args)
			printf(" \\fI%s\\fR", commands[i].args);
		printf("\n.PP\n");
		option_roff(stdout, commands[i].help);
		printf("\n");
		if (commands[i].words)
			printf(".PP\n%s: %s\n", commands[i].args, commands[i].words);
		option_manual(stdout, commands[i].options, commands[i].n_options);
	}
}

int completion_print(const char *what, struct err *e)
{
	static const struct {
		const char *name;
		void (*print)(void);
	} forms[] = {
		{ "bash", print_bash }, { "zsh", print_zsh }, { "fish", print_fish }, { "man", print_man },
	};

	for (size_t i = 0; i < ARRAY_LEN(forms); i++)
		if (strcmp(forms[i].name, what) == 0) {
			forms[i].print();
			return 0;
		}
	return err_set(e, -EINVAL, "no completions for \"%.*s\": bash, zsh or fish", 256, what);
}
