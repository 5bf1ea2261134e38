/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lithos/container.h"

#include "base/fmt.h"
#include "lithos/allow.h"
#include "lithos/number.h"
#include "lithos/path.h"
#include "lithos/schema.h"
#include "lithos/vars.h"

#include <string.h>

enum {
	VARIABLES_MAX = 256,
	SECRETS_MAX = 1024,
	MODE_MAX = 01777,
	TIMEOUT_MAX = 24 * 60 * 60,
	EXIT_CODES_MAX = 256,
};
#define FILENO_MAX INT64_C(2147483584)	/* what fs.nr_open can be raised to */

/* ---- keys of mappings ---- */

static int check_variable_name(const char *name, struct err *e)
{
	if (!*name || strlen(name) > LITHOS_NAME_MAX || strpbrk(name, "{}") || !path_is_plain(name))
		return err_set(e, -EINVAL, "\"%s\" is no name of a variable", name);
	return 0;
}

static int check_environ_name(const char *name, struct err *e)
{
	if (!*name || strchr(name, '=') || !path_is_plain(name))
		return err_set(e, -EINVAL, "\"%s\" is no name of an environment variable", name);
	return 0;
}

/* ---- the variables ---- */

static const char *const systemd[] = { "systemd", NULL };
static const struct schema_row port_rows[] = {
	SCHEMA_WORD(struct lithos_variable, "activation", activation_systemd, systemd, 0),
};
static const struct schema_table port_table = SCHEMA_TABLE(struct lithos_variable, port_rows);
static const struct schema_row choices_row = SCHEMA_TEXTS(struct lithos_variable, "choices", choices, 0);

static const struct schema_variant variable_variants[] = {
	{ .tag = "TcpPort", .value = LITHOS_TCP_PORT, .table = &port_table },
	{ .tag = "Name", .value = LITHOS_NAME },
	{ .tag = "DottedName", .value = LITHOS_DOTTED_NAME },
	{ .tag = "Choice", .value = LITHOS_CHOICE, .row = &choices_row },
};
static const struct schema_choice variable_choice = SCHEMA_CHOICE(struct lithos_variable, type, variable_variants);

/* ---- the volumes ---- */

static const struct schema_row readonly_row =
	SCHEMA_PATH(struct lithos_volume, "path", path, NULL, SCHEMA_REQUIRED, .check = path_check_plain);
static const struct schema_row persistent_rows[] = {
	SCHEMA_PATH(struct lithos_volume, "path", path, "/", 0, .check = path_check_plain),
	SCHEMA_BOOL(struct lithos_volume, "mkdir", mkdir, false, 0),
	SCHEMA_NUMBER(struct lithos_volume, "mode", mode, 0777, 0, MODE_MAX, 0),
	SCHEMA_NUMBER(struct lithos_volume, "user", user, 0, SCHEMA_MIN, LITHOS_ID_MAX, 0),
	SCHEMA_NUMBER(struct lithos_volume, "group", group, 0, SCHEMA_MIN, LITHOS_ID_MAX, 0),
};
static const struct schema_row tmpfs_rows[] = {
	SCHEMA_NUMBER(struct lithos_volume, "size", size, 100 << 20, 0, SCHEMA_MAX, 0),
	SCHEMA_NUMBER(struct lithos_volume, "mode", mode, 0777, 0, MODE_MAX, 0),
};
static const struct schema_row statedir_rows[] = {
	SCHEMA_PATH(struct lithos_volume, "path", path, "/", 0, .check = path_check_plain),
	SCHEMA_NUMBER(struct lithos_volume, "mode", mode, 0777, 0, MODE_MAX, 0),
	SCHEMA_NUMBER(struct lithos_volume, "user", user, 0, SCHEMA_MIN, LITHOS_ID_MAX, 0),
	SCHEMA_NUMBER(struct lithos_volume, "group", group, 0, SCHEMA_MIN, LITHOS_ID_MAX, 0),
};
static const struct schema_table persistent_table = SCHEMA_TABLE(struct lithos_volume, persistent_rows);
static const struct schema_table tmpfs_table = SCHEMA_TABLE(struct lithos_volume, tmpfs_rows);
static const struct schema_table statedir_table = SCHEMA_TABLE(struct lithos_volume, statedir_rows);

static const struct schema_variant volume_variants[] = {
	{ .tag = "Persistent", .value = LITHOS_PERSISTENT, .table = &persistent_table },
	{ .tag = "Readonly", .value = LITHOS_READONLY, .row = &readonly_row },
	{ .tag = "Tmpfs", .value = LITHOS_TMPFS, .table = &tmpfs_table },
	{ .tag = "Statedir", .value = LITHOS_STATEDIR, .table = &statedir_table },
};
static const struct schema_choice volume_choice = SCHEMA_CHOICE(struct lithos_volume, type, volume_variants);

