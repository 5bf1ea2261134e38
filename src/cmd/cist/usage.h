/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The help texts, printed from the tables to standard output. */
#ifndef CIST_CMD_USAGE_H
#define CIST_CMD_USAGE_H

struct cli_command;

void usage_program(void);
void usage_command(const struct cli_command *c);

#endif
