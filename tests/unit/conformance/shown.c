/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/unit/conformance/shown.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const kinds[] = {
	[LITHOS_DAEMON] = "Daemon", [LITHOS_COMMAND] = "Command", [LITHOS_COMMAND_OR_DAEMON] = "CommandOrDaemon",
};

static void text(struct lines *l, const char *key, const char *value)
{
	char *shown = one_line(value ? value : "-");

	line_add(l, "%s = %s", key, shown);
	free(shown);
}

static void flag(struct lines *l, const char *key, bool value)
{
	text(l, key, value ? "true" : "false");
}

static void number(struct lines *l, const char *key, uint64_t value)
{
	line_add(l, "%s = %" PRIu64, key, value);
}

static void number_or_none(struct lines *l, const char *key, bool has, uint64_t value)
{
	if (has)
		number(l, key, value);
	else
		text(l, key, NULL);
}

static void auto_bool(struct lines *l, const char *key, enum lithos_auto value)
{
	text(l, key, value == LITHOS_AUTO ? NULL : value == LITHOS_YES ? "true" : "false");
}

/* Lists are written into a stream: "[a, b]". */
struct list {
	FILE *f;
	char *buf;
	size_t size;
	bool more;
};

static void list_begin(struct list *x)
{
	*x = (struct list){ 0 };
	x->f = open_memstream(&x->buf, &x->size);
	if (!x->f)
		abort();
	fputc('[', x->f);
}

static FILE *list_item(struct list *x)
{
	if (x->more)
		fputs(", ", x->f);
	x->more = true;
	return x->f;
}

static void list_end(struct list *x, struct lines *l, const char *key)
{
	fputc(']', x->f);
	fclose(x->f);
	text(l, key, x->buf);
	free(x->buf);
}

static void texts(struct lines *l, const char *key, const char *const *v, size_t n)
{
	struct list x;

	list_begin(&x);
	for (size_t i = 0; i < n; i++)
		fprintf(list_item(&x), "\"%s\"", v[i]);
	list_end(&x, l, key);
}

static void ranges(struct lines *l, const char *key, const struct lithos_ranges *r)
{
	struct list x;

	list_begin(&x);
	for (size_t i = 0; i < r->n; i++)
		fprintf(list_item(&x), "%" PRIu32 "-%" PRIu32, r->v[i].first, r->v[i].last);
	list_end(&x, l, key);
}

static void maps(struct lines *l, const char *key, const struct lithos_maps *m)
{
	struct list x;

	list_begin(&x);
	for (size_t i = 0; i < m->n; i++)
		fprintf(list_item(&x), "%" PRIu32 ":%" PRIu32 ":%" PRIu32, m->v[i].inside, m->v[i].outside, m->v[i].count);
	list_end(&x, l, key);
}

static void pairs(struct lines *l, const char *key, const struct lithos_pair *v, size_t n)
{
	if (n == 0)
		line_add(l, "%s = []", key);
	for (size_t i = 0; i < n; i++) {
		char *shown = one_line(v[i].value);

		line_add(l, "%s.%s = %s", key, v[i].key, shown);
		free(shown);
	}
}

void show_master(struct lines *l, const struct lithos_master *m)
{
	text(l, "master.sandboxes-dir", m->sandboxes_dir);
	text(l, "master.processes-dir", m->processes_dir);
	text(l, "master.runtime-dir", m->runtime_dir);
	text(l, "master.state-dir", m->state_dir);
	text(l, "master.mount-dir", m->mount_dir);
	text(l, "master.devfs-dir", m->devfs_dir);
	text(l, "master.default-log-dir", m->default_log_dir);
	text(l, "master.log-file", m->log_file);
	text(l, "master.log-level", m->log_level);
	text(l, "master.config-log-dir", m->config_log_dir);
	text(l, "master.stdio-log-dir", m->stdio_log_dir);
	text(l, "master.syslog-facility", m->syslog_facility);
	text(l, "master.syslog-app-name", m->syslog_app_name);
	text(l, "master.cgroup-name", m->cgroup_name);
	texts(l, "master.cgroup-controllers", m->cgroup_controllers, m->n_cgroup_controllers);
}

