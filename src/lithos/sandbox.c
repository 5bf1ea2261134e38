/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lithos/sandbox.h"

#include "lithos/address.h"
#include "lithos/allow.h"
#include "lithos/master.h"
#include "lithos/path.h"
#include "lithos/schema.h"

#include <string.h>

/* As the kernel takes it (IFNAMSIZ), and nothing that a command or a path would take for something else. */
static int check_bridge(const char *name, struct err *e)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.@+";
	const size_t len = strlen(name);

	if (len < 1 || len > 15 || *name == '-' || *name == '.' || strspn(name, letters) != len)
		return err_set(e, -EINVAL, "\"%s\" is no name of a network interface", name);
	return 0;
}

/* Whatever it is, it is one line of a hosts file. */
static int check_host(const char *text, struct err *e)
{
	return path_is_plain(text) ? 0 : err_set(e, -EINVAL, "a line of a hosts file holds no control character");
}

static int check_network(const char *text, struct err *e)
{
	struct address ignored;

	return address_parse_network(text, &ignored, e);
}

static const struct schema_row network_rows[] = {
	SCHEMA_TEXT(struct lithos_network, "bridge", bridge, NULL, SCHEMA_REQUIRED, .check = check_bridge),
	SCHEMA_TEXT(struct lithos_network, "network", network, NULL, SCHEMA_REQUIRED, .check = check_network),
	SCHEMA_TEXT(struct lithos_network, "default_gateway", default_gateway, NULL, SCHEMA_OPTIONAL, .check = schema_check_ip),
	SCHEMA_TEXTS(struct lithos_network, "after_setup_command", after_setup_command, 0),
};
static const struct schema_table network_table = SCHEMA_TABLE(struct lithos_network, network_rows);

static const struct schema_row rows[] = {
	SCHEMA_PATH(struct lithos_sandbox, "config_file", config_file, NULL, SCHEMA_OPTIONAL),
	SCHEMA_PATH(struct lithos_sandbox, "image_dir", image_dir, "/var/lib/lithos/containers", SCHEMA_NEEDED,
		    .has_default = true, .check = path_check_host),
	SCHEMA_NUMBER(struct lithos_sandbox, "image_dir_levels", image_dir_levels, 1, 1, 16, 0),
	SCHEMA_PATH(struct lithos_sandbox, "log_file", log_file, NULL, SCHEMA_OPTIONAL),
	SCHEMA_TEXT(struct lithos_sandbox, "log_level", log_level, NULL, SCHEMA_OPTIONAL),
	SCHEMA_PAIRS(struct lithos_sandbox, "readonly_paths", readonly_paths, 0, .check = path_check_host),
	SCHEMA_PAIRS(struct lithos_sandbox, "writable_paths", writable_paths, 0, .check = path_check_host),
	SCHEMA_RANGES(struct lithos_sandbox, "allow_users", allow_users, 0),
	SCHEMA_NUMBER_OR_NULL(struct lithos_sandbox, "default_user", default_user, SCHEMA_MIN, LITHOS_ID_MAX, SCHEMA_DECIMAL),
	SCHEMA_RANGES(struct lithos_sandbox, "allow_groups", allow_groups, 0),
	SCHEMA_NUMBER(struct lithos_sandbox, "default_group", default_group, 0, SCHEMA_MIN, LITHOS_ID_MAX, SCHEMA_DECIMAL),
	SCHEMA_RANGES(struct lithos_sandbox, "allow_tcp_ports", allow_tcp_ports, 0),
	SCHEMA_STRUCTS(struct lithos_sandbox, "uid_map", uid_map.v, uid_map.n, &lithos_map_table, 0, .most = LITHOS_MAPS_MAX),
	SCHEMA_STRUCTS(struct lithos_sandbox, "gid_map", gid_map.v, gid_map.n, &lithos_map_table, 0, .most = LITHOS_MAPS_MAX),
	SCHEMA_PAIRS(struct lithos_sandbox, "additional_hosts", additional_hosts, 0, .check = check_host, .check_key = check_host),
	SCHEMA_PATH(struct lithos_sandbox, "resolv_conf", resolv_conf, "/etc/resolv.conf", 0, .check = path_check_host),
	SCHEMA_PATH(struct lithos_sandbox, "hosts_file", hosts_file, "/etc/hosts", 0, .check = path_check_host),
	SCHEMA_PATH(struct lithos_sandbox, "used_images_list", used_images_list, NULL, SCHEMA_OPTIONAL, .check = path_check_host),
	SCHEMA_BOOL(struct lithos_sandbox, "auto_clean", auto_clean, true, SCHEMA_NEEDED),
	SCHEMA_STRUCT(struct lithos_sandbox, "bridged_network", bridged_network, &network_table, SCHEMA_OPTIONAL),
	SCHEMA_PATH(struct lithos_sandbox, "secrets_private_key", secrets_private_key, NULL, SCHEMA_OPTIONAL,
		    .check = path_check_host),
	SCHEMA_TEXTS(struct lithos_sandbox, "secrets_namespaces", secrets_namespaces, 0),
	SCHEMA_BOOL(struct lithos_sandbox, "x_cist_harden", x_cist_harden, false, 0),
};
static const struct schema_table table = SCHEMA_TABLE(struct lithos_sandbox, rows);

