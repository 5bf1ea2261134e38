/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A struct with a row of each kind that a schema has: for the unit test, and for the fuzz target. */
#ifndef CIST_TESTS_SAMPLE_H
#define CIST_TESTS_SAMPLE_H

#include "lithos/schema.h"

#include <errno.h>
#include <string.h>

struct sample_inner {
	const char *bridge;
	uint32_t fd;
	const char *host;
};

struct sample {
	const char *name;
	const char *note;
	const char *word;
	const char *dir;
	const char *log;
	const char *image_dir;
	bool clean;
	bool sure;
	enum lithos_auto mount;
	enum lithos_auto plain_mount;
	uint32_t timeout;
	uint64_t limit;
	int32_t code;
	bool has_user_id;
	uint32_t user_id;
	bool has_default_user;
	uint32_t default_user;
	uint32_t backlog;
	enum lithos_kind kind;
	const char **args;
	size_t n_args;
	int32_t *codes;
	size_t n_codes;
	uint32_t *ids;
	size_t n_ids;
	struct lithos_ranges users;
	struct lithos_pair *environ;
	size_t n_environ;
	struct lithos_secret *secrets;
	size_t n_secrets;
	struct {
		bool copy;
		uint32_t level;
	} part;
	const struct sample_inner *network;
	struct lithos_maps map;
	struct lithos_tcp_port *ports;
	size_t n_ports;
	struct lithos_variable *variables;
	size_t n_variables;
	struct lithos_volume *volumes;
	size_t n_volumes;
};

static inline int sample_check(const char *text, struct err *e)
{
	return strcmp(text, "bad") == 0 ? err_set(e, -EINVAL, "\"bad\" is not good") : 0;
}

static const char *const sample_kinds[] = { "Daemon", "Command", "CommandOrDaemon", NULL };
static const char *const sample_systemd[] = { "systemd", NULL };

static const struct schema_row sample_inner_rows[] = {
	SCHEMA_TEXT(struct sample_inner, "bridge", bridge, NULL, SCHEMA_REQUIRED),
	SCHEMA_NUMBER(struct sample_inner, "fd", fd, 0, 0, SCHEMA_MAX, SCHEMA_NEEDED),
	SCHEMA_TEXT(struct sample_inner, "host", host, "0.0.0.0", SCHEMA_OPTIONAL, .check = schema_check_ip),
};
static const struct schema_table sample_inner_table = SCHEMA_TABLE(struct sample_inner, sample_inner_rows);

static const struct schema_row sample_part_rows[] = {
	SCHEMA_BOOL(struct sample, "copy_it", part.copy, true, 0),
	SCHEMA_NUMBER(struct sample, "level", part.level, 1, 1, 16, 0),
};
static const struct schema_table sample_part = SCHEMA_TABLE(struct sample, sample_part_rows);

static const struct schema_row sample_map_rows[] = {
	SCHEMA_NUMBER(struct lithos_map, "inside", inside, 0, SCHEMA_MIN, SCHEMA_MAX, SCHEMA_REQUIRED),
	SCHEMA_NUMBER(struct lithos_map, "outside", outside, 0, SCHEMA_MIN, SCHEMA_MAX, SCHEMA_REQUIRED),
	SCHEMA_NUMBER(struct lithos_map, "count", count, 0, 1, SCHEMA_MAX, SCHEMA_REQUIRED),
};
static const struct schema_table sample_map = SCHEMA_TABLE(struct lithos_map, sample_map_rows);

static const struct schema_row sample_port_rows[] = {
	SCHEMA_NUMBER(struct lithos_tcp_port, "fd", fd, 0, 0, SCHEMA_MAX, SCHEMA_NEEDED),
	SCHEMA_BOOL(struct lithos_tcp_port, "reuse_addr", reuse_addr, true, 0),
};
static const struct schema_table sample_port = SCHEMA_TABLE(struct lithos_tcp_port, sample_port_rows);

static const struct schema_row sample_tcp_rows[] = {
	SCHEMA_WORD(struct lithos_variable, "activation", activation_systemd, sample_systemd, 0),
};
static const struct schema_table sample_tcp = SCHEMA_TABLE(struct lithos_variable, sample_tcp_rows);
static const struct schema_row sample_choices = SCHEMA_TEXTS(struct lithos_variable, "", choices, 0);
static const struct schema_variant sample_types[] = {
	{ "TcpPort", LITHOS_TCP_PORT, &sample_tcp, NULL },
	{ "Name", LITHOS_NAME, NULL, NULL },
	{ "Choice", LITHOS_CHOICE, NULL, &sample_choices },
};
static const struct schema_choice sample_variable = SCHEMA_CHOICE(struct lithos_variable, type, sample_types);

