/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Help and manual of the tools, from their tables. */
#ifndef CIST_CMD_LITHOS_USAGE_H
#define CIST_CMD_LITHOS_USAGE_H

#include "cmd/lithos/tools.h"

#include <stdio.h>

/* The whole help.  command NULL: of a tool with several, all of it. */
void usage_help(FILE *to, const struct tool *tool, const struct tool_command *command);

/* One line. */
void usage_line(FILE *to, const struct tool *tool, const struct tool_command *command);

/* The options and commands as docs/man/lithos_NAME.8 has them; a test compares the two. */
void usage_manual(FILE *to, const struct tool *tool);

#endif
