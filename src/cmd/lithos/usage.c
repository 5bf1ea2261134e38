/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cmd/lithos/usage.h"
#include "cmd/option_text.h"

/* "lithos_crypt encrypt [options]"; a tool with one command has no word for it */
static void put_words(FILE *to, const struct tool *tool, const struct tool_command *c)
{
	fprintf(to, "lithos_%s", tool->name);
	if (!c) {
		fprintf(to, " COMMAND [options]\n");
		return;
	}
	if (c->name)
		fprintf(to, " %s", c->name);
	fprintf(to, " [options]%s%s\n", *c->args ? " " : "", c->args);
}

/* The only command of a tool whose commands have no names. */
static const struct tool_command *command_of(const struct tool *tool, const struct tool_command *c)
{
	return c || tool->commands[0].name ? c : &tool->commands[0];
}

void usage_line(FILE *to, const struct tool *tool, const struct tool_command *command)
{
	fprintf(to, "usage: ");
	put_words(to, tool, command_of(tool, command));
}

void usage_help(FILE *to, const struct tool *tool, const struct tool_command *command)
{
	const struct tool_command *c = command_of(tool, command);

	fprintf(to, "NAME:\n   lithos_%s%s%s - %s\n", tool->name, c && c->name ? " " : "", c && c->name ? c->name : "",
		c && c->name ? c->help : tool->help);
	fprintf(to, "\nUSAGE:\n   ");
	put_words(to, tool, c);
	if (c) {
		option_help(to, "OPTIONS", c->options, c->n_options);
		return;
	}
	fprintf(to, "\nCOMMANDS:\n");
	for (size_t i = 0; i < tool->n_commands; i++)
		fprintf(to, "   %-12s%s\n", tool->commands[i].name, tool->commands[i].help);
}

void usage_manual(FILE *to, const struct tool *tool)
{
	fprintf(to, ".SH %s\n", tool->commands[0].name ? "COMMANDS" : "OPTIONS");
	for (size_t i = 0; i < tool->n_commands; i++) {
		const struct tool_command *c = &tool->commands[i];

		if (c->name) {
			fprintf(to, ".SS %s\n\\fBlithos_%s %s\\fR [\\fIoptions\\fR]", c->name, tool->name, c->name);
			if (*c->args)
				fprintf(to, " \\fI%s\\fR", c->args);
			fprintf(to, "\n.PP\n");
			option_roff(to, c->help);
			fprintf(to, "\n");
		}
		option_manual(to, c->options, c->n_options);
	}
}
