/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a program tells that it is ready: NOTIFY_SOCKET, as sd_notify(3) has it. */
#include "translate/mounts.h"

#include <string.h>

/* Its own word for the variable, and anything that is mounted there, would be in the way. */
static bool is_taken(struct draft *d)
{
	const struct oci_config *c = &d->plan->config;

	for (size_t i = 0; i < c->process->n_env; i++)
		if (strncmp(c->process->env[i], "NOTIFY_SOCKET=", strlen("NOTIFY_SOCKET=")) == 0)
			return true;
	return false;
}

/* The socket is the host's and everybody's who comes to it, which is through this mount alone. */
int translate_notify(struct draft *d, const char *dir)
{
	static const char *const options[] = { "bind", "ro", "nosuid", "nodev", "noexec", "rprivate", NULL };
	struct oci_process *p = d->plan->config.process;
	const struct instance *in = d->in;
	const char *source;

	if (!in->container->has_ready_timeout || is_taken(d))
		return 0;
	source = arena_fmt(d->a, "%s/%s+%s.%u", dir, in->sandbox->name, in->process->name, in->number);
	if (!source)
		return err_nomem(d->e);
	if (mounts_add(d, DRAFT_NOTIFY_DIR, "bind", source, options) < 0)
		return d->e->code;
	return draft_text(d, &p->env, &p->n_env, "NOTIFY_SOCKET=" DRAFT_NOTIFY_SOCKET);
}