/* ---- the structures ---- */

static const struct schema_row resolv_rows[] = {
	SCHEMA_AUTO(struct lithos_container, "mount", resolv_conf.mount, SCHEMA_NIL),
	SCHEMA_BOOL(struct lithos_container, "copy_from_host", resolv_conf.copy_from_host, true, 0),
};
static const struct schema_row hosts_rows[] = {
	SCHEMA_AUTO(struct lithos_container, "mount", hosts_file.mount, SCHEMA_NIL),
	SCHEMA_BOOL(struct lithos_container, "copy_from_host", hosts_file.copy_from_host, true, 0),
	SCHEMA_AUTO(struct lithos_container, "localhost", hosts_file.localhost, SCHEMA_NIL),
	SCHEMA_AUTO(struct lithos_container, "public_hostname", hosts_file.public_hostname, SCHEMA_NIL),
};
static const struct schema_table resolv_table = SCHEMA_TABLE(struct lithos_container, resolv_rows);
static const struct schema_table hosts_table = SCHEMA_TABLE(struct lithos_container, hosts_rows);

static const struct schema_row tcp_rows[] = {
	SCHEMA_NUMBER(struct lithos_tcp_port, "fd", fd, 0, 0, INT32_MAX, SCHEMA_NEEDED),
	SCHEMA_TEXT(struct lithos_tcp_port, "host", host, "0.0.0.0", 0, .check = schema_check_ip),
	SCHEMA_NUMBER(struct lithos_tcp_port, "listen_backlog", listen_backlog, 128, SCHEMA_MIN, INT32_MAX, SCHEMA_DECIMAL),
	SCHEMA_BOOL(struct lithos_tcp_port, "reuse_addr", reuse_addr, true, 0),
	SCHEMA_BOOL(struct lithos_tcp_port, "reuse_port", reuse_port, false, 0),
	SCHEMA_BOOL(struct lithos_tcp_port, "set_non_block", set_non_block, false, 0),
	SCHEMA_BOOL(struct lithos_tcp_port, "external", external, false, 0),
};
static const struct schema_table tcp_table = SCHEMA_TABLE(struct lithos_tcp_port, tcp_rows);

static int check_factor(const char *text, struct err *e)
{
	uint32_t ignored;

	return number_parse_permille(text, &ignored, e);
}

static const struct schema_row backoff_rows[] = {
	SCHEMA_TEXT(struct lithos_backoff, "factor", factor, "2", 0, .check = check_factor),
	SCHEMA_NUMBER(struct lithos_backoff, "max", max, 5 * 60, 1, TIMEOUT_MAX, 0),
	SCHEMA_NUMBER(struct lithos_backoff, "reset_after", reset_after, 60, 1, TIMEOUT_MAX, 0),
};
static const struct schema_table backoff_table = SCHEMA_TABLE(struct lithos_backoff, backoff_rows);

/* ---- the file ---- */

static const char *const kinds[] = {
	[LITHOS_DAEMON] = "Daemon", [LITHOS_COMMAND] = "Command", [LITHOS_COMMAND_OR_DAEMON] = "CommandOrDaemon", NULL,
};

