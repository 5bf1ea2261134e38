/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The tools that the one program `lithos` is: called as lithos_NAME, or as `lithos NAME`.  A tool is a file here with its
 * options, what it does and an initializer of its row; the row goes into the table of main.c, and its name into
 * lithos_tools of module.am, which makes the links.
 */
#ifndef CIST_CMD_LITHOS_TOOLS_H
#define CIST_CMD_LITHOS_TOOLS_H

#include "cmd/option.h"

/* What a tool does with one set of options: the whole tool, or one of its commands. */
struct tool_command {
	const char *name;	/* NULL: the tool has no commands but this */
	const char *args;	/* positional words as usage shows them; "": none */
	const char *help;	/* one line */
	const struct cli_option *options;
	size_t n_options;
	size_t options_size;	/* of the struct that they are read into, which begins as zeroes */
	size_t min_args;
	size_t max_args;
	bool options_first;	/* the first positional word ends the options */
	bool prints;		/* its result is what it prints */
	/*
	 * call->options is that struct, filled.  Results go to standard output, remarks to standard error.  Returns the
	 * exit status, or a negative errno: main prints the error and exits with 1.  Where the words are what is wrong,
	 * TOOL_USAGE: main prints the usage too, and exits with the tool's usage_status.
	 */
	int (*run)(const struct cli_call *call, struct err *e);
};

enum { TOOL_USAGE = -4096 };	/* below every errno */

struct tool {
	const char *name;	/* without lithos_ */
	const char *help;	/* one line */
	const struct tool_command *commands;
	size_t n_commands;
	int usage_status;	/* exit status when the words are wrong: 2, lithos_crypt 1 */
};

/* One in each file. */
extern const struct tool tool_bundle;
extern const struct tool tool_check;
extern const struct tool tool_clean;
extern const struct tool tool_cmd;
extern const struct tool tool_crypt;
extern const struct tool tool_ps;
extern const struct tool tool_hold;
extern const struct tool tool_plan;
extern const struct tool tool_switch;
extern const struct tool tool_tree;

#endif
