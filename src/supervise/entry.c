/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise/entry.h"

#include "lithos/number.h"
#include "lithos/path.h"
#include "supervise/log.h"

#include <string.h>

static int copy_ports(struct arena *a, const struct instance *in, struct desired *d)
{
	struct desired_port *v = NULL;
	uint32_t uid = 0, gid = 0;

	/* An instance whose ids are not mapped is none. */
	(void)instance_host_uid(in, in->uid, &uid);
	(void)instance_host_gid(in, in->gid, &gid);
	for (size_t i = 0; i < in->n_ports; i++) {
		const struct instance_port *from = &in->ports[i];
		struct desired_port *port = from->on_host ? ARENA_ADD(a, v, d->n_ports) : NULL;

		if (!from->on_host)
			continue;
		if (!port)
			return -ENOMEM;
		*port = (struct desired_port){
			.host = arena_str(a, from->host), .port = from->port, .fd = from->fd, .backlog = from->backlog,
			.uid = uid, .gid = gid, .reuse_addr = from->reuse_addr, .reuse_port = from->reuse_port,
			.non_block = from->non_block,
		};
		if (!port->host)
			return -ENOMEM;
	}
	d->ports = v;
	return 0;
}

static int copy_directories(struct arena *a, const struct bundle_plan *plan, struct desired *d)
{
	struct bundle_directory *v = ARENA_ARRAY(a, plan->n_directories + 1, struct bundle_directory);

	if (!v)
		return -ENOMEM;
	for (size_t i = 0; i < plan->n_directories; i++) {
		const struct bundle_directory *from = &plan->directories[i];

		v[i] = *from;
		v[i].prefix = arena_str(a, from->prefix);
		v[i].below = arena_str(a, from->below);
		v[i].points[0] = arena_str(a, from->points[0]);
		v[i].points[1] = arena_str(a, from->points[1]);
		v[i].from = arena_str(a, from->from);
		if (!v[i].prefix || !v[i].below || !v[i].from || (from->points[0] && !v[i].points[0]) ||
		    (from->points[1] && !v[i].points[1]))
			return -ENOMEM;
	}
	d->directories = v;
	d->n_directories = plan->n_directories;
	return 0;
}

static struct proc_rules rules_of(const struct lithos_container *c)
{
	struct proc_rules r = {
		.restart_ms = (int64_t)c->restart_timeout * 1000, .kill_ms = (int64_t)c->kill_timeout * 1000,
		.ready_ms = c->has_ready_timeout ? (int64_t)c->ready_timeout * 1000 : 0,
		.again_ms = translate_respawn_ms(c),
	};
	const struct lithos_backoff *b = c->restart_backoff;
	struct err none = { 0 };

	/* A factor that is none was refused when it was read. */
	if (b && number_parse_permille(b->factor, &r.backoff_permille, &none) == 0) {
		r.backoff_max_ms = (int64_t)b->max * 1000;
		r.backoff_reset_ms = (int64_t)b->reset_after * 1000;
	}

	for (size_t i = 0; i < c->n_normal_exit_codes; i++)
		if (c->normal_exit_codes[i] >= 0 && c->normal_exit_codes[i] <= UINT8_MAX)
			proc_rules_allow(&r, (uint8_t)c->normal_exit_codes[i]);
	/* A daemon is not to end, and what may be a command is. */
	if (c->n_normal_exit_codes == 0 && c->kind != LITHOS_DAEMON)
		proc_rules_allow(&r, 0);
	return r;
}

/* A directory of its own beneath state-dir; what of it is mounted is below that, or is it. */
static bool has_state(const struct lithos_master *m, const char *name, const struct bundle_plan *plan)
{
	for (size_t i = 0; i < plan->n_directories; i++)
		if (strcmp(plan->directories[i].prefix, m->state_dir) == 0 && strcmp(plan->directories[i].below, name) == 0)
			return true;
	return false;
}

static int copy_texts(struct arena *a, const struct instance *in, const struct bundle_plan *plan, struct desired *d)
{
	const struct lithos_master *m = in->master;
	const struct lithos_sandbox *s = in->sandbox;
	char command[LINE_MAX_BYTES];

	line_quote(in->args, in->n_args, command, sizeof(command));
	d->name = arena_str(a, in->name);
	d->sandbox = arena_str(a, s->name);
	d->process = arena_str(a, in->process->name);
	d->digest = arena_str(a, plan->digest);
	d->command = arena_str(a, command);
	d->state_below = has_state(m, in->name, plan) ? d->name : NULL;
	d->log_file = s->log_file ? path_join(a, m->default_log_dir, s->log_file)
				  : arena_fmt(a, "%s/%s.log", m->default_log_dir, s->name);
	d->log_level = arena_str(a, s->log_level);
	if (!in->container->interactive)
		d->output_file = arena_fmt(a, "%s/%s.log", m->stdio_log_dir, s->name);
	return d->name && d->sandbox && d->process && d->digest && d->command && d->log_file &&
	       (d->log_level || !s->log_level) && (d->output_file || in->container->interactive) ? 0 : -ENOMEM;
}

int entry_make(const struct instance *in, const struct bundle_plan *plan, const char *id, struct arena *a, struct desired *ret,
	       struct err *e)
{
	*ret = (struct desired){
		.id = arena_str(a, id), .number = in->number, .rules = rules_of(in->container),
		.max_unavailable = in->process->update ? in->process->update->max_unavailable : 0,
	};
	if (!ret->id || copy_texts(a, in, plan, ret) < 0 || copy_ports(a, in, ret) < 0 || copy_directories(a, plan, ret) < 0)
		return err_nomem(e);
	return 0;
}
