/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lithos/instance.h"

#include "base/fmt.h"
#include "lithos/address.h"
#include "lithos/allow.h"
#include "lithos/socket.h"
#include "lithos/vars.h"
#include "lithos/yaml.h"

#include <errno.h>
#include <string.h>

enum { EXTRA_ENVIRON = 4 };	/* LITHOS_NAME, LITHOS_CONFIG, LISTEN_FDS, LISTEN_FDNAMES */

/* What the parts of the work share. */
struct making {
	const struct instance_request *how;
	struct arena *a;
	struct findings *f;
	struct instance *in;
	struct vars vars;
	struct activation activation;
	size_t environ_bytes;
};

static const char *const kind_names[] = {
	[LITHOS_DAEMON] = "Daemon", [LITHOS_COMMAND] = "Command", [LITHOS_COMMAND_OR_DAEMON] = "CommandOrDaemon",
};

static struct mark mark_process(const struct making *m, const char *key)
{
	return yaml_mark(m->in->process->doc, m->in->process->name, key, NULL);
}

static struct mark mark_container(const struct making *m, const char *key)
{
	return yaml_mark(m->in->container->doc, key, NULL);
}

/* What is the same for all instances of a process is told of the first only, unless it is an error. */
static bool is_first(const struct making *m)
{
	return m->in->number == 0;
}

static int name_it(struct making *m)
{
	struct instance *in = m->in;

	in->name = m->how->command ?
		arena_fmt(m->a, "%s/cmd.%s.%u", in->sandbox->name, in->process->name, m->how->command_pid) :
		arena_fmt(m->a, "%s/%s.%u", in->sandbox->name, in->process->name, in->number);
	return in->name ? 0 : -ENOMEM;
}

static int check_kinds(struct making *m)
{
	const enum lithos_kind of_process = m->in->process->kind, of_container = m->in->container->kind;

	if (m->how->command && of_process != LITHOS_COMMAND)
		finding_error(m->f, mark_process(m, "kind"), "The target container is: %s", kind_names[of_process]);
	if (!m->how->command && of_process == LITHOS_COMMAND)
		finding_error(m->f, mark_process(m, "kind"), "a Command is not kept running: it is started by hand");
	if (of_container != LITHOS_COMMAND_OR_DAEMON && of_container != of_process)
		finding_error(m->f, mark_container(m, "kind"), "Container type mismatch %s != %s", kind_names[of_container],
			      kind_names[of_process]);
	return 0;
}

static int identify(struct making *m)
{
	struct allow_identity id;

	allow_identity(m->in->sandbox, m->in->container, m->f, &id);
	m->in->uid = id.uid;
	m->in->gid = id.gid;
	m->in->uid_map = id.uid_map;
	m->in->gid_map = id.gid_map;
	return 0;
}

/* ---- the address ---- */

/* text is the address of this instance: one of its own, within the network.  Texts were judged when they were read. */
static void check_address(const struct making *m, const char *text, struct mark at)
{
	const struct lithos_process *p = m->in->process;
	struct address mine, other, network;
	struct err ignored;

	if (address_parse(text, &mine, &ignored) < 0 ||
	    address_parse_network(m->in->sandbox->bridged_network->network, &network, &ignored) < 0)
		return;
	if (!address_in(&mine, &network))
		finding_error(m->f, at, "%s: invalid ip %s", m->in->name, text);
	for (size_t i = 0; !m->how->command && i < m->in->number; i++)
		if (address_parse(p->ip_addresses[i], &other, &ignored) == 0 && address_equal(&mine, &other))
			finding_error(m->f, at, "%s: address %s is that of instance %zu", m->in->name, text, i);
}

/* Addresses that nothing will use. */
static void warn_of_addresses(const struct making *m)
{
	const struct lithos_process *p = m->in->process;

	if (p->n_ip_addresses == 0 || !is_first(m))
		return;
	if (!m->in->sandbox->bridged_network)
		finding_warning(m->f, mark_process(m, "ip_addresses"), "without bridged-network the addresses are not used");
	else if (p->kind == LITHOS_DAEMON && p->n_ip_addresses > p->instances)
		finding_warning(m->f, mark_process(m, "ip_addresses"), "%zu addresses, but %u instance%s", p->n_ip_addresses,
				p->instances, p->instances == 1 ? "" : "s");
}