#define C struct lithos_container
static const struct schema_row rows[] = {
	SCHEMA_ENUM(C, "kind", kind, kinds, LITHOS_DAEMON, 0),
	SCHEMA_TAGGED(C, "variables", variables, &variable_choice, 0, .most = VARIABLES_MAX, .check_key = check_variable_name),
	SCHEMA_SKIP("metadata"),
	SCHEMA_TAGGED(C, "volumes", volumes, &volume_choice, 0, .most = LITHOS_VOLUMES_MAX, .check_key = path_check_plain),
	SCHEMA_NUMBER_OR_NULL(C, "user_id", user_id, SCHEMA_MIN, LITHOS_ID_MAX, 0),
	SCHEMA_NUMBER_OR_NULL(C, "group_id", group_id, SCHEMA_MIN, LITHOS_ID_MAX, 0),
	SCHEMA_NUMBER(C, "memory_limit", memory_limit, INT64_MAX, SCHEMA_MIN, SCHEMA_MAX, 0),
	SCHEMA_NUMBER(C, "cpu_shares", cpu_shares, 1024, SCHEMA_MIN, SCHEMA_MAX, 0),
	SCHEMA_NUMBER(C, "fileno_limit", fileno_limit, 1024, SCHEMA_MIN, FILENO_MAX, 0),
	SCHEMA_NUMBER(C, "restart_timeout", restart_timeout, 1, 0, TIMEOUT_MAX, 0),
	SCHEMA_NUMBER(C, "kill_timeout", kill_timeout, 5, 0, TIMEOUT_MAX, 0),
	SCHEMA_STRUCT(C, "restart_backoff", restart_backoff, &backoff_table, SCHEMA_OPTIONAL),
	SCHEMA_NUMBER_OR_NULL(C, "ready_timeout", ready_timeout, 1, TIMEOUT_MAX, 0),
	SCHEMA_PATH(C, "executable", executable, NULL, SCHEMA_REQUIRED),
	SCHEMA_TEXTS(C, "arguments", arguments, 0),
	SCHEMA_PAIRS(C, "environ", environ, 0, .check_key = check_environ_name),
	SCHEMA_SECRETS(C, "secret_environ", secret_environ, 0, .most = SECRETS_MAX, .check_key = check_environ_name),
	SCHEMA_PATH(C, "secret_environ_file", secret_environ_file, NULL, SCHEMA_OPTIONAL),
	SCHEMA_PATH(C, "workdir", workdir, "/", 0, .alias = "work_dir"),
	SCHEMA_PART("resolv_conf", &resolv_table, 0),
	SCHEMA_PART("hosts_file", &hosts_table, 0),
	SCHEMA_STRUCTS(C, "uid_map", uid_map.v, uid_map.n, &lithos_map_table, 0, .most = LITHOS_MAPS_MAX),
	SCHEMA_STRUCTS(C, "gid_map", gid_map.v, gid_map.n, &lithos_map_table, 0, .most = LITHOS_MAPS_MAX),
	SCHEMA_PATH(C, "stdout_stderr_file", stdout_stderr_file, NULL, SCHEMA_OPTIONAL),
	SCHEMA_BOOL(C, "interactive", interactive, false, 0),
	SCHEMA_BOOL(C, "restart_process_only", restart_process_only, false, 0),
	SCHEMA_NUMBERS(C, "normal_exit_codes", normal_exit_codes, SCHEMA_MIN, SCHEMA_MAX, 0, .most = EXIT_CODES_MAX),
	SCHEMA_KEYED(C, "tcp_ports", tcp_ports, &tcp_table, 0, .most = LITHOS_PORTS_MAX),
};
#undef C
static const struct schema_table table = SCHEMA_TABLE(struct lithos_container, rows);

/* ---- what a row cannot say ---- */

static void check_limits(struct lithos_container *c, struct findings *f)
{
	const uint64_t shares = c->cpu_shares;

	if (c->memory_limit == 0)
		finding_error(f, yaml_mark(c->doc, "memory_limit", NULL), "with a memory-limit of 0 nothing runs");
	if (c->fileno_limit == 0)
		finding_error(f, yaml_mark(c->doc, "fileno_limit", NULL), "with a fileno-limit of 0 nothing runs");
	c->cpu_shares = shares < LITHOS_CPU_SHARES_MIN ? LITHOS_CPU_SHARES_MIN :
			shares > LITHOS_CPU_SHARES_MAX ? LITHOS_CPU_SHARES_MAX : shares;
	if (c->cpu_shares != shares)
		finding_warning(f, yaml_mark(c->doc, "cpu_shares", NULL),
				"cpu-shares %llu is taken for %llu: the kernel knows %d to %d", (unsigned long long)shares,
				(unsigned long long)c->cpu_shares, LITHOS_CPU_SHARES_MIN, LITHOS_CPU_SHARES_MAX);
}

static void check_backoff(const struct lithos_container *c, struct findings *f)
{
	if (c->restart_backoff && c->restart_backoff->max < c->restart_timeout)
		finding_warning(f, yaml_mark(c->doc, "restart_backoff", "max", NULL),
				"max is below the restart-timeout: no pause grows");
}

/* The init that starts the program again has one pause; and what is no daemon is not started again. */
static void check_process_only(const struct lithos_container *c, struct findings *f)
{
	const struct mark at = yaml_mark(c->doc, "restart_process_only", NULL);

	if (!c->restart_process_only)
		return;
	if (c->restart_backoff)
		finding_error(f, at, "restart-process-only and restart-backoff are mutually exclusive: within its container "
			      "a program starts again after restart-timeout");
	if (c->kind != LITHOS_DAEMON)
		finding_warning(f, at, "restart-process-only is of kind Daemon alone, and has no effect here");
}

static void check_paths(const struct lithos_container *c, struct findings *f)
{
	if (c->executable && c->executable[0] != '/')
		finding_warning(f, yaml_mark(c->doc, "executable", NULL),
				"executable is not absolute: it is looked for in workdir only");
	if (c->workdir[0] != '/')
		finding_warning(f, yaml_mark(c->doc, "workdir", NULL), "workdir is not absolute: it is taken from /");
}