static void show_network(struct lines *l, const struct lithos_network *n)
{
	if (!n) {
		text(l, "sandbox.bridged-network", NULL);
		return;
	}
	text(l, "sandbox.bridged-network.bridge", n->bridge);
	text(l, "sandbox.bridged-network.network", n->network);
	text(l, "sandbox.bridged-network.default-gateway", n->default_gateway);
	texts(l, "sandbox.bridged-network.after-setup-command", n->after_setup_command, n->n_after_setup_command);
}

void show_sandbox(struct lines *l, const struct lithos_sandbox *s)
{
	text(l, "sandbox.config-file", s->config_file);
	text(l, "sandbox.image-dir", s->image_dir);
	number(l, "sandbox.image-dir-levels", s->image_dir_levels);
	text(l, "sandbox.log-file", s->log_file);
	text(l, "sandbox.log-level", s->log_level);
	pairs(l, "sandbox.readonly-paths", s->readonly_paths, s->n_readonly_paths);
	pairs(l, "sandbox.writable-paths", s->writable_paths, s->n_writable_paths);
	ranges(l, "sandbox.allow-users", &s->allow_users);
	number_or_none(l, "sandbox.default-user", s->has_default_user, s->default_user);
	ranges(l, "sandbox.allow-groups", &s->allow_groups);
	number(l, "sandbox.default-group", s->default_group);
	ranges(l, "sandbox.allow-tcp-ports", &s->allow_tcp_ports);
	maps(l, "sandbox.uid-map", &s->uid_map);
	maps(l, "sandbox.gid-map", &s->gid_map);
	pairs(l, "sandbox.additional-hosts", s->additional_hosts, s->n_additional_hosts);
	text(l, "sandbox.resolv-conf", s->resolv_conf);
	text(l, "sandbox.hosts-file", s->hosts_file);
	text(l, "sandbox.used-images-list", s->used_images_list);
	flag(l, "sandbox.auto-clean", s->auto_clean);
	show_network(l, s->bridged_network);
	text(l, "sandbox.secrets-private-key", s->secrets_private_key);
	texts(l, "sandbox.secrets-namespaces", s->secrets_namespaces, s->n_secrets_namespaces);
	flag(l, "sandbox.x-cist-harden", s->x_cist_harden);
}

static void show_process(struct lines *all, const struct lithos_process *p)
{
	struct lines l = { 0 };

	text(&l, "kind", kinds[p->kind]);
	text(&l, "image", p->image);
	text(&l, "config", p->config);
	number(&l, "instances", p->instances);
	pairs(&l, "variables", p->variables, p->n_variables);
	texts(&l, "extra-secrets-namespaces", p->extra_secrets_namespaces, p->n_extra_secrets_namespaces);
	texts(&l, "ip-addresses", p->ip_addresses, p->n_ip_addresses);
	for (size_t i = 0; i < l.n; i++)
		line_add(all, "process.%s.%s", p->name, l.v[i]);
	lines_done(&l);
}

void show_processes(struct lines *l, const struct lithos_processes *p)
{
	for (size_t i = 0; i < p->n; i++)
		show_process(l, &p->v[i]);
}

static void show_variable(struct lines *l, const struct lithos_variable *v)
{
	static const char *const types[] = {
		[LITHOS_TCP_PORT] = "TcpPort", [LITHOS_NAME] = "Name", [LITHOS_DOTTED_NAME] = "DottedName", [LITHOS_CHOICE] = "Choice",
	};
	struct lines choices = { 0 };

	if (v->type == LITHOS_CHOICE) {
		texts(&choices, "", v->choices, v->n_choices);
		line_add(l, "container.variables.%s = Choice%s", v->name, choices.v[0] + strlen(" ="));
	} else {
		line_add(l, "container.variables.%s = %s%s", v->name, types[v->type], v->activation_systemd ? " systemd" : "");
	}
	lines_done(&choices);
}