/* A key that no path of a volume can begin with. */
static void check_table(const struct lithos_sandbox *s, const char *key, const struct lithos_pair *v, size_t n,
			struct findings *f)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].key[0] != '/' || path_has_parent(v[i].key))
			finding_warning(f, yaml_mark(s->doc, key, v[i].key, NULL),
					"no volume can begin with \"%s\": it is not absolute or holds ..", v[i].key);
}

/* A neighbour of every link (fe80::/10) is reachable whatever the network is. */
static bool is_link_local(const struct address *a)
{
	return a->bytes[0] == 0xfe && (a->bytes[1] & 0xc0) == 0x80;
}

static void check_bridged(const struct lithos_sandbox *s, struct findings *f)
{
	const struct lithos_network *n = s->bridged_network;
	struct address network, gateway;
	struct err ignored;

	if (n->n_after_setup_command > 0 && n->after_setup_command[0][0] != '/')
		finding_error(f, yaml_mark(s->doc, "bridged_network", "after_setup_command", "[0]", NULL),
			      "after-setup-command must be an absolute path: there is no PATH");
	if (!n->network || !n->default_gateway || address_parse_network(n->network, &network, &ignored) < 0 ||
	    address_parse(n->default_gateway, &gateway, &ignored) < 0)
		return;
	if (!address_in(&gateway, &network) && !(gateway.family == network.family && is_link_local(&gateway)))
		finding_error(f, yaml_mark(s->doc, "bridged_network", "default_gateway", NULL),
			      "default-gateway %s is not in the network %s", n->default_gateway, n->network);
}

static void check(const struct lithos_sandbox *s, struct findings *f)
{
	lithos_name_check("sandbox", s->name, (struct mark){ .file = s->file }, f);
	lithos_maps_check(&s->uid_map, s->doc, "uid_map", f);
	lithos_maps_check(&s->gid_map, s->doc, "gid_map", f);
	check_table(s, "readonly_paths", s->readonly_paths, s->n_readonly_paths, f);
	check_table(s, "writable_paths", s->writable_paths, s->n_writable_paths, f);
	if (s->bridged_network)
		check_bridged(s, f);
	if (s->log_level && !master_knows_log_level(s->log_level))
		finding_warning(f, yaml_mark(s->doc, "log_level", NULL),
				"log-level \"%s\" is none of error, warn, info, debug, trace: the master's is used",
				s->log_level);
}

int sandbox_read(const struct yaml *y, const char *name, struct arena *a, struct findings *f, struct lithos_sandbox *ret,
		 struct err *e)
{
	const size_t before = f->n_errors;
	const int rc = schema_read(&table, y, a, f, ret, e);

	if (rc < 0)
		return rc;
	ret->doc = y;
	ret->file = arena_str(a, y->file);
	ret->name = arena_str(a, name);
	if (!ret->file || !ret->name)
		return err_nomem(e);
	check(ret, f);
	return f->n_errors == before;
}

const char *sandbox_process_file(const struct lithos_master *m, const struct lithos_sandbox *s, struct arena *a)
{
	if (s->config_file)
		return path_join(a, m->processes_dir, s->config_file);
	return arena_fmt(a, "%s/%s.yaml", m->processes_dir, s->name);
}
