/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cmd/cist/cli.h"
#include "cmd/cist/globals.h"
#include "cmd/cist/usage.h"
#include "cmd/cist/verbs.h"
#include "cmd/option_text.h"

#include <stdio.h>

void usage_command(const struct cli_command *c)
{
	printf("NAME:\n   cist %s - %s\n", c->name, c->help);
	printf("\nUSAGE:\n   cist %s [options]%s%s\n", c->name, *c->args ? " " : "", c->args);
	if (c->words)
		printf("\n%s:\n   %s\n", c->args, c->words);
	option_help(stdout, "OPTIONS", c->options, c->n_options);
}

void usage_program(void)
{
	printf("NAME:\n   cist - run containers that the OCI runtime specification describes\n");
	printf("\nUSAGE:\n   cist [global options] COMMAND [options] [ARGUMENTS]\n");
	printf("\nCOMMANDS:\n");
	for (size_t i = 0; i < n_commands; i++)
		printf("   %-12s%s\n", commands[i].name, commands[i].help);
	option_help(stdout, "GLOBAL OPTIONS", global_options, n_global_options);
	printf("\nEXIT STATUS:\n"
	       "   0    success\n"
	       "   1    an error\n"
	       "   3    there is no such command\n"
	       "   255  exec: an error before the program ran\n"
	       "   run and exec without --detach: that of the program, or 128+N after signal N\n");
}