static void show_secrets(struct lines *l, const struct lithos_container *c)
{
	char key[512];

	for (size_t i = 0; i < c->n_secret_environ; i++) {
		snprintf(key, sizeof(key), "container.secret-environ.%s", c->secret_environ[i].name);
		texts(l, key, c->secret_environ[i].values, c->secret_environ[i].n_values);
	}
	text(l, "container.secret-environ-file", c->secret_environ_file);
}

static void show_exit_codes(struct lines *l, const struct lithos_container *c)
{
	struct list x;

	list_begin(&x);
	for (size_t i = 0; i < c->n_normal_exit_codes; i++)
		fprintf(list_item(&x), "%" PRId32, c->normal_exit_codes[i]);
	list_end(&x, l, "container.normal-exit-codes");
}

static void show_etc(struct lines *l, const struct lithos_container *c)
{
	auto_bool(l, "container.resolv-conf.mount", c->resolv_conf.mount);
	flag(l, "container.resolv-conf.copy-from-host", c->resolv_conf.copy_from_host);
	auto_bool(l, "container.hosts-file.mount", c->hosts_file.mount);
	flag(l, "container.hosts-file.copy-from-host", c->hosts_file.copy_from_host);
	auto_bool(l, "container.hosts-file.localhost", c->hosts_file.localhost);
	auto_bool(l, "container.hosts-file.public-hostname", c->hosts_file.public_hostname);
}

void show_container(struct lines *l, const struct lithos_container *c)
{
	text(l, "container.kind", kinds[c->kind]);
	for (size_t i = 0; i < c->n_variables; i++)
		show_variable(l, &c->variables[i]);
	number_or_none(l, "container.user-id", c->has_user_id, c->user_id);
	number_or_none(l, "container.group-id", c->has_group_id, c->group_id);
	number(l, "container.memory-limit", c->memory_limit);
	number(l, "container.cpu-shares", c->cpu_shares);
	number(l, "container.fileno-limit", c->fileno_limit);
	number(l, "container.restart-timeout", c->restart_timeout);
	number(l, "container.kill-timeout", c->kill_timeout);
	if (c->has_ready_timeout)
		number(l, "container.ready-timeout", c->ready_timeout);
	text(l, "container.executable", c->executable);
	texts(l, "container.arguments", c->arguments, c->n_arguments);
	pairs(l, "container.environ", c->environ, c->n_environ);
	show_secrets(l, c);
	text(l, "container.workdir", c->workdir);
	show_etc(l, c);
	maps(l, "container.uid-map", &c->uid_map);
	maps(l, "container.gid-map", &c->gid_map);
	text(l, "container.stdout-stderr-file", c->stdout_stderr_file);
	flag(l, "container.interactive", c->interactive);
	flag(l, "container.restart-process-only", c->restart_process_only);
	show_exit_codes(l, c);
}

static void show_port(struct lines *l, size_t i, const struct instance_port *p)
{
	char variable[200] = "";

	if (p->variable)
		snprintf(variable, sizeof(variable), " variable %s", p->variable);
	line_add(l, "instance.ports[%zu] = %" PRIu32 " %s:%d backlog %" PRIu32 "%s%s%s%s", i, p->fd, p->host, p->port, p->backlog,
		 p->reuse_addr ? " reuse-addr" : "", p->reuse_port ? " reuse-port" : "", p->non_block ? " non-block" : "", variable);
}

void show_instance(struct lines *l, const struct instance *in)
{
	text(l, "instance.name", in->name);
	number(l, "instance.uid", in->uid);
	number(l, "instance.gid", in->gid);
	text(l, "instance.ip-address", in->ip_address);
	texts(l, "instance.args", in->args, in->n_args);
	for (size_t i = 0; i < in->n_ports; i++)
		show_port(l, i, &in->ports[i]);
}
