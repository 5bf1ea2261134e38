/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cmd/cist/cli.h"

#include <string.h>

const struct cli_command *cli_find(const struct cli_command *commands, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

int cli_check_args(const struct cli_command *c, const struct cli_call *call, struct err *e)
{
	if (call->n_args >= c->min_args && call->n_args <= c->max_args)
		return 0;
	if (c->min_args == c->max_args)
		return err_set(e, -EINVAL, "\"cist %s\" requires exactly %zu argument(s)", c->name, c->min_args);
	if (call->n_args < c->min_args)
		return err_set(e, -EINVAL, "\"cist %s\" requires a minimum of %zu argument(s)", c->name,
			       c->min_args);
	return err_set(e, -EINVAL, "\"cist %s\" requires a maximum of %zu argument(s)", c->name, c->max_args);
}
