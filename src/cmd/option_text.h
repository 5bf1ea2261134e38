/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows of options as people read them, on standard output or wherever `to` is. */
#ifndef CIST_CMD_OPTION_TEXT_H
#define CIST_CMD_OPTION_TEXT_H

#include "cmd/option.h"

#include <stdio.h>

/* A part of a help text: a line for each option, and one for --help. */
void option_help(FILE *to, const char *title, const struct cli_option *rows, size_t n);

/* The same as a part of a manual page, in roff's man macros. */
void option_manual(FILE *to, const struct cli_option *rows, size_t n);

/* Plain text in a manual page. */
void option_roff(FILE *to, const char *text);

#endif
