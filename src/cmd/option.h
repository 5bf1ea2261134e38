/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Options as tables.  Each option is declared once; the parser here, the help and the manual (option_text.h) and the
 * shell completions read the same rows.  There are two grammars:
 *
 * CLI_GO, cist: what engines know from runc (Go's flag package): one dash or two in front of a long or a short name,
 * `--f V` or `--f=V`, booleans also `--f=true`.
 *
 * CLI_ARGPARSE, lithos_*: `--long V`, `--long=V`, `-lV`, `-l V`; flags of one letter may stand together (`-vC FILE`) and
 * take no value.  `-l=V` is the same as `-lV`, as lithos_crypt has it.
 *
 * In both the last of a repeated option counts, a list grows, `--` ends the options, and they may stand behind the
 * positional words except where the table says not.
 */
#ifndef CIST_CMD_OPTION_H
#define CIST_CMD_OPTION_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cli_kind {
	CLI_FLAG,	/* bool */
	CLI_TEXT,	/* const char * */
	CLI_COUNT,	/* uint32_t; in CLI_GO a number below 0 counts as 0, as under runc */
	CLI_LIST,	/* const char *const *, its length at count_offset */
};

struct cli_option {
	const char *name;
	const char *other;	/* second name, mostly of one letter; NULL: none */
	enum cli_kind kind;
	size_t offset;		/* of its value in the options struct of its table */
	size_t count_offset;
	const char *arg;	/* what help calls the value; FILE and DIR are completed as such */
	const char *words;	/* the values there are, separated by blanks; NULL: any */
	const char *help;	/* one line; NULL: taken but not spoken of */
};

/*
 * Rows of a table whose values go to members of a `struct type`; a member of another type than the row's does not
 * compile.
 */
#define CLI_OFFSET(type, member, wanted) \
	(offsetof(struct type, member) + 0 * sizeof(_Generic(((struct type *)0)->member, wanted: 1)))
#define CLI_FLAG_ROW(type, member, name, other, help) \
	{ name, other, CLI_FLAG, CLI_OFFSET(type, member, bool), 0, NULL, NULL, help }
#define CLI_TEXT_ROW(type, member, name, other, arg, help) \
	{ name, other, CLI_TEXT, CLI_OFFSET(type, member, const char *), 0, arg, NULL, help }
#define CLI_WORD_ROW(type, member, name, other, arg, words, help) \
	{ name, other, CLI_TEXT, CLI_OFFSET(type, member, const char *), 0, arg, words, help }
#define CLI_COUNT_ROW(type, member, name, other, arg, help) \
	{ name, other, CLI_COUNT, CLI_OFFSET(type, member, uint32_t), 0, arg, NULL, help }
#define CLI_LIST_ROW(type, member, name, other, arg, help) \
	{ name, other, CLI_LIST, CLI_OFFSET(type, member, const char *const *), \
	  CLI_OFFSET(type, n_##member, size_t), arg, NULL, help }

enum cli_grammar { CLI_GO, CLI_ARGPARSE };

struct cli_table {
	const struct cli_option *options;
	size_t n_options;
	enum cli_grammar grammar;
	bool options_first;	/* the first positional word ends the options */
};

/* What one table made of its words. */
struct cli_call {
	const void *options;	/* the caller's struct, filled */
	const char **args;	/* positional words, n_args of them, and a NULL */
	size_t n_args;
	const char **lists[8];	/* memory of the list options */
	size_t n_lists;
};

enum cli_answer { CLI_PARSED, CLI_HELP, CLI_VERSION };

/*
 * Reads the n_words words of words by the rows of the table into the struct *values, which the caller has set to its
 * defaults and which outlives ret.  CLI_PARSED, or CLI_HELP as soon as -h or --help is met, in CLI_ARGPARSE also
 * CLI_VERSION for -V and --version, unless the table has a row of that name; a negative errno when the words are wrong.
 *  In every case *ret is to be given to cli_done().
 */
must_use int cli_parse(const struct cli_table *table, const char *const *words, size_t n_words, void *values,
		       struct cli_call *ret, struct err *e);

void cli_done(struct cli_call *call);
#define auto_cli_call __attribute__((cleanup(cli_done)))

/* Position of word among those of words (separated by single blanks), or -1. */
int cli_word(const char *words, const char *word);

/* true and false as Go's strconv.ParseBool takes them. */
bool cli_boolean(const char *text, bool *ret);

#endif
