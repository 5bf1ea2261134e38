/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A command of cist as a row of a table (verbs.c); its options are rows too (cmd/option.h). */
#ifndef CIST_CMD_CLI_H
#define CIST_CMD_CLI_H

#include "cmd/option.h"

struct runtime;

struct cli_command {
	const char *name;
	const char *args;	/* positional words as usage shows them */
	const char *help;	/* one line */
	const struct cli_option *options;
	size_t n_options;
	size_t min_args;
	size_t max_args;	/* CLI_ANY: no limit */
	const char *words;	/* values of the first positional word, for completion; NULL: any */
	bool options_first;	/* the first positional word ends the options: a program's own follow */
	bool prints;		/* its result is what it prints */
	bool silent;		/* its standard error becomes the container's: no warnings there */
	bool says_failed;	/* an error begins with "NAME failed: " */
	int error_status;	/* exit status of an error that is not one of usage */
	int (*run)(const struct runtime *rt, const struct cli_call *call, struct err *e);
};
#define CLI_ANY SIZE_MAX

/* Whether there are as many positional words as the command takes. */
must_use int cli_check_args(const struct cli_command *command, const struct cli_call *call, struct err *e);

/* One of the n commands, or NULL. */
const struct cli_command *cli_find(const struct cli_command *commands, size_t n, const char *name);

#endif
