/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lithos_hold: keeps the sockets of lithos_tree, which starts it. */
#include "base/arr.h"
#include "cmd/lithos/tools.h"
#include "supervise/hold_serve.h"

static int run(const struct cli_call *call, struct err *e)
{
	(void)call;
	return hold_serve(e);
}

static const struct tool_command commands[] = {
	{
		.args = "[RUNTIME-DIR]",
		.max_args = 1,
		.help = "keep the sockets of lithos_tree while it is replaced; lithos_tree starts it",
		.run = run,
	},
};

const struct tool tool_hold = {
	.name = "hold",
	.help = "keeps the sockets of lithos_tree, which starts it",
	.commands = commands,
	.n_commands = ARRAY_LEN(commands),
	.usage_status = 2,
};