static void check_volumes(const struct lithos_container *c, struct findings *f)
{
	for (size_t i = 0; i < c->n_volumes; i++)
		if (c->volumes[i].type == LITHOS_TMPFS && c->volumes[i].size == 0)
			finding_warning(f, yaml_mark(c->doc, "volumes", c->volumes[i].mount_point, "size", NULL),
					"size 0 is no limit at all");
}

/* LISTEN_FDNAMES separates by colons. */
static void check_activated(const struct lithos_container *c, struct findings *f)
{
	for (size_t i = 0; i < c->n_variables; i++)
		if (c->variables[i].activation_systemd && strchr(c->variables[i].name, ':'))
			finding_error(f, yaml_mark(c->doc, "variables", c->variables[i].name, NULL),
				      "the name of an activated variable must not hold \":\"");
}

/* The original compares signed bytes, so that 130 was written as -126: both mean 130. */
static void check_exit_codes(struct lithos_container *c, struct findings *f)
{
	char index[24];

	for (size_t i = 0; i < c->n_normal_exit_codes; i++) {
		int32_t *code = &c->normal_exit_codes[i];

		fmt(index, sizeof(index), "[%zu]", i);
		if (*code < -128 || *code > 255)
			finding_warning(f, yaml_mark(c->doc, "normal_exit_codes", index, NULL), "no program ends with %d",
					*code);
		else
			*code &= 255;
	}
}

static void check_unclosed(const struct lithos_container *c, const char *key, const char *name, const char *text,
			   struct findings *f)
{
	if (vars_is_unclosed(text))
		finding_warning(f, yaml_mark(c->doc, key, name, NULL),
				"\"@{\" without \"}\" is no variable, and stays as it is");
}

static void check_texts(const struct lithos_container *c, struct findings *f)
{
	char index[24];

	for (size_t i = 0; i < c->n_arguments; i++) {
		fmt(index, sizeof(index), "[%zu]", i);
		check_unclosed(c, "arguments", index, c->arguments[i], f);
	}
	for (size_t i = 0; i < c->n_environ; i++)
		check_unclosed(c, "environ", c->environ[i].key, c->environ[i].value, f);
}

static void check_secrets(const struct lithos_container *c, struct findings *f)
{
	if (c->n_secret_environ > 0 && c->secret_environ_file)
		finding_error(f, yaml_mark(c->doc, "secret_environ_file", NULL),
			      "secret-environ and secret-environ-file settings are mutually exclusive");
}

static void check(struct lithos_container *c, struct findings *f)
{
	check_limits(c, f);
	check_backoff(c, f);
	check_process_only(c, f);
	check_paths(c, f);
	check_volumes(c, f);
	check_activated(c, f);
	check_exit_codes(c, f);
	check_texts(c, f);
	check_secrets(c, f);
	lithos_maps_check(&c->uid_map, c->doc, "uid_map", f);
	lithos_maps_check(&c->gid_map, c->doc, "gid_map", f);
}

int container_read(const struct yaml *y, struct arena *a, struct findings *f, struct lithos_container *ret, struct err *e)
{
	const size_t before = f->n_errors;
	const int rc = schema_read(&table, y, a, f, ret, e);

	if (rc < 0)
		return rc;
	ret->doc = y;
	ret->file = arena_str(a, y->file);
	if (!ret->file)
		return err_nomem(e);
	check(ret, f);
	return f->n_errors == before;
}

/* ---- secrets in a file of their own ---- */

const char *container_secret_file(const struct lithos_container *c, const char *config, struct arena *a)
{
	return path_join_beside(a, config, c->secret_environ_file);
}

static const struct schema_row secrets_row = SCHEMA_SECRETS(struct lithos_container, "", secret_environ, 0,
							    .most = SECRETS_MAX, .check_key = check_environ_name);

/* Tells to f where something is wrong, and nothing of what stands there. */
static void hush(const struct findings *told, struct findings *f)
{
	const size_t before = f->n_errors;

	for (size_t i = 0; i < told->n; i++) {
		const struct finding *x = &told->v[i];
		const struct mark at = { .file = x->file, .line = x->line, .column = x->column };

		if (x->level == FINDING_ERROR)
			finding_error(f, at, "it is no mapping of names to sealed secrets (what stands there is not shown)");
	}
	/* None of them could be kept. */
	if (told->n_errors > 0 && f->n_errors == before)
		finding_error(f, (struct mark){ 0 }, "the file of secrets is no mapping of names to sealed secrets");
}

int container_read_secrets(const struct yaml *y, struct arena *a, struct findings *f, struct lithos_container *c, struct err *e)
{
	auto_findings struct findings told = { 0 };
	const int rc = schema_read_row(&secrets_row, y, a, &told, c, e);

	hush(&told, f);
	return rc;
}