static const struct schema_row sample_tmpfs_rows[] = {
	SCHEMA_NUMBER(struct lithos_volume, "size", size, 104857600, 0, SCHEMA_MAX, 0),
	SCHEMA_NUMBER(struct lithos_volume, "mode", mode, 0777, 0, 01777, 0),
};
static const struct schema_table sample_tmpfs = SCHEMA_TABLE(struct lithos_volume, sample_tmpfs_rows);
static const struct schema_row sample_readonly = SCHEMA_PATH(struct lithos_volume, "", path, NULL, 0);
static const struct schema_variant sample_mounts[] = {
	{ "Readonly", LITHOS_READONLY, NULL, &sample_readonly },
	{ "Tmpfs", LITHOS_TMPFS, &sample_tmpfs, NULL },
};
static const struct schema_choice sample_volume = SCHEMA_CHOICE(struct lithos_volume, type, sample_mounts);

static const struct schema_row sample_rows[] = {
	SCHEMA_TEXT(struct sample, "name", name, NULL, SCHEMA_REQUIRED),
	SCHEMA_TEXT(struct sample, "note", note, NULL, SCHEMA_OPTIONAL, .check = sample_check),
	SCHEMA_TEXT(struct sample, "word", word, "def", 0, .longest = 8),
	SCHEMA_PATH(struct sample, "work_dir", dir, "/", 0, .alias = "workdir"),
	SCHEMA_PATH(struct sample, "config_log_dir", log, "/log", SCHEMA_OPTIONAL),
	SCHEMA_PATH(struct sample, "image_dir", image_dir, "/images", SCHEMA_NEEDED),
	SCHEMA_BOOL(struct sample, "auto_clean", clean, true, SCHEMA_NEEDED),
	SCHEMA_BOOL(struct sample, "sure", sure, false, 0),
	SCHEMA_AUTO(struct sample, "mount", mount, SCHEMA_NIL),
	SCHEMA_AUTO(struct sample, "plain_mount", plain_mount, 0),
	SCHEMA_NUMBER(struct sample, "kill_timeout", timeout, 5, 0, 86400, 0),
	SCHEMA_NUMBER(struct sample, "memory_limit", limit, INT64_MAX, SCHEMA_MIN, SCHEMA_MAX, 0),
	SCHEMA_NUMBER(struct sample, "code", code, -1, SCHEMA_MIN, SCHEMA_MAX, 0),
	SCHEMA_NUMBER_OR_NULL(struct sample, "user_id", user_id, SCHEMA_MIN, SCHEMA_MAX, 0),
	SCHEMA_NUMBER_OR_NULL(struct sample, "default_user", default_user, SCHEMA_MIN, SCHEMA_MAX, SCHEMA_DECIMAL),
	SCHEMA_NUMBER(struct sample, "backlog", backlog, 128, SCHEMA_MIN, SCHEMA_MAX, SCHEMA_DECIMAL),
	SCHEMA_ENUM(struct sample, "kind", kind, sample_kinds, LITHOS_DAEMON, 0),
	SCHEMA_TEXTS(struct sample, "arguments", args, 0, .check = sample_check, .most = 100),
	SCHEMA_NUMBERS(struct sample, "codes", codes, SCHEMA_MIN, SCHEMA_MAX, 0),
	SCHEMA_NUMBERS(struct sample, "ids", ids, 0, 10, 0),
	SCHEMA_RANGES(struct sample, "allow_users", users, 0),
	SCHEMA_PAIRS(struct sample, "environ", environ, 0, .check_key = sample_check),
	SCHEMA_SECRETS(struct sample, "secret_environ", secrets, 0, .check = sample_check),
	SCHEMA_PART("part", &sample_part, 0),
	SCHEMA_STRUCT(struct sample, "bridged_network", network, &sample_inner_table, 0),
	SCHEMA_STRUCTS(struct sample, "uid_map", map.v, map.n, &sample_map, 0),
	SCHEMA_KEYED(struct sample, "tcp_ports", ports, &sample_port, 0),
	SCHEMA_TAGGED(struct sample, "variables", variables, &sample_variable, 0),
	SCHEMA_TAGGED(struct sample, "volumes", volumes, &sample_volume, 0, .most = 3),
	SCHEMA_SKIP("metadata"),
};
static const struct schema_table sample_table = SCHEMA_TABLE(struct sample, sample_rows);

#endif
