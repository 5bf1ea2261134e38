/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/fmt.h"
#include "cmd/cist/cli.h"
#include "cmd/cist/globals.h"
#include "cmd/cist/usage.h"
#include "cmd/cist/verbs.h"

#include <stdio.h>
#include <string.h>

/* "--format FORMAT, -f FORMAT" */
static void print_names(const struct cli_option *o, char buf[128])
{
	const char *arg = o->arg ? o->arg : "", *gap = o->arg ? " " : "";
	size_t n = fmt(buf, 128, "--%s%s%s", o->name, gap, arg);

	if (o->other)
		fmt(buf + n, 128 - n, ", -%s%s%s", o->other, gap, arg);
}

static void print_options(const char *title, const struct cli_option *rows, size_t n)
{
	char names[128];
	size_t width = strlen("--help, -h");

	for (size_t i = 0; i < n; i++) {
		print_names(&rows[i], names);
		if (rows[i].help && strlen(names) > width)
			width = strlen(names);
	}
	printf("\n%s:\n", title);
	for (size_t i = 0; i < n; i++) {
		if (!rows[i].help)
			continue;
		print_names(&rows[i], names);
		printf("   %-*s  %s", (int)width, names, rows[i].help);
		printf(rows[i].words ? ": %s\n" : "\n", rows[i].words);
	}
	printf("   %-*s  print this help\n", (int)width, "--help, -h");
}

void usage_command(const struct cli_command *c)
{
	printf("NAME:\n   cist %s - %s\n", c->name, c->help);
	printf("\nUSAGE:\n   cist %s [options]%s%s\n", c->name, *c->args ? " " : "", c->args);
	if (c->words)
		printf("\n%s:\n   %s\n", c->args, c->words);
	print_options("OPTIONS", c->options, c->n_options);
}

void usage_program(void)
{
	printf("NAME:\n   cist - run containers that the OCI runtime specification describes\n");
	printf("\nUSAGE:\n   cist [global options] COMMAND [options] [ARGUMENTS]\n");
	printf("\nCOMMANDS:\n");
	for (size_t i = 0; i < n_commands; i++)
		printf("   %-12s%s\n", commands[i].name, commands[i].help);
	print_options("GLOBAL OPTIONS", global_options, n_global_options);
	printf("\nEXIT STATUS:\n"
	       "   0    success\n"
	       "   1    an error\n"
	       "   3    there is no such command\n"
	       "   255  exec: an error before the program ran\n"
	       "   run and exec without --detach: that of the program, or 128+N after signal N\n");
}