static int find_address(struct making *m)
{
	const struct lithos_process *p = m->in->process;
	const size_t number = m->how->command ? 0 : m->in->number;
	const bool bridged = m->in->sandbox->bridged_network;
	char index[24];

	warn_of_addresses(m);
	/* Of the first instance that has none, whichever was asked for: it is one complaint about the process. */
	if (p->n_ip_addresses == 0) {
		if (bridged && !m->how->command)
			finding_error(m->f, mark_process(m, "ip_addresses"), "%s/%s.0: no IP address specified",
				      m->in->sandbox->name, p->name);
		return 0;
	}
	if (number >= p->n_ip_addresses) {
		finding_error(m->f, mark_process(m, "ip_addresses"), "Instance no %zu, but there's only %zu ip addresses",
			      p->n_ip_addresses, p->n_ip_addresses);
		return 0;
	}
	fmt(index, sizeof(index), "[%zu]", number);
	if (bridged)
		check_address(m, p->ip_addresses[number], yaml_mark(p->doc, p->name, "ip_addresses", index, NULL));
	m->in->ip_address = p->ip_addresses[number];
	return 0;
}

static int check_variables(struct making *m)
{
	m->vars.used = ARENA_ARRAY(m->a, m->in->process->n_variables, bool);
	if (!m->vars.used)
		return -ENOMEM;
	m->vars.instance = m->in->name;
	vars_check(&m->vars);
	return 0;
}

/* ---- arguments ---- */

/* Appends one argument as long as all of them together are not too long; *bytes is what they take. */
static void add_argument(struct making *m, const char *text, struct mark at, size_t *bytes)
{
	const bool fitted = *bytes <= LITHOS_ARGS_MAX;

	*bytes += strlen(text) + 1;
	if (*bytes <= LITHOS_ARGS_MAX)
		m->in->args[m->in->n_args++] = text;
	else if (fitted)
		finding_error(m->f, at, "the arguments are longer than %d bytes", LITHOS_ARGS_MAX);
}

static int fill_arguments(struct making *m)
{
	const struct lithos_container *c = m->in->container;
	size_t bytes = 0;

	m->in->args = ARENA_ARRAY(m->a, 2 + c->n_arguments + m->how->n_more_args, const char *);
	if (!m->in->args)
		return -ENOMEM;
	add_argument(m, c->executable, mark_container(m, "executable"), &bytes);
	for (size_t i = 0; i < c->n_arguments && bytes <= LITHOS_ARGS_MAX; i++) {
		const char *text = "";
		char index[24];
		struct mark at;

		fmt(index, sizeof(index), "[%zu]", i);
		at = yaml_mark(c->doc, "arguments", index, NULL);
		if (vars_expand(&m->vars, c->arguments[i], at, &text) < 0)
			return -ENOMEM;
		add_argument(m, text, at, &bytes);
	}
	for (size_t i = 0; i < m->how->n_more_args; i++)
		add_argument(m, m->how->more_args[i], mark_container(m, "arguments"), &bytes);
	return 0;
}

/* ---- sockets and environment ---- */

static int fill_ports(struct making *m)
{
	return socket_fill(m->how, &m->vars, m->in, &m->activation);
}

bool instance_has_pid_variable(const struct instance *in, const char *key)
{
	for (size_t i = 0; i < in->n_pid_variables; i++)
		if (strcmp(in->pid_variables[i], key) == 0)
			return true;
	return false;
}

/* Sets a variable of ours, whatever the container says of it; one whose value is the pid stays that. */
static int set_environ(struct making *m, const char *key, const char *value)
{
	struct instance *in = m->in;
	size_t i = 0;

	if (!value)
		return -ENOMEM;
	while (i < in->n_environ && strcmp(in->environ[i].key, key) != 0)
		i++;
	if (instance_has_pid_variable(in, key))
		return 0;
	if (i == in->n_environ)
		in->n_environ++;
	in->environ[i] = (struct lithos_pair){ key, value };
	return 0;
}

/* Takes key out of the environment, whose value is to be the pid instead. */
static void set_pid_variable(struct making *m, const char *key)
{
	struct instance *in = m->in;

	if (!instance_has_pid_variable(in, key))
		in->pid_variables[in->n_pid_variables++] = key;
	for (size_t i = 0; i < in->n_environ; i++)
		if (strcmp(in->environ[i].key, key) == 0)
			in->environ[i--] = in->environ[--in->n_environ];
}

/* Whether so much more still fits. */
static bool count_environ(struct making *m, const char *key, const char *value, struct mark at)
{
	const bool fitted = m->environ_bytes <= LITHOS_ENVIRON_MAX;

	m->environ_bytes += strlen(key) + strlen(value) + 2;
	if (fitted && m->environ_bytes > LITHOS_ENVIRON_MAX)
		finding_error(m->f, at, "the environment is larger than %d bytes", LITHOS_ENVIRON_MAX);
	return m->environ_bytes <= LITHOS_ENVIRON_MAX;
}

/* What the container says. */
static int fill_written_environ(struct making *m)
{
	const struct lithos_container *c = m->in->container;

	for (size_t i = 0; i < c->n_environ && m->environ_bytes <= LITHOS_ENVIRON_MAX; i++) {
		const struct lithos_pair *pair = &c->environ[i];
		const struct mark at = yaml_mark(c->doc, "environ", pair->key, NULL);
		const char *value = "";

		if (strcmp(pair->value, VARS_PID) == 0) {
			set_pid_variable(m, pair->key);
			continue;
		}
		if (vars_expand(&m->vars, pair->value, at, &value) < 0)
			return -ENOMEM;
		if (count_environ(m, pair->key, value, at))
			m->in->environ[m->in->n_environ++] = (struct lithos_pair){ pair->key, value };
	}
	return 0;
}

static int fill_environ(struct making *m)
{
	const struct lithos_container *c = m->in->container;
	const struct activation *s = &m->activation;

	m->in->environ = ARENA_ARRAY(m->a, c->n_environ + EXTRA_ENVIRON, struct lithos_pair);
	m->in->pid_variables = ARENA_ARRAY(m->a, c->n_environ + 1, const char *);
	if (!m->in->environ || !m->in->pid_variables || fill_written_environ(m) < 0 ||
	    set_environ(m, "LITHOS_NAME", m->in->name) < 0 || set_environ(m, "LITHOS_CONFIG", m->in->process->config) < 0)
		return -ENOMEM;
	if (s->n == 0)
		return 0;
	if (set_environ(m, "LISTEN_FDS", arena_fmt(m->a, "%zu", s->n)) < 0 || set_environ(m, "LISTEN_FDNAMES", s->names) < 0)
		return -ENOMEM;
	set_pid_variable(m, "LISTEN_PID");
	return 0;
}

static int check_rest(struct making *m)
{
	if (is_first(m))
		vars_check_undeclared(&m->vars);
	return 0;
}

static int (*const parts[])(struct making *m) = {
	name_it, check_kinds, identify, find_address, check_variables, fill_arguments, fill_ports, fill_environ, check_rest,
};

int instance_make(const struct lithos_master *m, const struct lithos_sandbox *s, const struct lithos_process *p,
		  const struct lithos_container *c, const struct instance_request *how, struct arena *a,
		  struct findings *f, struct instance *ret, struct err *e)
{
	const size_t before = f->n_errors;
	struct making making = {
		.how = how, .a = a, .f = f, .in = ret,
		.vars = { .process = p, .container = c, .sandbox = s, .a = a, .f = f },
	};

	*ret = (struct instance){ .number = how->number, .master = m, .sandbox = s, .process = p, .container = c };
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (parts[i](&making) < 0)
			return err_nomem(e);
	return f->n_errors == before;
}

static bool host_id(const struct instance *i, const struct lithos_maps *map, uint32_t id, uint32_t *ret)
{
	if (i->uid_map->n + i->gid_map->n > 0)
		return lithos_map_id(map, id, ret);
	*ret = id;
	return true;
}

bool instance_host_uid(const struct instance *i, uint32_t uid, uint32_t *ret)
{
	return host_id(i, i->uid_map, uid, ret);
}

bool instance_host_gid(const struct instance *i, uint32_t gid, uint32_t *ret)
{
	return host_id(i, i->gid_map, gid, ret);
}
